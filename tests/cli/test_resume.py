"""An embedding run that was killed goes on where it was, and what comes out is the same, byte by byte."""

import shutil
import signal
import subprocess
import time

import numpy as np
import pytest

from onnx_file import linear_network, random_weights
from pictures import RUNTIME, embed, needs_runtime, png, refused
from support import INPUT, PROGRAM, run

pytestmark = needs_runtime
SIDE = 96
FILES = ("embeddings.npy", "items.csv", "store.json")


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """A card, and 600 pictures of which some are broken."""
    folder = tmp_path_factory.mktemp("case")
    linear_network(folder / "m.onnx", random_weights(3 * SIDE * SIDE, 64), np.zeros(64, np.float32), (1, 3, SIDE, SIDE))
    (folder / "card.toml").write_text('name = "tiny"\ndimension = 64\n[weights]\nfile = "m.onnx"\n'
                                      f'[input]\nwidth = {SIDE}\nheight = {SIDE}\ncolour = "RGB"\n')
    (folder / "p").mkdir()
    rng = np.random.default_rng(1)
    for k in range(600):
        content = b"no picture" if k % 50 == 7 else png(rng.integers(0, 256, (40, 40, 3), dtype=np.uint8))
        (folder / f"p/{k:03}.png").write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def whole(case):
    embed(case / "p", case / "card.toml", case / "whole", "--labels", "none", "--checkpoint-interval", 0)
    return {name: (case / "whole" / name).read_bytes() for name in FILES}


def command(case, out, *more):
    return [str(x) for x in (PROGRAM, "embed", case / "p", "--matcher", case / "card.toml", "--labels", "none", "--threads",
                             1, "--out", out, "--onnxruntime", RUNTIME, "--checkpoint-interval", 0.001, *more)]


def kill_midway(case, out, written):
    """Starts a run and kills it once its checkpoint has grown to `written` bytes; again if it was faster than the kill."""
    journal = out.parent / f".{out.name}.checkpoint" / "embed.journal"
    for _ in range(10):
        kill_once(case, out, journal, written)
        if journal.exists():
            return journal
        shutil.rmtree(out, ignore_errors=True)
    raise AssertionError("ten runs were faster than the kill")


def kill_once(case, out, journal, written):
    process = subprocess.Popen(command(case, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not (journal.exists() and journal.stat().st_size >= written):
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_killed_run_goes_on_and_gives_the_same_bytes(case, whole, tmp_path):
    out = tmp_path / "s"
    for written in (1, 60_000, 110_000):
        journal = kill_midway(case, out, written)
        assert not out.exists()
    done = run(*command(case, out)[1:])
    assert "taken from the checkpoint" in done.stdout
    assert {name: (out / name).read_bytes() for name in FILES} == whole
    assert not journal.parent.exists()


@pytest.mark.parametrize("damage", ["cut", "flipped", "key only", "cut in the key", "rubbish"])
def test_a_damaged_checkpoint_costs_time_and_nothing_else(damage, case, whole, tmp_path):
    out = tmp_path / "s"
    journal = kill_midway(case, out, 60_000)
    content = bytearray(journal.read_bytes())
    if damage == "cut":
        content = content[:-100]
    elif damage == "flipped":
        content[len(content) * 2 // 3] ^= 1
    elif damage == "key only":
        content = content[:8 + int.from_bytes(content[:8], "little") + 64]
    elif damage == "cut in the key":
        content = content[:50]
    else:
        content = bytearray(b"\xff" * 300)
    journal.write_bytes(content)
    run(*command(case, out)[1:])
    assert {name: (out / name).read_bytes() for name in FILES} == whole


def test_another_runs_checkpoint_is_refused(case, tmp_path):
    out = tmp_path / "s"
    journal = kill_midway(case, out, 1)
    other = tmp_path / "card.toml"
    other.write_text((case / "card.toml").read_text().replace("m.onnx", str(case / "m.onnx")) + "mean = 1\n")
    line = refused(INPUT, case / "p", other, out, "--labels", "none")
    assert "checkpoint of another run" in line and "card_sha256" in line
    assert journal.exists()
    # Elsewhere it doesn't matter.
    embed(case / "p", other, out, "--labels", "none", "--checkpoint", tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


def test_a_changed_dataset_is_noticed_by_its_ids(case, tmp_path):
    (tmp_path / "p").mkdir()
    for path in sorted((case / "p").iterdir()):
        (tmp_path / "p" / path.name).symlink_to(path)
    (tmp_path / "card.toml").symlink_to(case / "card.toml")
    (tmp_path / "m.onnx").symlink_to(case / "m.onnx")
    journal = kill_midway(tmp_path, tmp_path / "s", 1)
    (tmp_path / "p/000.png").unlink()
    line = refused(INPUT, tmp_path / "p", tmp_path / "card.toml", tmp_path / "s", "--labels", "none")
    assert "dataset has changed" in line and "000.png" in line
