"""Removal applied, as a user does it: every kind of dataset, what stays as it was, what is refused."""

import hashlib
import io
import json
import os
import pickle
import resource
import struct
import tarfile
import time
import zipfile

import jsonschema
import numpy as np
import pytest

from purge_support import (LEAKS, SYNTHETIC, audited, bytes_of, files_below, listed, outcome, read_records, records_of_images, rows, state_of,
                           unit, write_folder, write_records, write_zip)
from support import INPUT, OUTPUT, SOURCE, USAGE, case, fails, report, run

# Three images a synthetic identity, of which one shows a training person in 30 of 30 identities but the last.
NAMES = [f"s{k % 30:02d}/{k:03d}.jpg" for k in range(SYNTHETIC)]
LEFT = SYNTHETIC - LEAKS


@pytest.fixture(scope="module")
def case_a(tmp_path_factory):
    """30 leaking images among 90; the audit lists exactly these."""
    folder = tmp_path_factory.mktemp("purge")
    found = audited(folder, NAMES)
    assert listed(found) == set(NAMES[:LEAKS])
    write_folder(folder / "G", NAMES)
    write_zip(folder / "g.zip", NAMES)
    return folder


@pytest.fixture
def untouched(case_a):
    before = state_of(case_a)
    yield
    assert state_of(case_a) == before


def purge(folder, out, *arguments, **options):
    done = run("purge", folder / "report", *arguments, "--out", out, **options)
    assert not list(out.parent.glob(".*partial*"))
    return done


def test_a_folder_is_copied_without_the_listed_images(case_a, untouched, tmp_path):
    (case_a / "G/notes.txt").write_text("passed over")
    done = purge(case_a, tmp_path / "out", "--synthetic", case_a / "G")
    os.unlink(case_a / "G/notes.txt")
    assert files_below(tmp_path / "out/dataset") == {NAMES[k]: bytes_of(k) for k in range(LEAKS, SYNTHETIC)}
    assert {row["image"] for row in rows(tmp_path / "out/removed.csv")} == set(NAMES[:LEAKS])
    got = outcome(tmp_path / "out")
    assert got["images"] == {"before": SYNTHETIC, "removed": LEAKS, "after": LEFT, "of_identity": 0, "never_compared": 0,
                             "still_listed": 0}
    assert got["identities"] == {"before": 30, "removed": 0, "after": 30}
    assert got["dataset"] == {"kind": "folder", "location": str(case_a / "G")}
    assert f"{LEAKS} of {SYNTHETIC} images removed, {LEFT} kept" in done.stdout
    assert "after      leakage not-found" in done.stdout
    assert sorted(os.listdir(tmp_path / "out")) == ["dataset", "purge.json", "removed.csv", "report"]


def test_what_is_left_is_audited_again_and_nothing_is_found(case_a, untouched, tmp_path):
    purge(case_a, tmp_path / "out", "--synthetic", case_a / "G")
    before, after, got = report(case_a / "report"), report(tmp_path / "out/report"), outcome(tmp_path / "out")["audit"]
    assert before["verdict"]["leakage"] == "found" and after["verdict"]["leakage"] == "not-found"
    for side, full in (("before", before), ("after", after)):
        matcher = full["matchers"][0]
        assert got[side]["leakage"] == full["verdict"]["leakage"] and got[side]["p"] == full["verdict"]["p"]
        assert got[side]["matchers"] == [{"matcher": "embeddings",
                                          "people_listed": matcher["identities"]["fdr"][-1]["count"],
                                          "images_listed": matcher["images"]["fdr"][-1]["count"],
                                          "minimum_detectable": matcher["leak_rate"]["minimum_detectable"]}]
    assert got["missing"] is None
    assert after["sets"]["synthetic"]["items"] == got["left_out"]["compared"] == SYNTHETIC - sum(
        got["left_out"][k] for k in ("removed", "like_holdout", "like_train", "same_identity"))
    # The same inputs, options and seed but for what was left out.
    options = after["provenance"]["options"]
    assert int(options.pop("left-out")) == got["left_out"]["removed"] + got["left_out"]["like_holdout"]
    assert options == before["provenance"]["options"] and after["provenance"]["inputs"] == before["provenance"]["inputs"]
    assert after["provenance"]["seed"] == before["provenance"]["seed"]
    assert {row["synthetic"] for row in rows(tmp_path / "out/report/images.csv")} <= set(NAMES[LEAKS:])
    assert any("left out beforehand" in sentence for sentence in after["limits"])


def test_the_bar_is_met_alike_by_training_and_held_out_people(case_a, tmp_path):
    """Few listed images at a strict level would leave the bar high: it is lowered here by hand, to where chance is."""
    folder = tmp_path / "report"
    folder.mkdir()
    for name in os.listdir(case_a / "report"):
        (folder / name).write_bytes((case_a / "report" / name).read_bytes())
    images = rows(folder / "images.csv")
    chance = [row for row in images if row["synthetic"] not in NAMES[:LEAKS]]
    lowest = sorted(chance, key=lambda row: float(row["best_train_score"]))[len(chance) * 2 // 3]
    with open(folder / "removal.csv", "a") as lines:
        lines.write(f"{lowest['synthetic']},identity-listed,0.05,{lowest['best_train']},{lowest['best_train_identity']},"
                    f"{lowest['best_train_score']},embeddings\n")
    full = report(folder)
    full["removal"]["count"] += 1
    (folder / "report.json").write_text(json.dumps(full))
    done = run("purge", folder, "--synthetic", case_a / "G", "--out", tmp_path / "out")
    # A list ends just above an image that the hold-out matches better: it belongs to what was looked at.
    bar = max(float(row["best_holdout_score"]) for row in images
              if float(row["best_train_score"]) <= float(row["best_holdout_score"]) < float(lowest["best_train_score"]))
    over = {row["synthetic"]: (float(row["best_train_score"]) >= bar, float(row["best_holdout_score"]) >= bar)
            for row in images}
    gone = {*NAMES[:LEAKS], lowest["synthetic"]}
    left = outcome(tmp_path / "out")["audit"]["left_out"]
    assert left["bars"] == [{"matcher": "embeddings", "score": bar}]
    score = {row["synthetic"]: (float(row["best_train_score"]), float(row["best_holdout_score"])) for row in images}
    train = {name for name, (r, h) in over.items() if name not in gone and r and score[name][0] > score[name][1]}
    holdout = {name for name, (r, h) in over.items() if name not in gone and (r or h)} - train
    assert (left["removed"], left["like_train"], left["like_holdout"]) == (LEAKS + 1, len(train), len(holdout))
    assert train and holdout
    compared = {row["synthetic"] for row in rows(tmp_path / "out/report/images.csv")}
    assert compared == {name for name, (r, h) in over.items() if not (r or h)}
    # They are in the dataset all the same.
    assert set(files_below(tmp_path / "out/dataset")) == set(NAMES) - gone
    assert f"warning    {len(train)} kept images match a training person over the bar" in done.stdout


def test_purge_json_follows_its_schema(case_a, tmp_path):
    schema = json.loads((SOURCE / "docs/schema/semblance-purge-1.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    purge(case_a, tmp_path / "a", "--synthetic", case_a / "G", "--max-q", 0.9)
    purge(case_a, tmp_path / "b", "--no-audit", "--matcher", "embeddings")
    printed = json.loads(purge(case_a, tmp_path / "c", "--synthetic", case_a / "g.zip", "--how", "list", "--json").stdout)
    for got in (outcome(tmp_path / "a"), outcome(tmp_path / "b"), outcome(tmp_path / "c")):
        validator.validate(got)
    assert printed == outcome(tmp_path / "c")
    broken = dict(printed, images={"before": "many"})
    assert not validator.is_valid(broken)


def test_diversity_agrees_with_numpy(case_a, tmp_path):
    purge(case_a, tmp_path / "out", "--no-audit")
    got = outcome(tmp_path / "out")["diversity"]["matchers"][0]
    x = unit(case_a / "g.npy")
    for side, y in (("before", x), ("after", x[LEAKS:])):
        values = np.linalg.eigvalsh(np.cov(y.T, bias=True))
        p = values[values > 1e-14] / values[values > 1e-14].sum()
        cosines = (y @ y.T)[np.triu_indices(len(y), 1)]
        assert got["effective_rank"][side] == pytest.approx(np.exp(-(p * np.log(p)).sum()), rel=1e-9)
        assert got["mean_cosine"][side] == pytest.approx(cosines.mean(), abs=1e-12)


def test_hard_links_share_the_kept_pictures(case_a, tmp_path):
    write_folder(tmp_path / "G", NAMES)
    before = state_of(tmp_path / "G")
    purge(case_a, tmp_path / "out", "--synthetic", tmp_path / "G", "--how", "link", "--no-audit")
    assert set(files_below(tmp_path / "out/dataset")) == set(NAMES[LEAKS:])
    for name in NAMES[LEAKS:]:
        assert (tmp_path / "out/dataset" / name).samefile(tmp_path / "G" / name)
    assert state_of(tmp_path / "G") == before


def test_links_across_file_systems_name_the_way_out(case_a, tmp_path):
    other = "/dev/shm"
    if not os.path.isdir(other) or os.stat(other).st_dev == os.stat(case_a).st_dev:
        pytest.skip("no second file system")
    out = f"{other}/semblance-purge-{os.getpid()}"
    line = fails(OUTPUT, "purge", case_a / "report", "--synthetic", case_a / "G", "--how", "link", "--out", out)
    assert "another file system" in line and "--how copy" in line and not os.path.exists(out)


def test_a_list_of_what_is_kept_can_be_read_again(case_a, untouched, tmp_path):
    purge(case_a, tmp_path / "out", "--synthetic", case_a / "G", "--how", "list")
    kept = rows(tmp_path / "out/kept.csv")
    assert [row["id"] for row in kept] == sorted(NAMES[LEAKS:])
    assert all(open(row["path"], "rb").read() == bytes_of(int(row["id"][4:7])) for row in kept)
    assert not (tmp_path / "out/dataset").exists()
    # It is a list as purge reads them: of the right images, so that only their number differs.
    line = fails(INPUT, "purge", case_a / "report", "--synthetic", tmp_path / "out/kept.csv", "--out", tmp_path / "again")
    assert f"holds {LEFT} images but the report is about {SYNTHETIC}" in line


def test_an_archive_stays_an_archive(case_a, untouched, tmp_path):
    purge(case_a, tmp_path / "out", "--synthetic", case_a / "g.zip")
    with zipfile.ZipFile(tmp_path / "out/dataset/g.zip") as kept:
        assert kept.testzip() is None
        assert {name: kept.read(name) for name in kept.namelist()} == {
            NAMES[k]: bytes_of(k) for k in range(LEAKS, SYNTHETIC)}
    assert outcome(tmp_path / "out")["dataset"]["kind"] == "archive"


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "tar.xz"])
def test_tars_keep_their_compression(case_a, tmp_path, suffix):
    with tarfile.open(tmp_path / f"g.{suffix}", "w:" + suffix[4:]) as out:
        for k, name in enumerate(NAMES):
            entry = tarfile.TarInfo("./" + name)
            entry.size, entry.mtime = len(bytes_of(k)), 1_600_000_000 + k
            out.addfile(entry, io.BytesIO(bytes_of(k)))
    purge(case_a, tmp_path / "out", "--synthetic", tmp_path / f"g.{suffix}", "--no-audit")
    with tarfile.open(tmp_path / f"out/dataset/g.{suffix}", "r:" + suffix[4:]) as kept:
        got = {entry.name: (entry.mtime, kept.extractfile(entry).read()) for entry in kept}
    assert got == {NAMES[k]: (1_600_000_000 + k, bytes_of(k)) for k in range(LEAKS, SYNTHETIC)}


def test_the_same_archive_twice_is_the_same_bytes(case_a, tmp_path):
    """gzip's header has a place for the time of day."""
    with tarfile.open(tmp_path / "g.tar.gz", "w:gz") as out:
        for k, name in enumerate(NAMES):
            entry = tarfile.TarInfo(name)
            entry.size = len(bytes_of(k))
            out.addfile(entry, io.BytesIO(bytes_of(k)))
    written = []
    for at in ("one", "two"):
        purge(case_a, tmp_path / at, "--synthetic", tmp_path / "g.tar.gz", "--no-audit")
        written.append((tmp_path / at / "dataset/g.tar.gz").read_bytes())
        time.sleep(1.1)
    assert written[0] == written[1] and written[0][4:8] == bytes(4)


HOSTILE = ["../../escape/000.jpg", "/absolute/001.jpg", "ünïcode/日本 語.jpg", "quote\"comma,/x.jpg", "a" * 200 + "/" + "b" * 200 + ".jpg",
           "emoji/😀.jpg", "‮rtl/x.jpg"]


def test_hostile_names_stay_names(tmp_path):
    # One hostile name among the kept, another among the removed, of each sort.
    names = [f"s/{k:03d}.jpg" for k in range(SYNTHETIC)]
    for k, name in enumerate(HOSTILE):
        names[2 * k] = "removed/" + name if not name.startswith("/") else "/removed" + name
        names[LEAKS + 2 * k] = name
    found = audited(tmp_path / "case", names) if (tmp_path / "case").mkdir() is None else None
    assert listed(found) == set(names[:LEAKS])
    write_zip(tmp_path / "g.zip", names)
    around = {path.name for path in tmp_path.iterdir()}
    run("purge", found, "--synthetic", tmp_path / "g.zip", "--out", tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out/dataset/g.zip") as kept:
        assert {name: kept.read(name) for name in kept.namelist()} == {
            names[k]: bytes_of(k) for k in range(LEAKS, SYNTHETIC)}
    assert [row["image"] for row in rows(tmp_path / "out/removed.csv")] == names[:LEAKS]
    assert {path.name for path in tmp_path.iterdir()} == around | {"out"}
    # The cleaned archive is read again under the same names.
    run("purge", found, "--synthetic", tmp_path / "g.zip", "--how", "list", "--no-audit", "--out", tmp_path / "list")
    assert [row["id"] for row in rows(tmp_path / "list/kept.csv")] == names[LEAKS:]
    line = fails(INPUT, "purge", found, "--synthetic", tmp_path / "out/dataset/g.zip", "--out", tmp_path / "again")
    assert f"holds {LEFT} images" in line

    # As files, where a file system can hold the name.
    plain = [name.replace("/removed/", "removed/").replace("../", "").lstrip("/") for name in names]
    (tmp_path / "folder").mkdir()
    found = audited(tmp_path / "folder", plain)
    write_folder(tmp_path / "folder/G", plain)
    run("purge", found, "--synthetic", tmp_path / "folder/G", "--out", tmp_path / "plain")
    assert files_below(tmp_path / "plain/dataset") == {plain[k]: bytes_of(k) for k in range(LEAKS, SYNTHETIC)}


def test_recordio_keeps_a_true_header_and_index(tmp_path):
    # 30 leaking images: all of the first person's, some of the others'.
    labels = [0] * 6 + [1] * 30 + [3] * 54
    found = audited(tmp_path, [str(k + 1) for k in range(SYNTHETIC)], [str(label) for label in labels])
    assert listed(found) == {str(k + 1) for k in range(LEAKS)}
    write_records(tmp_path / "casia.rec", labels)
    before = state_of(tmp_path)
    run("purge", found, "--synthetic", tmp_path / "casia.rec", "--out", tmp_path / "out")
    assert {path: state for path, state in state_of(tmp_path).items() if "/out/" not in path} == before
    records = read_records(tmp_path / "out/dataset/casia.rec")
    assert list(records) == list(range(len(records)))
    first_person, end = records[0][0]
    assert (first_person, end) == (LEFT + 1, LEFT + 3) and len(records) == end  # person 0 is gone
    for k in range(LEFT):
        assert records[k + 1] == ((labels[LEAKS + k],), LEAKS + k + 1, bytes_of(LEAKS + k))
    ranges = [tuple(map(int, records[k][0])) for k in range(LEFT + 1, LEFT + 3)]
    assert ranges == [(1, 7), (7, LEFT + 1)]
    assert [records[k][1] for k in range(LEFT + 1, LEFT + 3)] == [LEFT + 1, LEFT + 2]
    assert outcome(tmp_path / "out")["identities"] == {"before": 3, "removed": 1, "after": 2}
    # Our own reader agrees: as many images, of the same people.
    again = fails(INPUT, "purge", found, "--synthetic", tmp_path / "out/dataset/casia.rec", "--out", tmp_path / "x")
    assert f"holds {LEFT} images" in again

    run("purge", found, "--synthetic", tmp_path / "casia.rec", "--what", "identities", "--no-audit", "--out",
        tmp_path / "people")
    got = outcome(tmp_path / "people")
    assert got["images"]["after"] == 54 and got["images"]["of_identity"] == 6
    assert got["identities"] == {"before": 3, "removed": 2, "after": 1}
    assert {row["reason"] for row in rows(tmp_path / "people/removed.csv")} >= {"same-identity", "image-listed"}


def test_a_rec_file_that_cannot_be_counted_anew_is_refused(tmp_path):
    found = audited(tmp_path, [str(k + 1) for k in range(SYNTHETIC)])
    path = write_records(tmp_path / "x.rec", [0] * SYNTHETIC)
    whole = path.read_bytes()
    path.write_bytes(whole[:32] + struct.pack("<f", 7) + whole[36:])  # the header counts other records
    os.unlink(path.with_suffix(".idx"))
    assert "--how list" in fails(INPUT, "purge", found, "--synthetic", path, "--out", tmp_path / "out")
    plain = records_of_images(tmp_path / "plain.rec", SYNTHETIC)
    (tmp_path / "zero").mkdir()
    found = audited(tmp_path / "zero", [str(k) for k in range(SYNTHETIC)])  # without a header they are numbered from 0
    run("purge", found, "--synthetic", plain, "--no-audit", "--out", tmp_path / "whole")
    records = read_records(tmp_path / "whole/dataset/plain.rec")
    assert [records[k][2] for k in range(LEFT)] == [bytes_of(k) for k in range(LEAKS, SYNTHETIC)] and len(records) == LEFT
    plain.write_bytes(plain.read_bytes()[:-10])
    assert "cut" in fails(INPUT, "purge", found, "--synthetic", plain, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_list_keeps_its_lines_and_columns(case_a, tmp_path):
    write_folder(tmp_path / "files", NAMES)
    with open(tmp_path / "g.csv", "w") as out:
        out.write("age,path,identity,id\n")
        for k, name in enumerate(NAMES):
            out.write(f"{k},files/{name},person {k % 2},{name}\n")
    purge(case_a, tmp_path / "out", "--synthetic", tmp_path / "g.csv")
    lines = rows(tmp_path / "out/dataset/g.csv")
    assert [line["id"] for line in lines] == NAMES[LEAKS:] and [int(line["age"]) for line in lines] == list(range(LEAKS, SYNTHETIC))
    for line in lines:
        assert (tmp_path / "out/dataset" / line["path"]).read_bytes() == bytes_of(int(line["age"]))
    assert len(files_below(tmp_path / "out/dataset/files")) == LEFT
    text = (tmp_path / "g.csv").read_text()
    (tmp_path / "up/down").mkdir(parents=True)
    (tmp_path / "up/down/g.csv").write_text(text.replace("files/", "../../files/"))
    assert "--how list" in fails(INPUT, "purge", case_a / "report", "--synthetic", tmp_path / "up/down/g.csv", "--out", tmp_path / "x")
    purge(case_a, tmp_path / "list", "--synthetic", tmp_path / "up/down/g.csv", "--how", "list", "--no-audit")
    kept = rows(tmp_path / "list/kept.csv")
    assert all(os.path.isabs(row["path"]) and os.path.exists(row["path"]) for row in kept)


def test_embeddings_of_the_report_become_a_store(case_a, untouched, tmp_path):
    purge(case_a, tmp_path / "out")
    store = tmp_path / "out/dataset"
    assert np.array_equal(np.load(store / "embeddings.npy"), np.load(case_a / "g.npy")[LEAKS:])
    assert [row["id"] for row in rows(store / "items.csv")] == NAMES[LEAKS:]
    info = json.loads(run("info", store, "--json").stdout)
    assert info["rows"] == LEFT and info["dimension"] == 64
    # Audited as the user would: no leak is found in it.
    at = ["--train", case_a / "r.npy", "--train-items", case_a / "r.csv", "--holdout", case_a / "h.npy", "--holdout-items",
          case_a / "h.csv"]
    run("audit", *at, "--synthetic", store, "--permutations", 999, "--out", tmp_path / "again")
    assert report(tmp_path / "again")["verdict"]["leakage"] == "not-found"


def test_rejected_images_are_kept_and_counted_apart(tmp_path):
    folder = tmp_path / "case"
    folder.mkdir()
    audited(folder, [f"{k:03d}.jpg" for k in range(SYNTHETIC)])
    with open(folder / "items.csv", "w") as out:
        out.write("id,status,rejection\n")
        for k in range(SYNTHETIC):
            out.write(f"{k:03d}.jpg,ok,\n")
            if k in (3, 40):
                out.write(f"{k:03d}x.jpg,rejected,no face found\n")
    arguments = ["audit", "--train", folder / "r.npy", "--train-items", folder / "r.csv", "--holdout", folder / "h.npy",
                 "--holdout-items", folder / "h.csv", "--synthetic", folder / "g.npy", "--synthetic-items",
                 folder / "items.csv", "--permutations", 999]
    run(*arguments, "--out", tmp_path / "report")
    write_folder(tmp_path / "G", [f"{k:03d}.jpg" for k in range(SYNTHETIC)])
    write_folder(tmp_path / "G", ["003x.jpg", "040x.jpg"])
    done = run("purge", tmp_path / "report", "--synthetic", tmp_path / "G", "--out", tmp_path / "out")
    assert "2 of the kept images lack an embedding: they were never compared" in done.stdout
    assert outcome(tmp_path / "out")["images"]["never_compared"] == 2
    assert {"003x.jpg", "040x.jpg"} <= set(files_below(tmp_path / "out/dataset"))
    run("purge", tmp_path / "report", "--out", tmp_path / "store")
    items = rows(tmp_path / "store/dataset/items.csv")
    assert [row["id"] for row in items if row["status"] != "ok"] == ["003x.jpg", "040x.jpg"]
    assert outcome(tmp_path / "store")["images"]["after"] == LEFT + 2
    run("audit", *arguments[1:-6], "--synthetic", tmp_path / "store/dataset", "--out", tmp_path / "again")
    assert report(tmp_path / "again")["sets"]["synthetic"]["rejected"] == 2


def test_whole_synthetic_identities_can_go(case_a, tmp_path):
    names = [f"s{k // 2:02d}/{k:03d}.jpg" for k in range(SYNTHETIC)]  # every listed image has a listed sister, but one
    names[LEAKS - 1], names[LEAKS] = f"s44/{LEAKS - 1:03d}.jpg", f"s45/{LEAKS:03d}.jpg"
    (tmp_path / "case").mkdir()
    found = audited(tmp_path / "case", names)
    write_folder(tmp_path / "G", names)
    run("purge", found, "--synthetic", tmp_path / "G", "--what", "identities", "--out", tmp_path / "out")
    people = {name.split("/")[0] for name in names[:LEAKS]}
    kept = {name for name in names if name.split("/")[0] not in people}
    assert set(files_below(tmp_path / "out/dataset")) == kept
    got = outcome(tmp_path / "out")
    assert got["images"]["of_identity"] == SYNTHETIC - LEAKS - len(kept) > 0
    assert got["identities"]["removed"] == len(people)
    same = [row for row in rows(tmp_path / "out/removed.csv") if row["reason"] == "same-identity"]
    assert len(same) == got["images"]["of_identity"] and all(row["synthetic"] == "" for row in same)
    assert set(row["synthetic"] for row in rows(tmp_path / "out/report/images.csv")) <= kept
    line = fails(USAGE, "purge", found, "--synthetic", tmp_path / "G", "--labels", "none", "--what", "identities", "--out",
                 tmp_path / "x")
    assert "no labels" in line
    assert "no labels" in fails(USAGE, "purge", found, "--what", "identities", "--out", tmp_path / "x")


def test_labels_of_the_embeddings_do_where_pictures_have_none(tmp_path):
    names, people = [f"{k:03d}.jpg" for k in range(SYNTHETIC)], [f"p{k % 45}" for k in range(SYNTHETIC)]
    found = audited(tmp_path, names, people)
    write_folder(tmp_path / "G", names)
    run("purge", found, "--synthetic", tmp_path / "G", "--what", "identities", "--no-audit", "--out", tmp_path / "out")
    assert set(files_below(tmp_path / "out/dataset")) == {name for name, person in zip(names, people)
                                                          if person not in people[:LEAKS]}


def test_names_without_extension_are_found(tmp_path):
    found = audited(tmp_path, [f"{k:03d}" for k in range(SYNTHETIC)])
    write_folder(tmp_path / "G", [f"{k:03d}.png" for k in range(SYNTHETIC)])
    run("purge", found, "--synthetic", tmp_path / "G", "--no-audit", "--out", tmp_path / "out")
    assert set(files_below(tmp_path / "out/dataset")) == {f"{k:03d}.png" for k in range(LEAKS, SYNTHETIC)}


NAMED = {"a": "embeddings", "b": "b"}  # "embeddings" is also what a matcher without a name is called


@pytest.fixture(scope="module")
def two_matchers(tmp_path_factory):
    """Matcher `b` sees only the first ten leaks."""
    folder = tmp_path_factory.mktemp("two")
    one, other = folder / "a", folder / "b"
    for place, leaks in ((one, LEAKS), (other, 10)):
        place.mkdir()
        case(place, people=60, images=3, synthetic=SYNTHETIC, dimension=64, leaks=leaks, seed=leaks)
    arguments = ["audit", "--permutations", 999, "--top", 50, "--fdr", "0.05,0.2"]
    for name in "ab":
        as_name = NAMED[name]
        for role, file in (("train", "r"), ("holdout", "h")):
            arguments += [f"--{role}", f"{as_name}={folder / name / file}.npy", f"--{role}-items",
                          f"{as_name}={folder / name / file}.csv"]
        arguments += ["--synthetic", f"{as_name}={folder / name}/g.npy"]
    run(*arguments, "--out", folder / "report")
    write_folder(folder / "G", [f"{k}.jpg" for k in range(SYNTHETIC)])
    return folder


def test_one_matchers_list_and_one_level(two_matchers, tmp_path):
    entries = rows(two_matchers / "report/removal.csv")
    of_b = {row["synthetic"] for row in entries if row["matcher"] == "b"}
    both = {row["synthetic"] for row in entries}
    strict = {row["synthetic"] for row in entries if float(row["q"]) <= 0.05}
    assert of_b < both and 0 < len(strict) <= len(both)
    for options, gone in ((["--matcher", "b"], of_b), (["--max-q", 0.05], strict), ([], both)):
        out = tmp_path / f"out{len(gone)}-{len(options)}"
        done = purge(two_matchers, out, "--synthetic", two_matchers / "G", *options)
        got = outcome(out)
        assert set(files_below(out / "dataset")) == {f"{k}.jpg" for k in range(SYNTHETIC)} - {f"{k}.jpg" for k in gone}
        assert got["images"]["still_listed"] == len(both - gone)
        assert ("are on the removal list, but not asked for" in done.stdout) == (len(both) > len(gone))
        bars = {row["matcher"] for row in entries if row["synthetic"] in gone} if not options else None
        if bars:
            assert {bar["matcher"] for bar in got["audit"]["left_out"]["bars"]} == bars
        assert [m["matcher"] for m in got["audit"]["after"]["matchers"]] == ["embeddings", "b"]
    out = tmp_path / "stores"
    purge(two_matchers, out)
    for name in "ab":
        x = np.load(two_matchers / name / "g.npy")
        assert np.array_equal(np.load(out / "dataset" / NAMED[name] / "embeddings.npy"),
                              x[[k for k in range(SYNTHETIC) if str(k) not in both]])
    assert "--matcher" in fails(USAGE, "purge", two_matchers / "report", "--matcher", "c", "--out", tmp_path / "x")


def test_with_nothing_to_remove_the_dataset_is_copied(tmp_path):
    (tmp_path / "case").mkdir()
    found = audited(tmp_path / "case", NAMES, leaks=0)
    assert not listed(found)
    write_folder(tmp_path / "G", NAMES)
    done = run("purge", found, "--synthetic", tmp_path / "G", "--out", tmp_path / "out")
    assert "nothing was to remove" in done.stdout and "nothing was removed, so the report stands" in done.stdout
    assert files_below(tmp_path / "out/dataset") == files_below(tmp_path / "G")
    got = outcome(tmp_path / "out")
    assert got["images"]["removed"] == 0 and got["audit"]["after"] is None and got["audit"]["missing"]
    assert rows(tmp_path / "out/removed.csv") == [] and not (tmp_path / "out/report").exists()


def test_embeddings_that_are_gone_only_stop_the_audit(tmp_path):
    (tmp_path / "case").mkdir()
    found = audited(tmp_path / "case", NAMES)
    write_folder(tmp_path / "G", NAMES)
    os.unlink(tmp_path / "case/r.npy")
    done = run("purge", found, "--synthetic", tmp_path / "G", "--out", tmp_path / "out")
    assert "not audited: " in done.stdout and "r.npy' isn't there" in done.stdout
    assert len(files_below(tmp_path / "out/dataset")) == LEFT and outcome(tmp_path / "out")["diversity"]["matchers"]
    os.unlink(tmp_path / "case/g.npy")
    done = run("purge", found, "--synthetic", tmp_path / "G", "--out", tmp_path / "two")
    assert "diversity  not measured: " in done.stdout and len(files_below(tmp_path / "two/dataset")) == LEFT
    line = fails(INPUT, "purge", found, "--out", tmp_path / "three")
    assert "g.npy" in line and "--synthetic" in line


@pytest.mark.parametrize("file", ["r.npy", "g.npy", "h.csv"])
def test_a_changed_input_is_refused(tmp_path, file):
    (tmp_path / "case").mkdir()
    found = audited(tmp_path / "case", NAMES)
    write_folder(tmp_path / "G", NAMES)
    with open(tmp_path / "case" / file, "ab") as content:
        content.write(b" ")
    digest = hashlib.sha256((tmp_path / "case" / file).read_bytes()).hexdigest()
    line = fails(INPUT, "purge", found, "--synthetic", tmp_path / "G", "--out", tmp_path / "out")
    assert file in line and "has changed since the audit" in line and digest[:12] in line and "--no-audit" in line
    assert not (tmp_path / "out").exists()
    run("purge", found, "--synthetic", tmp_path / "G", "--no-audit", "--out", tmp_path / "out")
    assert len(files_below(tmp_path / "out/dataset")) == LEFT


def test_wrong_datasets_and_reports_are_refused(case_a, untouched, tmp_path):
    def refused(code, *arguments):
        line = fails(code, "purge", *arguments, "--out", tmp_path / "out")
        assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".out*"))
        return line

    write_folder(tmp_path / "fewer", NAMES[:-1])
    assert f"holds {SYNTHETIC - 1} images" in refused(INPUT, case_a / "report", "--synthetic", tmp_path / "fewer")
    write_folder(tmp_path / "others", NAMES[1:] + ["s00/other.jpg"])
    assert f"has no image '{NAMES[0]}'" in refused(INPUT, case_a / "report", "--synthetic", tmp_path / "others")
    assert "isn't there" in refused(INPUT, case_a / "report", "--synthetic", tmp_path / "absent")
    assert "report" in refused(INPUT, case_a, "--synthetic", case_a / "G")
    copy = tmp_path / "report"
    copy.mkdir()
    for name in os.listdir(case_a / "report"):
        if name != "removal.csv":
            (copy / name).write_bytes((case_a / "report" / name).read_bytes())
    assert "removal.csv" in refused(INPUT, copy, "--synthetic", case_a / "G")
    assert "--how" in refused(USAGE, case_a / "report", "--synthetic", case_a / "g.zip", "--how", "link")
    assert "--max-q" in refused(USAGE, case_a / "report", "--synthetic", case_a / "G", "--max-q", 0)
    (tmp_path / "bad.zip").write_bytes((case_a / "g.zip").read_bytes()[:500])
    assert "archive" in refused(INPUT, case_a / "report", "--synthetic", tmp_path / "bad.zip")


def test_links_that_lead_out_are_not_followed(case_a, tmp_path):
    write_folder(tmp_path / "G", NAMES)
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"\xff\xd8 not of the dataset")
    at = tmp_path / "G" / NAMES[LEAKS]
    at.unlink()
    at.symlink_to(secret)
    line = fails(INPUT, "purge", case_a / "report", "--synthetic", tmp_path / "G", "--out", tmp_path / "out")
    assert "leads out of the dataset" in line and "--how list" in line and not (tmp_path / "out").exists()
    at.unlink()
    at.symlink_to(tmp_path / "G" / NAMES[LEAKS + 1])
    purge(case_a, tmp_path / "out", "--synthetic", tmp_path / "G", "--no-audit")
    copied = tmp_path / "out/dataset" / NAMES[LEAKS]
    assert not copied.is_symlink() and copied.read_bytes() == bytes_of(LEAKS + 1)


@pytest.mark.parametrize("out", ["G/cleaned", "G", "report/cleaned", "."])
def test_the_output_stands_apart_from_every_input(case_a, untouched, out):
    line = fails(USAGE, "purge", case_a / "report", "--synthetic", case_a / "G", "--overwrite", "--out", case_a / out)
    assert "--out" in line and "inputs are never written to" in line


def test_a_lists_pictures_are_inputs_too(case_a, tmp_path):
    write_folder(tmp_path / "out/files", NAMES)
    (tmp_path / "out/purge.json").write_text("{}")  # looks like ours, so that --overwrite would replace it
    (tmp_path / "g.csv").write_text("path,id\n" + "".join(f"out/files/{name},{name}\n" for name in NAMES))
    line = fails(USAGE, "purge", case_a / "report", "--synthetic", tmp_path / "g.csv", "--overwrite", "--out", tmp_path / "out")
    assert "pictures of the dataset" in line and len(files_below(tmp_path / "out/files")) == SYNTHETIC


def test_a_re_audit_is_no_report_to_purge_by(case_a, tmp_path):
    purge(case_a, tmp_path / "out", "--synthetic", case_a / "G")
    line = fails(INPUT, "purge", tmp_path / "out/report", "--synthetic", tmp_path / "out/dataset", "--out", tmp_path / "two")
    assert "left images out" in line


def test_an_earlier_purge_is_replaced_only_when_asked(case_a, tmp_path):
    purge(case_a, tmp_path / "out", "--synthetic", case_a / "G", "--no-audit")
    assert "--overwrite" in fails(OUTPUT, "purge", case_a / "report", "--synthetic", case_a / "G", "--out", tmp_path / "out")
    purge(case_a, tmp_path / "out", "--synthetic", case_a / "G", "--how", "list", "--no-audit", "--overwrite")
    assert sorted(os.listdir(tmp_path / "out")) == ["kept.csv", "purge.json", "removed.csv"]


@pytest.mark.parametrize("synthetic", ["G", "g.zip", None])
def test_a_full_disk_leaves_nothing(case_a, untouched, tmp_path, synthetic):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))

    named = ["--synthetic", case_a / synthetic] if synthetic else []
    fails(OUTPUT, "purge", case_a / "report", *named, "--out", tmp_path / "out", preexec_fn=limit)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_can_be_listed(tmp_path):
    pairs = [bytes_of(k) for k in range(SYNTHETIC)], [True] * (SYNTHETIC // 2)
    (tmp_path / "x.bin").write_bytes(pickle.dumps(pairs, protocol=4))
    names = [f"{k // 2 + 1}{'ab'[k % 2]}" for k in range(SYNTHETIC)]
    found = audited(tmp_path, names)
    assert "list" in fails(USAGE, "purge", found, "--synthetic", tmp_path / "x.bin", "--out", tmp_path / "out")
    run("purge", found, "--synthetic", tmp_path / "x.bin", "--how", "list", "--no-audit", "--out", tmp_path / "out")
    assert [row["id"] for row in rows(tmp_path / "out/kept.csv")] == names[LEAKS:]
    assert json.loads(run("info", tmp_path / "out", "--json").stdout)["images"]["after"] == LEFT


def test_threads_change_nothing(case_a, tmp_path):
    for threads in (1, 3):
        purge(case_a, tmp_path / f"t{threads}", "--synthetic", case_a / "G", "--threads", threads)
    one, three = files_below(tmp_path / "t1"), files_below(tmp_path / "t3")
    one.pop("report/run.json"), three.pop("report/run.json")
    assert one == three
