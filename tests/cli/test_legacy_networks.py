"""Networks of Caffe and TensorFlow, read by OpenCV where Semblance was built with it."""

import json

import numpy as np
import pytest

from legacy_files import write_caffe, write_tensorflow
from onnx_file import random_weights
from pictures import embed, png, refused, store
from support import INPUT, SHARED, run

SIDE, DIM = (20, 16), 8
WEIGHTS = random_weights(3 * SIDE[0] * SIDE[1], DIM)
BIAS = np.linspace(-0.1, 0.1, DIM).astype(np.float32)
SHAPE = (1, 3, *SIDE)
WRITERS = {"net.caffemodel": write_caffe, "net.pb": write_tensorflow}


def write_card(folder, model, dimension=DIM, colour="BGR", side=SIDE):
    path = folder / "card.toml"
    path.write_text(f'name = "tiny"\ndimension = {dimension}\n[weights]\nfile = "{model}"\n[input]\nheight = {side[0]}\n'
                    f'width = {side[1]}\ncolour = "{colour}"\nmean = 127.5\ndivisor = 128\n')
    return path


@pytest.fixture(scope="module", autouse=True)
def reader(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probe")
    write_caffe(folder / "net.caffemodel", WEIGHTS, BIAS, SHAPE)
    done = run("models", "check", write_card(folder, "net.caffemodel"), check=False)
    if "built without the reader" in done.stderr:
        assert done.returncode == 5 and "libopencv-dnn-dev" in done.stderr
        pytest.skip("built without OpenCV's reader (libopencv-dnn-dev)")


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    pictures = np.random.default_rng(4).integers(0, 256, (30, *SIDE, 3), dtype=np.uint8)
    for k, rgb in enumerate(pictures):
        (folder / f"{k:02}.png").write_bytes(png(rgb))
    return folder, pictures


@pytest.mark.parametrize("model", WRITERS)
def test_what_numpy_computes_whatever_the_threads(model, people, tmp_path):
    WRITERS[model](tmp_path / model, WEIGHTS, BIAS, SHAPE)
    card = write_card(tmp_path, model)
    folder, pictures = people
    bgr = ((pictures[..., ::-1].astype(np.float64) - 127.5) / 128).transpose(0, 3, 1, 2).reshape(len(pictures), -1)
    for threads in (1, 4):
        embed(folder, card, tmp_path / f"t{threads}", "--threads", threads)
        np.testing.assert_allclose(store(tmp_path / f"t{threads}")[0], bgr @ WEIGHTS.astype(np.float64) + BIAS, atol=2e-6)
    assert (tmp_path / "t1/embeddings.npy").read_bytes() == (tmp_path / "t4/embeddings.npy").read_bytes()
    assert "OpenCV 4." in store(tmp_path / "t1")[2]["note"]
    checked = json.loads(run("models", "check", card, "--json").stdout)
    assert checked["engine"].startswith("OpenCV 4.") and checked["dimension"] == DIM


@pytest.mark.parametrize("model", WRITERS)
def test_broken_ones_are_refused_in_one_line(model, people, tmp_path):
    WRITERS[model](tmp_path / model, WEIGHTS, BIAS, SHAPE)
    folder, _ = people
    assert "gives 8 numbers, the card says 9" in refused(INPUT, folder, write_card(tmp_path, model, dimension=9), tmp_path / "s")
    whole = (tmp_path / model).read_bytes()
    (tmp_path / model).write_bytes(whole[:len(whole) // 2])
    assert model in refused(INPUT, folder, write_card(tmp_path, model), tmp_path / "s")
    (tmp_path / model).write_bytes(b"no network at all")
    assert model in refused(INPUT, folder, write_card(tmp_path, model), tmp_path / "s")
    (tmp_path / model).unlink()
    assert "isn't there" in refused(INPUT, folder, write_card(tmp_path, model), tmp_path / "s")


def test_nan_weights_and_missing_layers(people, tmp_path):
    write_caffe(tmp_path / "net.caffemodel", WEIGHTS * np.nan, BIAS, SHAPE)
    card = write_card(tmp_path, "net.caffemodel")
    assert "NaN" in refused(INPUT, people[0], card, tmp_path / "s")
    (tmp_path / "net.prototxt").unlink()
    assert "net.prototxt" in refused(INPUT, people[0], card, tmp_path / "s")


def test_a_real_network(tmp_path):
    """Golden cosines from cv2.dnn in Python (OpenCV 4.10), apart from us."""
    weights = SHARED / "models/recognition/mobilefacenet_imistyrain_112x96.caffemodel"
    if not weights.exists():
        pytest.skip(f"no real matcher under {SHARED}")
    for suffix in (".caffemodel", ".prototxt"):
        (tmp_path / weights.with_suffix(suffix).name).symlink_to(weights.with_suffix(suffix))
    (tmp_path / "card.toml").write_text(
        f'name = "imistyrain"\ndimension = 128\n[weights]\nfile = "{weights.name}"\n[input]\nwidth = 96\nheight = 112\n'
        'colour = "BGR"\nmean = 127.5\ndivisor = 128\ntemplate = "T96"\n[golden]\ncosines = [0.6145, 0.5781, 0.8432, 0.276, 0.5949, 0.74]\n')
    assert json.loads(run("models", "check", tmp_path / "card.toml", "--json").stdout)["golden"]["in_card"]
