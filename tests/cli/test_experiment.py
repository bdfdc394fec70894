"""The studies of pairs and of distributions against NumPy, SciPy, scikit-learn and statsmodels."""

import csv
import json

import numpy as np
import pytest
from scipy.stats import ks_2samp, wasserstein_distance
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from support import INPUT, OUTPUT, USAGE, case, fails, run, write_items

PEOPLE, IMAGES = 40, 3


def experiment(folder):
    return json.loads((folder / "experiment.json").read_text())


def reference_scores(a, b):
    a, b = (x.astype(np.float32) for x in (a, b))
    a = (a / np.linalg.norm(a.astype(np.float64), axis=1, keepdims=True)).astype(np.float32)
    b = (b / np.linalg.norm(b.astype(np.float64), axis=1, keepdims=True)).astype(np.float32)
    return a.astype(np.float64) @ b.astype(np.float64).T


def sets(folder):
    return {name: np.load(folder / f"{name}.npy") for name in "rgh"}


def inputs(folder, study, *, holdout=True, synthetic=None, **options):
    case(folder, people=PEOPLE, images=IMAGES, **{"synthetic": 60, "leaks": 6, **options})
    arguments = ["experiment", study, "--train", folder / "r.npy", "--train-items", folder / "r.csv", "--synthetic",
                 synthetic or folder / "g.npy"]
    if holdout:
        arguments += ["--holdout", folder / "h.npy", "--holdout-items", folder / "h.csv"]
    return arguments


def non_mated(x, images):
    scores = reference_scores(x, x)
    person = np.arange(len(x)) // images
    return scores[np.triu(person[:, None] != person[None], 1)]


def distribution_samples(folder):
    x = sets(folder)
    return {"R-R": non_mated(x["r"], IMAGES), "R-G": reference_scores(x["r"], x["g"]).ravel(),
            "H-G": reference_scores(x["h"], x["g"]).ravel(), "G-G": non_mated(x["g"], 1)}


def expected_distances(x, y):
    shift = {f"shift-q{level}": np.quantile(x, float(level) / 100) - np.quantile(y, float(level) / 100)
             for level in ("50", "90", "99", "99.9")}
    return {"ks": ks_2samp(x, y).statistic, "wasserstein": wasserstein_distance(x, y),
            "auc": roc_auc_score(np.r_[np.ones(len(x)), np.zeros(len(y))], np.r_[x, y]),
            "d-prime": (x.mean() - y.mean()) / np.sqrt((x.var() + y.var()) / 2), "shift-max": x.max() - y.max(), **shift}


def test_exact_distributions_agree_with_scipy(tmp_path):
    run(*inputs(tmp_path, "distribution"), "--permutations", 99, "--out", tmp_path / "out")
    cell = experiment(tmp_path / "out")["matchers"][0]["synthetic"][0]
    samples = distribution_samples(tmp_path)
    for d in cell["distributions"]:
        x = samples[d["name"]]
        assert d["pairs"] == len(x) and d["exact"]
        got = [d[name]["value"] for name in ("mean", "sd", "q50", "q90", "q99", "q99.9", "max")]
        np.testing.assert_allclose(got, [x.mean(), x.std(), *np.quantile(x, [0.5, 0.9, 0.99, 0.999]), x.max()], atol=1e-9)
    assert [(c["first"], c["second"]) for c in cell["comparisons"]] == [("R-G", "H-G"), ("R-G", "R-R"), ("G-G", "R-R")]
    for c in cell["comparisons"]:
        for name, expected in expected_distances(samples[c["first"]], samples[c["second"]]).items():
            assert c[name]["value"] == pytest.approx(expected, abs=1e-9), name
            assert c[name]["low"] == c[name]["high"] == c[name]["value"]


@pytest.mark.parametrize("comparison", ["cosine", "inner-product", "l2"])
def test_histograms_bound_what_scipy_computes(tmp_path, comparison):
    run(*inputs(tmp_path, "distribution"), "--exact-pairs", 0, "--permutations", 99, "--comparison", comparison,
        "--out", tmp_path / "out")
    x = {name: rows.astype(np.float64) for name, rows in sets(tmp_path).items()}
    if comparison == "cosine":
        r, h = (reference_scores(x[side], x["g"]).ravel() for side in "rh")
    elif comparison == "inner-product":
        r, h = ((x[side] @ x["g"].T).ravel() for side in "rh")
    else:
        r, h = (-((x[side][:, None] - x["g"][None]) ** 2).sum(2).ravel() for side in "rh")
    c = experiment(tmp_path / "out")["matchers"][0]["synthetic"][0]["comparisons"][0]
    assert not c["exact"]
    for name, expected in expected_distances(r, h).items():
        assert c[name]["low"] - 1e-9 <= expected <= c[name]["high"] + 1e-9, name
        assert c[name]["high"] - c[name]["low"] < 0.2, name


def test_p_values_permute_people(tmp_path):
    """The same relabelling of whole people, drawn by NumPy and measured by scikit-learn."""
    run(*inputs(tmp_path, "distribution", leaks=2), "--permutations", 4000, "--out", tmp_path / "out")
    test = experiment(tmp_path / "out")["matchers"][0]["synthetic"][0]["permutation_test"]
    x = sets(tmp_path)
    scores = np.vstack([reference_scores(x["r"], x["g"]), reference_scores(x["h"], x["g"])])
    rank = np.empty(scores.size)
    rank[np.argsort(scores, axis=None)] = np.arange(scores.size)
    per_person = rank.reshape(2 * PEOPLE, -1).sum(1)
    largest = scores.reshape(2 * PEOPLE, -1).max(1)
    rng = np.random.default_rng(1)
    drawn = [rng.permutation(2 * PEOPLE)[:PEOPLE] for _ in range(4000)]
    shifted = np.array([per_person[d].sum() for d in drawn])
    assert test["p"]["auc"] == pytest.approx((shifted >= per_person[:PEOPLE].sum()).mean(), abs=0.04)
    others = [np.setdiff1d(np.arange(2 * PEOPLE), d) for d in drawn]
    gaps = np.array([largest[d].max() - largest[o].max() for d, o in zip(drawn, others)])
    observed = largest[:PEOPLE].max() - largest[PEOPLE:].max()
    assert test["p"]["max"] == pytest.approx((gaps >= observed).mean(), abs=0.04)
    assert test["people_train"] == test["people_holdout"] == PEOPLE and test["fixed_people"] == 0
    assert test["p_min"] >= min(test["p"].values()) and test["p_adjusted"] >= test["p_min"]


def test_an_axis_and_several_matchers(tmp_path):
    case(tmp_path, people=PEOPLE, images=IMAGES, synthetic=60, leaks=6)
    other = tmp_path / "other"
    other.mkdir()
    case(other, people=PEOPLE, images=IMAGES, synthetic=60, leaks=0, seed=2)
    x = {name: np.load(tmp_path / f"{name}.npy") for name in "rh"}
    done = run("experiment", "distribution", "--train", f"a={tmp_path / 'r.npy'}", "--train-items", f"a={tmp_path / 'r.csv'}",
               "--holdout", f"a={tmp_path / 'h.npy'}", "--holdout-items", f"a={tmp_path / 'h.csv'}",
               "--train", f"b={other / 'r.npy'}", "--train-items", f"b={other / 'r.csv'}",
               "--holdout", f"b={other / 'h.npy'}", "--holdout-items", f"b={other / 'h.csv'}",
               "--synthetic", f"a:psi0.5={tmp_path / 'g.npy'}", "--synthetic", f"a:psi1.0={other / 'g.npy'}",
               "--synthetic", f"b:psi0.5={tmp_path / 'g.npy'}", "--synthetic", f"b:psi1.0={other / 'g.npy'}",
               "--permutations", 199, "--out", tmp_path / "out")
    got = experiment(tmp_path / "out")
    assert [m["name"] for m in got["matchers"]] == ["a", "b"]
    assert all([c["synthetic"] for c in m["synthetic"]] == ["psi0.5", "psi1.0"] for m in got["matchers"])
    leaked = got["matchers"][0]["synthetic"][0]
    expected = expected_distances(reference_scores(x["r"], np.load(tmp_path / "g.npy")).ravel(),
                                  reference_scores(x["h"], np.load(tmp_path / "g.npy")).ravel())
    assert leaked["comparisons"][0]["ks"]["value"] == pytest.approx(expected["ks"], abs=1e-9)
    smallest = [c["permutation_test"]["p_min"] for m in got["matchers"] for c in m["synthetic"]]
    adjusted = [c["permutation_test"]["p_adjusted"] for m in got["matchers"] for c in m["synthetic"]]
    assert min(adjusted) == pytest.approx(min(1, 4 * min(smallest)))
    assert "psi1.0" in done.stdout
    with open(tmp_path / "out" / "p_values.csv") as rows:
        assert len(list(csv.DictReader(rows))) == 4 * 11


def test_without_people_there_is_no_p_value(tmp_path):
    arguments = inputs(tmp_path, "distribution")
    run(*[a for a in arguments if str(a) not in ("--train-items", "--holdout-items") and not str(a).endswith(".csv")],
        "--permutations", 99, "--out", tmp_path / "unlabelled")
    run(*inputs(tmp_path, "distribution", holdout=False), "--permutations", 99, "--out", tmp_path / "alone")
    for folder in ("unlabelled", "alone"):
        got = experiment(tmp_path / folder)
        assert got["matchers"][0]["synthetic"][0]["permutation_test"] is None
        assert got["notes"]


def test_pairs_agree_with_numpy(tmp_path):
    arguments = inputs(tmp_path, "pairs")
    write_items(tmp_path / "g.csv", [f"g{k}" for k in range(60)], [f"s{k // 4}" for k in range(60)])
    run(*arguments, "--synthetic-items", tmp_path / "g.csv", "--top", 50, "--fmr", "1e-1,1e-2", "--threshold", 0.5,
        "--out", tmp_path / "out")
    got = experiment(tmp_path / "out")
    x = sets(tmp_path)
    r, h = (reference_scores(x[side], x["g"]) for side in "rh")
    impostors = non_mated(x["r"], IMAGES)
    person, synthetic = np.arange(len(r)) // IMAGES, np.arange(60) // 4
    assert got["pairs"] == r.size and got["non_mated_pairs"] == len(impostors)
    assert [t["score"] for t in got["thresholds"]] == sorted(t["score"] for t in got["thresholds"])
    assert sorted(t["fmr"] or 0 for t in got["thresholds"]) == [0, 0.01, 0.1]
    for t in got["thresholds"]:
        for side, scores in (("train", r), ("holdout", h)):
            i, j = np.nonzero(scores >= t["score"])
            assert t[side] == {"pairs": len(i), "real_items": len(set(i)), "real_identities": len(set(person[i])),
                               "synthetic_items": len(set(j)), "synthetic_identities": len(set(synthetic[j]))}
        assert t["false_matches"] == (impostors >= t["score"]).sum()
        if t["false_matches"]:
            assert t["expected_by_chance"] == pytest.approx((impostors >= t["score"]).mean() * r.size)
        assert t["expected_from_holdout"] == pytest.approx(t["holdout"]["pairs"])
    order = np.argsort(-r, axis=None)[:50]
    i, j = np.unravel_index(order, r.shape)
    assert got["top"]["count"] == {"pairs": 50, "real_items": len(set(i)), "real_identities": len(set(person[i])),
                                   "synthetic_items": len(set(j)), "synthetic_identities": len(set(synthetic[j]))}
    assert got["top_expected_from_holdout"] == (h >= r[i[-1], j[-1]]).sum()
    with open(tmp_path / "out" / "pairs.csv") as rows:
        np.testing.assert_allclose([float(row["score"]) for row in csv.DictReader(rows)], r[i, j], atol=1e-12)
    best = got["best_matches"]
    np.testing.assert_allclose([best[k] for k in ("median", "q99", "q99.9", "max")],
                               [*np.quantile(r.max(0), [0.5, 0.99, 0.999]), r.max()], atol=1e-12)
    chosen = np.sort(np.bincount(r.argmax(0), minlength=len(r)))[::-1] / 60
    hubs = best["hubs"]
    np.testing.assert_allclose([hubs["top1"], hubs["top10"], hubs["top_percent"]],
                               [chosen[0], chosen[:10].sum(), chosen[: hubs["percent_items"]].sum()])
    equal = got["equal_sets"]
    assert equal["train_items"] == equal["holdout_items"] == len(r)
    assert equal["train"]["ks"] == pytest.approx(ks_2samp(r.max(0), h.max(0)).statistic, abs=1e-12)
    last = got["thresholds"][-1]["score"]
    assert equal["train"]["shares"][-1]["excess"] == pytest.approx((r.max(0) >= last).mean() - (h.max(0) >= last).mean())


def test_a_smaller_holdout_is_compared_at_its_own_size(tmp_path):
    arguments = inputs(tmp_path, "pairs")
    h = np.load(tmp_path / "h.npy")[: 10 * IMAGES]
    np.save(tmp_path / "h.npy", h)
    write_items(tmp_path / "h.csv", [f"h{k}" for k in range(len(h))], [f"h{k // IMAGES}" for k in range(len(h))])
    run(*arguments, "--fmr", "1e-1", "--out", tmp_path / "out")
    got = experiment(tmp_path / "out")
    assert got["equal_sets"]["train_items"] == got["equal_sets"]["holdout_items"] == len(h)
    assert got["equal_sets"]["train"]["median"] < got["best_matches"]["median"]
    assert got["thresholds"][0]["expected_from_holdout"] == pytest.approx(4 * got["thresholds"][0]["holdout"]["pairs"])


def test_near_duplicates_are_joined(tmp_path):
    arguments = inputs(tmp_path, "pairs", leaks=0)
    x = sets(tmp_path)
    rng = np.random.default_rng(4)
    x["g"][:12] = x["r"][0] + 0.01 * rng.standard_normal((12, x["r"].shape[1]))
    np.save(tmp_path / "g.npy", x["g"])
    run(*arguments, "--top", 12, "--fmr", "1e-2", "--out", tmp_path / "out")
    got = experiment(tmp_path / "out")
    assert got["top"]["count"]["synthetic_items"] == 12 and got["top"]["synthetic_clusters"] == 1
    assert got["top"]["largest_synthetic_cluster"] == 12 and got["top"]["real_clusters"] == 1
    with open(tmp_path / "out" / "clusters.csv") as rows:
        assert sum(row["side"] == "synthetic" for row in csv.DictReader(rows)) == 12
    run(*arguments, "--top", 12, "--fmr", "1e-2", "--near-duplicate", 0, "--out", tmp_path / "none")
    assert experiment(tmp_path / "none")["top"]["synthetic_clusters"] == 0


@pytest.mark.parametrize("study,options", [("pairs", ()), ("distribution", ("--permutations", 500))])
def test_results_do_not_depend_on_threads(tmp_path, study, options):
    arguments = inputs(tmp_path, study)
    contents = []
    for threads in (1, 3):
        out = tmp_path / f"t{threads}"
        run(*arguments, *options, "--threads", threads, "--out", out)
        contents.append({f.name: f.read_bytes() for f in out.iterdir()})
    assert contents[0] == contents[1]
    assert {"experiment.json", "page.html", "histograms.csv"} <= set(contents[0])
    page = contents[0]["page.html"].decode()
    assert "default-src 'none'" in page and " src=" not in page and "<canvas" in page
    printed = run("--json", *arguments, *options, "--overwrite", "--out", tmp_path / "t1").stdout
    assert json.loads(printed) == experiment(tmp_path / "t1")
    assert 4 <= len(run(*arguments, *options, "--overwrite", "--out", tmp_path / "t1").stdout.splitlines()) <= 12


def table(path, scores, synthetic=None, real=None):
    with open(path, "w") as out:
        out.write("sample_index,sample_identity,sample_image_name,best_match_index,best_match_identity,"
                  "best_match_image_name,similarity\n")
        for k, s in enumerate(scores):
            i = k if synthetic is None else synthetic[k]
            j = k if real is None else real[k]
            out.write(f"{k},s{i},{k}.jpg,{j},p{j // 2},image_{j}.jpg,{s}\n")
    return path


def test_published_tables_agree_with_scipy_and_statsmodels(tmp_path):
    rng = np.random.default_rng(3)
    control, other = rng.normal(0.35, 0.04, 3000), rng.normal(0.38, 0.06, 2000)
    real = rng.integers(0, 700, 2000)
    real[: int(0.34 * 2000)] = 11  # one real image is the best match of 34% of all images
    run("experiment", "pairs", "--control", f"control={table(tmp_path / 'c.csv', control)}", "--best-matches",
        f"other={table(tmp_path / 'o.csv', other, real=real)}", "--threshold", "0.45,0.5", "--gallery", 700, "--out",
        tmp_path / "out")
    got = experiment(tmp_path / "out")
    assert got["control_threshold"] == np.sort(control)[::-1][2]
    c, o = got["best_matches"]
    np.testing.assert_allclose([o["median"], o["q90"], o["q99"], o["q99.9"], o["max"]],
                               [*np.quantile(other, [0.5, 0.9, 0.99, 0.999]), other.max()], atol=1e-12)
    assert o["ks"] == pytest.approx(ks_2samp(other, control).statistic, abs=1e-12) and c["ks"] is None
    labels = np.r_[np.ones(2000), np.zeros(3000)]
    assert o["auc"] == pytest.approx(roc_auc_score(labels, np.r_[other, control]), abs=1e-12)
    assert o["hubs"]["top1"] == pytest.approx((real == 11).mean()) and o["hubs"]["top1"] >= 0.34
    assert o["hubs"]["top_item"] == "image_11.jpg (p5)" and o["hubs"]["percent_items"] == 7
    chosen = np.sort(np.bincount(real))[::-1]
    assert o["hubs"]["top_percent"] == pytest.approx(chosen[:7].sum() / 2000)
    for share in o["shares"]:
        x, y = (other >= share["threshold"]).sum(), (control >= share["threshold"]).sum()
        assert share["images"] == x and share["synthetic_identities"] == x
        hit = real[other >= share["threshold"]]
        assert share["real_items"] == len(set(hit)) and share["real_identities"] == len(set(hit // 2))
        assert share["excess"] == pytest.approx(x / 2000 - y / 3000)
        np.testing.assert_allclose(share["ci95"], proportion_confint(x, 2000, method="wilson"), atol=1e-9)
        np.testing.assert_allclose(share["excess_ci95"], confint_proportions_2indep(x, 2000, y, 3000, method="newcomb"),
                                   atol=1e-9)


def test_images_of_one_synthetic_person_widen_the_interval(tmp_path):
    rng = np.random.default_rng(5)
    control, other = rng.normal(0.35, 0.04, 2000), rng.normal(0.35, 0.04, 2000)
    other[:40] = 0.9
    people = np.arange(2000) // 40
    run("experiment", "pairs", "--control", f"c={table(tmp_path / 'c.csv', control)}",
        "--best-matches", f"alone={table(tmp_path / 'a.csv', other)}",
        "--best-matches", f"together={table(tmp_path / 't.csv', other, synthetic=people)}", "--out", tmp_path / "out")
    shares = {s["name"]: s["shares"][-1] for s in experiment(tmp_path / "out")["best_matches"][1:]}
    width = {name: s["excess_ci95"][1] - s["excess_ci95"][0] for name, s in shares.items()}
    assert width["together"] > 3 * width["alone"]
    assert shares["alone"]["excess_ci95"][0] > 0 and shares["together"]["synthetic_identities"] == 1


def test_bad_tables(tmp_path):
    good = table(tmp_path / "good.csv", [0.1, 0.2])
    arguments = ["experiment", "pairs", "--control", f"c={good}", "--out", tmp_path / "out", "--best-matches"]
    (tmp_path / "column.csv").write_text("sample_identity,similarity\n1,0.5\n")
    assert "best_match_index" in fails(INPUT, *arguments, f"x={tmp_path / 'column.csv'}")
    bad = table(tmp_path / "bad.csv", [0.1, "high"])
    assert "line 3" in fails(INPUT, *arguments, f"x={bad}")
    nan = table(tmp_path / "nan.csv", [0.1, "nan"])
    assert "line 3" in fails(INPUT, *arguments, f"x={nan}")
    empty = table(tmp_path / "empty.csv", [])
    assert "no best matches" in fails(INPUT, *arguments, f"x={empty}")
    twice = tmp_path / "twice.csv"
    twice.write_text(good.read_text() + good.read_text().splitlines()[1] + "\n")
    assert "sample_index '0'" in fails(INPUT, *arguments, f"x={twice}")
    ragged = tmp_path / "ragged.csv"
    ragged.write_text(good.read_text() + "7,1\n")
    assert "line 4" in fails(INPUT, *arguments, f"x={ragged}")
    fails(INPUT, *arguments, f"x={tmp_path / 'nowhere.csv'}")
    assert "NAME=FILE" in fails(USAGE, *arguments, good)
    assert "twice" in fails(USAGE, *arguments, f"c={good}")
    assert "--control" in fails(USAGE, "experiment", "pairs", "--best-matches", f"x={good}", "--out", tmp_path / "out")
    assert "stands alone" in fails(USAGE, *arguments, f"x={good}", "--train", good)
    assert not (tmp_path / "out").exists()


def test_bad_sets(tmp_path):
    arguments = inputs(tmp_path, "pairs")
    out = ("--out", tmp_path / "out")
    assert "same" in fails(INPUT, *inputs(tmp_path, "pairs", synthetic=tmp_path / "r.npy"), *out)
    assert "between 0 and 1" in fails(USAGE, *arguments, "--fmr", 2, *out)
    assert "beyond" in fails(USAGE, *arguments, "--threshold", 7, *out)
    np.save(tmp_path / "wide.npy", np.ones((5, 8), np.float32))
    for study in ("pairs", "distribution"):
        assert "dimensions" in fails(INPUT, *inputs(tmp_path, study, synthetic=tmp_path / "wide.npy"), *out)
        overlapping = [tmp_path / "r.csv" if a == tmp_path / "h.csv" else a for a in inputs(tmp_path, study)]
        assert "shares 40 identities" in fails(INPUT, *overlapping, *out)
    assert "needs the name of a matcher" in fails(USAGE, "experiment", "distribution", "--train", f"a={tmp_path / 'r.npy'}",
                                                  "--holdout", tmp_path / "h.npy", "--synthetic", tmp_path / "g.npy", *out)
    twice = ("--synthetic", f"x={tmp_path / 'g.npy'}")
    assert "'x' twice" in fails(USAGE, "experiment", "distribution", "--train", tmp_path / "r.npy", *twice, *twice, *out)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("keep")
    fails(OUTPUT, *arguments, "--overwrite", "--out", tmp_path / "full")
    assert not (tmp_path / "out").exists()


def test_all_scores_equal(tmp_path):
    arguments = inputs(tmp_path, "pairs")
    for name, rows in sets(tmp_path).items():
        np.save(tmp_path / f"{name}.npy", np.full((len(rows), 2), {"r": 1, "g": 2, "h": 4}[name], np.float32))
    run(*arguments, "--out", tmp_path / "pairs")
    assert experiment(tmp_path / "pairs")["best_matches"]["median"] == pytest.approx(1)
    arguments[1] = "distribution"
    run(*arguments, "--permutations", 99, "--out", tmp_path / "distribution")
    assert experiment(tmp_path / "distribution")["matchers"][0]["synthetic"][0]["permutation_test"]["p_min"] == 1
