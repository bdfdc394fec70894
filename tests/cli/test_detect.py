"""Faces found by a detector: what it says is where the face is warped from, and who is left out is told why."""

import json

import numpy as np
import pytest

from onnx_file import blob_detector, linear_network, random_weights
from pictures import RUNTIME, embed, needs_runtime, png, refused, store
from support import INPUT, SHARED, SOURCE, USAGE, fails, run

pytestmark = needs_runtime

SIDE = 64  # of the detector's input, and of the pictures: one is drawn into the other as it is
TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])
POINTS = (TEMPLATE - 56) / 56  # of a face that reaches one cell, 8 pixels, beyond its cell's corner on every side
FAMILIES = {"yunet": dict(box=[0, 0, np.log(2), np.log(2)], anchors=1, scores=2),
            "scrfd": dict(box=[1, 1, 1, 1], anchors=2, scores=1)}


def detector_card(folder, family, model=None, more=""):
    if model is None:
        model = f"{family}.onnx"
        blob_detector(folder / model, SIDE, points=POINTS.ravel().tolist(), **FAMILIES[family])
    path = folder / f"{family}-card.toml"
    path.write_text(f'name = "blobs"\n[weights]\nfile = "{model}"\n[input]\nwidth = {SIDE}\nheight = {SIDE}\n'
                    f'colour = "RGB"\n[detector]\nfamily = "{family}"\nsides = [{SIDE}]\n{more}\n')
    return path


@pytest.fixture
def matcher(tmp_path):
    linear_network(tmp_path / "matcher.onnx", random_weights(3 * 112 * 112, 8), np.zeros(8, np.float32), (1, 3, 112, 112))
    path = tmp_path / "matcher.toml"
    path.write_text('name = "tiny"\ndimension = 8\n[weights]\nfile = "matcher.onnx"\n'
                    '[input]\nwidth = 112\nheight = 112\ncolour = "RGB"\n')
    return path


def scene(*cells, seed=0):
    """A dark picture with noise, and a bright cell for every (row, column) given."""
    rgb = np.random.default_rng(seed).integers(0, 100, (SIDE, SIDE, 3), dtype=np.uint8)
    for row, column in cells:
        rgb[8 * row:8 * row + 8, 8 * column:8 * column + 8] = 250
    return rgb


def save(folder, scenes):
    folder.mkdir()
    for name, rgb in scenes.items():
        (folder / f"{name}.png").write_bytes(png(rgb))
    return folder


def rejections(items):
    return {i["id"].removesuffix(".png"): i["rejection"] for i in items if i["status"] != "ok"}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_detector_with_broken_weights_is_refused(family, matcher, tmp_path):
    options = {**FAMILIES[family], "box": [np.nan] * 4}
    blob_detector(tmp_path / "broken.onnx", SIDE, points=POINTS.ravel().tolist(), **options)
    folder = save(tmp_path / "p", {"a": scene((3, 4))})
    line = refused(INPUT, folder, matcher, tmp_path / "s", "--detector", detector_card(tmp_path, family, "broken.onnx"))
    assert "broken.onnx" in line and "NaN" in line


@pytest.mark.parametrize("family", FAMILIES)
def test_a_found_face_is_aligned_as_its_landmarks_say(family, matcher, tmp_path):
    cells = {"a": (2, 3), "b": (5, 1), "c": (0, 7)}
    photos = save(tmp_path / "p", {name: scene(cell, seed=k) for k, (name, cell) in enumerate(cells.items())})
    embed(photos, matcher, tmp_path / "found", "--detector", detector_card(tmp_path, family))
    values, items, meta = store(tmp_path / "found")
    assert not rejections(items) and "found by blobs" in meta["note"]
    # The same landmarks from a file: a cell's point is its top left corner, in both families.
    lines = "".join(f"{name} " + " ".join(f"{z:.6f}" for z in (np.array(cell[::-1]) * 8 + POINTS * 8).ravel()) + "\n"
                    for name, cell in cells.items())
    (tmp_path / "l.txt").write_text(lines)
    embed(photos, matcher, tmp_path / "told", "--landmarks", tmp_path / "l.txt")
    np.testing.assert_allclose(values, store(tmp_path / "told")[0], atol=1e-5)
    assert np.ptp(values, axis=0).max() > 1e-3


def test_who_is_left_out_is_told_why(matcher, tmp_path):
    card = detector_card(tmp_path, "scrfd")
    photos = save(tmp_path / "p", {"none": scene(), "one": scene((3, 3)), "two": scene((3, 3), (6, 6))})
    done = embed(photos, matcher, tmp_path / "s", "--detector", card)
    values, items, _ = store(tmp_path / "s")
    assert rejections(items) == {"none": "no face found"}
    assert "1  no face found, e.g. none.png" in done.stdout
    # The largest and nearest to the centre is the one in the middle.
    np.testing.assert_allclose(values[1], values[0], atol=0.05)
    embed(photos, matcher, tmp_path / "t", "--detector", card, "--several-faces", "reject")
    assert rejections(store(tmp_path / "t")[1]) == {"none": "no face found", "two": "several faces: 2"}
    line = refused(INPUT, photos, matcher, tmp_path / "u", "--detector", card, "--min-face", 17)
    assert "no picture that can be embedded" in line and "no face found" in line
    embed(photos, matcher, tmp_path / "v", "--detector", card, "--min-face", 16)


def test_turned_and_blurred_faces_can_be_left_out(matcher, tmp_path):
    photos = save(tmp_path / "p", {"frontal": scene(seed=1), "turned": scene(seed=2), "smooth": np.full((64, 64, 3), 90, np.uint8)})
    face = TEMPLATE / 2
    turned = face + np.array([[0, 0], [0, 0], [9, 2], [0, 0], [0, 0]])  # half an eye distance to the side
    (tmp_path / "l.txt").write_text("".join(
        f"{name} " + " ".join(map(str, points.ravel())) + "\n"
        for name, points in (("frontal", face), ("turned", turned), ("smooth", face))))
    marks = ("--landmarks", tmp_path / "l.txt")
    embed(photos, matcher, tmp_path / "all", *marks)
    assert not rejections(store(tmp_path / "all")[1])
    embed(photos, matcher, tmp_path / "s", *marks, "--max-turn", 0.35, "--min-sharpness", 20)
    why = rejections(store(tmp_path / "s")[1])
    assert set(why) == {"turned", "smooth"}
    assert why["turned"].startswith("face turned away: by 0.5") and why["smooth"] == "face blurred: sharpness 0.0"


def test_large_pictures_are_scaled_and_every_scale_is_tried(matcher, tmp_path):
    big = scene((2, 3)).repeat(4, axis=0).repeat(4, axis=1)  # 256 x 256: at 64 the cell is a cell again
    small = scene((1, 1))[:32, :48]                          # 48 x 32: its cell is a cell only at a side of 48
    photos = save(tmp_path / "p", {"big": big, "small": small})
    card = detector_card(tmp_path, "yunet", more="score = 0.9")
    card.write_text(card.read_text().replace("[64]", "[64, 48]"))
    embed(photos, matcher, tmp_path / "s", "--detector", card)
    assert not rejections(store(tmp_path / "s")[1])
    card.write_text(card.read_text().replace("[64, 48]", "[64]"))
    embed(photos, matcher, tmp_path / "t", "--detector", card)
    assert rejections(store(tmp_path / "t")[1]) == {"small": "no face found"}


def test_bad_cards_and_options(matcher, tmp_path):
    photos = save(tmp_path / "p", {"one": scene((3, 3))})

    def no(card):
        return refused(INPUT, photos, matcher, tmp_path / "s", "--detector", card)

    linear_network(tmp_path / "flat.onnx", random_weights(3 * SIDE * SIDE, 8), np.zeros(8, np.float32), (1, 3, SIDE, SIDE))
    assert "outputs aren't SCRFD's" in no(detector_card(tmp_path, "scrfd", model="flat.onnx"))
    good = detector_card(tmp_path, "scrfd")
    assert "outputs aren't YuNet's" in no(detector_card(tmp_path, "yunet", model="scrfd.onnx"))
    text = good.read_text()
    for old, new, what in (('"scrfd"', '"retina"', "detector.family is 'retina'"), ("[64]", "[128]", "larger than the input"),
                           ("[64]", "[]", "detector.sides"), ("width = 64", "width = 60", "multiples of 32"),
                           ("[detector]", "[detector]\nscore = 2", "detector.score"), ('name = "blobs"', "", "no name"),
                           ("[detector]", "[detectors]", "no table [detector]"), ("scrfd.onnx", "gone.onnx", "isn't there")):
        good.write_text(text.replace(old, new, 1))
        assert what in no(good), new
    good.write_text(text)
    (tmp_path / "l.txt").write_text("one " + "1 2 " * 5)
    base = ("embed", photos, "--matcher", matcher, "--out", tmp_path / "s", "--onnxruntime", RUNTIME)
    assert "contradicts --landmarks" in fails(USAGE, *base, "--detector", good, "--landmarks", tmp_path / "l.txt")
    assert "--min-face" in fails(USAGE, *base, "--min-face", 20)
    assert "--several-faces" in fails(USAGE, *base, "--several-faces", "reject")
    assert "--max-turn" in fails(USAGE, *base, "--max-turn", 0.3)


def test_an_audit_finds_the_faces_itself(matcher, tmp_path):
    card = detector_card(tmp_path, "scrfd")
    rng = np.random.default_rng(1)
    for name, count in (("train", 60), ("synthetic", 40), ("holdout", 60)):
        cells = rng.integers(1, 7, (count, 2))
        save(tmp_path / name, {f"{name}{k:02}": scene(tuple(cell), seed=int(rng.integers(1 << 30))) for k, cell in enumerate(cells)})
    (tmp_path / "synthetic/nobody.png").write_bytes(png(scene()))
    run("audit", *[x for name in ("train", "synthetic", "holdout") for x in (f"--{name}", tmp_path / name)], "--matcher",
        matcher, "--detector", card, "--stores", tmp_path / "stores", "--onnxruntime", RUNTIME, "--out", tmp_path / "r")
    assert (tmp_path / "r/report.html").exists()
    items = store(tmp_path / "stores/tiny/synthetic")[1]
    assert rejections(items) == {"nobody": "no face found"} and len(items) == 41


REAL = {"scrfd": ("scrfd_500m_bnkps.onnx", 'colour = "RGB"\nmean = 127.5\ndivisor = 128'),
        "yunet": ("yunet_s_640_640.onnx", 'colour = "BGR"')}


@pytest.mark.parametrize("family", REAL)
def test_real_detectors_on_real_faces(family, tmp_path):
    """LFW's first pairs from the photographs alone: no worse than with the landmarks that come with them (0.9917)."""
    model, colours = REAL[family]
    weights = SHARED / "models/detection" / model
    network = SHARED / "models/recognition/mobilefacenet_y1_insightface_112.onnx"
    lfw = SHARED / "data/lfw-fold1"
    if not (weights.exists() and network.exists() and lfw.exists()):
        pytest.skip(f"no real detector, matcher or faces under {SHARED}")
    detector, matcher = tmp_path / "d.toml", tmp_path / "m.toml"
    detector.write_text(f'name = "{family}"\n[weights]\nfile = "{weights}"\n[input]\nwidth = 640\nheight = 640\n{colours}\n'
                        f'[detector]\nfamily = "{family}"\n')
    matcher.write_text(f'name = "y1"\ndimension = 128\n[weights]\nfile = "{network}"\n'
                       '[input]\nwidth = 112\nheight = 112\ncolour = "RGB"\n')
    embed(lfw / "images", matcher, tmp_path / "s", "--detector", detector)
    assert store(tmp_path / "s")[2]["rejected"] == 0
    run("calibrate", "--store", tmp_path / "s", "--pairs", lfw / "pairs.txt", "--bootstrap", 100, "--out", tmp_path / "c.json")
    assert json.loads((tmp_path / "c.json").read_text())["accuracy"]["error"]["rate"] <= 0.0117
    pictures = SHARED / "data/stylegan3"
    embed(pictures, matcher, tmp_path / "g", "--detector", detector, "--labels", "none")
    meta = store(tmp_path / "g")[2]
    assert meta["rows"] == 160 and meta["rejected"] == 0


def test_a_detector_card_is_checked_on_drawn_faces(tmp_path):
    """A detector that sees nothing is told from one that looks; a real one finds them, where one is at hand."""
    dark = detector_card(tmp_path, "yunet", more="score = 1")
    found = json.loads(run("models", "check", dark, "--json", "--onnxruntime", RUNTIME).stdout)
    assert found["detector"] == "blobs" and found["found"] == 0 and found["landmark_error"] is None and found["drawn_faces"] == 12
    assert "found none of 12 drawn faces" in run("models", "check", dark, "--onnxruntime", RUNTIME).stdout
    seeing = detector_card(tmp_path, "scrfd", more="score = 0.01")
    found = json.loads(run("models", "check", seeing, "--json", "--onnxruntime", RUNTIME).stdout)
    assert found["found"] == 12 and found["landmark_error"] > 0.3  # it takes any bright cell for a face


@pytest.mark.parametrize("name", ["yunet-s", "scrfd-500m"])
def test_real_detectors_find_drawn_faces(name, tmp_path):
    weights = {"yunet-s": "yunet_s_640_640.onnx", "scrfd-500m": "scrfd_500m_kps.onnx"}[name]
    files = sorted((SHARED / "models/detection").rglob("*.onnx")) if SHARED.exists() else []
    file = next((f for f in files if f.name.startswith(name.split("-")[0])), None)
    if file is None:
        pytest.skip(f"no {weights} in {SHARED}/models/detection")
    card = tmp_path / "card.toml"
    text = (SOURCE / f"matchers/{name}.toml").read_text().splitlines()
    card.write_text("\n".join(f'file = "{file}"' if line.startswith("file =") else line for line in text
                               if not line.startswith("sha256")))
    found = json.loads(run("models", "check", card, "--json", "--onnxruntime", RUNTIME).stdout)
    assert found["found"] >= 10 and found["landmark_error"] < 0.2
