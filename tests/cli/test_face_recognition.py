"""The default matcher: its npm package turned into networks, dlib's chip, distances, and the figures it is known for."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import numpy as np
import pytest

from onnx_file import linear_network, node, random_weights, write_network
from pictures import RUNTIME, embed, needs_runtime, png, store
from support import INPUT, SHARED, SOURCE, USAGE, fails, report, run

PACKAGE = "@vladmandic/face-api@1.7.15"
CARDS = {"face_recognition": "face_recognition", "ssd-mobilenetv1": "ssd_mobilenetv1", "face-landmark-68": "face_landmark_68"}
TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])
CHIP = 1.494 * TEMPLATE + [-9.5, -30]
SIDE, DIM = 150, 6
WEIGHTS = random_weights(3 * SIDE * SIDE, DIM, seed=3)
BIAS = np.linspace(0.1, 0.4, DIM).astype(np.float32)
LFW = SHARED / "data/lfw-fold1"


def bilinear(rgb, x, y):
    """Values at points, pixels' centres at whole numbers; black beyond."""
    padded = np.zeros((rgb.shape[0] + 2, rgb.shape[1] + 2, 3))
    padded[1:-1, 1:-1] = rgb
    x, y = np.clip(x + 1, 0, rgb.shape[1] + 0.999999), np.clip(y + 1, 0, rgb.shape[0] + 0.999999)
    left, top = x.astype(int), y.astype(int)
    p, q = (x - left)[..., None], (y - top)[..., None]
    return ((1 - q) * ((1 - p) * padded[top, left] + p * padded[top, left + 1]) +
            q * ((1 - p) * padded[top + 1, left] + p * padded[top + 1, left + 1]))


def chip(rgb, points):
    """The 150 x 150 pixels that the network sees, for five landmarks; the similarity by numpy's least squares."""
    rows, values = [], []
    for (x, y), (u, v) in zip(points, CHIP):
        rows += [[x, -y, 1, 0], [y, x, 0, 1]]
        values += [u, v]
    a, b, c, d = np.linalg.lstsq(np.array(rows), np.array(values), rcond=None)[0]
    y, x = np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij")
    u, v, scale = x - c, y - d, a * a + b * b
    return np.round(bilinear(rgb, (a * u + b * v) / scale, (a * v - b * u) / scale))


def output(rgb):
    return rgb.transpose(2, 0, 1).ravel() @ WEIGHTS.astype(np.float64) + BIAS


def picture(seed, height=200, width=180):
    rng = np.random.default_rng(seed)
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    waves = np.sin(x / rng.uniform(6, 20) + c) + np.cos(y / rng.uniform(6, 20) - c)
    return np.clip(120 + 50 * waves + rng.normal(0, 4, waves.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def matcher(tmp_path):
    linear_network(tmp_path / "m.onnx", WEIGHTS, BIAS, (1, 3, SIDE, SIDE))
    path = tmp_path / "m.toml"
    path.write_text(f'name = "chips"\ndimension = {DIM}\ncomparison = "l2"\n[weights]\nfile = "m.onnx"\n'
                    f'[input]\nwidth = {SIDE}\nheight = {SIDE}\ncolour = "RGB"\ntemplate = "dlib"\n')
    return path


def save(folder, pictures):
    folder.mkdir(parents=True)
    for name, rgb in pictures.items():
        (folder / f"{name}.png").write_bytes(png(rgb))
    return folder


def landmarks_of(name, points):
    return f"{name} " + " ".join(f"{z:.6f}" for z in np.asarray(points).ravel()) + "\n"


@needs_runtime
def test_landmarks_are_taken_to_the_chip(matcher, tmp_path):
    pictures = {f"p{k}": picture(k) for k in range(3)}
    turn = [np.array([[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]]) for t in (0, 0.2, -0.4)]
    points = {f"p{k}": TEMPLATE @ turn[k] * (0.8 + 0.3 * k) + [30, 40 - 10 * k] for k in range(3)}
    (tmp_path / "l.txt").write_text("".join(landmarks_of(*one) for one in points.items()))
    embed(save(tmp_path / "p", pictures), matcher, tmp_path / "s", "--landmarks", tmp_path / "l.txt")
    values, _, meta = store(tmp_path / "s")
    np.testing.assert_allclose(values, [output(chip(pictures[n], points[n])) for n in sorted(pictures)], atol=2e-4)
    assert meta["comparison"] == "l2"


@needs_runtime
def test_aligned_pictures_are_of_the_common_template(matcher, tmp_path):
    """Datasets come cropped to 112 x 112 pixels, where dlib's chip is another part of the face."""
    pictures = {"as-it-is": picture(1, 112, 112), "double": picture(2, 224, 224)}
    embed(save(tmp_path / "p", pictures), matcher, tmp_path / "s")
    double = (TEMPLATE + 0.5) * 2 - 0.5
    want = [output(chip(pictures["as-it-is"], TEMPLATE)), output(chip(pictures["double"], double))]
    np.testing.assert_allclose(store(tmp_path / "s")[0], want, atol=2e-4)


def constants(path, side, outputs):
    """A network that gives the same whatever it sees."""
    nodes, tensors = [node("Flatten", ["x"], "f")], {}
    for name, values in outputs.items():
        tensors[f"w_{name}"] = np.zeros((3 * side * side, values.size), np.float32)
        tensors[f"b_{name}"] = values.astype(np.float32).ravel()
        tensors[f"s_{name}"] = np.int64([1, *values.shape])
        nodes += [node("Gemm", ["f", f"w_{name}", f"b_{name}"], f"g_{name}"), node("Reshape", [f"g_{name}", f"s_{name}"], name)]
    write_network(path, nodes, tensors, {"x": (1, 3, side, side)}, {k: (1, *v.shape) for k, v in outputs.items()})


def two_networks(folder, boxes, points):
    """A detector's card, and beside it the card of its second network."""
    constants(folder / "boxes.onnx", 40, boxes)
    constants(folder / "points.onnx", 16, {"points": points})
    (folder / "points.toml").write_text('name = "points"\n[weights]\nfile = "points.onnx"\n[input]\nwidth = 16\nheight = 16\n'
                                        'colour = "RGB"\n[landmarks]\npoints = 68\n')
    card = folder / "boxes.toml"
    card.write_text('name = "boxes"\n[weights]\nfile = "boxes.onnx"\n[input]\nwidth = 40\nheight = 40\ncolour = "RGB"\n'
                    '[detector]\nfamily = "boxes"\nlandmarks = "points"\nsides = [40]\nscore = 0.5\n')
    return card


def random_points(seed=4):
    points = np.random.default_rng(seed).uniform(0.3, 0.7, (68, 2))
    five = (TEMPLATE - [0, 10]) / 112
    points[36:42] += five[0] - points[36:42].mean(0)
    points[42:48] += five[1] - points[42:48].mean(0)
    points[30], points[48], points[54] = five[2], five[3], five[4]
    return points, five


@needs_runtime
def test_boxes_and_a_second_network_give_the_landmarks(matcher, tmp_path):
    """The network sees the square around the box, and 36-41, 42-47, 30, 48 and 54 of its points are the five."""
    points, five = random_points()
    boxes = np.array([[4, 8, 24, 36], [30, 30, 38, 38], [5, 9, 24, 35]])  # in 40 x 40: the second is weak, the third hidden
    card = two_networks(tmp_path, {"boxes": boxes, "scores": np.array([[0.9], [0.4], [0.8]])}, points)
    photos = save(tmp_path / "p", {"one": picture(5, 160, 160)})  # four pixels to one of the detector's
    embed(photos, matcher, tmp_path / "found", "--detector", card)
    left, top, right, bottom = 4 * boxes[0]
    square = [(left + right) / 2 - 56, top, 112]  # its height of 112 is the longer side
    (tmp_path / "l.txt").write_text(landmarks_of("one", five * square[2] + square[:2] - 0.5))
    embed(photos, matcher, tmp_path / "told", "--landmarks", tmp_path / "l.txt")
    values, _, meta = store(tmp_path / "found")
    np.testing.assert_allclose(values, store(tmp_path / "told")[0], atol=1e-4)
    assert "found by boxes" in meta["note"] and "landmarks by points" in meta["note"]


@needs_runtime
def test_what_is_wrong_with_two_networks_is_said(matcher, tmp_path):
    points, _ = random_points()
    photos = save(tmp_path / "p", {"one": picture(5)})
    card = two_networks(tmp_path, {"boxes": np.ones((2, 4)), "scores": np.ones((2, 1))}, points)
    text, second = card.read_text(), (tmp_path / "points.toml").read_text()

    def no(code=INPUT):
        return fails(code, "embed", photos, "--matcher", matcher, "--out", tmp_path / "s", "--onnxruntime", RUNTIME,
                     "--detector", card)

    card.write_text(text.replace('landmarks = "points"', ""))
    assert "detector.landmarks names the card" in no()
    card.write_text(text.replace('"boxes"\nlandmarks', '"yunet"\nlandmarks'))
    assert "detector.landmarks names the card" in no()
    card.write_text(text.replace('landmarks = "points"', 'landmarks = "nobody"'))
    assert "no card nobody.toml is beside this one" in no()
    card.write_text(text)
    (tmp_path / "points.toml").write_text(second.replace("68", "5"))
    assert "landmarks.points isn't 68" in no()
    (tmp_path / "points.toml").write_text(second)
    constants(tmp_path / "points.onnx", 16, {"points": np.ones((5, 2))})
    assert "gives 10 numbers, the card says 136" in no()
    constants(tmp_path / "boxes.onnx", 40, {"boxes": np.ones((2, 4)), "scores": np.ones((3, 1))})
    assert "aren't boxes and their scores" in no()


@needs_runtime
def test_the_card_says_how_embeddings_are_compared(matcher, tmp_path):
    rng = np.random.default_rng(8)
    for role, people in (("train", 12), ("holdout", 12), ("synthetic", 12)):
        for k in range(people):
            save(tmp_path / role / f"{role}{k}", {f"{role}{k}-{i}": picture(int(rng.integers(1 << 30)), 112, 112) for i in range(2)})
    sets = [x for role in ("train", "synthetic", "holdout") for x in (f"--{role}", tmp_path / role)]
    run("audit", *sets, "--matcher", matcher, "--onnxruntime", RUNTIME, "--stores", tmp_path / "stores", "--top", 5,
        "--permutations", 99, "--out", tmp_path / "r")
    stores = tmp_path / "stores/chips"
    (a, _, _), (b, _, _) = store(stores / "train"), store(stores / "synthetic")
    a, b = a.astype(np.float64), b.astype(np.float64)
    scores = -((a[:, None] - b[None]) ** 2).sum(2)

    def top(folder):
        got = report(folder)["matchers"][0]
        return got["comparison"], [pair["score"] for pair in got["pairs"]["top"]]

    name, best = top(tmp_path / "r")
    assert name == "l2"
    np.testing.assert_allclose(best, np.sort(scores.ravel())[::-1][:5], atol=1e-6)
    # Stores alone say it, too, to every command; an option says otherwise.
    given = [x for role in ("train", "synthetic", "holdout") for x in (f"--{role}", stores / role)]
    run("audit", *given, "--top", 5, "--permutations", 99, "--out", tmp_path / "r2")
    assert top(tmp_path / "r2") == (name, best)
    run("audit", *given, "--top", 5, "--permutations", 99, "--comparison", "cosine", "--out", tmp_path / "r3")
    assert top(tmp_path / "r3")[0] == "cosine"
    assert "--score-norm" in fails(USAGE, "audit", *given, "--score-norm", "z", "--out", tmp_path / "r4")
    run("score", "--a", stores / "train", "--b", stores / "synthetic", "--row-bests", 1, "--top", 1, "--out", tmp_path / "s")
    run("calibrate", "--store", stores / "train", "--bootstrap", 100, "--out", tmp_path / "c.json")
    assert json.loads((tmp_path / "c.json").read_text())["comparison"] == "l2"
    run("calibrate", "--store", stores / "train", "--bootstrap", 100, "--comparison", "cosine", "--out", tmp_path / "d.json")
    assert json.loads((tmp_path / "d.json").read_text())["comparison"] == "cosine"
    says = json.loads((stores / "holdout/store.json").read_text())
    (stores / "holdout/store.json").write_text(json.dumps({**says, "comparison": "cosine"}))
    assert "is made for cosine" in fails(USAGE, "score", "--a", stores / "train", "--b", stores / "holdout", "--top", 1,
                                         "--out", tmp_path / "t")
    (stores / "holdout/store.json").write_text(json.dumps({**says, "comparison": "best"}))
    assert "none of cosine" in fails(INPUT, "audit", *given, "--out", tmp_path / "u")
    matcher.write_text(matcher.read_text().replace('"l2"', '"L1"'))
    assert "its comparison is none of" in fails(INPUT, "models", "check", matcher, "--onnxruntime", RUNTIME)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The npm package: named by SEMBLANCE_FACE_API, else packed by npm."""
    given = os.environ.get("SEMBLANCE_FACE_API")
    if given:
        return pathlib.Path(given)
    if shutil.which("npm") is None:
        pytest.skip("no npm to fetch the default matcher's package with; SEMBLANCE_FACE_API can name one")
    folder = tmp_path_factory.mktemp("npm")
    done = subprocess.run(["npm", "pack", PACKAGE, "--ignore-scripts"], cwd=folder, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        pytest.skip(f"npm has no {PACKAGE} here: {done.stderr.strip().splitlines()[-1:]}")
    return next(folder.glob("*.tgz"))


@pytest.fixture(scope="module")
def cards(package, tmp_path_factory):
    """The three cards with their networks beside them."""
    folder = tmp_path_factory.mktemp("cards")
    for card, network in CARDS.items():
        shutil.copy(SOURCE / f"matchers/{card}.toml", folder)
        run("models", "convert", package, network, "--out", folder / f"{network}.onnx")
    return folder


def test_the_package_gives_the_bytes_that_the_cards_promise(cards, package, tmp_path):
    for card, network in CARDS.items():
        digest = hashlib.sha256((cards / f"{network}.onnx").read_bytes()).hexdigest()
        assert f'sha256 = "{digest}"' in (cards / f"{card}.toml").read_text(), card
    if package.is_file():
        shutil.unpack_archive(package, tmp_path / "unpacked", "gztar")
        told = run("models", "convert", tmp_path / "unpacked", "face_recognition", "--out", tmp_path / "f.onnx", "--json")
        assert json.loads(told.stdout)["sha256"] == hashlib.sha256((cards / "face_recognition.onnx").read_bytes()).hexdigest()
        cut = tmp_path / "cut.tgz"
        cut.write_bytes(package.read_bytes()[:6_000_000])
        assert "cut or broken" in fails(INPUT, "models", "convert", cut, "face_recognition", "--out", tmp_path / "g.onnx")
        assert not (tmp_path / "g.onnx").exists()


@needs_runtime
def test_the_network_passes_its_card(cards):
    """Its golden cosines were computed in Python, from the package's numbers and a network built there."""
    got = json.loads(run("models", "check", cards / "face_recognition.toml", "--onnxruntime", RUNTIME, "--json").stdout)
    assert got["golden"]["in_card"] and got["dimension"] == 128


def verified(cards, out, *more):
    run("calibrate", "--images", LFW / "images", "--pairs", LFW / "pairs.txt", "--matcher", cards / "face_recognition.toml",
        "--onnxruntime", RUNTIME, "--at=-0.36", "--bootstrap", 100, "--out", out, *more)
    return json.loads(out.read_text())


@needs_runtime
def test_known_figures_on_real_faces(cards, tmp_path):
    """Its known accuracy is 0.983 at L2 0.6 over 3,000 pairs of LFW; the first 600 of them are here."""
    if not LFW.exists():
        pytest.skip(f"no real faces under {SHARED}")
    for how in (("--landmarks", LFW / "landmarks_5pt.txt"), ("--detector", cards / "ssd-mobilenetv1.toml")):
        got = verified(cards, tmp_path / f"{how[0]}.json", *how)
        assert got["comparison"] == "l2" and got["counts"]["items"] == 807, "nobody is left out"
        point = min(got["curve"], key=lambda p: abs(p["score"] + 0.36))
        assert abs(point["score"] + 0.36) < 1e-9
        assert 1 - (point["fmr"]["rate"] + point["fnmr"]["rate"]) / 2 >= 0.975, how
        assert all(t["score"]["ci95"][1] <= 0 for t in got["thresholds"] if t["score"]), "no distance is negative"
        assert got["accuracy"]["error"]["rate"] <= 0.0117 and abs(np.sqrt(-got["accuracy"]["threshold"]) - 0.629) < 0.03
