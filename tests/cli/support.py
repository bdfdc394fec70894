"""Runs the program under test ($SEMBLANCE) the way a user does."""

import json
import os
import pathlib
import subprocess

import numpy as np

PROGRAM = os.environ["SEMBLANCE"]
SOURCE = pathlib.Path(os.environ["SEMBLANCE_SOURCE"])
SHARED = pathlib.Path(os.environ.get("SEMBLANCE_SHARED", SOURCE.parent / "shared"))

USAGE, INPUT, OUTPUT = 2, 3, 4


def run(*arguments, check=True, **options):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, **options)
    if check:
        assert done.returncode == 0, done.stderr
    return done


def fails(code, *arguments, **options):
    """Runs, expects the exit code and one line on standard error; returns the line."""
    done = run(*arguments, check=False, **options)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("semblance: "), done.stderr
    return lines[0]


def report(folder):
    return json.loads((pathlib.Path(folder) / "report.json").read_text())


def unit_rows(rows, dimension, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, dimension))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def write_items(path, ids, identities=None):
    with open(path, "w") as out:
        out.write("id,identity\n" if identities is not None else "id\n")
        for k, name in enumerate(ids):
            out.write(f"{name},{identities[k]}\n" if identities is not None else f"{name}\n")
    return path


def case(folder, people=40, images=3, synthetic=50, dimension=32, leaks=0, seed=1):
    """Three labelled .npy sets; the first `leaks` training people are in the synthetic set. Returns audit arguments."""
    rng = np.random.default_rng(seed)
    sets = {}
    for role in ("r", "h"):
        centre = np.repeat(unit_rows(people, dimension, rng.integers(1 << 30)), images, axis=0)
        x = centre + 0.08 * rng.standard_normal(centre.shape)
        sets[role] = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
        names = [f"{role}{k:03d}" for k in range(people) for _ in range(images)]
        write_items(folder / f"{role}.csv", [f"{role}-{k:05d}" for k in range(len(names))], names)
    g = unit_rows(synthetic, dimension, rng.integers(1 << 30))
    for k in range(leaks):
        g[k] = sets["r"][k * images] + 0.02 * rng.standard_normal(dimension)
    sets["g"] = (g / np.linalg.norm(g, axis=1, keepdims=True)).astype(np.float32)
    for role, x in sets.items():
        np.save(folder / f"{role}.npy", x)
    return ["audit", "--train", folder / "r.npy", "--train-items", folder / "r.csv", "--synthetic", folder / "g.npy",
            "--holdout", folder / "h.npy", "--holdout-items", folder / "h.csv"]


def undescribed(value, schema, root, path="file"):
    """Fields that the schema does not name."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].split("/")[-1]] | {k: v for k, v in schema.items() if k != "$ref"}
    for one in schema.get("anyOf", []):
        if one != {"type": "null"}:
            return [] if value is None else undescribed(value, one, root, path)
    if isinstance(value, list):
        return [gap for k, item in enumerate(value) for gap in undescribed(item, schema["items"], root, f"{path}[{k}]")]
    if not isinstance(value, dict):
        return []
    gaps = [f"{path}.{name}" for name in value if name not in schema["properties"]]
    return gaps + [gap for name, item in value.items() if name in schema["properties"]
                   for gap in undescribed(item, schema["properties"][name], root, f"{path}.{name}")]
