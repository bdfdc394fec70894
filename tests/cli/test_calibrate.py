"""semblance calibrate, against NumPy, SciPy, scikit-learn and statsmodels."""

import csv
import hashlib
import json

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score, roc_curve
from statsmodels.stats.proportion import proportion_confint

from support import INPUT, OUTPUT, SHARED, USAGE, fails, run, unit_rows, write_items


def labelled_set(folder, people=60, images=3, dimension=16, spread=0.16, seed=1):
    rng = np.random.default_rng(seed)
    centre = unit_rows(people, dimension, seed) + np.eye(dimension)[0] * 0.3
    x = np.repeat(centre, images, axis=0) + spread * rng.standard_normal((people * images, dimension))
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    names = [f"Person_{p:02d}" for p in range(people) for _ in range(images)]
    ids = [f"{name}_{k % images + 1:04d}" for k, name in enumerate(names)]
    np.save(folder / "x.npy", x)
    write_items(folder / "x.csv", ids, names)
    return x, np.array(names), ids


def all_scores(x, names):
    unit = (x.astype(np.float64) / np.linalg.norm(x.astype(np.float64), axis=1, keepdims=True)).astype(np.float32)
    scores = unit.astype(np.float64) @ unit.astype(np.float64).T
    upper = np.triu_indices(len(x), 1)
    return scores[upper], (names[:, None] == names[None])[upper]


def calibration(folder, *arguments):
    run("calibrate", *arguments, "--out", folder / "cal.json")
    got = json.loads((folder / "cal.json").read_text())
    assert got["schema"] == "semblance-calibration/1"
    return got


def write_scores(path, scores, mated):
    with open(path, "w") as out:
        out.write("score,mated\n")
        for s, m in zip(scores, mated):
            out.write(f"{float(s)!r},{int(m)}\n")
    return path


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("set")
    x, names, _ = labelled_set(folder)
    got = calibration(folder, "--store", folder / "x.npy", "--items", folder / "x.csv", "--csv", folder / "curve.csv",
                      "--bootstrap", 200, "--at", 0.4)
    return folder, got, *all_scores(x, names)


def test_counts_and_every_curve_point_agree_with_numpy(measured):
    folder, got, scores, mated = measured
    assert got["counts"] == {"items": 180, "identities": 60, "mated_identities": 60, "mated": int(mated.sum()),
                             "non_mated": int((~mated).sum())}
    assert any(point["score"] == 0.4 for point in got["curve"])
    for point in got["curve"]:
        assert point["fmr"]["errors"] == (scores[~mated] >= point["score"]).sum()
        assert point["fnmr"]["errors"] == (scores[mated] < point["score"]).sum()
        assert point["fmr"]["ci95"][0] <= point["fmr"]["rate"] <= point["fmr"]["ci95"][1]
    with open(folder / "curve.csv") as rows:
        lines = list(csv.DictReader(rows))
    assert [float(line["score"]) for line in lines] == [point["score"] for point in got["curve"]]
    assert got["inputs"][0]["sha256"] == hashlib.sha256((folder / "x.npy").read_bytes()).hexdigest()


def test_separation_agrees_with_scikit_learn(measured):
    _, got, scores, mated = measured
    assert got["auc"]["value"] == pytest.approx(roc_auc_score(mated, scores), rel=1e-9)
    fpr, tpr, thresholds = roc_curve(mated, scores, drop_intermediate=False)
    best = np.argmin(np.abs(fpr - (1 - tpr)))
    assert got["eer"]["value"] == pytest.approx((fpr[best] + 1 - tpr[best]) / 2, rel=1e-9)
    d_prime = (scores[mated].mean() - scores[~mated].mean()) / np.sqrt((scores[mated].var() + scores[~mated].var()) / 2)
    assert got["d_prime"]["value"] == pytest.approx(d_prime, rel=1e-9)
    for threshold in got["thresholds"]:
        if threshold["evidence"] != "measured":
            continue
        allowed = fpr <= threshold["fmr_target"]
        assert threshold["tar"]["value"] == pytest.approx(tpr[allowed].max(), rel=1e-12)
        assert threshold["fmr"]["rate"] <= threshold["fmr_target"]
        just_under = np.nextafter(threshold["score"]["value"], -2)
        assert (scores[~mated] >= just_under).mean() > threshold["fmr_target"]
        assert threshold["score"]["ci95"][0] <= threshold["score"]["value"] <= threshold["score"]["ci95"][1]


def test_what_the_data_cannot_measure_is_labelled(measured):
    _, got, scores, mated = measured
    labels = {t["fmr_target"]: t["evidence"] for t in got["thresholds"]}
    assert labels[1e-2] == labels[1e-3] == labels[1e-4] == "measured"
    assert labels.get(1e-6, "extrapolated") == "extrapolated"
    few = next(t for t in got["thresholds"] if t["fmr_target"] == 1e-4)
    assert few["fmr"]["errors"] == 1 and not few["fmr"]["rule_of_30"]
    assert any("rule of 30" in note for note in got["notes"])
    none = got["curve"][0]["fmr"]
    assert none["errors"] == 0 and none["ci95"][0] == 0 and none["ci95"][1] >= 3 / none["trials"]


def test_tail_agrees_with_scipy(measured):
    _, got, scores, mated = measured
    tail = got["tail"]
    excess = np.sort(scores[~mated][scores[~mated] > tail["threshold"]] - tail["threshold"])
    assert len(excess) == tail["exceedances"] and tail["share"] == pytest.approx(len(excess) / (~mated).sum())
    law = stats.genpareto(tail["shape"], scale=tail["scale"])
    assert law.logpdf(excess).sum() == pytest.approx(tail["log_likelihood"], rel=1e-9)
    shape, _, scale = stats.genpareto.fit(excess, floc=0)
    theirs = stats.genpareto(shape, scale=scale).logpdf(excess).sum()
    assert tail["log_likelihood"] >= theirs - 1e-9 * abs(theirs)
    assert tail["log_likelihood"] == pytest.approx(theirs, rel=1e-6)
    n = len(excess)
    below = law.cdf(excess)
    a2 = -n - np.mean((2 * np.arange(1, n + 1) - 1) * (np.log(below) + np.log1p(-below[::-1])))
    assert tail["anderson_darling"] == pytest.approx(a2, rel=1e-6)
    for threshold in got["thresholds"]:
        if threshold["extrapolated"]:
            expected = tail["threshold"] + law.isf(threshold["fmr_target"] / tail["share"])
            assert threshold["extrapolated"]["value"] == pytest.approx(expected, rel=1e-9)
    assert any(t["extrapolated"] for t in got["thresholds"])


def test_false_identification_agrees_with_leave_one_out(measured):
    folder, got, scores, mated = measured
    square = np.full((180, 180), -np.inf)
    upper = np.triu_indices(180, 1)
    square[upper] = np.where(mated, -np.inf, scores)
    best = np.maximum(square, square.T).max(1)
    for threshold in got["thresholds"]:
        own = threshold["fpir"][0]
        assert own["gallery"] == 177
        if threshold["evidence"] != "measured":
            assert own["measured"] is None
            continue
        assert own["measured"]["value"] == pytest.approx((best >= threshold["score"]["value"]).mean())
        for entry in threshold["fpir"]:
            expected = -np.expm1(entry["gallery"] * np.log1p(-threshold["fmr"]["rate"]))
            assert entry["independent"] == pytest.approx(expected, rel=1e-9)


def test_histogram_path_gives_the_same_figures(tmp_path):
    """More non-mated pairs than are listed: the rest comes from the histogram and from scoring people directly."""
    x, names, _ = labelled_set(tmp_path, people=500, images=3, seed=5)
    got = calibration(tmp_path, "--store", tmp_path / "x.npy", "--items", tmp_path / "x.csv", "--bootstrap", 100)
    scores, mated = all_scores(x, names)
    assert got["counts"]["non_mated"] == (~mated).sum() > 1_000_000
    assert got["auc"]["value"] == pytest.approx(roc_auc_score(mated, scores), rel=1e-9)
    assert got["non_mated_mean"]["value"] == pytest.approx(scores[~mated].mean(), rel=1e-9)
    for point in got["curve"]:
        assert point["fmr"]["errors"] == (scores[~mated] >= point["score"]).sum()
        assert point["fnmr"]["errors"] == (scores[mated] < point["score"]).sum()


def test_independent_scores_have_wilson_intervals(tmp_path):
    rng = np.random.default_rng(3)
    mated = np.arange(900) < 400
    scores = rng.normal(np.where(mated, 0.6, 0.1), 0.2)
    got = calibration(tmp_path, "--scores", write_scores(tmp_path / "s.csv", scores, mated), "--at", 0.4)
    assert got["intervals"]["method"] == "wilson" and got["matcher"]["dimension"] == 0
    for point in got["curve"]:
        for rate in (point["fmr"], point["fnmr"]):
            if 0 < rate["errors"] < rate["trials"]:
                expected = proportion_confint(rate["errors"], rate["trials"], method="wilson")
                assert rate["ci95"] == pytest.approx(expected, rel=1e-9)
                assert rate["rule_of_30"] == (rate["errors"] >= 30)
    errors = min(((scores >= t) != mated).sum() for t in np.append(scores, 9))
    assert got["accuracy"]["error"]["errors"] == errors
    assert any("independent" in note for note in got["notes"])


def brute_bootstrap(x, names, threshold, draws, seed):
    scores, mated = all_scores(x, names)
    rng = np.random.default_rng(seed)
    _, who = np.unique(names, return_inverse=True)
    a, b = np.triu_indices(len(x), 1)
    a, b, hit = who[a][~mated], who[b][~mated], scores[~mated] >= threshold
    rates = []
    for _ in range(draws):
        w = np.bincount(rng.integers(0, who.max() + 1, who.max() + 1), minlength=who.max() + 1)
        pair = w[a] * w[b]
        rates.append((pair * hit).sum() / pair.sum())
    return np.var(rates)


def test_interval_is_the_bootstrap_over_people(tmp_path):
    """Where people, not pairs, make the variance, the width is that of w_i w_j resampling."""
    rng = np.random.default_rng(9)
    people, images, dimension = 120, 2, 16
    alike = np.where(np.arange(people) % 4 == 0, 1.2, 0.0)
    centre = unit_rows(people, dimension, 2) + alike[:, None] * np.eye(dimension)[0]
    x = np.repeat(centre, images, 0) + 0.05 * rng.standard_normal((people * images, dimension))
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    names = np.array([f"p{k:03d}" for k in range(people) for _ in range(images)])
    np.save(tmp_path / "x.npy", x)
    write_items(tmp_path / "x.csv", [str(k) for k in range(len(x))], names)
    got = calibration(tmp_path, "--store", tmp_path / "x.npy", "--items", tmp_path / "x.csv", "--at", 0.3)
    point = next(p["fmr"] for p in got["curve"] if p["score"] == 0.3)
    variance = point["rate"] * (1 - point["rate"]) / (point["independent_errors"] / point["rate"])
    expected = brute_bootstrap(x, names, 0.3, 1500, 4)
    assert np.sqrt(variance) == pytest.approx(np.sqrt(expected), rel=0.1)
    assert point["independent_errors"] < point["errors"] / 10


def test_lfw_pairs_and_folds(tmp_path):
    x, names, ids = labelled_set(tmp_path, people=40, images=2, seed=7)
    rng = np.random.default_rng(1)
    lines, pairs = ["4\t5"], []
    for fold in range(4):
        for k in range(5):
            p = fold * 5 + k
            lines.append(f"Person_{p:02d}\t1\t2")
            pairs.append((2 * p, 2 * p + 1, True, fold))
        for k in range(5):
            p, q = rng.choice(40, 2, replace=False)
            lines.append(f"Person_{p:02d}\t1\tPerson_{q:02d}\t2")
            pairs.append((2 * p, 2 * q + 1, False, fold))
    (tmp_path / "pairs.txt").write_text("\n".join(lines) + "\n")
    got = calibration(tmp_path, "--store", tmp_path / "x.npy", "--items", tmp_path / "x.csv", "--pairs", tmp_path / "pairs.txt")
    assert got["protocol"] == "pairs" and got["counts"]["mated"] == got["counts"]["non_mated"] == 20
    unit = (x.astype(np.float64) / np.linalg.norm(x.astype(np.float64), axis=1, keepdims=True)).astype(np.float32).astype(float)
    scores = np.array([unit[a] @ unit[b] for a, b, _, _ in pairs])
    same, fold = np.array([p[2] for p in pairs]), np.array([p[3] for p in pairs])

    def best(s, m):
        values = np.unique(s)
        cuts = np.concatenate([[values[0]], (values[:-1] + values[1:]) / 2, [np.nextafter(values[-1], 9)]])
        errors = [((s >= t) != m).sum() for t in cuts]
        return cuts[int(np.argmin(errors))], min(errors)

    assert got["accuracy"]["error"]["errors"] == best(scores, same)[1]
    folds = [1 - ((scores[fold == f] >= best(scores[fold != f], same[fold != f])[0]) != same[fold == f]).mean() for f in range(4)]
    assert got["accuracy"]["folds"] == 4
    assert got["accuracy"]["fold_mean"] == pytest.approx(np.mean(folds))
    assert got["accuracy"]["fold_standard_error"] == pytest.approx(np.std(folds, ddof=1) / 2)
    with open(tmp_path / "pairs.csv", "w") as out:
        out.write("id_a,id_b,same,fold\n")
        for a, b, m, f in pairs:
            out.write(f"some/folder/{ids[a]}.jpg,{ids[b]},{int(m)},{f + 1}\n")
    (tmp_path / "cal.json").unlink()
    again = calibration(tmp_path, "--store", tmp_path / "x.npy", "--items", tmp_path / "x.csv", "--pairs", tmp_path / "pairs.csv")
    assert again["accuracy"] == got["accuracy"] and again["curve"] == got["curve"]


@pytest.mark.parametrize("first", ["2\t9223372036854775808", "9223372036854775808\t1", "18446744073709551615"])
def test_pairs_that_claim_more_than_any_file_lists(tmp_path, first):
    """Twice as many are none in 64 bits."""
    labelled_set(tmp_path, people=40, images=2, seed=7)
    (tmp_path / "pairs.txt").write_text(f"{first}\nPerson_00\t1\t2\n")
    line = fails(INPUT, "calibrate", "--store", tmp_path / "x.npy", "--items", tmp_path / "x.csv", "--pairs",
                 tmp_path / "pairs.txt", "--out", tmp_path / "cal.json")
    assert "line 1" in line and "more pairs" in line


@pytest.mark.parametrize("wrong", [-1, 1e300, True, "7", None])
def test_a_calibration_whose_counts_are_none_is_refused(tmp_path, wrong):
    labelled_set(tmp_path, people=40, images=2, seed=7)
    calibration(tmp_path, "--store", tmp_path / "x.npy", "--items", tmp_path / "x.csv")
    edited = json.loads((tmp_path / "cal.json").read_text())
    edited["counts"]["non_mated"] = wrong
    (tmp_path / "cal.json").write_text(json.dumps(edited))
    np.save(tmp_path / "g.npy", unit_rows(20, np.load(tmp_path / "x.npy").shape[1], 3))
    line = fails(INPUT, "audit", "--train", tmp_path / "x.npy", "--train-items", tmp_path / "x.csv", "--synthetic",
                 tmp_path / "g.npy", "--calibration", tmp_path / "cal.json", "--out", tmp_path / "report")
    assert "cal.json" in line and "is damaged" in line


def test_one_image_a_person_leaves_the_mated_side_empty(tmp_path):
    labelled_set(tmp_path, people=50, images=1)
    got = calibration(tmp_path, "--store", tmp_path / "x.npy", "--items", tmp_path / "x.csv")
    assert got["counts"]["mated"] == 0 and got["thresholds"][0]["fmr"]["rate"] <= 0.01
    assert all(got[name] is None for name in ("eer", "auc", "d_prime", "mated_mean", "accuracy"))
    assert all(point["fnmr"] is None for point in got["curve"]) and got["thresholds"][0]["tar"] is None
    assert any("no mated scores" in note for note in got["notes"])


def test_all_scores_equal(tmp_path):
    write_scores(tmp_path / "s.csv", [0.5] * 40, [k % 2 for k in range(40)])
    got = calibration(tmp_path, "--scores", tmp_path / "s.csv")
    assert got["auc"]["value"] == 0.5 and got["eer"]["value"] == 0.5 and got["tail"] is None
    assert any("all scores are equal" in note for note in got["notes"])


def test_bad_input_names_file_and_line(tmp_path):
    labelled_set(tmp_path)
    store = ["calibrate", "--store", tmp_path / "x.npy"]
    out = ["--out", tmp_path / "cal.json"]
    items = ["--items", tmp_path / "x.csv"]
    assert "labels" in fails(INPUT, *store, *out)
    pairs = tmp_path / "p.csv"
    pairs.write_text("id_a,id_b,same\nPerson_00_0001,Person_00_0002,1\nPerson_00_0001,Nobody,0\n")
    line = fails(INPUT, *store, *items, "--pairs", pairs, *out)
    assert "line 3" in line and "Nobody" in line and "p.csv" in line
    pairs.write_text("id_a,id_b,same\nPerson_00_0001,Person_01_0002,1\n")
    assert "line 2" in fails(INPUT, *store, *items, "--pairs", pairs, *out)
    pairs.write_text("Person_00\tone\t2\n")
    assert "line 1" in fails(INPUT, *store, *items, "--pairs", pairs, *out)
    scores = tmp_path / "s.csv"
    scores.write_text("score,mated\n0.5,1\nnan,0\n")
    assert "line 3" in fails(INPUT, "calibrate", "--scores", scores, *out)
    scores.write_text("score,mated\n0.5,1\n0.4,maybe\n")
    assert "line 3" in fails(INPUT, "calibrate", "--scores", scores, *out)
    scores.write_text("score,mated\n0.5,1\n")
    assert "no non-mated" in fails(INPUT, "calibrate", "--scores", scores, *out)
    assert "--fmr" in fails(USAGE, *store, *items, "--fmr", "1.5", *out)
    fails(USAGE, "calibrate", *out)
    assert not (tmp_path / "cal.json").exists()
    (tmp_path / "cal.json").write_text("somebody's notes")
    assert "exists" in fails(OUTPUT, *store, *items, *out)
    assert "calibration" in fails(OUTPUT, *store, *items, *out, "--overwrite")
    assert (tmp_path / "cal.json").read_text() == "somebody's notes"


def test_output_depends_on_inputs_and_seed_alone(tmp_path):
    labelled_set(tmp_path)
    contents = []
    for threads, seed in ((1, 1), (3, 1), (2, 2)):
        out = tmp_path / f"{threads}.json"
        run("calibrate", "--store", tmp_path / "x.npy", "--items", tmp_path / "x.csv", "--threads", threads, "--seed", seed,
            "--bootstrap", 100, "--out", out)
        contents.append(out.read_bytes())
    assert contents[0] == contents[1] != contents[2]
    lines = run("calibrate", "--store", tmp_path / "x.npy", "--items", tmp_path / "x.csv", "--bootstrap", 100, "--out",
                tmp_path / "1.json", "--overwrite").stdout.splitlines()
    assert 5 <= len(lines) <= 12


@pytest.mark.parametrize("matcher", ["y1", "intel"])
def test_real_faces(tmp_path, matcher):
    folder = SHARED / "data" / "lfw-vae" / matcher
    if not folder.exists():
        pytest.skip("shared/data/lfw-vae is not here")
    got = calibration(tmp_path, "--store", folder / "train.npy", "--items", folder / "train.csv", "--bootstrap", 200)
    assert got["counts"]["identities"] == 450 and got["counts"]["mated"] == 7142
    assert got["eer"]["value"] < 0.01 and got["d_prime"]["value"] > 6 and got["tail"]["fits"]
    scores = [t["score"]["value"] for t in got["thresholds"]]
    assert scores == sorted(scores) and len(scores) == 5
