"""`audit --scores`: a closed matcher's scores are audited as its embeddings would be."""

import csv
import json

import numpy as np
import pytest

from support import INPUT, USAGE, case, fails, report, run

PEOPLE, IMAGES, SYNTHETIC, LEAKS = 200, 2, 120, 40
LEAKED = {f"r{k:03d}" for k in range(LEAKS)}


def reference(x, y):
    """Cosines as the report defines them: rows rounded to float32 once normalised, products in float64."""
    unit = [(m.astype(np.float64) / np.linalg.norm(m.astype(np.float64), axis=1, keepdims=True)).astype(np.float32)
            for m in (x, y)]
    return unit[0].astype(np.float64) @ unit[1].astype(np.float64).T


@pytest.fixture
def closed(tmp_path):
    """The case of the other tests as a closed matcher gives it: who is on what, and scores."""
    arguments = case(tmp_path, PEOPLE, IMAGES, SYNTHETIC, leaks=LEAKS)
    r, g, h = (np.load(tmp_path / f"{role}.npy") for role in "rgh")
    (tmp_path / "g.csv").write_text("id\n" + "".join(f"{k:03d}.jpg\n" for k in range(SYNTHETIC)))
    for name, (a, b) in {"rg": (r, g), "hg": (h, g), "rr": (r, r)}.items():
        np.save(tmp_path / f"{name}.npy", reference(a, b))
    return tmp_path, arguments


def audit(folder, *more, scores="rg.npy", holdout="hg.npy", train="rr.npy", out="scored"):
    given = ["audit", "--train", folder / "r.csv", "--synthetic", folder / "g.csv", "--scores", folder / scores]
    if holdout:
        given += ["--holdout", folder / "h.csv", "--holdout-scores", folder / holdout]
    if train:
        given += ["--train-scores", folder / train]
    return [*given, "--matcher", "closed", "--out", folder / out, *more]


def items(folder, role):
    return [row["id"] for row in csv.DictReader(open(folder / f"{role}.csv"))]


def write_list(folder, name, a, b, shuffle=True):
    matrix = np.load(folder / f"{name}.npy")
    lines = [f"{x},{y},{float(matrix[i, j])!r}" for i, x in enumerate(items(folder, a)) for j, y in enumerate(items(folder, b))
             if a != b or i < j]
    if shuffle:
        np.random.default_rng(0).shuffle(lines)
    (folder / f"{name}.csv").write_text("reference,probe,score\n" + "\n".join(lines) + "\n")


def test_scores_say_what_embeddings_say(closed):
    folder, arguments = closed
    run(*arguments, "--synthetic-items", folder / "g.csv", "--out", folder / "embedded")
    run(*audit(folder))
    a, b = report(folder / "embedded"), report(folder / "scored")
    assert b["verdict"]["leakage"] == "found" and a["verdict"]["p"] == b["verdict"]["p"]
    m, n = a["matchers"][0], b["matchers"][0]
    assert n["comparison"] == "imported" and n["pairs"]["scored"] == PEOPLE * IMAGES * SYNTHETIC
    pairs = [[(p["train"], p["synthetic"]) for p in one["pairs"]["top"]] for one in (m, n)]
    assert pairs[0] == pairs[1]
    np.testing.assert_allclose([p["score"] for p in n["pairs"]["top"]], [p["score"] for p in m["pairs"]["top"]], atol=1e-12)
    assert m["identities"]["fdr"] == n["identities"]["fdr"] and m["images"]["fdr"] == n["images"]["fdr"]
    assert LEAKED <= set(n["identities"]["fdr"][-1]["ids"])
    # Thresholds from pairs of different training people, to a bin of the histogram.
    names = np.array([row["identity"] for row in csv.DictReader(open(folder / "r.csv"))])
    rr = np.load(folder / "rr.npy")
    apart = np.sort(rr[np.triu(names[:, None] != names[None, :], 1)])
    for threshold in n["thresholds"]:
        allowed = int(threshold["fmr"] * len(apart))
        assert np.sum(apart >= threshold["score"]) <= allowed
        assert threshold["pairs"] == np.sum(np.load(folder / "rg.npy") >= threshold["score"])
    assert any("imported" in note for note in n["notes"]) and (folder / "scored/report.html").stat().st_size > 10_000
    roles = {one["role"] for one in b["provenance"]["inputs"]}
    assert {"train-scores", "holdout-scores", "train-train-scores"} <= roles


def test_lists_and_distances_are_the_same(closed):
    folder, _ = closed
    run(*audit(folder))
    for name, a, b in (("rg", "r", "g"), ("hg", "h", "g"), ("rr", "r", "r")):
        write_list(folder, name, a, b)
        np.save(folder / f"d{name}.npy", -np.load(folder / f"{name}.npy"))
    run(*audit(folder, scores="rg.csv", holdout="hg.csv", train="rr.csv", out="listed"))
    run(*audit(folder, "--distances", scores="drg.npy", holdout="dhg.npy", train="drr.npy", out="far"))
    run(*audit(folder, "--threads", "3", out="threads"))
    want = report(folder / "scored")
    for out in ("listed", "far", "threads"):
        got = report(folder / out)
        assert got["verdict"] == want["verdict"]
        assert got["matchers"][0]["pairs"] == want["matchers"][0]["pairs"]
        assert got["matchers"][0]["thresholds"] == want["matchers"][0]["thresholds"]
    assert any("distances" in note for note in report(folder / "far")["matchers"][0]["notes"])


def test_a_calibration_instead_of_training_pairs(closed):
    folder, _ = closed
    names = [row["identity"] for row in csv.DictReader(open(folder / "r.csv"))]
    rr = np.load(folder / "rr.npy")
    lines = [f"{float(rr[i, j])!r},{int(names[i] == names[j])},{names[i]},{names[j]}"
             for i in range(len(names)) for j in range(i)]
    (folder / "pairs.csv").write_text("score,mated,identity_a,identity_b\n" + "\n".join(lines) + "\n")
    run("calibrate", "--scores", folder / "pairs.csv", "--matcher", "closed", "--bootstrap", "100", "--out", folder / "cal.json")
    run(*audit(folder, "--calibration", folder / "cal.json", train=None))
    got = report(folder / "scored")["matchers"][0]
    assert LEAKED <= set(got["identities"]["fdr"][-1]["ids"])
    assert "--train-scores" in fails(USAGE, *audit(folder, train=None, out="none"))


def test_pairs_without_a_score(closed):
    folder, _ = closed
    rg = np.load(folder / "rg.npy")
    best = np.unravel_index(rg.argmax(), rg.shape)
    rg[best] = np.nan
    np.save(folder / "holes.npy", rg)
    run(*audit(folder, scores="holes.npy"))
    got = report(folder / "scored")["matchers"][0]
    top = np.unravel_index(np.nanargmax(rg), rg.shape)
    assert got["pairs"]["top"][0]["train"] == items(folder, "r")[top[0]]
    assert got["pairs"]["scored"] == rg.size - 1 and any(note.startswith("1 pair has no score") for note in got["notes"])


def test_a_purge_takes_out_what_the_report_lists(closed):
    folder, _ = closed
    run(*audit(folder))
    listed = {row["synthetic"] for row in csv.DictReader(open(folder / "scored/removal.csv"))}
    assert len(listed) >= LEAKS
    (folder / "G").mkdir()
    for name in items(folder, "g"):
        (folder / "G" / name).write_bytes(b"\xff\xd8" + name.encode())
    run("purge", folder / "scored", "--synthetic", folder / "G", "--out", folder / "purged")
    assert {path.name for path in (folder / "purged/dataset").iterdir()} == set(items(folder, "g")) - listed
    assert "imported scores" in (folder / "purged/purge.json").read_text()


def test_without_a_control_there_is_no_claim(closed):
    folder, _ = closed
    run(*audit(folder, holdout=None))
    assert report(folder / "scored")["verdict"]["leakage"] == "no-control"


def test_tables_that_are_wrong(closed):
    folder, _ = closed
    rg = np.load(folder / "rg.npy")
    write_list(folder, "rg", "r", "g", shuffle=False)
    lines = (folder / "rg.csv").read_text().splitlines()

    def no(data, name="bad.npy", code=INPUT):
        if isinstance(data, str):
            name = "bad.csv"
            (folder / name).write_text(data)
        elif isinstance(data, bytes):
            (folder / name).write_bytes(data)
        else:
            np.save(folder / name, data)
        line = fails(code, *audit(folder, scores=name))
        assert name in line and not (folder / "scored").exists()
        return line

    assert "has the shape (120, 400)" in no(rg.T.copy())
    assert "by columns" in no(np.asfortranarray(rg))
    assert "float64" in no(rg.astype(np.float16)) and "float64" in no(rg.astype(">f8"))
    assert "infinite" in no(np.where(rg == rg.max(), np.inf, rg))
    assert "same score" in no(np.full_like(rg, 0.5))
    hole = rg.copy()
    hole[7] = np.nan
    assert "no score at all for the reference 'r-00007'" in no(hole)
    hole = rg.copy()
    hole[:, 7] = np.nan
    assert "no score at all for the probe '007.jpg'" in no(hole)
    assert "shorter or longer" in no((folder / "rg.npy").read_bytes()[:-8])
    assert "no table of scores" in no(b"x", name="bad.txt")
    assert "needs a header" in no("a,b\n1,2\n")
    assert "no line for the reference" in no("\n".join(lines[:-1]))
    assert "a second time" in no("\n".join([*lines, lines[5]]))
    assert "none of the items" in no("\n".join([*lines, "nobody,001.jpg,0.5"]))
    assert "line 2: 'high' is no finite number" in no("\n".join([lines[0], "r-00000,000.jpg,high"]))
    assert "2 fields" in no("\n".join([lines[0], "r-00000,0"]))


def test_options_that_do_not_fit(closed):
    folder, arguments = closed
    assert "--holdout-scores" in fails(USAGE, *audit(folder, holdout=None), "--holdout", folder / "h.csv")
    assert "--scores" in fails(USAGE, *arguments, "--train-scores", folder / "rr.npy", "--out", folder / "o")
    assert "--scores" in fails(USAGE, *arguments, "--distances", "--out", folder / "o")
    assert "--score-norm" in fails(USAGE, *audit(folder, "--score-norm", "z"))
    for comparison in ("l2", "cosine"):
        line = fails(USAGE, *audit(folder, "--comparison", comparison))
        assert "--comparison" in line and "--distances" in line
    assert "--agree" in fails(USAGE, *audit(folder, "--agree", 2))
    assert "items file" in fails(INPUT, "audit", "--train", folder / "r.npy", "--synthetic", folder / "g.npy", "--scores",
                                 folder / "rg.npy", "--train-scores", folder / "rr.npy", "--out", folder / "o")
    same = fails(INPUT, "audit", "--train", folder / "r.csv", "--synthetic", folder / "r.csv", "--scores", folder / "rr.npy",
                 "--train-scores", folder / "rr.npy", "--out", folder / "o")
    assert "r.csv" in same


def test_distances_that_nobody_called_so_are_refused(closed):
    folder, _ = closed
    for name in ("rg", "hg", "rr"):
        np.save(folder / f"{name}-far.npy", 2 - 2 * np.load(folder / f"{name}.npy"))
    far = {"scores": "rg-far.npy", "holdout": "hg-far.npy", "train": "rr-far.npy"}
    assert "--distances" in fails(USAGE, *audit(folder, **far))
    assert "leave --distances out" in fails(USAGE, *audit(folder, "--distances"))
    run(*audit(folder, "--distances", **far))
    assert report(folder / "scored")["verdict"]["leakage"] == "found"


def test_a_calibrated_threshold_that_nothing_reaches_stays_where_it_is(closed):
    folder, _ = closed
    names = [row["identity"] for row in csv.DictReader(open(folder / "r.csv"))]
    rng = np.random.default_rng(5)
    lines = [f"{names[i]},{names[i] if mated else names[i + 2]},{int(mated)},{rng.normal(9 if mated else 5, 0.3)!r}"
             for i in range(0, 300, 2) for mated in (True, False)]
    (folder / "scores.csv").write_text("identity_a,identity_b,mated,score\n" + "\n".join(lines) + "\n")
    done = run("calibrate", "--scores", folder / "scores.csv", "--matcher", "closed", "--fmr", "0.05", "--out",
               folder / "cal.json", check=False)
    assert done.returncode == 0, done.stderr
    wanted = next(t["score"]["value"] for t in json.loads((folder / "cal.json").read_text())["thresholds"])
    run(*audit(folder, "--calibration", folder / "cal.json", "--fmr", "0.05", train=None))
    threshold = report(folder / "scored")["matchers"][0]["thresholds"][0]
    assert wanted > 4 and threshold["pairs"] == 0  # cosines end at 1
    assert threshold["score"] == pytest.approx(wanted, rel=0.01)
