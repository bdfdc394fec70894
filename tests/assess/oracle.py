#!/usr/bin/env python3
"""Writes oracle_values.hpp: what statsmodels, scikit-learn and SciPy compute where they compute what src/assess does.

Usage: python3 tests/assess/oracle.py > tests/assess/oracle_values.hpp
"""
import numpy as np
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint


def row(values):
    return "{" + ", ".join(repr(float(v)) for v in values) + "}"


def main():
    rng = np.random.default_rng(20)
    print("#pragma once")
    print("// Written by oracle.py (statsmodels, scikit-learn, SciPy); don't edit.")
    print("// clang-format off\n")
    print("#include <vector>\n")
    print("namespace semblance::oracle {\n")

    print("struct Adjusted { std::vector<double> p, benjamini_hochberg, holm; };")
    print("inline const std::vector<Adjusted> kAdjusted = {")
    for p in (rng.random(1), rng.random(12), rng.beta(0.3, 4, 40), np.round(rng.beta(0.5, 2, 60), 2), np.ones(5)):
        bh = multipletests(p, method="fdr_bh")[1]
        holm = multipletests(p, method="holm")[1]
        print(f"    {{{row(p)},\n     {row(bh)},\n     {row(holm)}}},")
    print("};\n")

    print("struct Share { unsigned x, n; double level, low, high; };")
    print("inline const std::vector<Share> kWilson = {")
    for x, n in ((0, 1), (1, 1), (0, 20), (3, 20), (20, 20), (7, 451), (225, 450), (3, 1_000_000)):
        for level in (0.9, 0.95, 0.99):
            low, high = proportion_confint(x, n, alpha=1 - level, method="wilson")
            print(f"    {{{x}, {n}, {level!r}, {float(low)!r}, {float(high)!r}}},")
    print("};\n")

    print("struct TwoSamples { std::vector<double> train, holdout; double auc, p; };")
    print("/// p: one-sided Mann-Whitney, exact without ties, as scipy.stats.mannwhitneyu(alternative='greater').")
    print("inline const std::vector<TwoSamples> kTwoSamples = {")
    for n, m, shift, digits in ((12, 15, 0.5, 6), (40, 35, 0.3, 6), (60, 20, 0.0, 6), (50, 50, -0.1, 6)):
        train = np.round(rng.normal(shift, 1, n), digits)
        holdout = np.round(rng.normal(0, 1, m), digits)
        auc = roc_auc_score(np.r_[np.ones(n), np.zeros(m)], np.r_[train, holdout])
        p = mannwhitneyu(train, holdout, alternative="greater", method="exact").pvalue
        print(f"    {{{row(train)},\n     {row(holdout)},\n     {float(auc)!r}, {float(p)!r}}},")
    print("};\n")

    print("/// With ties: the AUC alone.")
    print("inline const std::vector<TwoSamples> kTied = {")
    for n, m in ((30, 40), (25, 10)):
        train, holdout = np.round(rng.normal(0.2, 1, n), 1), np.round(rng.normal(0, 1, m), 1)
        auc = roc_auc_score(np.r_[np.ones(n), np.zeros(m)], np.r_[train, holdout])
        print(f"    {{{row(train)},\n     {row(holdout)},\n     {float(auc)!r}, 0}},")
    print("};\n")
    print("}  // namespace semblance::oracle")


main()
