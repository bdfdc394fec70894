"""A matcher's error rates from pictures: `calibrate --images`, and InsightFace's verification sets (.bin)."""

import io
import json
import os
import pickle

import numpy as np
import pytest

from onnx_file import linear_network, random_weights
from pictures import RUNTIME, embed, needs_runtime, png, refused, store
from support import INPUT, SHARED, SOURCE, USAGE, fails, run

pytestmark = needs_runtime
SIDE = 16


@pytest.fixture
def card(tmp_path):
    linear_network(tmp_path / "m.onnx", random_weights(3 * SIDE * SIDE, 8), np.zeros(8, np.float32), (1, 3, SIDE, SIDE))
    path = tmp_path / "card.toml"
    path.write_text(f'name = "tiny"\ndimension = 8\n[weights]\nfile = "m.onnx"\n[input]\nwidth = {SIDE}\nheight = {SIDE}\n'
                    'colour = "RGB"\nmean = 127.5\n')
    return path


def face(person, image):
    rgb = np.random.default_rng(person).integers(0, 256, (SIDE, SIDE, 3))
    return np.clip(rgb + np.random.default_rng([person, image]).integers(-40, 41, rgb.shape), 0, 255).astype(np.uint8)


def pairs_of(count):
    """Mated and non-mated by turns, as two pictures and a truth."""
    return [(png(face(k, 0)), png(face(k + (0 if k % 2 else 1000), 1)), bool(k % 2)) for k in range(count)]


def write_bin(path, pairs, protocol=4, truth=lambda same: same):
    images = [image for pair in pairs for image in pair[:2]]
    path.write_bytes(pickle.dumps((images, [truth(pair[2]) for pair in pairs]), protocol=protocol))
    return path


def calibrate(card, out, *more):
    run("calibrate", "--matcher", card, "--bootstrap", 100, "--onnxruntime", RUNTIME, "--out", out, *more)
    return json.loads(out.read_text())


def python2(pairs, opcode=b"T"):
    """The bytes that Python 2's cPickle gives for protocol 2: strings by BINSTRING, everything kept in the memo."""
    out, kept = io.BytesIO(), 0

    def keep():
        nonlocal kept
        out.write(b"q" + bytes([kept]) if kept < 256 else b"r" + kept.to_bytes(4, "little"))
        kept += 1

    out.write(b"\x80\x02]")
    keep()
    out.write(b"(")
    for image in (image for pair in pairs for image in pair[:2]):
        out.write(opcode + len(image).to_bytes(4, "little") + image)
        keep()
    out.write(b"e]")
    keep()
    out.write(b"(" + b"".join(b"\x88" if pair[2] else b"\x89" for pair in pairs) + b"e\x86")
    keep()
    out.write(b".")
    return out.getvalue()


@pytest.mark.parametrize("protocol", [3, 4, 5, "python 2"])
def test_a_verification_set_is_read_as_pickle_reads_it(protocol, card, tmp_path):
    pairs = pairs_of(40)
    path = tmp_path / "set.bin"
    if protocol == "python 2":
        path.write_bytes(python2(pairs))
        images, same = pickle.loads(path.read_bytes(), encoding="bytes")  # what InsightFace does
        assert same == [pair[2] for pair in pairs] and images[3] == pairs[1][1]
    else:
        write_bin(path, pairs, protocol)
    (tmp_path / "p").mkdir()
    rows = "path\n"
    for k, (a, b, _) in enumerate(pairs, start=1):
        for side, content in (("a", a), ("b", b)):
            (tmp_path / f"p/{k}{side}.png").write_bytes(content)
            rows += f"p/{k}{side}.png\n"
    (tmp_path / "list.csv").write_text(rows)
    embed(path, card, tmp_path / "s")
    embed(tmp_path / "list.csv", card, tmp_path / "t")
    got, items, _ = store(tmp_path / "s")
    np.testing.assert_array_equal(got, store(tmp_path / "t")[0])
    assert [i["id"] for i in items[:3]] == ["1a", "1b", "2a"] and len(items) == 80


def test_calibration_from_a_verification_set_and_from_its_pictures_agree(card, tmp_path):
    pairs = pairs_of(60)
    calibration = calibrate(card, tmp_path / "a.json", "--images", write_bin(tmp_path / "set.bin", pairs))
    assert calibration["accuracy"]["folds"] == 10
    (tmp_path / "p").mkdir()
    rows = "id_a,id_b,same,fold\n"
    for k, (a, b, same) in enumerate(pairs):
        (tmp_path / f"p/{k}a.png").write_bytes(a)
        (tmp_path / f"p/{k}b.png").write_bytes(b)
        rows += f"{k}a.png,{k}b.png,{int(same)},{k * 10 // 60 + 1}\n"
    (tmp_path / "pairs.csv").write_text(rows)
    other = calibrate(card, tmp_path / "b.json", "--images", tmp_path / "p", "--pairs", tmp_path / "pairs.csv")
    for key in ("accuracy", "eer", "thresholds", "matcher"):
        assert calibration[key] == other[key], key
    assert sorted(p.name for p in tmp_path.iterdir() if "embeddings" in p.name or "partial" in p.name) == []


def test_calibration_from_folders_of_people(card, tmp_path):
    for person in range(12):
        (tmp_path / f"p/{person}").mkdir(parents=True)
        for image in range(3):
            (tmp_path / f"p/{person}/{image}.png").write_bytes(png(face(person, image)))
    (tmp_path / "p/3/broken.png").write_text("no picture")
    done = run("calibrate", "--images", tmp_path / "p", "--matcher", card, "--bootstrap", 100, "--onnxruntime", RUNTIME,
               "--out", tmp_path / "c.json")
    assert "12 people | 36 mated and 594 non-mated" in done.stdout
    assert "taken as aligned already" in done.stdout
    assert "1 of 37 pictures rejected" in done.stderr and "3/broken.png" in done.stderr


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


def test_what_is_no_verification_set_is_refused(card, tmp_path):
    path = tmp_path / "x.bin"

    def no(content):
        path.write_bytes(content)
        return refused(INPUT, path, card, tmp_path / "s")

    good = pickle.dumps(([b"a", b"b"], [True]), protocol=4)
    assert "nothing else is read" in no(pickle.dumps(([Evil(), b"b"], [True]), protocol=4))
    assert "nothing else is read" in no(pickle.dumps(([np.zeros(3), b"b"], [True]), protocol=4))
    assert "nothing else is read" in no(pickle.dumps(([b"a", b"b"], [{}]), protocol=4))
    assert "no byte string" in no(pickle.dumps(([True, b"b"], [True]), protocol=4))
    assert "no truth" in no(pickle.dumps(([b"a", b"b"], [b"c"]), protocol=4))
    assert "3 images for 1 pairs" in no(pickle.dumps(([b"a", b"b", b"c"], [True]), protocol=4))
    assert "two lists" in no(pickle.dumps([b"a", b"b"], protocol=4))
    assert "no pairs" in no(pickle.dumps(([], []), protocol=4))
    assert "list of lists" in no(b"\x80\x02]q\x00h\x00a.")
    for cut in range(1, len(good)):
        assert no(good[:cut]), cut
    assert "before its end" in no(good + b"x")
    assert "never kept" in no(b"\x80\x02h\x05.")
    assert "list of lists" in no(b"\x80\x02" + b"(" * 400_000 + b"t" * 400_000 + b".")  # deeper than the stack
    assert "list of lists" in no(b"\x80\x02]]\x86]\x86.")
    for rubbish in (b"", b".", b"(((", b"e", b"a", b"\x86.", b"C\xff", b"B\xff\xff\xff\xff", b"\x8e" + b"\xff" * 8):
        assert no(rubbish), rubbish


def test_options_that_dont_go_together(card, tmp_path):
    base = ("calibrate", "--out", tmp_path / "c.json")
    assert "needs one of" in fails(USAGE, *base)
    assert "needs one of" in fails(USAGE, *base, "--images", tmp_path, "--store", tmp_path)
    (tmp_path / "x.csv").write_text("score,mated\n0.5,1\n")
    assert "--pairs" in fails(USAGE, *base, "--scores", tmp_path / "x.csv", "--pairs", tmp_path / "x.csv")
    assert "--pairs" in fails(USAGE, *base, "--images", tmp_path / "x.bin", "--matcher", card, "--pairs", tmp_path / "x.csv")
    assert "is no card" in fails(USAGE, *base, "--images", tmp_path, "--matcher", "y1")


def test_lfw_in_one_command(tmp_path):
    lfw, models = SHARED / "data/lfw-fold1", SHARED / "models"
    network = models / "recognition/mobilefacenet_y1_insightface_112.onnx"
    if not (lfw.exists() and network.exists()):
        pytest.skip(f"no real matcher or faces under {SHARED}")
    for name in ("mobilefacenet-y1", "scrfd-500m"):
        (tmp_path / f"{name}.toml").write_text((SOURCE / f"matchers/{name}.toml").read_text())
    for weights in (network, models / "detection/scrfd_500m_bnkps.onnx"):
        (tmp_path / weights.name).symlink_to(weights)
    got = calibrate(tmp_path / "mobilefacenet-y1.toml", tmp_path / "lfw.json", "--images", lfw / "images", "--pairs",
                    lfw / "pairs.txt", "--detector", tmp_path / "scrfd-500m.toml")
    assert got["accuracy"]["error"]["rate"] <= 0.0117
