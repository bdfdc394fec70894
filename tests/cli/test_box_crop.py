"""Matchers that take a detector's box instead of a template (FaceNet), and pictures whitened one by one."""

import numpy as np
import pytest

from onnx_file import linear_network, random_weights
from pictures import embed, needs_runtime, refused, store
from support import INPUT, USAGE
from test_detect import SIDE, detector_card, save, scene

pytestmark = needs_runtime

INSIDE, DIM = 24, 8
WEIGHTS = random_weights(3 * INSIDE * INSIDE, DIM)
BIAS = np.linspace(-0.1, 0.1, DIM).astype(np.float32)


def matcher(folder, more):
    linear_network(folder / "m.onnx", WEIGHTS, BIAS, (1, 3, INSIDE, INSIDE))
    path = folder / "m.toml"
    path.write_text(f'name = "tiny"\ndimension = {DIM}\n[weights]\nfile = "m.onnx"\n[input]\nwidth = {INSIDE}\n'
                    f'height = {INSIDE}\ncolour = "RGB"\n{more}\n')
    return path


def output(values):
    return values.transpose(2, 0, 1).ravel() @ WEIGHTS.astype(np.float64) + BIAS


def crop(rgb, box, margin):
    """Edges of pixels at whole numbers; bilinear, the border repeated."""
    def sampled(low, high):
        more = margin / 2 * (high - low)
        low, high = max(0, low - more), min(SIDE, high + more)
        at = np.clip(low + (np.arange(INSIDE) + 0.5) * (high - low) / INSIDE - 0.5, 0, SIDE - 1)
        return np.floor(at).astype(int), np.minimum(np.floor(at).astype(int) + 1, SIDE - 1), at - np.floor(at)

    x0, x1, fx = sampled(box[0], box[2])
    y0, y1, fy = sampled(box[1], box[3])
    p, fx, fy = rgb.astype(np.float64), fx[None, :, None], fy[:, None, None]
    value = (p[y0][:, x0] * (1 - fx) + p[y0][:, x1] * fx) * (1 - fy) + (p[y1][:, x0] * (1 - fx) + p[y1][:, x1] * fx) * fy
    return np.floor(value + 0.5)


@pytest.mark.parametrize("margin", [0, 0.25])
def test_the_box_is_cropped_with_its_margin(margin, tmp_path):
    cells = {"inside": (3, 4), "left": (2, 0), "corner": (0, 7)}
    scenes = {name: scene(cell, seed=k) for k, (name, cell) in enumerate(cells.items())}
    photos = save(tmp_path / "p", scenes)
    card = matcher(tmp_path, 'template = "box"\n' + (f"margin = {margin}" if margin else ""))
    embed(photos, card, tmp_path / "s", "--detector", detector_card(tmp_path, "scrfd"))
    values, items, _ = store(tmp_path / "s")
    # The box reaches a cell of 8 pixels beyond its cell's corner on every side; a pixel's centre is a whole number.
    for item, value in zip(items, values):
        name = item["id"].removesuffix(".png")
        row, column = cells[name]
        box = [8 * column - 8 + 0.5, 8 * row - 8 + 0.5, 8 * column + 8 + 0.5, 8 * row + 8 + 0.5]
        want = output(crop(scenes[name], box, margin))
        np.testing.assert_allclose(value, want, atol=1e-3)  # float32 may round a value at half a level otherwise
        off = output(crop(scenes[name], [edge + 0.5 for edge in box], margin))
        assert np.abs(want - off).max() > 0.01  # half a pixel would show


def test_crops_that_are_made_already_are_taken_as_they_are(tmp_path):
    rgb = np.random.default_rng(1).integers(0, 256, (INSIDE, INSIDE, 3), dtype=np.uint8)
    embed(save(tmp_path / "p", {"a": rgb}), matcher(tmp_path, 'template = "box"'), tmp_path / "s")
    np.testing.assert_allclose(store(tmp_path / "s")[0][0], output(rgb.astype(np.float64)), atol=1e-5)


def test_pictures_are_whitened_one_by_one(tmp_path):
    rng = np.random.default_rng(2)
    pictures = {"a": rng.integers(0, 256, (INSIDE, INSIDE, 3), dtype=np.uint8),
                "b": rng.integers(90, 110, (INSIDE, INSIDE, 3), dtype=np.uint8),
                "flat": np.full((INSIDE, INSIDE, 3), 77, np.uint8)}
    embed(save(tmp_path / "p", pictures), matcher(tmp_path, 'template = "box"\nscaling = "whiten"'), tmp_path / "s")
    for value, rgb in zip(store(tmp_path / "s")[0], pictures.values()):
        x = rgb.astype(np.float64)
        want = (x - x.mean()) / max(x.std(), 1 / np.sqrt(x.size))
        np.testing.assert_allclose(value, output(want), atol=1e-5)


def test_what_does_not_go_together(tmp_path):
    photos = save(tmp_path / "p", {"a": scene((3, 3))})
    for more, why in [('template = "square"', "T112, T96, dlib and box"), ("margin = 0.2", 'template = "box" alone'),
                      ('scaling = "none"', "fixed and whiten"), ('scaling = "whiten"\nmean = 127.5', "leave them out"),
                      ('template = "box"\nmargin = 3', "0 to 2")]:
        assert why in refused(INPUT, photos, matcher(tmp_path, more), tmp_path / "s"), more
    card = matcher(tmp_path, 'template = "box"')
    (tmp_path / "l.txt").write_text("a.png 1 2 3 4 5 6 7 8 9 10\n")
    assert "give --detector" in refused(USAGE, photos, card, tmp_path / "s", "--landmarks", tmp_path / "l.txt")
    detector = detector_card(tmp_path, "scrfd")
    for option in ("--max-turn", "--min-sharpness"):
        assert option in refused(USAGE, photos, card, tmp_path / "s", "--detector", detector, option, 0.5)
