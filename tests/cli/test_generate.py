"""Pictures from generators: what NumPy computes, the same whatever the batch and the threads, and nothing lost."""

import csv
import hashlib
import json
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest

from generator_files import CLASSES, SIDE, Z, Decoder, StyleGan, latents, pixels, write_card, write_stylegan
from onnx_file import node, write_network
from pictures import RUNTIME, needs_runtime, read_png
from support import INPUT, PROGRAM, SHARED, USAGE, fails, run

pytestmark = needs_runtime


def arguments(card, seeds, out, *more):
    return ["generate", "--generator", card, "--seeds", seeds, "--out", out, "--onnxruntime", RUNTIME, *more]


def generate(card, seeds, out, *more):
    return run(*arguments(card, seeds, out, *more))


def refused(code, card, out, *more, seeds="0-3"):
    line = fails(code, *arguments(card, seeds, out, *more))
    assert not out.exists() and not (out.parent / f".{out.name}.checkpoint").exists()
    return line


def pictures(folder, seeds):
    return np.stack([read_png(folder / f"seed{seed:04d}.png") for seed in seeds])


def near(folder, seeds, want):
    """Rounded to the nearest level; a value on the border between two may fall on either side."""
    assert np.abs(pictures(folder, seeds) - want).max() <= 0.5 + 1e-3


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def decoder(tmp_path):
    network = Decoder()
    network.write(tmp_path / "g.onnx")
    return write_card(tmp_path), network


def test_a_plain_decoder_gives_what_numpy_computes(decoder, tmp_path):
    card, network = decoder
    seeds = [0, 1, 2, 77, 9999, 10000, 2**32 - 1]
    for psi in (1, 0.7, 0):
        out = tmp_path / f"G{psi}"
        generate(card, "77,0-2,9999-10000,4294967295", out, "--truncation", psi)
        near(out, seeds, pixels(network.values(psi * latents(seeds))))
    names = ["seed0000.png", "seed0001.png", "seed0002.png", "seed0077.png", "seed9999.png", "seed10000.png",
             "seed4294967295.png"]
    assert sorted(files(out)) == sorted([*names, "images.csv", "generator.json"])
    rows = list(csv.DictReader(open(tmp_path / "G0.7/images.csv")))
    assert [row["id"] for row in rows] == names == [row["path"] for row in rows]
    assert [int(row["seed"]) for row in rows] == seeds
    assert {(row["truncation"], row["class"], row["status"], row["rejection"]) for row in rows} == {("0.7", "", "ok", "")}
    record = json.loads((tmp_path / "G0.7/generator.json").read_text())
    assert record["card_sha256"] == hashlib.sha256(card.read_bytes()).hexdigest()
    assert record["weights_sha256"] == hashlib.sha256((tmp_path / "g.onnx").read_bytes()).hexdigest()
    assert record["seeds"] == "0-2,77,9999-10000,4294967295" and record["pictures"] == 7 and record["truncation"] == 0.7


@pytest.mark.parametrize("layout, colour, black, white", [("NHWC", "BGR", 0, 1), ("NCHW", "grey", 1, -1), ("NHWC", "RGB", -1, 0.5)])
def test_layout_colour_and_range_are_the_cards(layout, colour, black, white, tmp_path):
    network = Decoder(channels=1 if colour == "grey" else 3)
    network.write(tmp_path / "g.onnx", codes=(Z, 1, 1), last=layout == "NHWC")
    card = write_card(tmp_path, generator=f'layout = "{layout}"\ncolour = "{colour}"\nrange = [{black}, {white}]')
    generate(card, "0-9", tmp_path / "G")
    want = pixels(network.values(latents(range(10))), black, white)
    near(tmp_path / "G", range(10), want[:, :, :, ::-1] if colour == "BGR" else want)


def test_a_network_that_takes_psi_itself(tmp_path):
    network = Decoder()
    network.write(tmp_path / "g.onnx", psi=True)
    card = write_card(tmp_path, truncation="input")
    generate(card, "5-8", tmp_path / "G", "--truncation", "0.25")
    near(tmp_path / "G", range(5, 9), pixels(network.values(0.25 * latents(range(5, 9)))))


@pytest.mark.parametrize("repeated", [True, False])
def test_stylegan_gives_what_numpy_computes(repeated, tmp_path):
    card, network = write_stylegan(tmp_path, repeated=repeated)
    z = latents(range(20))
    for psi in (1, 0.7, -0.5):
        generate(card, "0-19", tmp_path / f"G{psi}", "--truncation", psi)
        near(tmp_path / f"G{psi}", range(20), pixels(network.values(network.ws(z, psi))))
    spread = pictures(tmp_path / "G1", range(20)).std(0).mean()
    assert spread > 15 and pictures(tmp_path / "G0.7", range(20)).std(0).mean() < 0.9 * spread


def test_truncation_may_end_after_some_layers(tmp_path):
    card, network = write_stylegan(tmp_path, generator="cutoff = 2")
    generate(card, "0-9", tmp_path / "G", "--truncation", "0.3")
    want = pixels(network.values(network.ws(latents(range(10)), 0.3, cutoff=2)))
    near(tmp_path / "G", range(10), want)
    assert np.abs(want - pixels(network.values(network.ws(latents(range(10)), 0.3)))).max() > 10


def test_classes(tmp_path):
    card, network = write_stylegan(tmp_path, classes=CLASSES)
    for label in range(CLASSES):
        generate(card, "0-5", tmp_path / f"G{label}", "--class", label, "--truncation", "0.8")
        labels = np.full(6, label)
        near(tmp_path / f"G{label}", range(6), pixels(network.values(network.ws(latents(range(6)), 0.8, labels=labels))))
    assert list(csv.DictReader(open(tmp_path / "G2/images.csv")))[0]["class"] == "2"
    assert "0 to 2" in refused(USAGE, card, tmp_path / "X")
    assert "is 3" in refused(USAGE, card, tmp_path / "X", "--class", 3)


@pytest.mark.parametrize("batch, generator", [(0, "batch = 3"), (4, "")])
def test_the_same_pictures_in_batches_and_by_any_number_of_threads(batch, generator, tmp_path):
    card, network = write_stylegan(tmp_path, batch=batch, generator=generator)
    for threads in (1, 3):
        generate(card, "0-21", tmp_path / f"t{threads}", "--threads", threads, "--truncation", "0.7")
    near(tmp_path / "t1", range(22), pixels(network.values(network.ws(latents(range(22)), 0.7))))
    assert files(tmp_path / "t1") == files(tmp_path / "t3")
    generate(card, "2,7,8,21", tmp_path / "some", "--truncation", "0.7")
    whole = files(tmp_path / "t1")
    for seed in (2, 7, 8, 21):
        assert files(tmp_path / "some")[f"seed{seed:04d}.png"] == whole[f"seed{seed:04d}.png"]


def test_a_killed_run_goes_on_and_gives_the_same_bytes(decoder, tmp_path):
    card, _ = decoder
    generate(card, "0-2999", tmp_path / "whole")
    out, work = tmp_path / "G", tmp_path / ".G.checkpoint"
    for attempt in range(10):
        process = subprocess.Popen([str(x) for x in (PROGRAM, *arguments(card, "0-2999", out))], stdout=subprocess.DEVNULL)
        while process.poll() is None and not (work / "pictures/seed0400.png").exists():
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if work.exists():
            break
        shutil.rmtree(out)
    assert not out.exists()
    kept = {path.name: path.stat().st_mtime_ns for path in (work / "pictures").glob("seed*.png")}
    (work / "pictures/.seed2999.png.partial-1").write_bytes(b"half a pic")
    assert "other options" in fails(INPUT, *arguments(card, "0-2999", out, "--truncation", "0.5"))
    done = generate(card, "0-2999", out)
    assert "finished by the run before" in done.stdout and len(kept) >= 400
    assert {name: (out / name).stat().st_mtime_ns for name in kept} == kept
    whole = files(tmp_path / "whole")
    assert files(out) == whole and not work.exists()


def holes(path, weights=1.0):
    """Gives NaN for codes whose first number is below 0."""
    network = Decoder()
    pick = np.zeros((Z, 3 * SIDE * SIDE), np.float32)
    pick[0] = 1
    write_network(path, [node("Gemm", ["z", "a", "b"], "g"), node("MatMul", ["z", "p"], "m"), node("Sqrt", ["m"], "s"),
                         node("Mul", ["s", "o"], "n"), node("Add", ["g", "n"], "h"), node("Tanh", ["h"], "t"),
                         node("Reshape", ["t", "shape"], "y")],
                  {"a": network.a * weights, "b": network.b, "p": pick, "o": np.float32([0]),
                   "shape": np.int64([1, 3, SIDE, SIDE])}, {"z": (1, Z)}, {"y": (1, 3, SIDE, SIDE)})
    return network


def test_a_seed_without_a_picture_is_counted_and_named(tmp_path):
    network = holes(tmp_path / "g.onnx")
    card = write_card(tmp_path)
    bad = [k for k in range(40) if latents([k])[0, 0] < 0]
    result = json.loads(generate(card, "0-39", tmp_path / "G", "--json").stdout)
    assert result["rejected"] == len(bad) > 5 and result["pictures"] == 40 - len(bad)
    assert [row["seed"] for row in result["first_rejections"]] == bad[:10]
    rows = list(csv.DictReader(open(tmp_path / "G/images.csv")))
    assert [int(row["seed"]) for row in rows if row["status"] == "rejected"] == bad
    assert all(("finite" in row["rejection"]) == (row["status"] == "rejected") for row in rows)
    good = [k for k in range(40) if k not in bad]
    assert len(list((tmp_path / "G").glob("*.png"))) == len(good)
    near(tmp_path / "G", good, pixels(network.values(latents(good))))


def test_networks_that_make_no_pictures_are_refused(decoder, tmp_path):
    card, network = decoder
    out = tmp_path / "G"
    holes(tmp_path / "nan.onnx", np.float32(np.nan))
    assert "aren't finite" in refused(INPUT, write_card(tmp_path, weights="nan.onnx", name="n.toml"), out)
    blind = Decoder()
    blind.a[:] = 0
    blind.write(tmp_path / "blind.onnx")
    assert "same picture for two seeds" in refused(INPUT, write_card(tmp_path, weights="blind.onnx", name="b.toml"), out)
    blind.b[:] = 0.25
    blind.write(tmp_path / "plain.onnx")
    assert "one colour everywhere" in refused(INPUT, write_card(tmp_path, weights="plain.onnx", name="p.toml"), out)
    assert "gives 1 x 3 x 16 x 16, the card says 1 x 3 x 24 x 24" in refused(INPUT, write_card(tmp_path, side=24, name="s.toml"), out)
    assert "takes 1 x 10" in refused(INPUT, write_card_with(card, "z = 10", "z = 11"), out)
    (tmp_path / "text.onnx").write_text("no network")
    assert "is no network that can be run" in refused(INPUT, write_card(tmp_path, weights="text.onnx", name="t.toml"), out)
    network.write(tmp_path / "psi.onnx", psi=True)
    assert "2 inputs" in refused(INPUT, write_card(tmp_path, weights="psi.onnx", name="i.toml"), out)
    renamed = write_card(tmp_path, '[inputs]\nz = "latent"', weights="psi.onnx", truncation="input", name="r.toml")
    assert "no input 'latent' for the latent code, only 'z', 'psi'" in refused(INPUT, renamed, out)


def write_card_with(card, old, new):
    changed = card.parent / "changed.toml"
    assert old in card.read_text()
    changed.write_text(card.read_text().replace(old, new))
    return changed


def test_cards_that_say_nothing_sensible(decoder, tmp_path):
    card, _ = decoder
    for old, new, why in [
            ('truncation = "z"', 'truncation = "x"', "none, z, w and input"), ('truncation = "z"', 'truncation = "w"', "[mapping]"),
            ('truncation = "z"', "", "generator.truncation is missing"), ("z = 10", "z = 0", "1 to 4096"),
            ('truncation = "z"', 'truncation = "z"\nlayout = "CHW"', "NCHW and NHWC"),
            ('truncation = "z"', 'truncation = "z"\ncolour = "XYZ"', "RGB, BGR and grey"),
            ('truncation = "z"', 'truncation = "z"\nrange = [1, 1]', "same value"),
            ('file = "g.onnx"', 'file = "g.onnx"\nsha256 = "' + 64 * "0" + '"', "another SHA-256"),
            ('file = "g.onnx"', 'file = "gone.onnx"', "isn't there"), ("[generator]", "[other]", "no table [generator]"),
            ('name = "tiny"', "", "has no name")]:
        assert why in refused(INPUT, write_card_with(card, old, new), tmp_path / "G"), new
    assert "knows no truncation" in refused(USAGE, write_card_with(card, 'truncation = "z"', 'truncation = "none"'),
                                            tmp_path / "G", "--truncation", "0.5")
    assert "knows no classes" in refused(USAGE, card, tmp_path / "G", "--class", 0)
    for seeds in ("", "a", "5-3", "1,1", "0-4294967296", "-1", "1,,2", "0-10000000"):
        assert "--seeds" in refused(USAGE, card, tmp_path / "G", seeds=seeds), seeds


def test_w_avg_must_fit(tmp_path):
    card, _ = write_stylegan(tmp_path)
    np.save(tmp_path / "w_avg.npy", np.zeros((1, 7), np.float32))
    assert "holds 7 numbers" in refused(INPUT, card, tmp_path / "G")
    (tmp_path / "w_avg.npy").unlink()
    assert "w_avg.npy" in refused(INPUT, card, tmp_path / "G")


def digest(picture):
    points = [(2 * k + 1) * SIDE // 6 for k in range(3)]
    return picture.mean((0, 1)), picture[np.ix_(points, points)].ravel()


def test_golden_self_test(tmp_path):
    card, network = write_stylegan(tmp_path)
    mean, points = digest(np.rint(pixels(network.values(network.ws(latents([0]), 0.7)))[0]))
    got = json.loads(run("models", "check", card, "--onnxruntime", RUNTIME, "--json").stdout)
    np.testing.assert_allclose(got["golden"]["mean"], mean, atol=0.1)
    np.testing.assert_allclose(got["golden"]["pixels"], points, atol=1)
    assert not got["golden"]["in_card"] and got["width"] == SIDE and got["milliseconds_per_image"] > 0
    both = pixels(network.values(network.ws(latents([0, 0]), np.array([0.7, 1])[:, None, None])))
    assert got["truncation_effect"] == pytest.approx(np.abs(both[0] - both[1]).mean(), abs=0.5)
    golden = f"[golden]\nmean = {list(mean)}\npixels = {[int(p) for p in points]}"
    passing = card.parent / "golden.toml"
    passing.write_text(card.read_text() + golden)
    assert "golden self-test passed" in run("models", "check", passing, "--onnxruntime", RUNTIME).stdout
    generate(passing, "0-1", tmp_path / "G")
    wrong = write_card_with(passing, 'truncation = "w"', 'truncation = "w"\ncolour = "BGR"')
    assert "golden self-test" in refused(INPUT, wrong, tmp_path / "X")
    assert "golden self-test" in fails(INPUT, "models", "check", wrong, "--onnxruntime", RUNTIME)
    listed = json.loads(run("models", "list", tmp_path, "--json").stdout)
    assert {one["kind"] for one in listed} == {"generator"} and all(one["installed"] for one in listed)
    (tmp_path / "mapping.onnx").unlink()
    assert not any(one["installed"] for one in json.loads(run("models", "list", tmp_path, "--json").stdout))


def test_an_output_that_exists_is_replaced_only_when_asked(decoder, tmp_path):
    card, _ = decoder
    generate(card, "0-3", tmp_path / "G")
    assert "not empty" in fails(4, *arguments(card, "0-5", tmp_path / "G"))
    generate(card, "0-5", tmp_path / "G", "--overwrite")
    assert len(list((tmp_path / "G").glob("*.png"))) == 6


def test_a_real_decoder(tmp_path):
    """Digest of seed 0 at 0.7 from ONNX Runtime in Python, apart from us."""
    weights = SHARED / "models/generator/vae_celeba200_decoder_128.onnx"
    if not weights.exists():
        pytest.skip(f"no real generator under {SHARED}")
    (tmp_path / "card.toml").write_text(
        f'name = "vae"\ntraining_set = "CelebA"\n[weights]\nfile = "{weights}"\n[generator]\nz = 200\nwidth = 128\nheight = 128\n'
        'truncation = "z"\n[golden]\nmean = [121.5, 98.3, 85.2]\n'
        'pixels = [95, 65, 47, 114, 83, 64, 58, 58, 64, 92, 72, 59, 170, 131, 110, 54, 46, 44, 138, 114, 100, 170, 128, 109, 81, 82, 79]\n')
    generate(tmp_path / "card.toml", "0-63", tmp_path / "G", "--truncation", "0.7")
    made = pictures(tmp_path / "G", range(64))
    assert 60 < made.mean() < 160 and made.std(0).mean() > 15
