"""Pictures, cards and stores for the tests of `embed`."""

import csv
import json
import os
import pathlib
import struct
import zlib

import numpy as np
import pytest

from support import SOURCE, fails, run

RUNTIME = pathlib.Path(os.environ.get("SEMBLANCE_ONNXRUNTIME", SOURCE / "build/onnxruntime/libonnxruntime.so"))
needs_runtime = pytest.mark.skipif(not RUNTIME.exists(), reason=f"no ONNX Runtime at {RUNTIME} (scripts/fetch-onnxruntime)")


def embed(dataset, card, out, *more, **options):
    return run("embed", dataset, "--matcher", card, "--out", out, "--onnxruntime", RUNTIME, *more, **options)


def refused(code, dataset, card, out, *more):
    line = fails(code, "embed", dataset, "--matcher", card, "--out", out, "--onnxruntime", RUNTIME, *more)
    assert not out.exists()
    return line


def png(rgb):
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    rows = b"".join(b"\0" + row.tobytes() for row in rgb)
    size = struct.pack(">II", rgb.shape[1], rgb.shape[0])
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + b"\x08\x02\0\0\0") + chunk(b"IDAT", zlib.compress(rows)) +
            chunk(b"IEND", b""))


def store(folder):
    items = list(csv.DictReader(open(folder / "items.csv")))
    return np.load(folder / "embeddings.npy"), items, json.loads((folder / "store.json").read_text())
