"""What an audit would find: planted leaks against what is known of them."""

import csv
import json

import numpy as np
import pytest

from support import INPUT, USAGE, fails, run, unit_rows, write_items


def population(tmp_path, train=150, holdout=150, images=3, dimension=64, spread=0.25):
    """R and H of the same source: people at random, photographs around them. Returns the command's arguments."""
    for name, people, seed in (("r", train, 1), ("h", holdout, 2)):
        centres = np.repeat(unit_rows(people, dimension, seed), images, axis=0)
        np.save(tmp_path / f"{name}.npy", centres + spread * unit_rows(people * images, dimension, seed + 10))
        names = [f"{name}-person{k // images}" for k in range(people * images)]
        write_items(tmp_path / f"{name}.csv", [f"{name}{k}" for k in range(people * images)], names)
    return ["power", "--train", tmp_path / "r.npy", "--train-items", tmp_path / "r.csv", "--holdout", tmp_path / "h.npy",
            "--holdout-items", tmp_path / "h.csv"]


def points(done):
    got = json.loads(done.stdout)
    assert got["schema"] == "semblance-power/1"
    return got, {(p["strength"], p["leaked"]): p for p in got["points"]}


def test_strong_leaks_are_found_and_named_and_nothing_else_is(tmp_path):
    command = population(tmp_path)
    got, at = points(run(*command, "--rates", "0.01,0.1,0.3", "--repetitions", 200, "--json"))
    assert got["background"] == "held-out strangers"
    assert (got["train_people"], got["holdout_people"]) == (150, 75)
    assert got["background_images"] == 75 * 3
    assert at["none", 0]["found"] <= 7  # 2 are expected of 200 at level 1%; more come up once in 500
    for strength in ("same-person", "near-copy"):
        assert at[strength, 45]["power"] == 1
        assert at[strength, 45]["named"] > 0.95
        assert at[strength, 45]["wrong_among_named"] < 0.06
        assert at[strength, 2]["power"] < at[strength, 45]["power"]
        for point in at.values():
            assert point["power_low"] <= point["power"] <= point["power_high"]


def test_leaks_no_better_than_strangers_are_not_found(tmp_path):
    # Near-copies at cosine 0.05 are nobody.
    command = population(tmp_path)
    _, at = points(run(*command, "--strengths", "near-copy", "--near-copy-cosine", 0.05, "--rates", 0.2, "--repetitions",
                       100, "--json"))
    assert at["near-copy", 30]["found"] <= 6
    assert at["near-copy", 30]["named"] < 0.02


def test_equal_seeds_give_equal_files_whatever_the_threads(tmp_path):
    command = population(tmp_path, train=60, holdout=60)
    options = ["--rates", "0.05", "--repetitions", 20]
    table = run(*command, *options, "--threads", 1, "--out", tmp_path / "one").stdout
    run(*command, *options, "--threads", 3, "--out", tmp_path / "three")
    run(*command, *options, "--seed", 2, "--out", tmp_path / "other")
    for name in ("power.json", "power.csv", "page.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "three" / name).read_bytes()
    assert (tmp_path / "one/power.json").read_bytes() != (tmp_path / "other/power.json").read_bytes()
    with open(tmp_path / "one/power.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["strength"] for row in rows] == ["none", "same-person", "near-copy"]
    assert "same-person" in table and "leakage found" in table


def test_a_synthetic_set_can_be_the_background(tmp_path):
    command = population(tmp_path, train=60, holdout=60)
    np.save(tmp_path / "g.npy", unit_rows(500, 64, 5))
    got, at = points(run(*command, "--synthetic", tmp_path / "g.npy", "--rates", 0.5, "--repetitions", 20, "--json"))
    assert got["background"] == "synthetic" and got["background_images"] == 500
    assert got["holdout_people"] == 60
    assert at["same-person", 30]["power"] == 1


@pytest.mark.parametrize("options, says", [
    (["--rates", "0"], "--rates"),
    (["--rates", "1.5"], "--rates"),
    (["--repetitions", "5"], "--repetitions"),
    (["--alpha", "0"], "--alpha"),
    (["--permutations", "50"], "--permutations"),
    (["--near-copy-cosine", "1"], "--near-copy-cosine"),
    (["--strengths", "deepfake"], "--strengths"),
])
def test_wrong_options_are_named(tmp_path, options, says):
    command = population(tmp_path, train=30, holdout=30)
    done = run(*command, *options, check=False)
    assert done.returncode == USAGE and says in done.stderr


def test_sets_that_cannot_show_power_are_refused(tmp_path):
    said = fails(INPUT, *population(tmp_path, train=30, holdout=12))
    assert "h.npy" in said and "20" in said
    command = population(tmp_path, train=30, holdout=30, images=1)
    said = fails(INPUT, *command)
    assert "two images" in said and "near-copy" in said
    run(*command, "--strengths", "near-copy", "--repetitions", 20)
    said = fails(INPUT, "power", "--train", tmp_path / "r.npy", "--holdout", tmp_path / "r.npy")
    assert "same embeddings" in said
