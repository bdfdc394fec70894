"""The whole program over 200 seeds: false alarms without leakage, leaks found with it (long; make test-long)."""

import csv
import os
import shutil

import pytest

from support import report, run

pytestmark = pytest.mark.skipif("SEMBLANCE_LONG_TESTS" not in os.environ, reason="long: run by make test-long")

SEEDS = int(os.environ.get("SEMBLANCE_NULL_SEEDS", 200))


def audited(folder, seed, leak_rate):
    run("simulate", "--leak-rate", leak_rate, "--seed", seed, "--out", folder / "case")
    run("audit", "--train", folder / "case/train", "--synthetic", folder / "case/synthetic", "--holdout",
        folder / "case/holdout", "--seed", seed, "--out", folder / "report")
    got = report(folder / "report")
    with open(folder / "case/truth.csv") as rows:
        truth = {row["identity"] for row in csv.DictReader(rows)}
    named = next(set(entry["ids"]) for entry in got["matchers"][0]["identities"]["fdr"] if entry["q"] == 0.05)
    shutil.rmtree(folder / "case")
    shutil.rmtree(folder / "report")
    return got, named, truth


def test_false_alarms_without_leakage(tmp_path):
    found = listed = 0
    for seed in range(1, SEEDS + 1):
        got, named, truth = audited(tmp_path, seed, 0)
        assert not truth
        found += got["verdict"]["leakage"] == "found"
        listed += bool(named)
    print(f"over {SEEDS} seeds without leakage: found {found}, non-empty lists {listed}")
    assert found <= 6 * SEEDS / 200 and listed <= 18 * SEEDS / 200


def test_leaks_at_the_default_strength_are_found(tmp_path):
    runs = max(10, SEEDS // 10)
    hits = planted = wrong = 0
    for seed in range(1, runs + 1):
        got, named, truth = audited(tmp_path, seed, 0.02)
        assert got["verdict"]["leakage"] == "found" and len(truth) == 40
        hits += len(named & truth)
        wrong += len(named - truth)
        planted += len(truth)
    print(f"over {runs} seeds with 2% same-person leaks: {hits} of {planted} named, {wrong} wrongly")
    assert hits >= 0.9 * planted
    assert wrong <= 0.08 * (hits + wrong)
