"""A closed matcher as a process: the audit speaks to it, whatever it answers."""

import csv
import json
import os
import signal
import struct
import subprocess
import sys
import time

import numpy as np
import pytest

from onnx_file import linear_network, random_weights
from pictures import RUNTIME, needs_runtime, png
from support import INPUT, USAGE, PROGRAM, SOURCE, fails, report, run

RESOURCE, INTERRUPTED = 5, 6
SIDE, DIM = 112, 24
REFERENCE = SOURCE / "matchers/pipe/reference_matcher.py"

# A matcher for the tests: the score is a number made of the names of the two files; told how to misbehave.
FAKE = '''
import hashlib, json, os, sys, time
how = sys.argv[1] if len(sys.argv) > 1 else ""
log = open(os.environ["PAIR_LOG"], "a")
def score(a, b):
    digest = hashlib.sha256("|".join(sorted(map(os.path.basename, (a, b)))).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
def say(value):
    print(value if isinstance(value, str) else json.dumps(value), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if "protocol" in asked:
        hello = {"protocol": "semblance-pairs/1", "name": "closed", "version": os.environ.get("PAIR_VERSION", "7"), "compares": "similarity"}
        if how == "junk-hello": say("MegaThing 3.1 ready")
        elif how == "other-protocol": say(hello | {"protocol": "semblance-pairs/9"})
        elif how == "other-name": say(hello | {"name": "open"})
        elif how == "no-direction": say({**hello, "compares": "yes"})
        elif how == "dies-at-once": print("licence expired", file=sys.stderr); sys.exit(9)
        else: say(hello)
        continue
    number, pairs = asked["batch"], asked["pairs"]
    for pair in pairs:
        log.write(json.dumps(pair) + "\\n")
    log.flush()
    scores = [score(*pair) for pair in pairs]
    errors = []
    if how == "slow": time.sleep(0.05)
    if number == 3:
        if "PAIR_DIES" in os.environ: sys.exit(4)
        if how == "dies": print("out of licences", file=sys.stderr); sys.exit(4)
        if how == "killed": os.kill(os.getpid(), 9)
        if how == "hangs": time.sleep(60)
        if how == "junk": say("Segmentation fault"); continue
        if how == "out-of-order": say({"batch": 4, "scores": scores}); continue
        if how == "too-few": say({"batch": number, "scores": scores[1:]}); continue
        if how == "text": say({"batch": number, "scores": ["high"] + scores[1:]}); continue
        if how == "error-of-nothing": say({"batch": number, "scores": scores, "errors": [{"pair": 0}]}); continue
        if how == "closes": sys.stdout.close(); os.close(1); time.sleep(60)
    if how == "constant": scores = [0.5] * len(pairs)
    if how == "nothing": scores = [None] * len(pairs)
    if how == "faceless":
        for k, pair in enumerate(pairs):
            side = next((s for s, name in zip(("first", "second"), pair) if name.endswith("bad.png")), None)
            if side:
                scores[k] = None
                errors.append({"pair": k, "image": side, "why": "no face"})
            elif pair[0].endswith("0.png") and pair[1].endswith("1.png") and "synthetic" in pair[1]:
                scores[k] = None
                errors.append({"pair": k, "why": "internal error"})
    say({"batch": number, "scores": scores, "errors": errors})
'''


def picture(seed):
    return png(np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8))


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("PAIR_LOG", str(tmp_path / "pairs.log"))
    (tmp_path / "fake.py").write_text(FAKE)
    seed = 0
    for role, count in (("train", 6), ("synthetic", 5), ("holdout", 6)):
        for k in range(count):
            folder = tmp_path / role / (f"{role}-person{k // 2}" if role != "synthetic" else "")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{role}{k}.png").write_bytes(picture(seed := seed + 1))
    return tmp_path


def card(place, how="", batch=2, timeout=20):
    path = place / "closed.toml"
    path.write_text(f'name = "closed"\ntraining_set = "unknown"\n[process]\ntimeout = {timeout}\nbatch = {batch}\n'
                    f'command = ["{sys.executable}", "fake.py", "{how}"]\n')
    return path


def arguments(place, out="report", **options):
    return ["audit", "--train", place / "train", "--synthetic", place / "synthetic", "--holdout", place / "holdout",
            "--matcher", card(place, **options), "--permutations", "199", "--out", place / out]


def asked(place):
    return [tuple(json.loads(line)) for line in open(place / "pairs.log")]


def score(a, b):
    import hashlib
    digest = hashlib.sha256("|".join(sorted(map(os.path.basename, (a, b)))).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def test_every_pair_is_asked_for_once(place):
    done = run(*arguments(place))
    pairs = asked(place)
    assert len(pairs) == len(set(pairs)) == 6 * 5 + 6 * 5 + 6 * 5 // 2
    assert all(os.path.isabs(name) for pair in pairs for name in pair)
    assert "75 pairs" in done.stderr and "to go" in done.stderr
    got = report(place / "report")["matchers"][0]
    assert got["name"] == "closed" and got["comparison"] == "imported" and got["pairs"]["scored"] == 30
    want = sorted(((score(a, b), os.path.basename(a), os.path.basename(b)) for a, b in pairs
                   if "/train/" in a and "/synthetic/" in b), reverse=True)
    top = got["pairs"]["top"]
    assert [(p["score"], os.path.basename(p["train"]), p["synthetic"]) for p in top] == want
    assert report(place / "report")["provenance"]["made"] == [
        {"matcher": "closed", "set": "", "facts": {"process": "closed", "process_version": "7"}}]
    assert not list(place.glob(".report*"))
    # With a calibration nobody needs the training pairs.
    lines = [f"{score(a, b)!r},{int(os.path.dirname(a) == os.path.dirname(b))}" for a, b in pairs if "/train/" in b]
    (place / "pairs.csv").write_text("score,mated\n" + "\n".join(lines) + "\n")
    run("calibrate", "--scores", place / "pairs.csv", "--matcher", "closed", "--bootstrap", "100", "--out", place / "cal.json")
    (place / "pairs.log").unlink()
    run(*arguments(place, out="calibrated"), "--calibration", place / "cal.json")
    assert len(asked(place)) == 60
    assert report(place / "calibrated")["matchers"][0]["pairs"]["top"][0]["score"] == top[0]["score"]
    assert run(*arguments(place, out="quiet"), "--quiet").stderr == ""


def test_pictures_that_cannot_be_compared(place):
    (place / "synthetic/bad.png").write_bytes(picture(99))
    (place / "train/train-person0/broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    run(*arguments(place, how="faceless"), "--stores", place / "kept")
    got = report(place / "report")
    assert got["sets"]["synthetic"]["rejected"] == 1 and got["sets"]["train"]["rejected"] == 1
    assert got["sets"]["synthetic"]["items"] == 5
    items = {row["id"]: row for row in csv.DictReader(open(place / "kept/closed/synthetic.csv"))}
    assert items["bad.png"]["rejection"] == "matcher: no face"
    assert any(note.startswith("2 pairs have no score") for note in got["matchers"][0]["notes"])
    assert sum(name.endswith("bad.png") for pair in asked(place) for name in pair) <= 2  # one batch at most
    assert not any("broken" in name for pair in asked(place) for name in pair)


@pytest.mark.parametrize("how,code,words", [
    ("junk-hello", INPUT, "greets with 'MegaThing 3.1 ready'"), ("other-protocol", INPUT, "semblance-pairs/1 is spoken"),
    ("other-name", INPUT, "calls itself 'open'"), ("no-direction", INPUT, "similarity and distance"),
    ("dies-at-once", INPUT, "licence expired"), ("dies", INPUT, "ended with code 4"), ("killed", INPUT, "signal 9"),
    ("hangs", RESOURCE, "no answer in time"), ("junk", INPUT, "'Segmentation fault'"),
    ("out-of-order", INPUT, "was asked for batch 3"), ("too-few", INPUT, "2 scores in batch 3"),
    ("text", INPUT, 'the score "high"'), ("error-of-nothing", INPUT, "no pair without a score"),
    ("closes", INPUT, "closed its output"), ("constant", INPUT, "the same score"), ("nothing", INPUT, "no score for any pair"),
])
def test_processes_that_misbehave(place, how, code, words):
    begun = time.monotonic()
    line = fails(code, *arguments(place, how=how, timeout=2 if how == "hangs" else 20), "--quiet")
    assert words in line and not (place / "report").exists()
    assert time.monotonic() - begun < 15
    if how == "dies":
        assert "out of licences" in line


def test_commands_that_are_wrong(place):
    path = card(place)
    text = path.read_text()
    for command, words in (('["no-such-program-here"]', "no such program"), ('"python3"', "list of texts"), ("[]", "list of texts"),
                           ("[3]", "list of texts"), ('[""]', "empty text")):
        line = arguments(place)
        path.write_text(text[:text.index("command")] + f"command = {command}\n")
        assert words in fails(INPUT, *line, "--quiet"), command
    path.write_text(text.replace("timeout = 20", "timeout = -1"))
    assert "process.timeout" in fails(INPUT, *line, "--quiet")
    assert "gives no embeddings" in fails(INPUT, "embed", place / "train", "--matcher", path, "--out", place / "o")


def test_a_killed_run_goes_on(place):
    line = arguments(place, how="slow")
    process = subprocess.Popen([PROGRAM, *map(str, line)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while not (place / "pairs.log").exists() or len(asked(place)) < 25:
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)
    before = len(asked(place))
    time.sleep(0.3)  # its child sees the end of its input
    done = run(*line)
    assert "done before" in done.stderr
    again = asked(place)[before:]
    assert len(again) < 75 - 15 and len(set(asked(place))) == 75
    run(*arguments(place, how="slow", out="straight"))
    assert (place / "report/report.json").read_bytes().replace(b".report.", b".straight.") == \
        (place / "straight/report.json").read_bytes()

    kept = [*arguments(place, out="kept-report"), "--stores", place / "kept"]
    run(*kept)
    (place / "train/train-person0/train0.png").write_bytes(picture(1234))
    assert "other pictures" in fails(INPUT, *kept[:-3], place / "another", *kept[-2:])


def test_a_rejection_that_a_crash_cut_is_no_rejection(place, monkeypatch):
    (place / "synthetic/bad.png").write_bytes(picture(99))
    monkeypatch.setenv("PAIR_DIES", "1")
    assert run(*arguments(place, how="faceless"), check=False).returncode == INPUT
    monkeypatch.delenv("PAIR_DIES")
    (rejected,) = place.glob(".report*/**/rejected.csv") if list(place.glob(".report*/**/rejected.csv")) else \
        [next(place.glob(".report*/**/run.txt")).with_name("rejected.csv")]
    for cut in ('train,0,"matcher: no', "train,0", "train"):
        with open(rejected, "a") as out:
            out.write(cut)
        monkeypatch.setenv("PAIR_DIES", "1")
        assert run(*arguments(place, how="faceless"), check=False).returncode == INPUT
        monkeypatch.delenv("PAIR_DIES")
    run(*arguments(place, how="faceless"))
    sets = report(place / "report")["sets"]
    assert sets["train"]["rejected"] == 0 and sets["synthetic"]["rejected"] == 1


def test_a_dataset_without_a_picture_is_refused(place):
    header = struct.pack("<IfQQ", 2, 0, 0, 0) + struct.pack("<ff", 1, 1)
    (place / "none.rec").write_bytes(struct.pack("<II", 0xCED7230A, len(header)) + header)
    for role in ("train", "synthetic", "holdout"):
        line = [place / "none.rec" if word == place / role else word for word in arguments(place)]
        assert "holds no picture" in fails(INPUT, *line, "--quiet"), role


@pytest.mark.parametrize("tail", ['train,0,"matcher: fa', "train,0", '"', 'train,0,"matcher: said ""x'])
def test_a_rejection_that_was_cut_in_its_middle_is_looked_at_again(place, tail):
    kept = [*arguments(place, how="faceless"), "--stores", place / "kept"]
    (place / "synthetic/bad.png").write_bytes(picture(99))
    run(*kept)
    with open(place / "kept/closed/rejected.csv", "a") as file:
        file.write(tail)
    run(*kept, "--overwrite")
    assert report(place / "report")["sets"]["synthetic"]["rejected"] == 1 and report(place / "report")["sets"]["train"]["rejected"] == 0


def test_options_for_embeddings_are_refused_before_a_pair_is_asked_for(place):
    for more in (["--comparison", "l2"], ["--score-norm", "s"], ["--agree", "1"]):
        assert more[0] in fails(USAGE, *arguments(place), *more)
    assert not (place / "pairs.log").exists()


def test_interrupted_while_it_waits(place):
    process = subprocess.Popen([PROGRAM, *map(str, arguments(place, how="hangs", timeout=60))], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 20
    while not (place / "pairs.log").exists() or len(asked(place)) < 7:
        assert time.monotonic() < until
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    errors = process.communicate(timeout=15)[1]
    assert process.returncode == INTERRUPTED and "goes on from there" in errors


@needs_runtime
@pytest.mark.parametrize("distance", [False, True])
def test_the_reference_matcher_finds_what_its_network_finds(place, monkeypatch, distance):
    """matchers/pipe/reference_matcher.py against the same network within Semblance."""
    weights = random_weights(3 * SIDE * SIDE, DIM, seed=5)
    linear_network(place / "m.onnx", weights, np.zeros(DIM, np.float32), (1, 3, SIDE, SIDE))
    network = place / "network.toml"
    network.write_text(f'name = "tiny"\ndimension = {DIM}\n[weights]\nfile = "m.onnx"\n[input]\nwidth = {SIDE}\n'
                       f'height = {SIDE}\ncolour = "RGB"\nmean = 127.5\ndivisor = 128\n')
    monkeypatch.setenv("SEMBLANCE_ONNXRUNTIME", str(RUNTIME))
    command = [sys.executable, str(REFERENCE), "--name", "closed", "--matcher", str(network), "--program", PROGRAM]
    command += ["--distance"] if distance else []
    line = arguments(place)
    (place / "closed.toml").write_text(f'name = "closed"\n[process]\ncommand = {json.dumps(command)}\n')
    run(*line)
    by_network = [network if str(word).endswith("closed.toml") else word for word in arguments(place, out="embedded")]
    (place / "closed.toml").write_text("")
    run(*by_network)
    a, b = (report(place / out)["matchers"][0] for out in ("report", "embedded"))
    tops = [[(p["train"], p["synthetic"]) for p in one["pairs"]["top"]] for one in (a, b)]
    assert tops[0] == tops[1]
    scores = [np.array([p["score"] for p in one["pairs"]["top"]]) for one in (a, b)]
    np.testing.assert_allclose(scores[0], scores[1] - distance, atol=1e-6)
    assert report(place / "report")["verdict"]["p"] == report(place / "embedded")["verdict"]["p"]


def test_scores_of_two_versions_are_never_mixed(place, monkeypatch):
    monkeypatch.setenv("PAIR_DIES", "1")
    assert run(*arguments(place), check=False).returncode == INPUT
    monkeypatch.delenv("PAIR_DIES")
    monkeypatch.setenv("PAIR_VERSION", "8")
    assert "another version of the matcher" in fails(INPUT, *arguments(place))
    monkeypatch.setenv("PAIR_VERSION", "7")
    run(*arguments(place))
