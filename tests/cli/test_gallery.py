"""The report's gallery: whom it shows, in which pairs, with which pictures, and what becomes of real faces."""

import base64
import csv
import json
import re

import numpy as np
import pytest

from support import USAGE, case, fails, report, run
from test_near_copies import COPIES, LEAKS, audited  # noqa: F401 (a fixture)


def gallery(folder):
    with open(folder / "gallery.csv", newline="") as file:
        return list(csv.DictReader(file))


def blocks(folder):
    """What the page's scripts read: data, pictures."""
    page = (folder / "report.html").read_text()
    found = re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', page, re.S)
    return [json.loads(text) for _, text in found]


@pytest.fixture(scope="module")
def reports(audited, tmp_path_factory):  # noqa: F811
    folder = tmp_path_factory.mktemp("galleries")
    _, arguments, pictures, holdout = audited
    for redact in ["blur", "none", "omit"]:
        run(*arguments, *pictures, *holdout, "--redact", redact, "--out", folder / redact)
    run(*arguments, "--out", folder / "names")
    return folder


def test_shows_everybody_listed_strongest_first(reports):
    matcher = report(reports / "names")["matchers"][0]
    rows = gallery(reports / "names")
    people = list(dict.fromkeys(row["identity"] for row in rows))
    with open(reports / "names" / "images.csv", newline="") as file:
        by_images = {row["best_train_identity"] for row in csv.DictReader(file) if row["listed_at_fdr"]}
    listed = set(matcher["identities"]["fdr"][-1]["ids"])
    assert len(listed) >= LEAKS and set(people) == listed | by_images
    first = {row["identity"]: (float(row["q"]), float(row["p"])) for row in rows}
    ranks = [first[person] for person in people]
    assert ranks == sorted(ranks)


def test_scores_are_those_of_the_pairs(reports, audited):  # noqa: F811
    folder = audited[0]
    train, synthetic = np.load(folder / "r.npy").astype(float), np.load(folder / "g.npy").astype(float)
    by_pair = {(p["train"], p["synthetic"]): p for p in report(reports / "names")["matchers"][0]["pairs"]["top"]}
    rows = gallery(reports / "names")
    assert len({(row["train"], row["synthetic"]) for row in rows}) == len(rows)
    for row in rows:
        x, y = train[int(row["train"][2:])], synthetic[int(row["synthetic"][1:])]
        assert float(row["score"]) == pytest.approx(x @ y / np.linalg.norm(x) / np.linalg.norm(y), abs=1e-6)
        if (pair := by_pair.get((row["train"], row["synthetic"]))) is not None:
            assert float(row["score"]) == pair["score"]
            assert (float(row["fmr"]) if row["fmr"] else None) == pair["fmr"]


def test_normalised_scores_are_those_of_the_pairs(tmp_path):
    """The cohort is drawn with a held-out person who is left out of the control later on, as one of the training set."""
    arguments = case(tmp_path, people=60, images=3, synthetic=50, dimension=64, leaks=20)
    train, holdout = np.load(tmp_path / "r.npy"), np.load(tmp_path / "h.npy")
    holdout[:9] = train[-9:] + np.random.default_rng(4).normal(0, 0.01, (9, 64)).astype(np.float32)
    np.save(tmp_path / "h.npy", holdout)
    run(*arguments, "--top", 80, "--permutations", 200, "--score-norm", "s", "--out", tmp_path / "report")
    matcher = report(tmp_path / "report")["matchers"][0]
    assert {person["holdout_identity"] for person in matcher["guards"]["overlap"]["people"]} == {"h000", "h001", "h002"}
    by_pair = {(p["train"], p["synthetic"]): p for p in matcher["pairs"]["top"]}
    with open(tmp_path / "report/identities.csv", newline="") as file:
        by_pair |= {(row["best_train"], row["best_synthetic"]): {"score": float(row["best"])} for row in csv.DictReader(file)}
    rows = gallery(tmp_path / "report")
    known = [row for row in rows if (row["train"], row["synthetic"]) in by_pair]
    assert len(known) >= 20
    assert [float(row["score"]) for row in known] == [by_pair[row["train"], row["synthetic"]]["score"] for row in known]


def test_pictures_are_redacted_as_asked(reports):
    pictures = {}
    for redact in ["blur", "none", "omit"]:
        data, shown = blocks(reports / redact)
        assert data["gallery"]["redaction"] == redact
        looks = [look for person in data["gallery"]["people"] for look in person["looks"]]
        files = [base64.b64decode(text, validate=True) for text in shown]
        assert all(file.startswith(b"\xff\xd8\xff") and b"Exif" not in file for file in files)
        of = {side: {look[side]: files[look[f"{side}_picture"]] for look in looks if look[f"{side}_picture"] is not None}
              for side in ["train", "synthetic"]}
        assert len(of["train"]) + len(of["synthetic"]) == len(files)  # each once, none that isn't shown
        pictures[redact] = of
    assert pictures["omit"]["train"] == {} and len(pictures["none"]["train"]) >= LEAKS - COPIES
    assert pictures["none"]["synthetic"] == pictures["blur"]["synthetic"] == pictures["omit"]["synthetic"] != {}
    assert pictures["none"]["train"].keys() == pictures["blur"]["train"].keys()
    for name, file in pictures["none"]["train"].items():
        assert len(pictures["blur"]["train"][name]) < 0.85 * len(file)  # hardly anything is left to compress
    assert report(reports / "blur")["provenance"]["options"]["redact"] == "blur"


def test_without_pictures_names_alone(reports):
    data, shown = blocks(reports / "names")
    assert shown == [] and data["gallery"]["redaction"] == "" and data["gallery"]["listed"]


def test_a_picture_that_is_missing_is_counted(audited, tmp_path):  # noqa: F811
    folder, arguments, pictures, _ = audited
    name = next(iter(sorted((folder / "photos-r" / "r000").iterdir())))
    kept = name.read_bytes()
    try:
        name.write_bytes(kept[:40])  # cut
        run(*arguments, *pictures, "--out", tmp_path / "report")
    finally:
        name.write_bytes(kept)
    assert f"r-{0:05d}" in {row["train"] for row in gallery(tmp_path / "report")}
    assert "picture is missing or broken" in (tmp_path / "report" / "report.html").read_text()


def test_bad_redaction(audited, tmp_path):  # noqa: F811
    _, arguments, pictures, _ = audited
    assert "--redact" in fails(USAGE, *arguments, *pictures, "--redact", "smear", "--out", tmp_path / "x")
