"""`doctor`: what it says is there is there."""

import hashlib
import json
import os
import shutil

import numpy as np
import pytest

from onnx_file import linear_network, random_weights
from pictures import RUNTIME, needs_runtime
from support import run

MISSING = 5


@pytest.fixture
def env(tmp_path):
    (tmp_path / "home").mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SEMBLANCE_")}
    return kept | {"SEMBLANCE_CACHE": str(tmp_path / "cache"), "HOME": str(tmp_path / "home")}


def doctor(env, *more, code):
    done = run("doctor", "--json", *more, env=env, check=False)
    assert done.returncode == code, done.stderr
    text = run("doctor", *more, env=env, check=False)
    assert text.returncode == code
    return json.loads(done.stdout), text.stdout


def matcher(folder, env):
    linear_network(folder / "net.onnx", random_weights(3 * 112 * 112, 6, seed=5), np.zeros(6, np.float32), (1, 3, 112, 112))
    card = folder / "mine.toml"
    card.write_text('name = "mine"\ndimension = 6\n[weights]\nfile = "net.onnx"\n'
                    f'sha256 = "{hashlib.sha256((folder / "net.onnx").read_bytes()).hexdigest()}"\n'
                    '[input]\nwidth = 112\nheight = 112\ncolour = "RGB"\n')
    run("models", "install", card, env=env)


def test_a_bare_machine(tmp_path, env):
    (tmp_path / "no.so").write_bytes(b"no library")
    found, text = doctor(env, "--onnxruntime", tmp_path / "no.so", code=MISSING)
    assert found["onnx_runtime"]["found_by"] == "flag" and found["onnx_runtime"]["version"] is None
    assert found["cache"] == {"folder": str(tmp_path / "cache"), "bytes": 0}
    commands = [one["command"] for one in found["missing"]]
    assert any("--onnxruntime names" in one["what"] and "no.so" in one["what"] for one in found["missing"])
    assert "semblance models install onnxruntime" in commands and any("face_recognition" in c or "arcface" in c for c in commands)
    assert not found["pictures_can_be_audited"] and "can't yet" in text and all(c in text for c in commands)
    assert found["kernel"] == found["kernels"][0] and found["kernels"][-1] == "reference"
    assert found["threads"] == len(os.sched_getaffinity(0))
    total = int(next(line for line in open("/proc/meminfo") if line.startswith("MemTotal")).split()[1])
    assert found["memory_bytes"] == pytest.approx(1024 * total, rel=0.01)


def test_a_variable_that_names_rubbish_is_the_first_thing_to_mend(tmp_path, env):
    (tmp_path / "no.so").write_bytes(b"no library")
    found, text = doctor(env | {"SEMBLANCE_ONNXRUNTIME": str(tmp_path / "no.so")}, code=MISSING)
    assert found["onnx_runtime"]["found_by"] == "environment"
    assert found["missing"][0]["command"] == "unset SEMBLANCE_ONNXRUNTIME" and "no.so" in found["missing"][0]["what"]
    assert "unset SEMBLANCE_ONNXRUNTIME" in text


@needs_runtime
def test_a_machine_that_is_ready(tmp_path, env):
    matcher(tmp_path, env)
    found, text = doctor(env, "--onnxruntime", RUNTIME, code=0)
    assert found["pictures_can_be_audited"] and not found["missing"] and "can, too" in text
    assert found["onnx_runtime"]["version"].startswith("1.") and "CPU" in found["onnx_runtime"]["providers"]
    mine = next(model for model in found["models"] if model["name"] == "mine")
    assert mine == {"name": "mine", "kind": "matcher", "installed": True, "checked": True, "fault": None}
    size = sum(path.stat().st_size for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert found["cache"]["bytes"] == size and not os.listdir(tmp_path / "home")

    with open(tmp_path / "cache/models/mine/net.onnx", "r+b") as weights:
        weights.write(b"!")
    found, text = doctor(env, "--onnxruntime", RUNTIME, code=MISSING)
    assert "SHA-256" in next(model for model in found["models"] if model["name"] == "mine")["fault"]
    assert {"what", "command"} == set(found["missing"][0]) and "models install mine" in text and "damaged" in text


@needs_runtime
def test_where_the_library_is_looked_for(tmp_path, env):
    """Flag, environment, the environment's Python, cache; the nearer wins."""
    def by(*more):
        return json.loads(run("doctor", "--json", *more, env=env, check=False).stdout)["onnx_runtime"]

    cached = tmp_path / "cache/models/onnxruntime/libonnxruntime.so.1"
    cached.parent.mkdir(parents=True)
    shutil.copy(RUNTIME, cached)
    machine_has_one = by()["found_by"] == "python"
    if not machine_has_one:
        assert by()["found_by"] == "cache" and by()["library"] == str(cached) and by()["version"]
    python = tmp_path / "venv/lib/python3.11/site-packages/onnxruntime/capi/libonnxruntime.so.1.99"
    python.parent.mkdir(parents=True)
    python.symlink_to(RUNTIME)
    env["VIRTUAL_ENV"] = str(tmp_path / "venv")
    assert by()["found_by"] == "python" and by()["library"] == str(python)
    env["SEMBLANCE_ONNXRUNTIME"] = str(RUNTIME)
    assert by()["found_by"] == "environment"
    assert by("--onnxruntime", cached)["found_by"] == "flag"


@pytest.mark.skipif("SEMBLANCE_NETWORK_TESTS" not in os.environ, reason="SEMBLANCE_NETWORK_TESTS isn't set: nothing is fetched")
def test_the_library_from_its_package(tmp_path, env):
    run("models", "install", "onnxruntime", env=env)
    env.pop("VIRTUAL_ENV", None)
    found = json.loads(run("doctor", "--json", env=env, check=False).stdout)
    assert found["onnx_runtime"]["version"] and not os.listdir(tmp_path / "cache/downloads")
    assert next(model for model in found["models"] if model["name"] == "onnxruntime")["checked"]
