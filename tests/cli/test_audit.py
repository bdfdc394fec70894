"""The main job end to end, against NumPy and against known truth."""

import csv
import json
import os
import subprocess

import numpy as np
import pytest

from support import SOURCE, USAGE, case, fails, report, run, unit_rows


def reference_scores(a, b):
    a, b = (x.astype(np.float32) for x in (a, b))
    a = (a / np.linalg.norm(a.astype(np.float64), axis=1, keepdims=True)).astype(np.float32)
    b = (b / np.linalg.norm(b.astype(np.float64), axis=1, keepdims=True)).astype(np.float32)
    return a.astype(np.float64) @ b.astype(np.float64).T


def test_fixed_fields_and_pairs_agree_with_numpy(tmp_path):
    run(*case(tmp_path, leaks=6), "--top", 100, "--out", tmp_path / "report")
    got = report(tmp_path / "report")
    assert got["schema"] == "semblance-report/1"
    assert set(got["verdict"]) >= {"leakage", "p", "alpha", "text"}
    assert got["sets"]["train"]["items"] == 120 and got["sets"]["train"]["identities"] == 40
    assert got["sets"]["holdout"]["rejected"] == 0
    matcher = got["matchers"][0]
    scores = reference_scores(np.load(tmp_path / "r.npy"), np.load(tmp_path / "g.npy"))
    assert matcher["pairs"]["scored"] == scores.size
    best = np.sort(scores, axis=None)[::-1][:100]
    np.testing.assert_allclose([p["score"] for p in matcher["pairs"]["top"]], best, atol=1e-12)
    for threshold in matcher["thresholds"]:
        assert threshold["pairs"] == (scores >= threshold["score"]).sum()
        holdout = reference_scores(np.load(tmp_path / "h.npy"), np.load(tmp_path / "g.npy"))
        assert threshold["holdout_pairs"] == (holdout >= threshold["score"]).sum()
    assert got["consensus"] is None
    roles = {entry["path"].rsplit("/", 1)[-1] for entry in got["provenance"]["inputs"]}
    assert roles == {"r.npy", "r.csv", "g.npy", "h.npy", "h.csv"}
    for name in ("report.html", "pairs.csv", "identities.csv", "images.csv", "removal.csv", "histograms.csv"):
        assert (tmp_path / "report" / name).stat().st_size > 0


def test_control_pairs_are_the_best_of_the_holdout(tmp_path):
    run(*case(tmp_path, leaks=6), "--top", 70, "--out", tmp_path / "report")
    scores = reference_scores(np.load(tmp_path / "h.npy"), np.load(tmp_path / "g.npy"))
    with open(tmp_path / "report/control-pairs.csv") as lines:
        pairs = list(csv.DictReader(lines))
    np.testing.assert_allclose([float(p["score"]) for p in pairs], np.sort(scores, axis=None)[::-1][:70], atol=1e-12)
    for rank, pair in enumerate(pairs, start=1):
        k = int(pair["holdout"][2:])
        assert int(pair["rank"]) == rank and pair["holdout_identity"] == f"h{k // 3:03d}"
        assert float(pair["score"]) == pytest.approx(scores[k, int(pair["synthetic"])], abs=1e-12)
    with open(tmp_path / "report/control-people.csv") as lines:
        people = list(csv.DictReader(lines))
    best = scores.max(1).reshape(40, 3).max(1)
    assert {row["identity"]: float(row["best"]) for row in people} == pytest.approx(
        {f"h{k:03d}": best[k] for k in range(40)}, abs=1e-12)
    assert [float(row["best"]) for row in people] == sorted((float(row["best"]) for row in people), reverse=True)
    for row in people:
        k = int(row["best_holdout"][2:])
        assert row["images"] == "3" and row["identity"] == f"h{k // 3:03d}"
        assert float(row["best"]) == pytest.approx(scores[k, int(row["best_synthetic"])], abs=1e-12)


def test_without_a_holdout_there_are_no_control_pairs(tmp_path):
    arguments = case(tmp_path)
    run(*arguments[:arguments.index("--holdout")], "--out", tmp_path / "report")
    for name in ("control-pairs.csv", "control-people.csv"):
        assert len((tmp_path / "report" / name).read_text().splitlines()) == 1


def test_conformal_p_values_agree_with_numpy(tmp_path):
    run(*case(tmp_path, leaks=6), "--out", tmp_path / "report")
    r = reference_scores(np.load(tmp_path / "r.npy"), np.load(tmp_path / "g.npy")).max(1).reshape(40, 3).max(1)
    h = reference_scores(np.load(tmp_path / "h.npy"), np.load(tmp_path / "g.npy")).max(1).reshape(40, 3).max(1)
    expected = {f"r{k:03d}": (1 + (h >= r[k]).sum()) / 41 for k in range(40)}
    with open(tmp_path / "report" / "identities.csv") as rows:
        got = {row["identity"]: float(row["p"]) for row in csv.DictReader(rows)}
    assert got == pytest.approx(expected, abs=1e-12)


def test_report_does_not_depend_on_threads_or_repetition(tmp_path):
    arguments = case(tmp_path, leaks=6)
    contents = []
    for threads in (1, 2, 5):
        run(*arguments, "--threads", threads, "--out", tmp_path / f"t{threads}")
        contents.append((tmp_path / f"t{threads}" / "report.json").read_bytes())
    assert contents[0] == contents[1] == contents[2]


def test_without_holdout_nothing_is_claimed(tmp_path):
    arguments = case(tmp_path, leaks=6)
    done = run(*arguments[: arguments.index("--holdout")], "--out", tmp_path / "report")
    got = report(tmp_path / "report")
    assert got["verdict"]["leakage"] == "no-control" and got["verdict"]["p"] is None
    assert got["sets"]["holdout"] is None
    assert all(t["holdout_pairs"] is None for t in got["matchers"][0]["thresholds"])
    assert "look-alikes" in done.stdout and len(done.stdout.splitlines()) <= 10


def test_unlabelled_sets_run_and_say_so(tmp_path):
    case(tmp_path)
    run("audit", "--train", tmp_path / "r.npy", "--synthetic", tmp_path / "g.npy", "--holdout", tmp_path / "h.npy",
        "--out", tmp_path / "report")
    got = report(tmp_path / "report")
    assert got["matchers"][0]["identities"]["tested"] == 120
    assert any("no identity labels" in sentence for sentence in got["limits"])


@pytest.mark.parametrize("comparison", ["inner-product", "l2"])
def test_other_comparisons(tmp_path, comparison):
    run(*case(tmp_path, leaks=6), "--comparison", comparison, "--top", 20, "--out", tmp_path / "report")
    r, g = (np.load(tmp_path / f"{name}.npy").astype(np.float64) for name in "rg")
    scores = r @ g.T if comparison == "inner-product" else -((r[:, None] - g[None]) ** 2).sum(2)
    got = [p["score"] for p in report(tmp_path / "report")["matchers"][0]["pairs"]["top"]]
    np.testing.assert_allclose(got, np.sort(scores, axis=None)[::-1][:20], atol=1e-12)


def test_simulated_leaks_are_found_and_named(tmp_path):
    run("simulate", "--identities", 600, "--images", 3, "--synthetic", 1500, "--leak-rate", 0.1, "--seed", 11,
        "--out", tmp_path / "case")
    done = run("audit", "--train", tmp_path / "case/train", "--synthetic", tmp_path / "case/synthetic", "--holdout",
               tmp_path / "case/holdout", "--out", tmp_path / "report")
    assert 5 <= len(done.stdout.splitlines()) <= 11
    got = report(tmp_path / "report")
    assert got["verdict"]["leakage"] == "found" and got["verdict"]["p"] <= 0.01
    with open(tmp_path / "case/truth.csv") as rows:
        truth = {row["identity"] for row in csv.DictReader(rows)}
    assert len(truth) == 60
    named = next(set(entry["ids"]) for entry in got["matchers"][0]["identities"]["fdr"] if entry["q"] == 0.05)
    assert len(named & truth) >= 54 and len(named - truth) <= 8
    with open(tmp_path / "report/removal.csv") as rows:
        removed = {row["synthetic"] for row in csv.DictReader(rows)}
    with open(tmp_path / "case/truth.csv") as rows:
        planted = {row["synthetic"] for row in csv.DictReader(rows)}
    assert len(removed & planted) >= 54 and len(removed) < 90  # the rest resemble a listed person best
    rate = got["matchers"][0]["leak_rate"]
    assert rate["ci95"][0] <= 0.1 <= rate["ci95"][1]


def test_nothing_leaked_is_not_found_with_a_bound(tmp_path):
    run("simulate", "--identities", 400, "--images", 3, "--synthetic", 1000, "--leak-rate", 0, "--seed", 5,
        "--out", tmp_path / "case")
    run("audit", "--train", tmp_path / "case/train", "--synthetic", tmp_path / "case/synthetic", "--holdout",
        tmp_path / "case/holdout", "--out", tmp_path / "report")
    got = report(tmp_path / "report")
    assert got["verdict"]["leakage"] == "not-found"
    rate = got["matchers"][0]["leak_rate"]
    assert 0 < rate["upper95"] < 0.1 and 0 < rate["minimum_detectable"] < 0.2


def test_info_on_everything(tmp_path):
    run("simulate", "--identities", 60, "--synthetic", 100, "--dimension", 64, "--out", tmp_path / "case")
    run("audit", "--train", tmp_path / "case/train", "--synthetic", tmp_path / "case/synthetic", "--holdout",
        tmp_path / "case/holdout", "--out", tmp_path / "report")
    run("score", "--a", tmp_path / "case/train", "--b", tmp_path / "case/synthetic", "--top", 5, "--out", tmp_path / "scores")
    kinds = {name: json.loads(run("info", "--json", tmp_path / name).stdout)["kind"]
             for name in ("case", "case/train", "report", "scores")}
    assert kinds == {"case": "simulated case", "case/train": "embeddings", "report": "report", "scores": "scores"}
    assert "300" in run("info", tmp_path / "case/train").stdout


def test_quiet_and_json(tmp_path):
    arguments = case(tmp_path)
    assert run("-q", *arguments, "--out", tmp_path / "one").stdout == ""
    printed = run("--json", *arguments, "--out", tmp_path / "two").stdout
    assert json.loads(printed) == report(tmp_path / "two")


def test_nothing_appears_outside_the_output(tmp_path):
    arguments = case(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    before = set(os.listdir(tmp_path))
    run(*arguments, "--out", tmp_path / "report", cwd=elsewhere)
    assert set(os.listdir(tmp_path)) - before == {"report"} and not os.listdir(elsewhere)


def test_options_that_would_do_nothing_are_refused(tmp_path):
    arguments = case(tmp_path)
    line = fails(USAGE, *arguments, "--agree", 1, "--out", tmp_path / "report")
    assert "--agree" in line and "several matchers" in line and not (tmp_path / "report").exists()


def test_score_norm_is_checked_before_pictures_are_read(tmp_path):
    """The matcher's card says l2; its network isn't even loaded, nor is the picture."""
    for role in "RGH":
        (tmp_path / role).mkdir()
        (tmp_path / role / "x.png").write_text("no picture")
    (tmp_path / "m.onnx").write_text("no network")
    (tmp_path / "card.toml").write_text('name = "far"\ndimension = 8\ncomparison = "l2"\n[weights]\nfile = "m.onnx"\n[input]\n'
                                        'width = 16\nheight = 16\ncolour = "RGB"\n')
    line = fails(USAGE, "audit", "--train", tmp_path / "R", "--synthetic", tmp_path / "G", "--holdout", tmp_path / "H",
                 "--matcher", tmp_path / "card.toml", "--score-norm", "s", "--out", tmp_path / "report")
    assert "--score-norm" in line and "not with l2" in line and "far" in line


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path):
    arguments = case(tmp_path, people=8)
    dead = subprocess.Popen(["true"])
    dead.wait()
    alive = subprocess.Popen(["sleep", "60"])
    try:
        def left(name):
            (tmp_path / name).mkdir()
            (tmp_path / name / "pairs.csv").write_text("half")
            return tmp_path / name

        stale = left(f".report.partial-{dead.pid}")
        others = [left(f".report.partial-{alive.pid}"), left(f".report2.partial-{dead.pid}"), left(f".report.partial-{dead.pid}x"),
                  left(f"report.partial-{dead.pid}"), left(".report.partial-"), left(".report.partial--1"), left(".report.partial-0")]
        run(*arguments, "--permutations", 99, "--out", tmp_path / "report")
        assert not stale.exists() and all((one / "pairs.csv").exists() for one in others)
        # Killed while it was putting its output in place: what was there before lies beside it, and both stay.
        left(stale.name), left(stale.name + ".old")
        run(*arguments, "--permutations", 99, "--overwrite", "--out", tmp_path / "report")
        assert stale.exists() and (tmp_path / (stale.name + ".old")).exists()
    finally:
        alive.kill()
        alive.wait()


def test_help_has_examples():
    for command in ("audit", "score", "simulate", "info"):
        assert "Examples:" in run(command, "--help").stdout
    assert "Exit codes" in run("--help").stdout
    assert run("--version").stdout.split()[1] in (SOURCE / "CMakeLists.txt").read_text()
