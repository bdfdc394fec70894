"""`audit --stores`: what an audit embedded is taken up again by the same audit and by no other; and what a report says of
how pictures became embeddings."""

import hashlib
import json
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest

from onnx_file import linear_network, random_weights
from pictures import RUNTIME, needs_runtime, png, store
from support import OUTPUT, PROGRAM, fails, report, run

pytestmark = needs_runtime
SIDE, DIM = 96, 32


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    linear_network(folder / "m.onnx", random_weights(3 * SIDE * SIDE, DIM), np.zeros(DIM, np.float32), (0, 3, SIDE, SIDE))
    (folder / "card.toml").write_text(f'name = "tiny"\ndimension = {DIM}\n[weights]\nfile = "m.onnx"\n[input]\n'
                                      f'width = {SIDE}\nheight = {SIDE}\ncolour = "RGB"\nmean = 127.5\n')
    for role, images in (("R", 300), ("G", 60), ("H", 300)):
        for k in range(images):
            path = folder / role / f"{role}{k // 3:03d}/{k}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            rgb = np.random.default_rng([ord(role), k]).integers(0, 256, (24, 24, 3), dtype=np.uint8)
            path.write_bytes(b"no picture" if role == "R" and k == 5 else png(rgb))
    return folder


@pytest.fixture
def world(pictures, tmp_path):
    shutil.copytree(pictures, tmp_path / "w")
    return tmp_path / "w"


def command(world, out, *more, stores="stores"):
    return ["audit", "--train", "R", "--synthetic", "G", "--holdout", "H", "--matcher", "card.toml", "--onnxruntime", RUNTIME,
            "--permutations", 199, "--fmr", "0.01", "--top", 5, "--out", out, *(["--stores", stores] if stores else []), *more]


def audit(world, out, *more, **options):
    return run(*command(world, out, *more, **options), cwd=world)


def reports_match(world, one, other):
    for name in ("report.json", "report.html", "identities.csv", "pairs.csv"):
        assert (world / one / name).read_bytes() == (world / other / name).read_bytes(), name


def test_the_same_audit_takes_its_stores_up_again(world):
    first = audit(world, "one")
    assert "taken from the run before" not in first.stderr
    before = {path: path.stat().st_mtime_ns for path in (world / "stores").rglob("*") if path.is_file()}
    again = audit(world, "two")
    assert [line for line in again.stderr.splitlines() if line.endswith("taken from the run before")] == [
        f"stores/tiny/{role}: taken from the run before" for role in ("train", "synthetic", "holdout")]
    assert {path: path.stat().st_mtime_ns for path in (world / "stores").rglob("*") if path.is_file()} == before
    reports_match(world, "one", "two")
    audit(world, "three", stores=None)
    reports_match(world, "one", "three")
    audit(world, "two", "--overwrite")  # of the report: the stores are the same run's
    assert {path: path.stat().st_mtime_ns for path in (world / "stores").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("change", ["picture", "new picture", "label", "card", "network", "batch", "landmarks", "older store"])
def test_what_another_run_made_is_refused_with_what_differs(world, change):
    audit(world, "one")
    more, words = [], "other pictures"
    if change == "picture":
        (world / "H/H001/4.png").write_bytes((world / "H/H001/5.png").read_bytes())
    elif change == "new picture":
        shutil.copy(world / "H/H001/4.png", world / "H/H001/4b.png")
    elif change == "label":
        (world / "H/H001").rename(world / "H/H999")
    elif change == "card":
        (world / "card.toml").write_text((world / "card.toml").read_text() + "# another\n")
        words = "card_sha256"
    elif change == "network":
        linear_network(world / "m.onnx", random_weights(3 * SIDE * SIDE, DIM, seed=9), np.zeros(DIM, np.float32), (0, 3, SIDE, SIDE))
        words = "weights_sha256"
    elif change == "batch":
        more, words = ["--batch", 4], "batch: '1' there, '4' here"
    elif change == "landmarks":
        (world / "l.txt").write_text("".join(f"{p.relative_to(world / role)} 8 8 16 8 12 12 9 16 15 16\n" for role in "RGH"
                                             for p in sorted((world / role).rglob("*.png"))))
        more, words = ["--landmarks", "l.txt"], "alignment: 'aligned' there, 'landmarks' here"
    else:
        meta = json.loads((world / "stores/tiny/train/store.json").read_text())
        del meta["made"]
        (world / "stores/tiny/train/store.json").write_text(json.dumps(meta))
        words = "doesn't say how"
    line = fails(OUTPUT, *command(world, "two", "--quiet", *more), cwd=world)
    assert words in line and "stores/tiny/" in line and "--overwrite" in line, line
    assert not (world / "two").exists()
    done = audit(world, "two", "--overwrite", *more)
    kept = done.stderr.count("taken from the run before")
    assert kept == {"picture": 2, "new picture": 2, "label": 2, "older store": 2}.get(change, 0)
    audit(world, "expected", *more, stores=None)
    reports_match(world, "two", "expected")


def test_a_store_whose_embeddings_changed_is_refused(world):
    audit(world, "one")
    values = np.load(world / "stores/tiny/train/embeddings.npy")
    values[3] *= 2
    np.save(world / "stores/tiny/train/embeddings.npy", values)
    assert "has changed since" in fails(3, *command(world, "two", "--quiet"), cwd=world)


def test_a_killed_audit_goes_on_where_it_was(world):
    """Killed in the training set, then in the hold-out."""
    journals = {role: world / f"stores/tiny/.{role}.checkpoint/embed.journal" for role in ("train", "holdout")}
    arguments = [str(x) for x in (PROGRAM, *command(world, "out", "--threads", 1, "--checkpoint-interval", 0.001))]
    for journal in journals.values():
        for _ in range(10):
            process = subprocess.Popen(arguments, cwd=world, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while process.poll() is None and not (journal.exists() and journal.stat().st_size > 3000):
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
            process.wait()
            if journal.exists():
                break
            shutil.rmtree(world / "out", ignore_errors=True)
            shutil.rmtree(world / "stores")
        assert journal.exists() and not (world / "out").exists()
    assert (world / "stores/tiny/train/store.json").exists()
    assert list(world.glob(".out.partial-*"))  # what the kill left
    done = run(*arguments[1:], cwd=world)
    assert "stores/tiny/train: taken from the run before" in done.stderr
    assert "stores/tiny/holdout: went on after" in done.stderr
    assert not list(world.glob(".out.partial-*")) and not journals["holdout"].parent.exists()
    audit(world, "whole", stores=None)
    reports_match(world, "out", "whole")


def test_a_report_says_how_pictures_became_embeddings(world):
    audit(world, "one")
    version = json.loads(run("doctor", "--json", "--onnxruntime", RUNTIME, check=False).stdout)["onnx_runtime"]["version"]
    made = report(world / "one")["provenance"]["made"]
    assert [(one["matcher"], one["set"]) for one in made] == [("tiny", "train"), ("tiny", "synthetic"), ("tiny", "holdout")]
    facts = made[0]["facts"]
    assert facts["engine"] == f"ONNX Runtime {version}" and facts["device"] == "cpu" and facts["alignment"] == "aligned"
    assert facts["card_sha256"] == digest(world / "card.toml") and facts["weights_sha256"] == digest(world / "m.onnx")
    assert facts["template"] == "T112" and facts["batch"] == "1" and facts["labels"] == "auto"
    assert made[1]["facts"]["labels"] == "none"
    assert store(world / "stores/tiny/train")[2]["made"] == facts
    assert json.loads((world / "one/run.json").read_text())["facts"]["device"] == "cpu"
    assert "How pictures became embeddings" in (world / "one/report.html").read_text()
    # The same from the stores alone.
    run("audit", "--train", "stores/tiny/train", "--synthetic", "stores/tiny/synthetic", "--holdout", "stores/tiny/holdout",
        "--permutations", 199, "--fmr", "0.01", "--out", "again", cwd=world)
    assert report(world / "again")["provenance"]["made"] == made
