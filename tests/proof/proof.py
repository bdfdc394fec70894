"""What the studies of `semblance_proof` show: a summary, the limits it must keep, and the figures of docs/proof.md.

    proof.py RAW.json SUMMARY.json [--figures FOLDER] [--tests GTEST.xml ... --coverage COVERAGE.json]

Limits are those of chance at the number of repetitions, so a run of a few repetitions checks less, not nothing.
Exit code 1 and a line a failure where a limit is broken.
"""

import argparse
import json
import math
import pathlib
import sys
import xml.etree.ElementTree

import numpy as np
from scipy import stats

ALPHA = 0.01
FDR = 0.05


def share(x, n):
    """A rate with its 95% Wilson interval."""
    low, high = stats.binomtest(int(x), int(n)).proportion_ci(0.95, method="wilson")
    return {"of": int(n), "count": int(x), "rate": x / n, "ci95": [low, high]}


def mean(values):
    values = np.asarray(values, float)
    error = values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else 1.0
    return {"mean": values.mean(), "standard_error": error}


def false_share(right, wrong):
    right, wrong = np.asarray(right, float), np.asarray(wrong, float)
    return wrong / np.maximum(right + wrong, 1)


def too_small(p):
    """Kolmogorov's one-sided test: are p-values smaller than uniform ones? Larger ones, as steps and ties make them,
    cost power and deceive nobody."""
    return stats.kstest(p, "uniform", alternative="greater").pvalue


def summarise(study):
    p = np.array(study["p"])
    n = len(p)
    held = np.array(study["leaked"]) / study["train_people"]
    rate, low, high = study["leak_rate"], np.array(study["low"]), np.array(study["high"])
    result = {key: study[key] for key in ("name", "words", "train_people", "holdout_people", "images", "synthetic",
                                          "dimension", "leak_rate")}
    result["found"] = share((p <= ALPHA).sum(), n)
    result["control_alarm"] = share((np.array(study["control_p"]) <= ALPHA).sum(), n)
    result["found_without_control_alarm"] = share(((p <= ALPHA) & (np.array(study["control_p"]) > ALPHA)).sum(), n)
    result["people_fdr"] = mean(false_share(study["named"], study["named_wrong"]))
    result["images_fdr"] = mean(false_share(study["images_right"], study["images_wrong"]))
    result["lists_not_empty"] = share((np.array(study["named"]) + study["named_wrong"] > 0).sum(), n)
    result["leaked"] = int(np.sum(study["leaked"]))
    result["named"] = int(np.sum(study["named"]))
    result["interval_holds"] = share(((low <= rate) & (rate <= high)).sum(), n)
    result["interval_low_side"] = int((rate < low).sum())
    result["interval_high_side"] = int((rate > high).sum())
    result["upper95_holds"] = share((rate <= np.array(study["upper95"])).sum(), n)
    result["rate_bias"] = mean(np.array(study["rate"]) - held)
    if study["leak_rate"] == 0:
        result["p_uniform"] = {"too_small": too_small(p), "two_sided": stats.kstest(p, "uniform").pvalue}
        result["p_quantiles"] = np.quantile(p, np.linspace(0, 1, 101)).round(4).tolist()
    return result


def beyond(count, n, rate, tail=0.001):
    """More than chance explains, but once in 1,000 studies?"""
    return count > stats.binom.ppf(1 - tail, n, rate)


def failures(s):
    """Lines that say which limit a study breaks."""
    name, n = s["name"], s["found"]["of"]
    shifted = name.startswith("shift")
    if s["leak_rate"] == 0 and not shifted:
        if beyond(s["found"]["count"], n, ALPHA):
            yield f"{name}: found {s['found']['count']} times in {n} where nobody leaked"
        for kind, p in s["p_uniform"].items():
            if p < 0.001:
                yield f"{name}: p-values not uniform ({kind} KS {p:.2g})"
        if beyond(s["lists_not_empty"]["count"], n, FDR):
            yield f"{name}: {s['lists_not_empty']['count']} of {n} lists name somebody where nobody leaked"
    if shifted:
        # A shifted control may deceive the test, but not unseen.
        if beyond(s["found_without_control_alarm"]["count"], n, ALPHA):
            yield f"{name}: found {s['found_without_control_alarm']['count']} times in {n} with no word on the control"
    elif beyond(s["control_alarm"]["count"], n, ALPHA):
        yield f"{name}: the control raised an alarm {s['control_alarm']['count']} times in {n}"
    if s["leak_rate"] > 0:
        fdr = s["people_fdr"]
        if fdr["mean"] > FDR + 3 * fdr["standard_error"]:
            yield f"{name}: {fdr['mean']:.3f} of the people named are wrong"
    if s["leak_rate"] > 0 and not name.startswith("power"):
        holds = s["interval_holds"]
        if beyond(holds["of"] - holds["count"], holds["of"], 0.07):
            yield f"{name}: the 95% interval holds the rate {holds['rate']:.3f} of the time"


def figures(studies, folder):
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams.update({"svg.hashsalt": "semblance", "font.size": 9, "axes.spines.top": False,
                         "axes.spines.right": False, "figure.constrained_layout.use": True})

    def save(figure, name):
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
        plt.close(figure)

    def label(s):
        return s["name"].rsplit("/", 1)[0]

    nulls = [s for s in studies if s["leak_rate"] == 0 and not s["name"].startswith("shift")]
    leaks = [s for s in studies if s["leak_rate"] > 0 and not s["name"].startswith("power")]

    figure, axis = plt.subplots(figsize=(5, 4.4))
    for s in nulls:
        axis.plot(s["p_quantiles"], np.linspace(0, 1, 101), label=label(s), lw=1)
    axis.plot([0, 1], [0, 1], "k--", lw=0.8)
    axis.set(xlabel="p of the global test", ylabel="share of audits with a p so small", title="Nobody leaked")
    axis.legend(frameon=False)
    save(figure, "null-p")

    figure, axis = plt.subplots(figsize=(6, 3.6))
    at = np.arange(len(leaks))
    for offset, key, words in ((-0.12, "people_fdr", "people"), (0.12, "images_fdr", "synthetic images")):
        axis.errorbar(at + offset, [s[key]["mean"] for s in leaks], [1.96 * s[key]["standard_error"] for s in leaks],
                      fmt="o", ms=4, label=words)
    axis.axhline(FDR, color="k", ls="--", lw=0.8)
    axis.set_xticks(at, [label(s) for s in leaks], rotation=20)
    axis.set(ylabel="wrong among the listed, mean", title="Lists at a false discovery rate of 5%", ylim=(0, None))
    axis.legend(frameon=False)
    save(figure, "fdr")

    figure, axis = plt.subplots(figsize=(6, 3.6))
    rates = [s["interval_holds"] for s in leaks]
    axis.axhspan(0.93, 0.97, color="0.9")
    axis.errorbar(at, [r["rate"] for r in rates],
                  [[r["rate"] - r["ci95"][0] for r in rates], [r["ci95"][1] - r["rate"] for r in rates]], fmt="o", ms=4)
    axis.set_xticks(at, [label(s) for s in leaks], rotation=20)
    axis.set(ylabel="share of 95% intervals that hold the leak rate", title="Leak rate of 10%", ylim=(0.88, 1))
    save(figure, "coverage")

    power = [s for s in studies if s["name"].startswith("power")]
    strengths = list(dict.fromkeys(s["name"].split("/")[1] for s in power))
    figure, axes = plt.subplots(1, len(strengths), figsize=(9, 3.4), sharey=True, squeeze=False)
    for axis, strength in zip(axes[0], strengths):
        for people in sorted({s["holdout_people"] for s in power}):
            line = [s for s in power if s["holdout_people"] == people and s["name"].split("/")[1] == strength]
            x, y = [100 * s["leak_rate"] for s in line], [s["found"]["rate"] for s in line]
            band = [s["found"]["ci95"] for s in line]
            axis.plot(x, y, "o-", ms=3, lw=1, label=f"{people:,} held out")
            axis.fill_between(x, [b[0] for b in band], [b[1] for b in band], alpha=0.15, lw=0)
        axis.set(xscale="log", xlabel="leaked people of 300, %", title=strength)
        axis.set_xticks([0.5, 1, 2, 5, 10, 20], ["0.5", "1", "2", "5", "10", "20"])
        axis.minorticks_off()
    axes[0][0].set_ylabel("audits that find leakage (level 1%)")
    axes[0][0].legend(frameon=False)
    save(figure, "power")


def recorded(files):
    """What the long tests of GoogleTest recorded, test by test."""
    tests = {}
    for file in files:
        for test in xml.etree.ElementTree.parse(file).iter("testcase"):
            values = {entry.get("name"): entry.get("value") for entry in test.iter("property")}
            if values and test.get("result") == "completed":
                tests[f"{test.get('classname')}.{test.get('name')}"] = values
    return tests


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=pathlib.Path)
    parser.add_argument("summary", type=pathlib.Path)
    parser.add_argument("--figures", type=pathlib.Path)
    parser.add_argument("--tests", type=pathlib.Path, nargs="*", default=[])
    parser.add_argument("--coverage", type=pathlib.Path)
    options = parser.parse_args()
    if options.coverage:
        options.coverage.write_text(json.dumps(recorded(options.tests), indent=1) + "\n")
    studies = [summarise(study) for study in json.loads(options.raw.read_text())]
    lines = ",\n".join(json.dumps(study) for study in studies)
    options.summary.write_text(f"[\n{lines}\n]\n")
    if options.figures:
        figures(studies, options.figures)
    broken = [line for s in studies for line in failures(s)]
    for line in broken:
        print(line, file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
