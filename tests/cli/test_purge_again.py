"""Removal applied to what several matchers or pictures went into: the second audit, and what is kept of each."""

import base64
import json
import re
import zipfile

import numpy as np
import pytest

from purge_support import IMAGES, LEAKS, PEOPLE, SYNTHETIC, audited, listed, outcome, rows
from support import case, report, run


def drawn(path, k):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"P5 16 16 255\n" + np.random.default_rng(k).integers(0, 256, 256).astype(np.uint8).tobytes())


@pytest.fixture(scope="module")
def with_pictures(tmp_path_factory):
    """Pictures of a training set (each person's in a folder) and of a synthetic one: a folder, and the same as a zip."""
    folder = tmp_path_factory.mktemp("pictures")
    for k in range(PEOPLE * IMAGES):
        drawn(folder / f"R/r{k // IMAGES:03d}/r-{k:05d}.pgm", k)
    names = [f"s/{k:03d}.pgm" for k in range(SYNTHETIC)]
    with zipfile.ZipFile(folder / "G.zip", "w") as out:
        for k, name in enumerate(names):
            drawn(folder / "G" / name, 1000 + k)
            out.write(folder / "G" / name, name)
    return folder, names


@pytest.mark.parametrize("synthetic", ["G", "G.zip"])
@pytest.mark.parametrize("redact", ["omit", "none", "blur"])
def test_the_audit_of_the_rest_shows_what_the_first_showed(with_pictures, tmp_path, synthetic, redact):
    folder, names = with_pictures
    (tmp_path / "case").mkdir()
    found = audited(tmp_path / "case", names, options=["--train-images", folder / "R", "--synthetic-images", folder / synthetic,
                                                       "--redact", redact])
    run("purge", found, "--synthetic", folder / synthetic, "--out", tmp_path / "out")
    got = outcome(tmp_path / "out")["audit"]
    assert got["missing"] is None and got["after"]["leakage"] == "not-found"
    for at in (found, tmp_path / "out/report"):
        assert report(at)["provenance"]["options"]["redact"] == redact
        page = (at / "report.html").read_text()
        data, files = (json.loads(text) for text in re.findall(r'<script type="application/json" id="[^"]+">(.*?)</script>', page, re.S))
        assert data["gallery"]["redaction"] == redact
        looks = [look for person in data["gallery"]["people"] for look in person["looks"]]
        assert all(base64.b64decode(file).startswith(b"\xff\xd8\xff") for file in files)
        assert any(look["synthetic_picture"] is not None for look in looks)
        assert all((look["train_picture"] is None) == (redact == "omit") for look in looks)


def test_what_was_removed_does_not_come_back_as_rejected(tmp_path):
    """The second matcher found no face in an image that would be listed: it is left out for both."""
    names = [f"{k:03d}" for k in range(SYNTHETIC)]
    arguments = ["audit", "--permutations", 999]
    for name, missing in (("a", []), ("b", [0, LEAKS])):
        (tmp_path / name).mkdir()
        case(tmp_path / name, people=60, images=3, synthetic=SYNTHETIC, dimension=64, leaks=LEAKS)
        x = np.load(tmp_path / name / "g.npy")
        np.save(tmp_path / name / "g.npy", np.delete(x, missing, axis=0))
        with open(tmp_path / name / "g.csv", "w") as items:
            items.write("id,status,reason\n")
            for k in range(SYNTHETIC):
                items.write(f"{names[k]},{'rejected,no face' if k in missing else 'ok,'}\n")
        for role, file in (("train", "r"), ("holdout", "h"), ("synthetic", "g")):
            arguments += [f"--{role}", f"{name}={tmp_path / name / file}.npy", f"--{role}-items", f"{name}={tmp_path / name / file}.csv"]
    run(*arguments, "--out", tmp_path / "report")
    assert listed(tmp_path / "report") == set(names[1:LEAKS])
    run("purge", tmp_path / "report", "--out", tmp_path / "out")
    kept = {name: {row["id"]: row["status"] for row in rows(tmp_path / "out/dataset" / name / "items.csv")} for name in "ab"}
    assert kept["a"] == {name: "ok" for name in names[:1] + names[LEAKS:]}
    assert kept["b"] == kept["a"] | {names[0]: "rejected", names[LEAKS]: "rejected"}
    got = outcome(tmp_path / "out")
    assert got["images"]["removed"] == LEAKS - 1 and got["images"]["never_compared"] == 2
    assert got["audit"]["after"]["leakage"] == "not-found"
    assert not {row["synthetic"] for row in rows(tmp_path / "out/report/images.csv")} & set(names[:LEAKS + 1])
