"""Networks on a GPU, as far as a machine without one can tell, and pictures in batches."""

import json
import pathlib

import numpy as np
import pytest

from generator_files import Decoder, write_card as generator_card
from onnx_file import linear_network, node, random_weights, write_network
from pictures import RUNTIME, embed, needs_runtime, png, refused, store
from support import INPUT, USAGE, fails, run

pytestmark = needs_runtime

RESOURCE = 5
SIDE, DIM = 16, 8
WEIGHTS = random_weights(3 * SIDE * SIDE, DIM)
# npm's package is built for CUDA, but brings no CUDA part.
CUDA_RUNTIME = pathlib.Path.home() / ".cache/semblance/models/onnxruntime/libonnxruntime.so.1"


def write_card(folder, name, more=""):
    card = folder / f"{name}.toml"
    card.write_text(f'name = "{name}"\ndimension = {DIM}\n[weights]\nfile = "{name}.onnx"\n[input]\nheight = {SIDE}\n'
                    f'width = {SIDE}\ncolour = "RGB"\nmean = 127.5\ndivisor = 128\n{more}')
    return card


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("case")
    linear_network(folder / "tiny.onnx", WEIGHTS, np.zeros(DIM, np.float32), (0, 3, SIDE, SIDE))
    write_card(folder, "tiny")
    for role in "RGH":
        for k in range(20):
            person = folder / role / f"{role}{k // 2}"
            person.mkdir(parents=True, exist_ok=True)
            rgb = np.random.default_rng([ord(role), k]).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
            (person / f"{k}.png").write_bytes(b"no picture" if k in (3, 4, 9) else png(rgb))
    return folder


def commands(case, out):
    card = case / "tiny.toml"
    return [["embed", case / "R", "--matcher", card, "--out", out],
            ["audit", "--train", case / "R", "--synthetic", case / "G", "--holdout", case / "H", "--matcher", card, "--out", out],
            ["calibrate", "--images", case / "R", "--matcher", card, "--out", out], ["models", "check", card]]


def test_a_library_without_cuda_is_said_before_a_picture_is_read(case, tmp_path):
    Decoder().write(tmp_path / "g.onnx")
    generator = ["generate", "--generator", generator_card(tmp_path), "--seeds", "0-3", "--out", tmp_path / "out"]
    for arguments in [*commands(case, tmp_path / "out"), generator]:
        line = fails(RESOURCE, *arguments, "--onnxruntime", RUNTIME, "--device", "cuda")
        assert "--device cuda:0" in line and "built for CUDA" in line and "CPU" in line and "leave --device out" in line
        assert not (tmp_path / "out").exists()
    # Not even a dataset of broken pictures is mentioned first.
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/x.png").write_text("no picture")
    assert "--device cuda:2" in refused(RESOURCE, tmp_path / "bad", case / "tiny.toml", tmp_path / "out", "--device", "cuda:2")


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:-1", "cuda:1x", "CPU", "cuda:99999999999"])
def test_what_is_no_device_is_said(case, tmp_path, device):
    for arguments in commands(case, tmp_path / "out"):
        line = fails(USAGE, *arguments, "--onnxruntime", RUNTIME, "--device", device)
        assert f"--device: is '{device}'" in line and "cuda:N" in line


@pytest.mark.skipif(not CUDA_RUNTIME.exists(), reason="no CUDA-capable library (semblance models install onnxruntime)")
def test_a_library_whose_cuda_part_is_missing_says_so_in_its_own_words(case, tmp_path):
    facts = json.loads(run("doctor", "--json", "--onnxruntime", CUDA_RUNTIME, check=False).stdout)["onnx_runtime"]
    assert {"CPU", "CUDA"} <= set(facts["providers"]) and "libonnxruntime_providers" in facts["cuda_fault"]
    assert "--device cuda can't be had" in run("doctor", "--onnxruntime", CUDA_RUNTIME, check=False).stdout
    for arguments in commands(case, tmp_path / "out"):
        line = fails(RESOURCE, *arguments, "--onnxruntime", CUDA_RUNTIME, "--device", "cuda:1")
        assert "--device cuda:1" in line and "cannot open shared object file" in line and "leave --device out" in line
    run("embed", case / "R", "--matcher", case / "tiny.toml", "--out", tmp_path / "s", "--onnxruntime", CUDA_RUNTIME, "--device", "cpu")


def test_doctor_says_what_the_library_computes_by():
    facts = json.loads(run("doctor", "--json", "--onnxruntime", RUNTIME, check=False).stdout)["onnx_runtime"]
    assert "CPU" in facts["providers"] and ("CUDA" in facts["providers"] or facts["cuda_fault"] is None)


def test_batches_give_what_single_pictures_give(case, tmp_path):
    for more in ("", '[output]\nflip = "sum"\n'):
        card = write_card(case, "tiny", more)
        embed(case / "R", card, tmp_path / "one", "--overwrite")
        values, items, meta = store(tmp_path / "one")
        assert meta["rejected"] == 3 and "at once" not in meta["note"]
        for batch in (3, 8, 64):
            embed(case / "R", card, tmp_path / "many", "--batch", batch, "--overwrite")
            batched, same_items, meta = store(tmp_path / "many")
            assert same_items == items and f"{batch} pictures at once" in meta["note"]
            np.testing.assert_allclose(batched, values, rtol=1e-5, atol=1e-5)
    write_card(case, "tiny")


def test_batches_are_the_same_whatever_the_threads(case, tmp_path):
    for threads in (1, 2, 5):
        embed(case / "R", case / "tiny.toml", tmp_path / f"t{threads}", "--batch", 7, "--threads", threads)
    for name in ("embeddings.npy", "items.csv", "store.json"):
        assert len({(tmp_path / f"t{t}" / name).read_bytes() for t in (1, 2, 5)}) == 1, name


def test_both_halves_of_a_batch_are_put_together_picture_by_picture(case, tmp_path):
    halves = write_card(case, "halves", '[output]\nflip = "concatenate"\n')
    halves.write_text(halves.read_text().replace(f"dimension = {DIM}", f"dimension = {2 * DIM}"))
    linear_network(case / "halves.onnx", WEIGHTS, np.zeros(DIM, np.float32), (0, 3, SIDE, SIDE))
    embed(case / "G", halves, tmp_path / "one")
    embed(case / "G", halves, tmp_path / "five", "--batch", 5)
    np.testing.assert_allclose(store(tmp_path / "five")[0], store(tmp_path / "one")[0], rtol=1e-5, atol=1e-5)


def test_a_network_that_takes_one_picture_refuses_batches(case, tmp_path):
    linear_network(case / "single.onnx", WEIGHTS, np.zeros(DIM, np.float32), (1, 3, SIDE, SIDE))
    line = refused(USAGE, case / "R", write_card(case, "single"), tmp_path / "s", "--batch", 4)
    assert "--batch" in line and "one picture at a time" in line
    embed(case / "R", case / "single.toml", tmp_path / "s", "--batch", 1)


def test_a_network_that_mixes_pictures_is_found_out(case, tmp_path):
    write_network(case / "mixing.onnx",
                  [node("Flatten", ["x"], "f"), node("MatMul", ["f", "w"], "y"), node("ReduceMean", ["y"], "m", axes=[0]),
                   node("Sub", ["y", "m"], "z")], {"w": WEIGHTS}, {"x": (0, 3, SIDE, SIDE)}, {"z": (0, DIM)})
    line = refused(INPUT, case / "R", write_card(case, "mixing"), tmp_path / "s", "--batch", 4)
    assert "mixing.onnx" in line and "among others" in line and "--batch 1" in line


def test_models_check_measures_batches(case):
    check = json.loads(run("models", "check", case / "tiny.toml", "--batch", 4, "--json", "--onnxruntime", RUNTIME).stdout)
    assert check["batch"] == 4 and check["milliseconds_per_image"] > 0
    assert "4 at once" in run("models", "check", case / "tiny.toml", "--batch", 4, "--onnxruntime", RUNTIME).stdout
