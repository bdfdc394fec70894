"""Copies of training pictures apart from other pictures: pictures drawn here, planted near-copies, broken files."""

import csv
import zlib

import numpy as np
import pytest

from support import INPUT, USAGE, case, fails, report, run

PEOPLE, IMAGES, SYNTHETIC, LEAKS, COPIES = 60, 4, 40, 24, 12


def scene(seed, side=48):
    """A picture of soft blobs: no two seeds alike."""
    rng = np.random.default_rng(seed)
    y, x = (np.mgrid[:side, :side] + 0.5) / side
    grey = np.full((side, side), 128.0)
    for _ in range(40):
        (cx, cy), size, height = rng.random(2), 0.02 + 0.1 * rng.random(), 160 * (rng.random() - 0.5)
        grey += height * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * size**2))
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def pgm(path, grey):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"P5 %d %d 255\n" % (grey.shape[1], grey.shape[0]) + grey.tobytes())


def png(path, grey):
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    size = grey.shape[1].to_bytes(4, "big") + grey.shape[0].to_bytes(4, "big")
    rows = b"".join(b"\0" + row.tobytes() for row in grey)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + b"\x08\0\0\0\0") + chunk(b"IDAT", zlib.compress(rows)) +
                     chunk(b"IEND", b""))


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """24 training people leak, 12 of them as copies of a training picture, 12 on another picture."""
    folder = tmp_path_factory.mktemp("near-copies")
    arguments = case(folder, people=PEOPLE, images=IMAGES, synthetic=SYNTHETIC, dimension=64, leaks=LEAKS)
    for role in "rh":
        for k in range(PEOPLE * IMAGES):  # <identity>/<id>.pgm
            pgm(folder / f"photos-{role}" / f"{role}{k // IMAGES:03d}" / f"{role}-{k:05d}.pgm",
                scene(k + (0 if role == "r" else 10_000)))
    (folder / "photos-g").mkdir()
    with open(folder / "g.csv", "w") as items:
        items.write("id,path\n")
        for k in range(SYNTHETIC):
            items.write(f"g{k},made/{k:04d}.pgm\n")
            if k < COPIES:  # of the training picture that the embedding was made from: darker, noisy, mirrored
                grey = scene(k * IMAGES, 60)
                grey = np.clip(grey * 0.6 + np.random.default_rng(k).normal(0, 6, grey.shape), 0, 255).astype(np.uint8)
                grey = np.fliplr(grey) if k % 2 else grey
            else:
                grey = scene(20_000 + k)
            pgm(folder / "photos-g/made" / f"{k:04d}.pgm", grey)
    arguments += ["--synthetic-items", folder / "g.csv", "--top", 60]
    pictures = ["--train-images", folder / "photos-r", "--synthetic-images", folder / "photos-g"]
    return folder, arguments, pictures, ["--holdout-images", folder / "photos-h"]


def rows(path):
    with open(path, newline="") as lines:
        return list(csv.DictReader(lines))


def test_planted_copies_are_told_from_other_pictures(audited, tmp_path):
    _, arguments, pictures, holdout = audited
    done = run(*arguments, *pictures, *holdout, "--out", tmp_path / "report")
    got = report(tmp_path / "report")
    matcher = got["matchers"][0]
    found = matcher["guards"]["near_copies"]
    for pair in matcher["pairs"]["top"]:
        copied = pair["train"] == f"r-{int(pair['synthetic'][1:]) * IMAGES:05d}" and int(pair["synthetic"][1:]) < COPIES
        assert pair["kind"] == ("near-copy" if copied else "other-image"), pair
        assert (pair["similarity"] > found["threshold"]) == copied
    assert found["near_copies"] == COPIES and found["checked"] == 60
    assert found["holdout_checked"] == 60 and found["holdout_near_copies"] == 0
    assert found["rests_on"] == PEOPLE * 6 and not found["assumed"] and found["duplicates"] == 0
    assert found["unreadable"] == 0 and found["unreadable_first"] == []

    listed = [row for row in rows(tmp_path / "report/identities.csv") if row["kind"]]
    assert {row["identity"] for row in listed} == set(matcher["identities"]["fdr"][-1]["ids"]) and len(listed) >= LEAKS
    # The best pair need not be the picture that was copied: noise may put another image of the person first.
    assert all(row["identity"] < f"r{COPIES:03d}" for row in listed if row["kind"] == "near-copy")
    assert found["people_checked"] == len(listed)
    assert found["people_near_copies"] == sum(row["kind"] == "near-copy" for row in listed) >= COPIES - 2
    assert found["holdout_people_near_copies"] == 0
    assert [row["kind"] for row in rows(tmp_path / "report/pairs.csv")] == [p["kind"] for p in matcher["pairs"]["top"]]
    assert [row["kind"] for row in rows(tmp_path / "report/control-pairs.csv")] == ["other-image"] * 60
    assert f"{COPIES} are near-copies, {60 - COPIES} other images" in got["verdict"]["text"]
    assert "  pictures   12 of 60 best pairs are near-copies (hold-out: 0 of 60)" in done.stdout
    assert "near-copy" in (tmp_path / "report/report.html").read_text()


def test_the_report_does_not_depend_on_threads(audited, tmp_path):
    _, arguments, pictures, holdout = audited
    for threads in (1, 3):
        run(*arguments, *pictures, *holdout, "--threads", threads, "--out", tmp_path / f"t{threads}")
    assert (tmp_path / "t1/report.json").read_bytes() == (tmp_path / "t3/report.json").read_bytes()


def test_without_pictures_only_nulls_are_added(audited, tmp_path):
    _, arguments, pictures, holdout = audited
    run(*arguments, "--out", tmp_path / "plain")
    run(*arguments, *pictures, *holdout, "--out", tmp_path / "pictures")
    plain, other = report(tmp_path / "plain"), report(tmp_path / "pictures")
    assert plain["matchers"][0]["guards"]["near_copies"] is None
    assert all(p["similarity"] is None and p["kind"] is None for p in plain["matchers"][0]["pairs"]["top"])
    assert "near-cop" not in plain["verdict"]["text"]
    other["matchers"][0]["guards"]["near_copies"] = None
    for pair in other["matchers"][0]["pairs"]["top"]:
        pair["similarity"] = pair["kind"] = None
    assert other["matchers"][0]["pairs"] == plain["matchers"][0]["pairs"]
    assert other["matchers"][0]["identities"] == plain["matchers"][0]["identities"]
    assert other["matchers"][0]["leak_rate"] == plain["matchers"][0]["leak_rate"]


def test_without_the_holdouts_pictures_the_report_says_what_is_missing(audited, tmp_path):
    _, arguments, pictures, _ = audited
    run(*arguments, *pictures, "--out", tmp_path / "report")
    got = report(tmp_path / "report")
    assert got["matchers"][0]["guards"]["near_copies"]["holdout_checked"] is None
    assert any("--holdout-images" in sentence for sentence in got["limits"])


def test_without_a_holdout_pairs_are_compared_and_nobody_is_named(audited, tmp_path):
    _, arguments, pictures, _ = audited
    at = arguments.index("--holdout")
    run(*arguments[:at], *arguments[at + 4:], *pictures, "--out", tmp_path / "report")
    found = report(tmp_path / "report")["matchers"][0]["guards"]["near_copies"]
    assert found["near_copies"] == COPIES and found["people_checked"] == 0


def test_missing_and_broken_pictures_are_counted_and_named(audited, tmp_path):
    folder, arguments, _, _ = audited
    (tmp_path / "r").symlink_to(folder / "photos-r")
    (tmp_path / "g/made").mkdir(parents=True)
    for k in range(SYNTHETIC):
        (tmp_path / "g/made" / f"{k:04d}.pgm").write_bytes((folder / "photos-g/made" / f"{k:04d}.pgm").read_bytes())
    (tmp_path / "g/made/0000.pgm").unlink()
    (tmp_path / "g/made/0001.pgm").write_bytes(b"P5 60 60 255\nnot all of it")
    png(tmp_path / "g/made/0002.pgm", np.fliplr(scene(2 * IMAGES, 60)))  # content counts, not the name
    done = run(*arguments, "--train-images", tmp_path / "r", "--synthetic-images", tmp_path / "g", "--out",
               tmp_path / "report")
    assert done.stderr == ""
    matcher = report(tmp_path / "report")["matchers"][0]
    found = matcher["guards"]["near_copies"]
    assert found["unreadable"] == 2 and found["near_copies"] == COPIES - 2
    assert any("g0" in name for name in found["unreadable_first"])
    assert any("0001.pgm: truncated PGM" in name for name in found["unreadable_first"])
    unknown = {pair["synthetic"] for pair in matcher["pairs"]["top"] if pair["kind"] == "unknown"}
    assert unknown == {"g0", "g1"}
    assert all(pair["similarity"] is None for pair in matcher["pairs"]["top"] if pair["kind"] == "unknown")
    assert "2 pictures missing or broken" in done.stdout


def test_few_photographs_of_a_person_fall_back_to_the_fixed_threshold(tmp_path):
    arguments = case(tmp_path, people=40, images=2, synthetic=20, dimension=64, leaks=6)
    for k in range(80):
        pgm(tmp_path / "r" / f"r-{k:05d}.pgm", scene(k))
    for k in range(20):
        pgm(tmp_path / "g" / f"{k}.pgm", scene(2 * k if k < 6 else 5000 + k))  # ids are row numbers
    run(*arguments, "--train-images", tmp_path / "r", "--synthetic-images", tmp_path / "g", "--top", 6, "--out",
        tmp_path / "report")
    got = report(tmp_path / "report")
    found = got["matchers"][0]["guards"]["near_copies"]
    assert found["assumed"] and found["threshold"] == 0.78 and found["rests_on"] == 40
    assert any("fixed threshold" in sentence for sentence in got["limits"])


def test_one_photograph_twice_is_no_yardstick(audited, tmp_path):
    folder, arguments, pictures, _ = audited
    for k in range(PEOPLE * IMAGES):  # the last two photographs of half of the people are one, saved twice
        again = k - 1 if k % IMAGES == IMAGES - 1 and k // IMAGES % 2 else k
        pgm(tmp_path / "r" / f"r-{k:05d}.pgm", scene(again, 48 if again == k else 90))
    run(*arguments, "--train-images", tmp_path / "r", *pictures[2:], "--out", tmp_path / "report")
    found = report(tmp_path / "report")["matchers"][0]["guards"]["near_copies"]
    assert found["duplicates"] == PEOPLE // 2 and found["rests_on"] == PEOPLE * 6 - PEOPLE // 2
    assert found["near_copies"] == COPIES and found["threshold"] < 0.8


def test_several_matchers_share_the_pictures(audited, tmp_path):
    folder, arguments, pictures, holdout = audited
    two = []
    for option, value in zip(arguments[1::2], arguments[2::2]):
        two += [option, value] if option == "--top" else [option, f"one={value}", option, f"two={value}"]
    run("audit", *two, *pictures, *holdout, "--out", tmp_path / "report")
    first, second = (m["guards"]["near_copies"] for m in report(tmp_path / "report")["matchers"])
    assert first == second and first["near_copies"] == COPIES


@pytest.mark.parametrize("change,code,words", [
    (lambda p, f: p[:2], USAGE, "--train-images: is given without --synthetic-images"),
    (lambda p, f: p[2:], USAGE, "--synthetic-images: is given without --train-images"),
    (lambda p, f: ["--holdout-images", f], USAGE, "--holdout-images: is given without --train-images"),
    (lambda p, f: ["--train-images", f / "absent", *p[2:]], INPUT, "--train-images: "),
    (lambda p, f: ["--train-images", f / "r.npy", *p[2:]], INPUT, "is no image dataset that is read"),
    (lambda p, f: [*p[:2], "--synthetic-images", f / "photos-h"], INPUT, "holds no picture of any item"),
    (lambda p, f: [*p, "--holdout-images", f / "photos-r"], INPUT, "--holdout-images: "),
])
def test_wrong_options_are_refused(audited, tmp_path, change, code, words):
    folder, arguments, pictures, _ = audited
    assert words in fails(code, *arguments, *change(pictures, folder), "--out", tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_paths_that_leave_the_folder_are_not_followed(audited, tmp_path):
    folder, arguments, pictures, _ = audited
    with open(tmp_path / "g.csv", "w") as items:
        items.write("id,path\n")
        for k in range(SYNTHETIC):
            items.write(f"g{k},{'../' if k < 3 else ''}made/{k:04d}.pgm\n")
    (tmp_path / "g").mkdir()
    (tmp_path / "g/made").symlink_to(folder / "photos-g/made")
    (tmp_path / "made").symlink_to(folder / "photos-g/made")
    at = arguments.index("--synthetic-items")
    changed = [*arguments[:at + 1], tmp_path / "g.csv", *arguments[at + 2:]]
    run(*changed, *pictures[:2], "--synthetic-images", tmp_path / "g", "--out", tmp_path / "report")
    found = report(tmp_path / "report")["matchers"][0]["guards"]["near_copies"]
    assert found["unreadable"] == 3 and found["near_copies"] == COPIES - 3
