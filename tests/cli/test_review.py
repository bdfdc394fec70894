"""Review packs: what is chosen and matched, that the page gives nothing away, what the answers say."""

import base64
import csv
import hashlib
import html.parser
import itertools
import json
import re
import tarfile

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from support import INPUT, OUTPUT, USAGE, case, fails, run

PEOPLE, IMAGES, SYNTHETIC, LEAKS, PAIRS = 60, 3, 50, 20, 60
ANSWERS = ["same", "different", "cant-tell"]


def pgm(path, grey):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"P5 %d %d 255\n" % (grey.shape[1], grey.shape[0]) + grey.tobytes())


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """A report in which 20 training people leak. Real pictures are full of detail, synthetic ones flat, so that their
    JPEGs can be told apart by size."""
    folder = tmp_path_factory.mktemp("review")
    arguments = case(folder, people=PEOPLE, images=IMAGES, synthetic=SYNTHETIC, dimension=64, leaks=LEAKS)
    rng = np.random.default_rng(5)
    for role in "rh":
        for k in range(PEOPLE * IMAGES):
            pgm(folder / f"photos-{role}/{role}{k // IMAGES:03d}/{role}-{k:05d}.pgm",
                rng.integers(0, 256, (24, 24)).astype(np.uint8))
    with open(folder / "g.csv", "w") as items:
        items.write("id,path\n")
        for k in range(SYNTHETIC):
            items.write(f"made-{k:04d},deep/{k}.pgm\n")
            pgm(folder / f"photos-g/deep/{k}.pgm", np.full((30, 30), 50 + 3 * k, np.uint8))
    run(*arguments, "--synthetic-items", folder / "g.csv", "--out", folder / "report")
    bare = arguments[:arguments.index("--holdout")]
    run(*bare, "--synthetic-items", folder / "g.csv", "--out", folder / "bare")
    return folder


def sources(folder):
    return ["--train-images", folder / "photos-r", "--synthetic-images", folder / "photos-g", "--synthetic-items",
            folder / "g.csv"]


def pack(folder, out, *more, report="report", controls=True):
    control = ["--holdout-images", folder / "photos-h"] if controls else ["--no-controls"]
    done = run("review", folder / report, *sources(folder), *control, *more, "--out", out)
    return done, json.loads((out / "key.json").read_text())


@pytest.fixture(scope="module")
def packed(audited):
    done, key = pack(audited, audited / "pack", "--pairs", PAIRS, "--seed", 7)
    return audited / "pack", key, done.stdout


def rows(path):
    with open(path, newline="") as lines:
        return list(csv.DictReader(lines))


def page_data(folder):
    text = (folder / "review.html").read_text()
    block = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', text, re.S)
    return json.loads(block[1]), text.replace(block[1], "")


def kinds(key, kind):
    return [pair for pair in key["pairs"] if pair["kind"] == kind]


def test_listed_people_come_first_and_one_pair_a_person(audited, packed):
    _, key, printed = packed
    people = rows(audited / "report/identities.csv")
    listed = {row["identity"] for row in people if float(row["q"]) <= 0.05}
    assert key["listed"] == len(listed) >= LEAKS - 2 and key["fdr"] == 0.05
    chosen = kinds(key, "candidate")
    assert len(chosen) == len(kinds(key, "control")) == PAIRS // 2
    assert len({pair["person"] for pair in key["pairs"]}) == PAIRS
    assert listed <= {pair["person"] for pair in chosen} == {row["identity"] for row in people[:PAIRS // 2]}
    best = {row["identity"]: row for row in people}
    for pair in chosen:
        row = best[pair["person"]]
        assert (pair["real"], pair["synthetic"], pair["score"]) == (row["best_train"], row["best_synthetic"], float(row["best"]))
        assert pair["listed"] == (pair["person"] in listed)
    assert f"{PAIRS} pairs, one a person" in printed and "key.json to yourself" in printed


def test_more_listed_people_than_asked_for_are_sampled(audited, tmp_path):
    people = [row["identity"] for row in rows(audited / "report/identities.csv") if float(row["q"]) <= 0.05]
    seen = set()
    for seed in range(6):
        _, key = pack(audited, tmp_path / f"{seed}", "--pairs", 10, "--seed", seed)
        chosen = {pair["person"] for pair in kinds(key, "candidate")}
        assert len(chosen) == 5 and chosen <= set(people)
        seen |= chosen
    assert len(seen) > 10  # not the five best each time


def test_controls_are_the_nearest_held_out_people(audited, packed):
    _, key, printed = packed
    free = [(float(row["best"]), row) for row in rows(audited / "report/control-people.csv")]
    expected = []
    for pair in sorted(kinds(key, "candidate"), key=lambda p: (-p["score"], p["person"])):
        nearest = min(range(len(free)), key=lambda i: (abs(free[i][0] - pair["score"]), i))
        expected.append(free.pop(nearest)[1])
    got = kinds(key, "control")
    assert {pair["person"] for pair in got} == {row["identity"] for row in expected}
    best = {row["identity"]: row for row in expected}
    for pair in got:
        row = best[pair["person"]]
        assert (pair["real"], pair["synthetic"], pair["score"]) == (row["best_holdout"], row["best_synthetic"], float(row["best"]))
        assert not pair["listed"]
    highest = max(pair["score"] for pair in got)
    above = sum(pair["score"] > highest for pair in kinds(key, "candidate"))
    assert len(got) > above == key["above_controls"] > 0
    assert f"{above} candidates score above every control" in printed


def test_the_page_gives_nothing_away(audited, packed):
    folder, key, _ = packed
    assert {path.name for path in folder.iterdir()} == {"review.html", "key.json"}
    data, text = page_data(folder)
    assert set(data) == {"pack", "pairs"} and len(data["pairs"]) == PAIRS
    assert data["pack"] == hashlib.sha256((folder / "key.json").read_bytes()).hexdigest()
    for word in ("control", "candidate", "holdout", "held-out", "train", "synthetic", "score", "listed", "seed", "photos", str(audited)):
        assert word not in text.lower(), word
    for pair in key["pairs"]:
        for name in (pair["person"], pair["real"], pair["synthetic"]):
            assert name not in text
    names = re.compile(rb"[rh]-\d{5}|made-\d|photos|pgm|Exif")
    for pair in data["pairs"]:
        assert len(pair) == 2
        for picture in pair:
            jpeg = base64.b64decode(picture, validate=True)
            assert jpeg.startswith(b"\xff\xd8\xff") and not names.search(jpeg)
            assert jpeg[jpeg.index(b"\xff\xc0") + 5:][:4] == b"\x01\x40\x01\x40"  # 320 x 320, whatever the source
    assert "://" not in text.replace("http-equiv", "")
    assert "default-src 'none'" in text and "img-src data:" in text


def test_sides_are_balanced_and_are_what_the_key_says(packed):
    folder, key, _ = packed
    data, _ = page_data(folder)
    for kind in ("candidate", "control"):
        sides = [pair["real_side"] for pair in kinds(key, kind)]
        assert sides.count("left") == sides.count("right") == PAIRS // 4
    for pair, (left, right) in zip(key["pairs"], data["pairs"]):
        assert pair["real_side"] == ("left" if len(left) > len(right) else "right")
    order = [pair["kind"] for pair in key["pairs"]]
    runs = sum(x != y for x, y in zip(order, order[1:])) + 1
    assert 18 <= runs <= 44  # mixed: 31 expected, standard deviation 3.8


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(audited, packed, tmp_path):
    folder, key, _ = packed
    for threads in (1, 3):
        pack(audited, tmp_path / f"t{threads}", "--pairs", PAIRS, "--seed", 7, "--threads", threads)
        for name in ("review.html", "key.json"):
            assert (tmp_path / f"t{threads}" / name).read_bytes() == (folder / name).read_bytes()
    _, other = pack(audited, tmp_path / "other", "--pairs", PAIRS, "--seed", 8)
    assert [pair["person"] for pair in other["pairs"]] != [pair["person"] for pair in key["pairs"]]
    assert [pair["real_side"] for pair in other["pairs"]] != [pair["real_side"] for pair in key["pairs"]]


def test_a_matcher_of_several_is_picked(audited, packed, tmp_path):
    _, key, _ = packed
    noise = np.random.default_rng(3)
    two = ["audit"]
    for role, option in (("r", "--train"), ("g", "--synthetic"), ("h", "--holdout")):
        x = np.load(audited / f"{role}.npy")
        np.save(tmp_path / f"{role}.npy", x + noise.normal(0, 0.05, x.shape).astype(np.float32))
        for name, folder in (("one", audited), ("two", tmp_path)):
            two += [option, f"{name}={folder / f'{role}.npy'}", f"{option}-items", f"{name}={audited / f'{role}.csv'}"]
    run(*two, "--permutations", 200, "--out", tmp_path / "report")
    best = {}
    for name, more in (("one", []), ("two", ["--matcher", "two"])):
        done = run("review", tmp_path / "report", *sources(audited), "--holdout-images", audited / "photos-h", "--pairs", PAIRS,
                   *more, "--out", tmp_path / name, "--json")
        got = json.loads(done.stdout)
        assert got == json.loads((tmp_path / name / "key.json").read_text()) and got["matcher"] == name
        for file, column in (("identities.csv", "best_train"), ("control-people.csv", "best_holdout")):
            best.update({(name, row["identity"]): (row[column], float(row["best"])) for row in rows(tmp_path / "report" / file)
                         if row["matcher"] == name})
        assert all(best[name, pair["person"]] == (pair["real"], pair["score"]) for pair in got["pairs"])


def test_without_labels_every_image_is_a_person(audited, tmp_path):
    np.save(tmp_path / "r.npy", np.load(audited / "r.npy"))
    run("audit", "--train", tmp_path / "r.npy", "--train-items", ids_of(audited, tmp_path, "r"), "--synthetic", audited / "g.npy",
        "--synthetic-items", audited / "g.csv", "--holdout", audited / "h.npy", "--holdout-items",
        ids_of(audited, tmp_path, "h"), "--permutations", 200, "--out", tmp_path / "report")
    for role in "rh":
        for path in (audited / f"photos-{role}").rglob("*.pgm"):
            (tmp_path / role).mkdir(exist_ok=True)
            (tmp_path / role / path.name).write_bytes(path.read_bytes())
    run("review", tmp_path / "report", "--train-images", tmp_path / "r", *sources(audited)[2:], "--holdout-images",
        tmp_path / "h", "--pairs", 20, "--out", tmp_path / "pack")
    key = json.loads((tmp_path / "pack/key.json").read_text())
    assert len(key["pairs"]) == 20 and all(pair["person"] == pair["real"] for pair in key["pairs"])


def ids_of(audited, folder, role):
    with open(folder / f"{role}.csv", "w") as items:
        items.write("id\n" + "".join(f"{role}-{k:05d}\n" for k in range(PEOPLE * IMAGES)))
    return folder / f"{role}.csv"


def test_a_small_report_gives_what_it_has(audited, tmp_path):
    done, key = pack(audited, tmp_path / "pack", "--pairs", 500)
    assert len(key["pairs"]) == 2 * PEOPLE and "120 pairs, one a person (embeddings); there are no more of the 500" in done.stdout


def test_an_odd_number_gives_the_candidates_one_more(audited, tmp_path):
    _, key = pack(audited, tmp_path / "pack", "--pairs", 11)
    assert len(kinds(key, "candidate")) == 6 and len(kinds(key, "control")) == 5


def test_missing_and_broken_pictures_are_passed_over(audited, packed, tmp_path):
    _, key, _ = packed
    wanted = [pair["real"] for pair in kinds(key, "candidate")]
    control = kinds(key, "control")[0]["real"]
    for role in "rh":
        for path in (audited / f"photos-{role}").rglob("*.pgm"):
            target = tmp_path / role / path.name
            target.parent.mkdir(exist_ok=True)
            if path.stem == wanted[0] or path.stem == control:
                continue
            target.write_bytes(b"P5 9 9 255\nfew" if path.stem == wanted[1] else path.read_bytes())
    done = run("review", audited / "report", "--train-images", tmp_path / "r", *sources(audited)[2:], "--holdout-images",
               tmp_path / "h", "--pairs", PAIRS, "--seed", 7, "--out", tmp_path / "pack")
    got = json.loads((tmp_path / "pack/key.json").read_text())
    assert got["passed_over"] == 3 and len(got["passed_over_first"]) == 3
    assert any("no picture of it" in reason for reason in got["passed_over_first"])
    assert any("truncated PGM" in reason for reason in got["passed_over_first"])
    assert not {wanted[0], wanted[1], control} & {pair["real"] for pair in got["pairs"]}
    assert len(kinds(got, "candidate")) == len(kinds(got, "control")) == PAIRS // 2
    assert "3 missing or broken" in done.stdout


def test_pictures_from_an_archive(audited, packed, tmp_path):
    folder, key, _ = packed
    with tarfile.open(tmp_path / "g.tar", "w") as archive:
        for k in range(SYNTHETIC):
            archive.add(audited / f"photos-g/deep/{k}.pgm", arcname=f"made-{k:04d}.pgm")
    # An archive's ids are its paths; these are the ids of a report made from it.
    report = tmp_path / "report"
    report.mkdir()
    for path in (audited / "report").iterdir():
        text = path.read_text()
        (report / path.name).write_text(re.sub(r"made-(\d{4})", r"made-\1.pgm", text) if path.suffix == ".csv" else text)
    run("review", report, "--train-images", audited / "photos-r", "--synthetic-images", tmp_path / "g.tar",
        "--holdout-images", audited / "photos-h", "--pairs", PAIRS, "--seed", 7, "--out", tmp_path / "pack")
    assert page_data(tmp_path / "pack")[0]["pairs"] == page_data(folder)[0]["pairs"]


def test_without_controls_the_result_says_what_is_unknown(audited, tmp_path):
    done, key = pack(audited, tmp_path / "pack", "--pairs", 12, report="bare", controls=False)
    assert len(key["pairs"]) == 12 and not kinds(key, "control") and key["fdr"] is None
    assert "controls   none" in done.stdout
    answers = write_answers(tmp_path / "a.json", tmp_path / "pack", "ann", {1: "same"})
    done = run("review", "--import", answers, "--pack", tmp_path / "pack")
    assert "the pack has no controls" in done.stdout and "less controls" not in done.stdout
    got = json.loads(run("review", "--import", answers, "--pack", tmp_path / "pack", "--json").stdout)
    assert got["reviewers"][0]["less_controls"] == {"rate": None, "ci95": None} and got["scores"]["controls"] is None


def write_answers(path, folder, reviewer, answers, changes=()):
    pack_hash = hashlib.sha256((folder / "key.json").read_bytes()).hexdigest()
    content = {"schema": "semblance-answers/1", "pack": pack_hash, "reviewer": reviewer, "pairs": PAIRS,
               "answers": [{"pair": pair, "answer": answer} for pair, answer in answers.items()]}
    content.update(changes)
    path.write_text(json.dumps(content))
    return path


def drawn_answers(key, seed, missing=0):
    """A reviewer who sees most leaks, takes some controls for leaks, and sometimes can't tell."""
    rng = np.random.default_rng(seed)
    answers = {}
    for number, pair in enumerate(key["pairs"], start=1):
        chance = [0.75, 0.15, 0.1] if pair["kind"] == "candidate" else [0.1, 0.7, 0.2]
        answers[number] = ANSWERS[rng.choice(3, p=chance)]
    for number in rng.choice(len(answers), missing, replace=False):
        del answers[int(number) + 1]
    return answers


def wilson(count, of):
    return pytest.approx(proportion_confint(count, of, 0.05, method="wilson"), abs=1e-9)


def check_reader(got, key, answers):
    highest = max(pair["score"] for pair in kinds(key, "control"))
    members = {
        "candidates": lambda p: p["kind"] == "candidate",
        "candidates-listed": lambda p: p["kind"] == "candidate" and p["listed"],
        "candidates-in-range": lambda p: p["kind"] == "candidate" and p["score"] <= highest,
        "controls": lambda p: p["kind"] == "control",
    }
    assert [group["name"] for group in got["groups"]] == list(members)
    judged = {}
    for group in got["groups"]:
        numbers = [n for n, pair in enumerate(key["pairs"], start=1) if members[group["name"]](pair)]
        given = [answers[n] for n in numbers if n in answers]
        same, different, cant_tell = (given.count(answer) for answer in ANSWERS)
        assert group["pairs"] == len(numbers) and group["judged"] == len(given)
        assert (group["same"], group["different"], group["cant_tell"]) == (same, different, cant_tell)
        judged[group["name"]] = same, len(given)
        if given:
            assert group["rate"] == pytest.approx(same / len(given)) and group["ci95"] == wilson(same, len(given))
        if same + different:
            assert group["decided"]["rate"] == pytest.approx(same / (same + different))
            assert group["decided"]["ci95"] == wilson(same, same + different)
    a, b = judged["candidates"], judged["controls"]
    assert got["less_controls"]["rate"] == pytest.approx(a[0] / a[1] - b[0] / b[1])
    expected = confint_proportions_2indep(*a, *b, method="newcomb", compare="diff")
    assert got["less_controls"]["ci95"] == pytest.approx(expected, abs=1e-9)


def check_kappa(got, table):
    expected = cohens_kappa(np.array(table))
    assert got["kappa"] == pytest.approx(expected.kappa, abs=1e-9)
    assert got["standard_error"] == pytest.approx(expected.std_kappa, abs=1e-9)
    assert got["ci95"] == pytest.approx([expected.kappa_low, expected.kappa_upp], abs=1e-9)


def test_rates_and_kappas_agree_with_statsmodels(packed, tmp_path):
    folder, key, _ = packed
    answers = {name: drawn_answers(key, seed, missing) for seed, (name, missing) in
               enumerate({"ann": 0, "ben": 3, "zoë \"the eye\", jr": 6}.items(), start=1)}
    files = [write_answers(tmp_path / f"{k}.json", folder, name, given) for k, (name, given) in enumerate(answers.items())]
    imports = [part for file in files for part in ("--import", file)]
    done = run("review", *imports, "--pack", folder, "--json", "--out", tmp_path / "result")
    got = json.loads(done.stdout)
    assert got == json.loads((tmp_path / "result/review.json").read_text())
    assert [reader["name"] for reader in got["reviewers"]] == list(answers)
    for reader in got["reviewers"]:
        check_reader(reader, key, answers[reader["name"]])

    joint = {}
    for number in range(1, PAIRS + 1):
        given = [reader[number] for reader in answers.values() if number in reader]
        if len(given) == 3:
            joint[number] = given[0] if len(set(given)) == 1 else "cant-tell"
    check_reader(got["joint"], key, joint)

    assert len(got["agreement"]) == 3
    for agreement, (first, second) in zip(got["agreement"], itertools.combinations(answers, 2)):
        assert agreement["reviewers"] == [first, second]
        both = [n for n in answers[first] if n in answers[second]]
        table = [[sum(answers[first][n] == x and answers[second][n] == y for n in both) for y in ANSWERS] for x in ANSWERS]
        assert agreement["counts"] == table and agreement["pairs"] == len(both)
        check_kappa(agreement["three_answers"], table)
        t = np.array(table)
        check_kappa(agreement["same_or_not"], [[t[0, 0], t[0, 1:].sum()], [t[1:, 0].sum(), t[1:, 1:].sum()]])

    table = rows(tmp_path / "result/judgements.csv")
    assert len(table) == 3 * PAIRS
    for row in table:
        pair = key["pairs"][int(row["pair"]) - 1]
        assert [row["kind"], row["person"], row["real"], row["synthetic"]] == [pair[k] for k in ("kind", "person", "real", "synthetic")]
        assert float(row["score"]) == pair["score"] and row["listed"] == ("yes" if pair["listed"] else "no")
        assert row["answer"] == answers[row["reviewer"]].get(int(row["pair"]), "")


def test_the_summary_for_people(packed, tmp_path):
    folder, key, _ = packed
    everything = {n: "same" if pair["kind"] == "candidate" else "different" for n, pair in enumerate(key["pairs"], start=1)}
    ann = write_answers(tmp_path / "a.json", folder, "ann", everything)
    ben = write_answers(tmp_path / "b.json", folder, "ben", {n: a for n, a in everything.items() if n > 4})
    text = run("review", "--import", ann, "--import", ben, "--pack", folder).stdout
    assert "candidates  same    30 of    30 judged  100.0% (88.6% to 100.0%)" in text
    assert "controls    same     0 of    30 judged    0.0% (0.0% to 11.4%)" in text
    assert "not judged" in text and "all of them, on pairs that all judged" in text
    assert "agreement of ann and ben on 56 pairs: Cohen's kappa 1.000 (1.000 to 1.000)" in text
    assert run("review", "--import", ann, "--pack", folder, "--quiet").stdout == ""


def test_kappa_is_not_defined_where_nothing_varies(packed, tmp_path):
    folder, _, _ = packed
    files = [write_answers(tmp_path / f"{name}.json", folder, name, {1: "same", 2: "same"}) for name in ("ann", "ben")]
    files.append(write_answers(tmp_path / "eve.json", folder, "eve", {9: "same"}))
    got = json.loads(run("review", *[part for file in files for part in ("--import", file)], "--pack", folder, "--json").stdout)
    assert [agreement["pairs"] for agreement in got["agreement"]] == [2, 0, 0]
    for agreement in got["agreement"]:
        assert agreement["three_answers"]["kappa"] is None and agreement["same_or_not"]["ci95"] is None


@pytest.mark.parametrize("change,words", [
    ({"pack": "0" * 64}, "answers another pack (000000000000..., not "),
    ({"schema": "semblance-answers/2"}, "holds no answers that review.html exported"),
    ({"schema": None}, "holds no answers"),
    ({"reviewer": ""}, "the reviewer's name"),
    ({"reviewer": "x" * 201}, "the reviewer's name"),
    ({"reviewer": 7}, "'reviewer' is no text"),
    ({"answers": {}}, "'answers' is no list"),
    ({"answers": [{"pair": 61, "answer": "same"}]}, "pair 61 isn't in the pack, which has pairs 1 to 60"),
    ({"answers": [{"pair": 0, "answer": "same"}]}, "pair 0 isn't in the pack"),
    ({"answers": [{"pair": -1, "answer": "same"}]}, "pair -1 isn't in the pack"),
    ({"answers": [{"pair": 1.5, "answer": "same"}]}, "pair 1.5 isn't in the pack"),
    ({"answers": [{"pair": "1", "answer": "same"}]}, 'pair "1" isn\'t in the pack'),
    ({"answers": [{"pair": [1], "answer": "same"}]}, "pair array isn't in the pack"),
    ({"answers": [{"pair": 10**30, "answer": "same"}]}, "isn't in the pack"),
    ({"answers": [{"pair": 2, "answer": "same"}, {"pair": 2, "answer": "different"}]}, "pair 2 is answered twice"),
    ({"answers": [{"pair": 2, "answer": "maybe"}]}, "pair 2: 'maybe' is no answer"),
    ({"answers": [{"pair": 2}]}, "'answer' is missing"),
    ({"answers": [5]}, "'pair' is missing"),
])
def test_bad_answers_are_refused(packed, tmp_path, change, words):
    folder, _, _ = packed
    file = write_answers(tmp_path / "a.json", folder, "ann", {1: "same"}, change)
    line = fails(INPUT, "review", "--import", file, "--pack", folder, "--out", tmp_path / "result")
    assert words in line and "a.json" in line
    assert not (tmp_path / "result").exists()


def test_files_that_are_no_answers_are_refused(audited, packed, tmp_path):
    folder, _, _ = packed
    good = write_answers(tmp_path / "a.json", folder, "ann", {1: "same"})
    for content, words in ((good.read_bytes()[:-20], "breaks off"), (b"", "is empty"), (b"[1, 2]", "'schema' is missing"),
                           (b"\xff\xfe\x00", "is no JSON"),
                           # Nested deeper than the stack.
                           (good.read_bytes().replace(b'"pair": 1,', b'"pair": ' + b"[" * 300_000 + b"]" * 300_000 + b","),
                            "isn't in the pack"), ((folder / "key.json").read_bytes(), "holds no answers")):
        (tmp_path / "b.json").write_bytes(content)
        assert words in fails(INPUT, "review", "--import", tmp_path / "b.json", "--pack", folder)
    assert "isn't there" in fails(INPUT, "review", "--import", tmp_path / "absent.json", "--pack", folder)
    assert "is the second file of reviewer 'ann'" in fails(INPUT, "review", "--import", good, "--import", good, "--pack", folder)
    assert "key.json" in fails(INPUT, "review", "--import", good, "--pack", audited / "report")
    broken = tmp_path / "pack"
    broken.mkdir()
    for content, words in ((b'{"schema": "semblance-review-key/1"', "is damaged"), (b"{}", "is damaged"),
                           (b'{"schema": "x"}', "is no key"), (b"", "is empty"),
                           ((folder / "key.json").read_bytes().replace(b'"passed_over": 0', b'"passed_over": -1'), "is damaged"),
                           ((folder / "key.json").read_bytes().replace(b'"passed_over": 0', b'"passed_over": 1e300'), "is damaged")):
        (broken / "key.json").write_bytes(content)
        assert words in fails(INPUT, "review", "--import", good, "--pack", broken)
    # A key that was touched no longer belongs to the answers.
    (broken / "key.json").write_bytes((folder / "key.json").read_bytes() + b"\n")
    assert "key.json was changed" in fails(INPUT, "review", "--import", good, "--pack", broken)


def test_wrong_options_are_refused(audited, packed, tmp_path):
    folder, _, _ = packed
    report, out = audited / "report", tmp_path / "out"
    good = write_answers(tmp_path / "a.json", folder, "ann", {1: "same"})
    h = ["--holdout-images", audited / "photos-h"]
    for arguments, words in (
            ([], "REPORT: is missing"),
            ([report, *sources(audited), *h], "--out: is missing"),
            ([report, *sources(audited), "--out", out], "--holdout-images: is missing"),
            ([report, *sources(audited), *h, "--no-controls", "--out", out], "--no-controls: contradicts"),
            ([report, *sources(audited)[2:], *h, "--out", out], "--train-images: is missing"),
            ([report, *sources(audited)[:2], *h, "--out", out], "--synthetic-images: is missing"),
            ([report, *sources(audited), *h, "--out", out, "--pairs", 1], "--pairs: must be from 2 to 2000"),
            ([report, *sources(audited), *h, "--out", out, "--side", 5000], "--side: must be"),
            ([report, *sources(audited), *h, "--out", out, "--matcher", "other"], "--matcher: 'other' isn't in the report"),
            ([report, *sources(audited), *h, "--out", out, "--overwrite"], "--overwrite: a pack is never replaced"),
            ([report, *sources(audited), *h, "--out", out, "--pack", folder], "--pack: is given without --import"),
            ([audited / "bare", *sources(audited), *h, "--out", out], "was made without a hold-out"),
            (["--import", good], "--pack: is missing"),
            ([report, "--import", good, "--pack", folder], "--import: takes no report")):
        assert words in fails(USAGE, "review", *arguments), arguments
        assert not out.exists()
    assert "is not empty" in fails(OUTPUT, "review", report, *sources(audited), *h, "--out", folder)


def test_reports_and_pictures_that_cannot_be_used_are_refused(audited, tmp_path):
    h = ["--holdout-images", audited / "photos-h"]
    out = ["--out", tmp_path / "out"]
    assert "isn't there" in fails(INPUT, "review", tmp_path / "absent", *sources(audited), *h, *out)
    assert "--train-images" in fails(INPUT, "review", audited / "report", "--train-images", tmp_path / "absent",
                                     *sources(audited)[2:], *h, *out)
    line = fails(INPUT, "review", audited / "report", *sources(audited)[:4], *h, *out)
    assert "holds no picture of anybody" in line and "--synthetic-items" in line
    assert "holds no picture of anybody" in fails(INPUT, "review", audited / "report", *sources(audited), "--holdout-images",
                                              audited / "photos-r", *out)
    report = tmp_path / "report"
    report.mkdir()
    for path in (audited / "report").iterdir():
        (report / path.name).write_bytes(path.read_bytes())
    (report / "control-people.csv").unlink()
    assert "run the audit again" in fails(INPUT, "review", report, *sources(audited), *h, *out)
    for content, words in (("matcher,identity\n", "has no column 'images'"), ("", "is empty")):
        (report / "control-people.csv").write_text(content)
        assert words in fails(INPUT, "review", report, *sources(audited), *h, *out)
    table = (audited / "report/identities.csv").read_text()
    (report / "identities.csv").write_text(table[:len(table) // 2])
    assert "identities.csv" in fails(INPUT, "review", report, *sources(audited), *h, *out)
    (report / "report.json").write_text("{")
    assert "is cut off or damaged" in fails(INPUT, "review", report, *sources(audited), *h, *out)
    assert not (tmp_path / "out").exists()


def test_overwriting_a_result(packed, tmp_path):
    folder, _, _ = packed
    good = write_answers(tmp_path / "a.json", folder, "ann", {1: "same"})
    arguments = ["review", "--import", good, "--pack", folder, "--out", tmp_path / "result"]
    run(*arguments)
    assert "is not empty" in fails(OUTPUT, *arguments)
    run(*arguments, "--overwrite")
    assert {path.name for path in (tmp_path / "result").iterdir()} == {"review.json", "judgements.csv"}


class Elements(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def test_the_page_can_be_used_by_keyboard_and_screen_reader(packed):
    elements = Elements((packed[0] / "review.html").read_text()).found
    assert ("html", {"lang": "en"}) in elements
    assert {a["data-answer"] for tag, a in elements if "data-answer" in a} == set(ANSWERS)
    for tag, attributes in elements:
        assert tag not in ("link", "iframe", "form") and "onclick" not in attributes and "style" not in attributes
        if tag == "img":
            assert "alt" in attributes and "src" not in attributes
        if tag == "progress":
            assert attributes["aria-label"]
        if attributes.get("role") == "group":
            assert attributes["aria-label"]
    assert any(a.get("aria-live") == "polite" for _, a in elements)


def test_hostile_names_stay_out_of_the_page_and_in_the_key(audited, tmp_path):
    hostile = "</script><script>alert(1)</script>"
    report = tmp_path / "report"
    report.mkdir()
    for path in (audited / "report").iterdir():
        (report / path.name).write_text(path.read_text().replace("r000,", f"{hostile},"))
    run("review", report, *sources(audited), "--train-items", items_of(audited, tmp_path), "--holdout-images",
        audited / "photos-h", "--pairs", 110, "--out", tmp_path / "pack")
    key = json.loads((tmp_path / "pack/key.json").read_text())
    assert hostile in {pair["person"] for pair in key["pairs"]}
    assert "alert(1)" not in (tmp_path / "pack/review.html").read_text()


def items_of(audited, folder):
    with open(folder / "r.csv", "w") as items:
        items.write("id,path\n")
        for k in range(PEOPLE * IMAGES):
            items.write(f"r-{k:05d},r{k // IMAGES:03d}/r-{k:05d}.pgm\n")
    return folder / "r.csv"
