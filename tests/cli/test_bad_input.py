"""Every bad input gives one clear line that names the file and the reason, its exit code, and no output."""

import json
import os
import resource
import shutil

import numpy as np
import pytest

from support import INPUT, OUTPUT, USAGE, case, fails, run, unit_rows, write_items


@pytest.fixture
def folder(tmp_path):
    yield tmp_path
    leftovers = [p.name for p in tmp_path.iterdir() if p.name == "report" or ".partial-" in p.name]
    assert not leftovers, f"a failed run left {leftovers}"


def audit(folder, *extra, code=INPUT, replace=None, **options):
    arguments = case(folder)
    for name, make in (replace or {}).items():
        make(folder / name)
    return fails(code, *arguments, *extra, "--out", folder / "report", **options)


def saving(array):
    return lambda path: np.save(path, array)


def test_dimension_mismatch(folder):
    line = audit(folder, replace={"g.npy": saving(unit_rows(50, 16, 1))})
    assert "g.npy" in line and "16 dimensions" in line and "32" in line


@pytest.mark.parametrize("value,word", [(np.nan, "NaN"), (np.inf, "inf")])
def test_non_finite(folder, value, word):
    x = unit_rows(50, 32, 1)
    x[17, 5] = value
    line = audit(folder, replace={"g.npy": saving(x)})
    assert "g.npy" in line and "17" in line and word.lower() in line.lower()


def test_zero_row(folder):
    x = unit_rows(120, 32, 1)
    x[33] = 0
    line = audit(folder, replace={"r.npy": saving(x)})
    assert "r.npy" in line and "33" in line and "r-00033" in line and "zero" in line


def test_empty_set(folder):
    line = audit(folder, replace={"g.npy": saving(np.zeros((0, 32), np.float32))})
    assert "g.npy" in line and "no embeddings" in line


def test_one_row(folder):
    line = audit(folder, replace={"g.npy": saving(unit_rows(1, 32, 1))})
    assert "g.npy" in line and "one row" in line


def test_duplicate_ids(folder):
    def duplicate(path):
        lines = path.read_text().splitlines()
        lines[9] = lines[4]
        path.write_text("\n".join(lines) + "\n")

    line = audit(folder, replace={"r.csv": duplicate})
    assert "r.csv" in line and "r-00003" in line and "duplicate" in line.lower()


def test_labels_for_the_wrong_number_of_rows(folder):
    line = audit(folder, replace={"h.csv": lambda p: write_items(p, ["a", "b"], ["x", "y"])})
    assert "h.csv" in line and "120" in line and " 2 " in line


def test_same_file_as_train_and_synthetic(folder):
    line = audit(folder, replace={"g.npy": lambda p: shutil.copy(p.parent / "r.npy", p)})
    assert "g.npy" in line and "same embeddings" in line


def test_holdout_shares_identities_with_train(folder):
    def overlap(path):
        path.write_text(path.read_text().replace("h007", "r007"))

    line = audit(folder, replace={"h.csv": overlap})
    assert "h.npy" in line and "'r007'" in line and "1 identity" in line


def test_holdout_without_labels_beside_labelled_train(folder):
    arguments = [a for a in case(folder)]
    cut = arguments.index("--holdout-items")
    line = fails(INPUT, *arguments[:cut], "--out", folder / "report")
    assert "h.npy" in line and "--holdout-items" in line


def test_truncated_npy(folder):
    line = audit(folder, replace={"g.npy": lambda p: p.write_bytes(p.read_bytes()[:-100])})
    assert "g.npy" in line and "truncated" in line


def test_pickled_npy(folder):
    line = audit(folder, replace={"g.npy": lambda p: np.save(p, np.array([{"a": 1}], dtype=object), allow_pickle=True)})
    assert "g.npy" in line and "pickle" in line and "numpy.save" in line


def test_missing_file(folder):
    line = audit(folder, replace={"g.npy": lambda p: p.unlink()})
    assert "g.npy" in line


def test_unreadable_file(folder):
    def lock(path):
        if os.geteuid() == 0:  # root reads everything: a folder in the file's place is unreadable to it, too
            path.unlink()
            path.mkdir()
        else:
            path.chmod(0)

    line = audit(folder, replace={"g.npy": lock})
    assert "g.npy" in line


def test_output_folder_not_empty(folder):
    (folder / "mine").mkdir()
    (folder / "mine" / "thesis.txt").write_text("irreplaceable")
    line = fails(OUTPUT, *case(folder), "--out", folder / "mine")
    assert "mine" in line and "--overwrite" in line
    line = fails(OUTPUT, *case(folder), "--out", folder / "mine", "--overwrite")
    assert "did not write" in line
    assert (folder / "mine" / "thesis.txt").read_text() == "irreplaceable"


def test_overwrite_replaces_a_report(tmp_path):
    arguments = case(tmp_path)
    run(*arguments, "--out", tmp_path / "report")
    fails(OUTPUT, *arguments, "--out", tmp_path / "report")
    run(*arguments, "--top", 7, "--out", tmp_path / "report", "--overwrite")
    assert len((tmp_path / "report" / "pairs.csv").read_text().splitlines()) == 8
    assert not [p for p in tmp_path.iterdir() if "partial" in p.name]


def test_failed_overwrite_keeps_the_old_report(tmp_path):
    arguments = case(tmp_path)
    run(*arguments, "--out", tmp_path / "report")
    before = (tmp_path / "report" / "report.json").read_bytes()
    fails(OUTPUT, *arguments, "--out", tmp_path / "report", "--overwrite", preexec_fn=small_files)
    assert (tmp_path / "report" / "report.json").read_bytes() == before


def test_unwritable_output(folder):
    arguments = case(folder)
    (folder / "file").write_text("")
    line = fails(OUTPUT, *arguments, "--out", folder / "file" / "report")
    assert "report" in line
    line = fails(OUTPUT, *arguments, "--out", "/proc/semblance-report")
    assert "/proc/semblance-report" in line


def small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def test_full_disk_half_way(folder):
    line = audit(folder, code=OUTPUT, preexec_fn=small_files)
    assert "cannot be written" in line


@pytest.mark.parametrize("option,value", [("--alpha", 0), ("--alpha", 1.5), ("--fdr", 1), ("--fdr", -0.1), ("--fmr", 0)])
def test_levels_outside_zero_and_one(folder, option, value):
    line = audit(folder, option, value, code=USAGE)
    assert option in line and "between 0 and 1" in line


def test_unknown_option(folder):
    assert "--tranquil" in audit(folder, "--tranquil", "1", code=USAGE)


def test_unknown_format(folder):
    (folder / "g.xyz").write_text("?")
    arguments = case(folder)
    arguments[arguments.index("--synthetic") + 1] = folder / "g.xyz"
    line = fails(INPUT, *arguments, "--out", folder / "report")
    assert "g.xyz" in line and ".npy" in line


def test_error_as_json(folder):
    arguments = case(folder)
    arguments[arguments.index("--train") + 1] = folder / "none.npy"
    done = run("--json", *arguments, "--out", folder / "report", check=False)
    error = json.loads(done.stderr)["error"]
    assert done.returncode == INPUT == error["exit_code"] and "none.npy" in error["subject"]


def test_big_endian_and_fortran_order_are_read_right(tmp_path):
    arguments = case(tmp_path, leaks=5)
    run(*arguments, "--out", tmp_path / "plain")
    r, g = np.load(tmp_path / "r.npy"), np.load(tmp_path / "g.npy")
    np.save(tmp_path / "r.npy", r.astype(">f4"))
    np.save(tmp_path / "g.npy", np.asfortranarray(g))
    run(*arguments, "--out", tmp_path / "strange")
    assert (tmp_path / "plain" / "pairs.csv").read_bytes() == (tmp_path / "strange" / "pairs.csv").read_bytes()
