"""An audit of a generator: as of the folder of its pictures, which nobody has to keep."""

import hashlib
import json
import re

import numpy as np
import pytest

from generator_files import SIDE, Decoder, latents, pixels, write_card
from onnx_file import linear_network, random_weights
from pictures import RUNTIME, needs_runtime, png
from support import INPUT, OUTPUT, USAGE, fails, report, run

pytestmark = needs_runtime
PEOPLE, SAMPLES, LEAKS, START, PSI = 40, 60, 15, 100, 0.8


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A matcher, a generator, training people and strangers; the first training people look like seeds of it."""
    folder = tmp_path_factory.mktemp("world")
    linear_network(folder / "m.onnx", random_weights(3 * SIDE * SIDE, 24), np.zeros(24, np.float32), (0, 3, SIDE, SIDE))
    (folder / "m.toml").write_text('name = "tiny"\ndimension = 24\n[weights]\nfile = "m.onnx"\n'
                                   f'[input]\nwidth = {SIDE}\nheight = {SIDE}\ncolour = "RGB"\nmean = 127.5\n')
    network = Decoder()
    network.write(folder / "g.onnx")
    write_card(folder)
    rng = np.random.default_rng(8)
    for role in ("R", "H"):
        for person in range(PEOPLE):
            code = PSI * latents([START + person])[0] if role == "R" and person < LEAKS else rng.standard_normal(10)
            (folder / role / f"{role}{person:02}").mkdir(parents=True)
            for k in range(3):
                rgb = pixels(network.values(code[None] + rng.normal(0, 0.05, (1, 10))))[0]
                (folder / role / f"{role}{person:02}/{k}.png").write_bytes(png(np.rint(rgb).astype(np.uint8)))
    return folder


def audit(world, synthetic, out, *more):
    run("audit", "--train", world / "R", "--holdout", world / "H", "--synthetic", synthetic, "--matcher", world / "m.toml",
        "--onnxruntime", RUNTIME, "--out", out, *more)
    return report(out)


MADE = ("--samples", SAMPLES, "--seed-start", START, "--truncation", PSI)


@pytest.fixture(scope="module")
def card_report(world):
    return audit(world, f"card:{world / 'g.toml'}", world / "by-card", *MADE, "--stores", world / "stores")


def results(one):
    counts = {role: (one["sets"][role]["items"], one["sets"][role]["rejected"]) for role in ("train", "synthetic", "holdout")}
    return counts, one["verdict"], one["matchers"]


def test_it_finds_what_an_audit_of_the_folder_finds(world, card_report):
    run("generate", "--generator", world / "g.toml", "--seeds", f"{START}-{START + SAMPLES - 1}", "--truncation", PSI,
        "--onnxruntime", RUNTIME, "--out", world / "G")
    folder = audit(world, world / "G", world / "by-folder", "--stores", world / "folder-stores")
    assert results(card_report) == results(folder)
    assert card_report["verdict"]["leakage"] == "found"
    best = {pair["train_identity"]: pair["synthetic"] for pair in reversed(card_report["matchers"][0]["pairs"]["top"])}
    assert all(best[f"R{k:02}"] == f"seed{START + k:04}.png" for k in range(LEAKS))
    embeddings = [np.load(world / stores / "tiny/synthetic/embeddings.npy") for stores in ("stores", "folder-stores")]
    np.testing.assert_array_equal(*embeddings)
    store = json.loads((world / "stores/tiny/synthetic/store.json").read_text())
    assert "pictures made by tiny" in store["note"] and "seeds 100-159" in store["note"]
    facts = next(one["facts"] for one in card_report["provenance"]["made"] if one["set"] == "synthetic")
    assert facts["generator"] == "tiny" and facts["seeds"] == "100-159" and facts["truncation"] == "0.8"
    assert facts["generator_card_sha256"] == hashlib.sha256((world / "g.toml").read_bytes()).hexdigest()
    assert facts["generator_weights_sha256"] == hashlib.sha256((world / "g.onnx").read_bytes()).hexdigest()
    assert not any(name.startswith("generator") for one in folder["provenance"]["made"] for name in one["facts"])
    told = [one["path"] for one in card_report["provenance"]["inputs"] if "card:" in one["path"]]
    assert told and all("seeds 100-159, truncation 0.8" in path for path in told)
    assert len(gallery(world / "by-card")) > LEAKS // 2  # its pictures were made again
    assert gallery(world / "by-card") == gallery(world / "by-folder")


def gallery(folder):
    """The JPEG files in the page."""
    return re.findall(r'"(/9j/[A-Za-z0-9+/=]{200,})"', (folder / "report.html").read_text())


def test_results_do_not_depend_on_threads(world, card_report, tmp_path):
    for threads in (1, 3):
        again = audit(world, f"card:{world / 'g.toml'}", tmp_path / f"t{threads}", *MADE, "--threads", threads)
        assert again == card_report


def test_pictures_are_kept_where_asked(world, card_report, tmp_path):
    assert not list(world.glob("by-card/**/*.png"))
    kept = audit(world, f"card:{world / 'g.toml'}", tmp_path / "r", *MADE, "--keep-pictures", tmp_path / "G")
    assert results(kept) == results(card_report)
    assert len(list((tmp_path / "G").glob("seed*.png"))) == SAMPLES and (tmp_path / "G/images.csv").exists()


def test_options_that_contradict_each_other(world, tmp_path):
    def no(synthetic, *more, matcher=world / "m.toml"):
        line = fails(USAGE, "audit", "--train", world / "R", "--synthetic", synthetic, "--matcher", matcher, "--onnxruntime",
                     RUNTIME, "--out", tmp_path / "r", *more)
        assert not (tmp_path / "r").exists()
        return line

    card = f"card:{world / 'g.toml'}"
    assert "--samples: is missing" in no(card)
    assert "need a card as --matcher" in no(card, "--samples", 9, matcher="arcface")
    assert "knows no classes" in no(card, "--samples", 9, "--class", 1)
    assert "--seeds" in no(card, "--samples", 9, "--seed-start", 4294967290)
    for option in ("--samples", "--seed-start", "--truncation", "--class"):
        assert f"{option}: needs --synthetic card:FILE" in no(world / "H", option, 9)
    assert "--keep-pictures: needs --synthetic card:FILE" in no(world / "H", "--keep-pictures", tmp_path / "G")


def test_a_class_that_the_generator_does_not_know_is_said_before_anything_is_embedded(world, tmp_path):
    (tmp_path / "R").mkdir()
    (tmp_path / "R/x.png").write_text("no picture: embedding it would be the error")
    line = fails(USAGE, "audit", "--train", tmp_path / "R", "--synthetic", f"card:{world / 'g.toml'}", "--samples", 4, "--class", 1,
                 "--matcher", world / "m.toml", "--onnxruntime", RUNTIME, "--out", tmp_path / "r")
    assert "--class" in line and "knows no classes" in line


def test_finished_pictures_of_seeds_are_taken_up_again(world, card_report, tmp_path):
    again = run("audit", "--train", world / "R", "--holdout", world / "H", "--synthetic", f"card:{world / 'g.toml'}", "--matcher",
                world / "m.toml", "--onnxruntime", RUNTIME, *MADE, "--stores", world / "stores", "--out", tmp_path / "again")
    assert again.stderr.count("taken from the run before") == 3 and report(tmp_path / "again") == card_report
    line = fails(OUTPUT, "audit", "--train", world / "R", "--holdout", world / "H", "--synthetic", f"card:{world / 'g.toml'}", "--matcher",
                 world / "m.toml", "--onnxruntime", RUNTIME, "--samples", SAMPLES, "--seed-start", START, "--truncation", 0.5, "--stores",
                 world / "stores", "--out", tmp_path / "other", "--quiet")
    assert "truncation: '0.8' there, '0.5' here" in line


def test_a_generator_is_no_dataset_elsewhere(world, tmp_path):
    line = fails(INPUT, "embed", f"card:{world / 'g.toml'}", "--matcher", world / "m.toml", "--onnxruntime", RUNTIME, "--out",
                 tmp_path / "s")
    assert "semblance generate" in line and not (tmp_path / "s").exists()
    line = fails(INPUT, "audit", "--train", world / "stores/tiny/train", "--synthetic", world / "stores/tiny/synthetic", "--out",
                 tmp_path / "r", "--train-images", world / "R", "--synthetic-images", f"card:{world / 'g.toml'}")
    assert "semblance generate" in line and not (tmp_path / "r").exists()
