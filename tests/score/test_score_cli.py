"""semblance score as a program: its files against NumPy, the same bytes whatever the kernel, threads and kills."""
import csv
import filecmp
import json
import os
import pathlib
import random
import signal
import subprocess
import time

import numpy as np
import pytest

SEMBLANCE = os.environ["SEMBLANCE"]
LISTS = ["--top", "40", "--threshold", "0.35", "--row-bests", "2", "--column-bests", "1", "--identity-bests"]


def command(folder, out, *options):
    return [SEMBLANCE, "score", "--quiet", "--a", str(folder / "a.npy"), "--a-items", str(folder / "a.csv"), "--b",
            str(folder / "b.npy"), "--out", str(out), "--overwrite", *options]


def run(*arguments):
    return subprocess.run(command(*arguments), capture_output=True, text=True, check=False)


def make(folder, rows, columns, dim):
    rng = np.random.default_rng(11)
    a = rng.standard_normal((rows, dim), dtype=np.float32)
    b = rng.standard_normal((columns, dim), dtype=np.float32)
    b[::7] = a[rng.integers(rows, size=len(b[::7]))] + 0.4 * b[::7]
    np.save(folder / "a.npy", a)
    np.save(folder / "b.npy", b)
    lines = ["id,identity"] + [f"a{i:05d},p{i // 3:05d}" for i in range(rows)]
    (folder / "a.csv").write_text("\n".join(lines) + "\n")
    return a, b


def same(left, right):
    names = sorted(p.name for p in left.iterdir() if p.name != "run.json")
    assert names == sorted(p.name for p in right.iterdir() if p.name != "run.json")
    assert filecmp.cmpfiles(left, right, names, shallow=False) == (names, [], [])


def kernels():
    text = subprocess.run([SEMBLANCE, "score", "--help"], capture_output=True, text=True, check=True).stdout
    return text.split("Force a kernel; here: ")[1].split("\n\n")[0].replace("\n", " ").split("reference")[0].replace(",", " ").split()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    return folder, make(folder, 300, 410, 48)


def unit(x):
    return (x.astype(np.float64) / np.linalg.norm(x.astype(np.float64), axis=1, keepdims=True)).astype(np.float32)


def test_files_agree_with_numpy(small, tmp_path):
    folder, (a, b) = small
    done = run(folder, tmp_path / "out", *LISTS, "--histogram", "--verify")
    assert done.returncode == 0, done.stderr
    scores = unit(a).astype(np.float64) @ unit(b).astype(np.float64).T
    top = list(csv.DictReader((tmp_path / "out/top_pairs.csv").open()))
    want = np.sort(scores, axis=None)[::-1]
    assert np.allclose([float(row["score"]) for row in top], want[:40], atol=1e-12)
    assert all(abs(scores[int(row["a"][1:]), int(row["b"])] - float(row["score"])) < 1e-12 for row in top)
    assert top[0]["a_identity"] == f"p{int(top[0]['a'][1:]) // 3:05d}"
    facts = json.loads((tmp_path / "out/scores.json").read_text())
    assert facts["outputs"]["over_threshold.csv"]["pairs"] == int((scores >= 0.35).sum())
    assert facts["pairs"] == 300 * 410
    best = {row["a"]: int(row["b"]) for row in csv.DictReader((tmp_path / "out/row_bests.csv").open()) if row["rank"] == "1"}
    assert [best[f"a{i:05d}"] for i in range(300)] == list(scores.argmax(axis=1))
    counts = [int(row["pairs"]) for row in csv.DictReader((tmp_path / "out/histogram.csv").open())]
    assert counts == np.histogram(scores, bins=4096, range=(-1, 1))[0].tolist()
    assert json.loads((tmp_path / "out/run.json").read_text())["certificate"]["verified"] == 1_000_000
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_every_kernel_writes_the_same_bytes(small, tmp_path):
    folder, _ = small
    assert run(folder, tmp_path / "want", *LISTS, "--histogram", "--kernel", "reference").returncode == 0
    for kernel in kernels():
        assert run(folder, tmp_path / "got", *LISTS, "--histogram", "--kernel", kernel, "--threads", "3").returncode == 0
        assert json.loads((tmp_path / "got/run.json").read_text())["kernel"] == kernel
        same(tmp_path / "want", tmp_path / "got")


def test_a_kernel_that_is_not_there_is_refused_before_anything_is_read(tmp_path):
    done = run(tmp_path / "missing", tmp_path / "out", "--top", "3", "--kernel", "nonsense")
    assert done.returncode == 2
    assert "nonsense does not run here; this machine has" in done.stderr and "scalar" in done.stderr
    assert "missing" not in done.stderr


def test_a_forced_kernel_comes_from_the_environment(small, tmp_path):
    folder, _ = small
    environment = {**os.environ, "SEMBLANCE_KERNEL": "scalar"}
    subprocess.run(command(folder, tmp_path / "out", "--top", "3"), env=environment, check=True)
    assert json.loads((tmp_path / "out/run.json").read_text())["kernel"] == "scalar"
    done = run(folder, tmp_path / "out", "--top", "3", "--kernel", "abacus")
    assert done.returncode == 2 and "abacus" in done.stderr


def test_kills_and_signals_cost_no_byte(tmp_path):
    make(tmp_path, 5000, 6000, 64)
    options = [*LISTS, "--kernel", "scalar", "--checkpoint-interval", "0.01"]
    assert run(tmp_path, tmp_path / "want", *options).returncode == 0
    rng = random.Random(3)
    struck = 0
    for attempt in range(6):
        out = tmp_path / "got"
        how = signal.SIGKILL if attempt % 2 == 0 else signal.SIGTERM
        with subprocess.Popen(command(tmp_path, out, *options)) as process:
            time.sleep(rng.uniform(0.05, 0.6))
            process.send_signal(how)
            code = process.wait()
        # A signal that comes before the program listens ends it as any other program.
        assert code in (0, -signal.SIGKILL, -signal.SIGTERM, 6)
        struck += code != 0
        assert run(tmp_path, out, *options).returncode == 0
        same(tmp_path / "want", out)
        assert not (tmp_path / ".got.checkpoint").exists()
    assert struck > 0


def test_a_checkpoint_of_other_inputs_is_refused(tmp_path):
    a, _ = make(tmp_path, 5000, 6000, 64)
    options = ["--top", "9", "--kernel", "scalar", "--checkpoint-interval", "0.001"]
    with subprocess.Popen(command(tmp_path, tmp_path / "out", *options)) as process:
        while process.poll() is None and not (tmp_path / ".out.checkpoint/pass.checkpoint").exists():
            time.sleep(0.005)
        process.kill()
        process.wait()
    if not (tmp_path / ".out.checkpoint/pass.checkpoint").exists():
        pytest.skip("the run was over before it could be killed")
    a[7, 3] += 1
    np.save(tmp_path / "a.npy", a)
    done = run(tmp_path, tmp_path / "out", *options)
    assert done.returncode == 3 and "content of A" in done.stderr
