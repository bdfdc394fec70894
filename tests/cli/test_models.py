"""Matchers' cards: flip fusion, the golden self-test, and the cards that come with the program."""

import itertools
import json

import numpy as np
import pytest

from onnx_file import linear_network, node, random_weights, write_network
from pictures import RUNTIME, embed, needs_runtime, png, refused, store
from support import INPUT, USAGE, SHARED, SOURCE, fails, run

DIM, SIDE = 6, 112
WEIGHTS = random_weights(3 * SIDE * SIDE, DIM, seed=5)
BIAS = np.linspace(-0.2, 0.3, DIM).astype(np.float32)


def formula_pictures():
    """docs/formats.md, "Golden self-test", on its own."""
    y, x, c = np.meshgrid(np.arange(SIDE), np.arange(SIDE), np.arange(3), indexing="ij")
    return [(7 * x + 3 * y + 40 * c) % 256, 255 - 200 * ((x // 16 + y // 16) % 2) - 20 * c,
            np.minimum(255, ((x - 56) ** 2 + (y - 48) ** 2) // (12 + 8 * c)), (x * y * (c + 1) // 16 + 30 * c) % 256]


def output(rgb):
    return rgb.astype(np.float64).transpose(2, 0, 1).ravel() @ WEIGHTS.astype(np.float64) + BIAS


def cosines(embeddings):
    unit = [e / np.linalg.norm(e) for e in embeddings]
    return [float(a @ b) for a, b in itertools.combinations(unit, 2)]


def write_card(folder, more="", model="m.onnx", dimension=DIM, colour="RGB"):
    path = folder / "card.toml"
    path.write_text(f'name = "tiny"\ndimension = {dimension}\n[weights]\nfile = "{model}"\n'
                    f'[input]\nwidth = {SIDE}\nheight = {SIDE}\ncolour = "{colour}"\n{more}\n')
    return path


@pytest.fixture
def folder(tmp_path):
    linear_network(tmp_path / "m.onnx", WEIGHTS, BIAS, (1, 3, SIDE, SIDE))
    return tmp_path


@pytest.fixture
def photos(tmp_path):
    (tmp_path / "p").mkdir()
    pictures = [np.random.default_rng(k).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8) for k in range(3)]
    for k, rgb in enumerate(pictures):
        (tmp_path / f"p/{k}.png").write_bytes(png(rgb))
    return tmp_path / "p", pictures


def check(card, *more):
    return json.loads(run("models", "check", card, "--onnxruntime", RUNTIME, "--json", *more).stdout)


@needs_runtime
def test_flips_are_fused_as_the_card_says(folder, photos):
    location, pictures = photos
    both = [(output(rgb), output(rgb[:, ::-1])) for rgb in pictures]
    for flip, dimension, fuse in (("none", DIM, lambda a, b: a), ("sum", DIM, lambda a, b: a + b),
                                  ("concatenate", 2 * DIM, lambda a, b: np.concatenate([a, b]))):
        card = write_card(folder, f'[output]\nflip = "{flip}"', dimension=dimension)
        embed(location, card, folder / flip)
        np.testing.assert_allclose(store(folder / flip)[0], [fuse(*pair) for pair in both], atol=2e-5)


@needs_runtime
def test_norms_weigh_the_flip_that_needs_them(folder, photos):
    """AdaFace's outputs: an embedding, and a number to multiply it with."""
    location, pictures = photos
    pick = np.random.default_rng(9).standard_normal((3 * SIDE * SIDE, 1)).astype(np.float32) / 1000
    nodes = [node("Flatten", ["x"], "f"), node("Gemm", ["f", "w", "b"], "y"), node("Gemm", ["f", "v", "c"], "n")]
    write_network(folder / "two.onnx", nodes, {"w": WEIGHTS, "b": BIAS, "v": pick, "c": np.float32([2])},
                  {"x": (1, 3, SIDE, SIDE)}, {"y": (1, DIM), "n": (1, 1)})
    flip = '[output]\nflip = "norm-weighted"'
    embed(location, write_card(folder, flip, model="two.onnx"), folder / "s")

    def weighed(rgb):
        return output(rgb) * (rgb.astype(np.float64).transpose(2, 0, 1).ravel() @ pick.astype(np.float64)[:, 0] + 2)

    np.testing.assert_allclose(store(folder / "s")[0], [weighed(rgb) + weighed(rgb[:, ::-1]) for rgb in pictures], atol=1e-3)
    assert "its norm" in refused(INPUT, location, write_card(folder, flip), folder / "t")


@needs_runtime
def test_golden_cosines_are_what_numpy_computes(folder, photos):
    want = cosines([output(rgb) for rgb in formula_pictures()])
    got = check(write_card(folder))
    np.testing.assert_allclose(got["golden"]["cosines"], want, atol=1e-5)
    assert got["matcher"] == "tiny" and got["dimension"] == DIM and not got["golden"]["in_card"]
    assert got["milliseconds_per_image"] > 0
    swapped = cosines([output(rgb[:, :, ::-1]) for rgb in formula_pictures()])
    assert got["colour_effect"] == pytest.approx(np.abs(np.subtract(want, swapped)).max(), abs=1e-5)

    golden = f"[golden]\ncosines = {want}"
    assert check(write_card(folder, golden))["golden"]["in_card"]
    assert "golden self-test passed" in run("models", "check", write_card(folder, golden), "--onnxruntime", RUNTIME).stdout
    embed(photos[0], write_card(folder, golden), folder / "s")
    for wrong in (write_card(folder, golden, colour="BGR"), write_card(folder, "mean = 127.5\n" + golden)):
        assert "fails its golden self-test" in refused(INPUT, photos[0], wrong, folder / "t")
    write_card(folder, golden, colour="BGR")
    assert "golden" in fails(INPUT, "models", "check", folder / "card.toml", "--onnxruntime", RUNTIME)


@needs_runtime
def test_cards_of_other_kinds_are_checked_or_say_what_to_use(tmp_path):
    library = tmp_path / "library.toml"
    library.write_text(f'name = "ort"\n[library]\nversion = "1"\n[weights]\nfile = "{RUNTIME}"\n')
    found = json.loads(run("models", "check", library, "--json").stdout)
    assert found["version"].startswith("1.") and "CPU" in found["providers"]
    assert "computes by" in run("models", "check", library).stdout
    assert "--batch" in fails(USAGE, "models", "check", library, "--batch", 2)
    (tmp_path / "broken.so").write_bytes(b"no library")
    library.write_text('name = "ort"\n[library]\nversion = "1"\n[weights]\nfile = "broken.so"\n')
    assert "can't be loaded" in fails(5, "models", "check", library)
    landmarks = tmp_path / "landmarks.toml"
    landmarks.write_text('name = "points"\n[landmarks]\npoints = 68\n[weights]\nfile = "broken.so"\n')
    line = fails(USAGE, "models", "check", landmarks)
    assert "landmark network" in line and "check that detector" in line


@needs_runtime
def test_bad_outputs_and_goldens(folder, photos):
    def no(more, **changes):
        return refused(INPUT, photos[0], write_card(folder, more, **changes), folder / "s")

    assert "output.flip is 'both'" in no('[output]\nflip = "both"')
    assert "odd dimension" in no('[output]\nflip = "concatenate"', dimension=7)
    for cosines_given in ("[1, 2, 3]", "[0, 0, 0, 0, 0, 1.5]", '"none"', "[0, 0, 0, 0, 0, nan]"):
        assert "golden.cosines" in no(f"[golden]\ncosines = {cosines_given}"), cosines_given
    assert "golden.cosines" in no("[golden]")


def test_a_card_cannot_make_the_terminal_show_what_it_likes(folder, photos, tmp_path):
    escape = "\x1b[2J\x1b]0;pwned\x07"
    for name in (escape, "a\nb", "x\x7f", "y\u009b1m"):
        card = folder / "evil.json"
        card.write_text(json.dumps({"name": name, "dimension": DIM, "weights": {"file": "m.onnx"},
                                    "input": {"width": 112, "height": 112, "colour": "RGB"}}))
        for arguments in (["models", "check", card], ["models", "list", folder], ["embed", photos, "--matcher", card, "--out", tmp_path / "s"]):
            line = fails(INPUT, *arguments)
            assert "control character in its name" in line and line.isprintable()
    card.write_text(json.dumps({"name": "fine", "licence": "MIT" + escape, "training_set": "x\ry", "weights": {"file": "m.onnx"}}))
    listed = run("models", "list", folder).stdout
    assert "MIT[U+001B]" in listed and "x[U+000D]y" in listed and "\x1b" not in listed and "\r" not in listed
    card.unlink()
    # Nor can the name of a file.
    (tmp_path / f"c{escape.replace('/', '')}.toml").write_text("name = ")
    assert fails(INPUT, "models", "check", tmp_path / f"c{escape.replace('/', '')}.toml").isprintable()


def test_the_cards_that_come_with_the_program():
    cards = json.loads(run("models", "list", SOURCE / "matchers", "--json").stdout)
    assert len(cards) >= 10 and len({card["name"] for card in cards}) == len(cards)
    for card in cards:
        assert card["licence"] and card["weights"] and (card["training_set"] or card["kind"] == "library"), card
        assert (card["dimension"] is None) == (card["kind"] != "matcher"), card
    text = run("models", "list", SOURCE / "matchers").stdout
    assert text.count("\n") == len(cards) and "MS1M" in text
    assert "folder" in fails(2, "models", "list", SOURCE / "no-such-folder")


@needs_runtime
@pytest.mark.parametrize("name", ["mobilefacenet-y1", "mobilefacenet-foamliu", "mobilefacenet-xiaoccer", "intel-0095"])
def test_real_networks_pass_their_cards(name, tmp_path):
    """The cards' golden numbers were computed in Python, apart from us."""
    text = (SOURCE / f"matchers/{name}.toml").read_text()
    weights = SHARED / "models/recognition" / text.split('file = "')[1].split('"')[0]
    if not weights.exists():
        pytest.skip(f"no real matcher under {SHARED}")
    (tmp_path / weights.name).symlink_to(weights)
    (tmp_path / "card.toml").write_text(text)
    assert check(tmp_path / "card.toml")["golden"]["in_card"]
    other = text.replace('"RGB"', '"GBR"').replace('"BGR"', '"RGB"').replace('"GBR"', '"BGR"')
    (tmp_path / "card.toml").write_text(other)
    assert "golden self-test" in fails(INPUT, "models", "check", tmp_path / "card.toml", "--onnxruntime", RUNTIME)
