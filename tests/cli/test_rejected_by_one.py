"""Several matchers, of which one can't see what another sees: everybody whom all see is audited, by numbers that are those
of an audit of these images alone, and who was left out is counted."""

import json

import jsonschema
import numpy as np
import pytest

from support import INPUT, SOURCE, case, fails, report, run

PEOPLE, IMAGES, SYNTHETIC = 30, 3, 40
SCHEMA = json.loads((SOURCE / "docs/schema/semblance-report-1.schema.json").read_text())


@pytest.fixture
def world(tmp_path):
    """Two matchers' sets, whole: the second's embeddings are the first's, turned and with noise."""
    case(tmp_path, people=PEOPLE, images=IMAGES, synthetic=SYNTHETIC, leaks=6)
    rng = np.random.default_rng(5)
    turn = np.linalg.qr(rng.standard_normal((32, 32)))[0]
    sets = {}
    for role in "rgh":
        x = np.load(tmp_path / f"{role}.npy").astype(np.float64)
        sets["a", role] = x
        sets["b", role] = x @ turn + 0.01 * rng.standard_normal(x.shape)
    ids = {role: [line.split(",") for line in (tmp_path / f"{role}.csv").read_text().split()[1:]] for role in "rh"}
    ids["g"] = [[f"g-{k:03d}", ""] for k in range(SYNTHETIC)]
    return tmp_path, sets, ids


def write(world, folder, rejected, omitted=()):
    """The sets with some items rejected ({(matcher, role): {row: reason}}) or as if they had never been ({(role, row)})."""
    _, sets, ids = world
    folder.mkdir()
    for (matcher, role), x in sets.items():
        gone = rejected.get((matcher, role), {})
        rows = [k for k in range(len(x)) if (role, k) not in omitted]
        np.save(folder / f"{matcher}-{role}.npy", x[[k for k in rows if k not in gone]].astype(np.float32))
        lines = [f"{ids[role][k][0]},{ids[role][k][1]},{'rejected' if k in gone else 'ok'},{gone.get(k, '')}" for k in rows]
        (folder / f"{matcher}-{role}.csv").write_text("\n".join(["id,identity,status,reason", *lines]) + "\n")


def arguments(folder, out, matchers="ab", options=("train", "synthetic", "holdout")):
    named = [("train", "r"), ("synthetic", "g"), ("holdout", "h")]
    words = ["audit"]
    for matcher in matchers:
        for option, role in named:
            name = f"{matcher}=" if len(matchers) > 1 else ""
            words += [f"--{option}", f"{name}{folder}/{matcher}-{role}.npy", f"--{option}-items", f"{name}{folder}/{matcher}-{role}.csv"]
    return [*words, "--permutations", 199, "--fmr", "0.01", "--out", out]


def numbers(found):
    """All that is computed of a matcher."""
    return {key: value for key, value in found.items() if key not in ("sets", "notes")}


REJECTED = {("a", "r"): {9: "no face found", 10: "no face found", 11: "face too small: 12 pixels", 30: "no face found"},
            ("b", "r"): {31: "broken picture", 32: "broken picture", 45: "broken picture"},
            ("a", "h"): {0: "no face found"}, ("b", "h"): {0: "broken picture", 7: "broken picture"}, ("b", "g"): {2: "no face found"}}
UNION = {(role, row) for (_, role), rows in REJECTED.items() for row in rows}


def test_what_one_matcher_rejects_is_left_out_of_all(world):
    folder = world[0]
    write(world, folder / "given", REJECTED)
    write(world, folder / "common", {}, UNION)
    done = run(*arguments(folder / "given", folder / "out"))
    run(*arguments(folder / "common", folder / "expected"))
    got, want = report(folder / "out"), report(folder / "expected")
    assert [numbers(m) for m in got["matchers"]] == [numbers(m) for m in want["matchers"]]
    assert got["consensus"] == want["consensus"] and got["verdict"] == want["verdict"]
    for name in ("pairs.csv", "identities.csv", "control-people.csv", "images.csv", "histograms.csv", "removal.csv"):
        assert (folder / "out" / name).read_bytes() == (folder / "expected" / name).read_bytes(), name

    train = got["sets"]["train"]
    assert (train["items"], train["rejected"], train["identities"]) == (PEOPLE * IMAGES - 7, 7, PEOPLE - 2)
    assert train["lost_people"] == ["r003", "r010"]  # the second by both matchers together
    assert {r["why"]: r["items"] for r in train["rejections"]} == {"no face found": 3, "face too small": 1, "broken picture": 3}
    assert got["sets"]["holdout"]["rejected"] == 2 and got["sets"]["holdout"]["lost_people"] == []
    a, b = (m["sets"] for m in got["matchers"])
    assert a["train"]["rejected"] == 4 and {r["why"]: r["items"] for r in a["train"]["rejections"]} == {"no face found": 3, "face too small": 1}
    assert a["train"]["left_out"] == [{"matcher": "b", "why": "broken picture", "items": 3}]
    assert b["train"]["left_out"] == [{"matcher": "a", "why": "face too small", "items": 1}, {"matcher": "a", "why": "no face found", "items": 3}]
    assert a["holdout"]["left_out"] == [{"matcher": "b", "why": "broken picture", "items": 1}] and b["holdout"]["left_out"] == []
    assert a["synthetic"]["left_out"][0]["items"] == 1 and b["synthetic"]["rejected"] == 1
    assert any("r003, r010" in limit and "2 training people" in limit for limit in got["limits"])

    assert "not seen   train: 3 no face found, 1 face too small, 3 left out since b can't: broken picture" in done.stdout
    assert "(7 rejected, 2 people with them)" in done.stdout
    page = (folder / "out/report.html").read_text()
    assert "What each matcher did not compare" in page and "r003, r010" in page
    jsonschema.Draft202012Validator(SCHEMA).validate(got)
    # Other commands read such a report.
    run("gate", folder / "out", "--fail-if", "rejected_share > 0.5")
    run("compare", folder / "out", folder / "expected", "--out", folder / "compared")


def test_nothing_rejected_changes_nothing(world):
    folder = world[0]
    write(world, folder / "given", {})
    run(*arguments(folder / "given", folder / "out"))
    got = report(folder / "out")
    assert got["sets"]["train"]["items"] == PEOPLE * IMAGES
    assert all(m["sets"]["train"] | {"location": ""} == {"location": "", "rejected": 0, "rejections": [], "left_out": []} for m in got["matchers"])


def test_a_single_matcher_names_who_is_lost(world):
    folder = world[0]
    write(world, folder / "given", REJECTED)
    done = run(*arguments(folder / "given", folder / "out", "a"))
    got = report(folder / "out")
    assert got["matchers"][0]["sets"] is None and got["sets"]["train"]["lost_people"] == ["r003"]
    assert any("1 training person was not compared" in limit for limit in got["limits"])
    assert "(4 rejected, 1 people with them)" in done.stdout


def test_imported_scores_are_cut_alike(world):
    folder = world[0]
    _, sets, ids = world

    def scored(name, rejected, omitted=()):
        write(world, folder / name, rejected, omitted)
        words = ["audit"]
        for matcher in "ab":
            kept = {role: [k for k in range(len(sets[matcher, role])) if (role, k) not in omitted
                           and k not in rejected.get((matcher, role), {})] for role in "rgh"}
            for option, x, y in (("scores", "r", "g"), ("holdout-scores", "h", "g"), ("train-scores", "r", "r")):
                table = sets[matcher, x][kept[x]] @ sets[matcher, y][kept[y]].T
                np.save(folder / name / f"{matcher}-{option}.npy", table)
                words += [f"--{option}", f"{matcher}={folder}/{name}/{matcher}-{option}.npy"]
            for option, role in (("train", "r"), ("synthetic", "g"), ("holdout", "h")):
                words += [f"--{option}", f"{matcher}={folder}/{name}/{matcher}-{role}.csv"]
        run(*words, "--permutations", 199, "--fmr", "0.01", "--out", folder / f"{name}-out")
        return report(folder / f"{name}-out")

    got, want = scored("given", REJECTED), scored("common", {}, UNION)
    assert got["matchers"][0]["pairs"]["scored"] == (PEOPLE * IMAGES - 7) * (SYNTHETIC - 1)
    assert [numbers(m) for m in got["matchers"]] == [numbers(m) for m in want["matchers"]]
    assert got["sets"]["train"]["lost_people"] == ["r003", "r010"]


def test_too_little_in_common_is_said(world):
    folder = world[0]
    every = {k: "no face found" for k in range(PEOPLE * IMAGES)}
    write(world, folder / "given", {("a", "r"): {k: v for k, v in every.items() if k % 2}, ("b", "r"): {k: v for k, v in every.items() if k % 2 == 0}})
    line = fails(INPUT, *arguments(folder / "given", folder / "out"))
    assert "every matcher could see" in line and "at least two" in line and not (folder / "out").exists()


def test_people_whom_no_items_file_knows_are_still_an_error(world):
    folder = world[0]
    write(world, folder / "given", {})
    # The second matcher's items file doesn't name the person at all: forgotten, not rejected.
    x = np.load(folder / "given/b-r.npy")
    np.save(folder / "given/b-r.npy", x[3:])
    lines = (folder / "given/b-r.csv").read_text().splitlines()
    (folder / "given/b-r.csv").write_text("\n".join([lines[0], *lines[4:]]) + "\n")
    line = fails(INPUT, *arguments(folder / "given", folder / "out"))
    assert "r000" in line and "whom only a has" in line and "items file" in line
