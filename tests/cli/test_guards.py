"""Guards of an audit, each in a case in which it must speak and in one in which it must not."""

import csv

import numpy as np
import pytest

from support import USAGE, case, fails, report, run


def simulated(folder, *options):
    run("simulate", "--identities", 400, "--images", 4, "--synthetic", 3000, "--dimension", 128, "--seed", 3,
        *options, "--out", folder / "case")
    return ["--train", folder / "case/train", "--synthetic", folder / "case/synthetic", "--holdout",
            folder / "case/holdout"]


def audited(folder, sets, *options):
    run("audit", *sets, *options, "--overwrite", "--out", folder / "report")
    return report(folder / "report")


@pytest.mark.parametrize("shift,fires", [(0, False), (0.5, True)])
def test_a_control_from_elsewhere_is_noticed(tmp_path, shift, fires):
    got = audited(tmp_path, simulated(tmp_path, "--leak-rate", 0, "--shift", shift))
    control = got["matchers"][0]["guards"]["control"]
    assert control["fires"] == fires and (control["p"] <= 0.01) == fires
    assert (control["auc"] > 0.6) == fires
    assert ("differ even without the synthetic images" in got["verdict"]["text"]) == fires
    assert any(note.startswith("Control:") for note in got["matchers"][0]["notes"]) == fires
    page = (tmp_path / "report/report.html").read_text()
    assert ("<strong>differ</strong>" in page) == fires and "Is the hold-out a fair control?" in page


def test_no_word_on_the_control_without_one(tmp_path):
    sets = simulated(tmp_path)[:4]
    assert audited(tmp_path, sets)["matchers"][0]["guards"]["control"] is None


def leaked_people(folder):
    with open(folder / "case/truth.csv") as rows:
        return {row["identity"] for row in csv.DictReader(rows)}


def named(got):
    return set(next(entry["ids"] for entry in got["matchers"][0]["identities"]["fdr"] if entry["q"] == 0.05))


def test_normalisation_takes_hubs_their_advantage(tmp_path):
    sets = simulated(tmp_path, "--hubs", 0.8, "--leak-rate", 0.05)
    truth = leaked_people(tmp_path)
    hub_share, right = {}, {}
    for norm in ("none", "z", "t", "s"):
        got = audited(tmp_path, sets, "--score-norm", norm)
        matcher = got["matchers"][0]
        hub_share[norm] = matcher["guards"]["hubs"]["train"]["top_item"]
        right[norm] = len(named(got) & truth)
        assert got["provenance"]["options"]["score-norm"] == norm
        assert any(f"{norm}-normalised" in note for note in matcher["notes"]) == (norm != "none")
        pairs = np.array([pair["score"] for pair in matcher["pairs"]["top"]])
        assert (np.diff(pairs) <= 0).all() and (pairs[0] > 4) == (norm != "none")
    # By the image in whose place a synthetic image looks for a match, the synthetic image's own moments change nothing.
    assert hub_share["t"] == hub_share["none"]
    assert hub_share["z"] < hub_share["none"] / 2 and hub_share["s"] < hub_share["none"] / 2
    # Raw, the hubs of R and H hide the leaks.
    assert right["none"] == 0 and right["z"] >= 15, (right, len(truth))


def test_normalised_scores_are_their_definition(tmp_path):
    arguments = case(tmp_path, leaks=3)
    rng = np.random.default_rng(5)
    cohort = rng.standard_normal((200, 32)).astype(np.float32)
    np.save(tmp_path / "cohort.npy", cohort)
    run(*arguments, "--score-norm", "s", "--cohort", tmp_path / "cohort.npy", "--out", tmp_path / "report")
    got = report(tmp_path / "report")
    assert any(entry["role"] == "cohort" for entry in got["provenance"]["inputs"])

    def directions(x):
        x = x.astype(float)
        return x / np.linalg.norm(x, axis=1, keepdims=True)

    r, g, c = (directions(np.load(tmp_path / f"{name}.npy")) for name in ("r", "g", "cohort"))
    scores = r @ g.T
    of_r, of_g = r @ c.T, g @ c.T
    z = (scores - of_r.mean(1, keepdims=True)) / of_r.std(1, ddof=1, keepdims=True)
    t = (scores - of_g.mean(1)) / of_g.std(1, ddof=1)
    expected = np.sort(((z + t) / 2).ravel())[::-1]
    top = [pair["score"] for pair in got["matchers"][0]["pairs"]["top"]]
    np.testing.assert_allclose(top, expected[:len(top)], atol=2e-6)


def test_what_does_not_go_together_is_refused(tmp_path):
    arguments = [*case(tmp_path), "--out", tmp_path / "report"]
    np.save(tmp_path / "few.npy", np.eye(32, dtype=np.float32)[:5])
    assert "--score-norm" in fails(USAGE, *arguments, "--cohort", tmp_path / "few.npy")
    assert "--score-norm" in fails(USAGE, *arguments, "--score-norm", "z", "--comparison", "l2")
    line = fails(3, *arguments, "--score-norm", "z", "--cohort", tmp_path / "few.npy")
    assert "few.npy" in line and "5 images" in line
    np.save(tmp_path / "other.npy", np.eye(16, dtype=np.float32))
    line = fails(3, *arguments, "--score-norm", "z", "--cohort", tmp_path / "other.npy")
    assert "other.npy" in line and "16 dimensions" in line
    assert not (tmp_path / "report").exists()


def test_a_matcher_that_was_trained_on_the_training_set_is_named(tmp_path):
    arguments = case(tmp_path)
    card = tmp_path / "card.toml"
    card.write_text('name = "arcface"\ndimension = 32\ntraining_set = ["MS1M", "CASIA-WebFace"]\n')
    for dataset, fires in (("casia_webface", True), ("VGGFace2", False)):
        run(*arguments, "--card", card, "--train-dataset", dataset, "--overwrite", "--out", tmp_path / "report")
        matcher = report(tmp_path / "report")["matchers"][0]
        assert matcher["guards"]["matcher_bias"] == {"training_sets": ["MS1M", "CASIA-WebFace"],
                                                     "train_dataset": dataset, "fires": fires}
        assert any(note.startswith("Matcher bias:") for note in matcher["notes"]) == fires
        page = (tmp_path / "report/report.html").read_text()
        assert ("<strong>the matcher has learnt these faces</strong>" in page) == fires
    run(*arguments, "--overwrite", "--out", tmp_path / "report")
    assert report(tmp_path / "report")["matchers"][0]["guards"]["matcher_bias"] is None


def test_another_matchers_card_or_calibration_is_refused(tmp_path):
    arguments = [*case(tmp_path), "--out", tmp_path / "report"]
    card, other = tmp_path / "card.toml", tmp_path / "other.json"
    card.write_text('dimension = 16\n')
    line = fails(3, *arguments, "--card", card)
    assert "card.toml" in line and "16 dimensions" in line and "32" in line
    card.write_text('training_set = "MS1M"\n')
    other.write_text('{"training_set": "MS1M"}')
    run("calibrate", "--store", tmp_path / "r.npy", "--items", tmp_path / "r.csv", "--card", card, "--bootstrap", 100,
        "--out", tmp_path / "cal.json")
    run(*arguments, "--card", card, "--calibration", tmp_path / "cal.json")
    line = fails(3, *arguments[:-1], tmp_path / "again", "--card", other, "--calibration", tmp_path / "cal.json")
    assert "cal.json" in line and "another matcher" in line and "sha256" in line
