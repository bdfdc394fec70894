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


def read_png(path):
    """The pixels of an 8-bit grey or RGB PNG without interlacing, as (height, width, 3)."""
    data, at, parts, head = path.read_bytes(), 8, b"", None
    while at < len(data):
        length, kind = int.from_bytes(data[at:at + 4], "big"), data[at + 4:at + 8]
        body = data[at + 8:at + 8 + length]
        assert zlib.crc32(kind + body) == int.from_bytes(data[at + 8 + length:at + 12 + length], "big")
        head = body if kind == b"IHDR" else head
        parts += body if kind == b"IDAT" else b""
        at += 12 + length
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    assert depth == 8 and colour in (0, 2) and not interlaced
    bytes_a_pixel = 3 if colour == 2 else 1
    rows = np.frombuffer(zlib.decompress(parts), np.uint8).reshape(height, 1 + width * bytes_a_pixel)
    pixels = np.zeros((height + 1, width + 1, bytes_a_pixel), int)
    for y, row in enumerate(rows):
        given = row[1:].reshape(width, bytes_a_pixel).astype(int)
        for x in range(width):
            a, b, c = pixels[y + 1, x], pixels[y, x + 1], pixels[y, x]
            p = np.abs([b - c, a - c, a + b - 2 * c])
            paeth = np.where((p[0] <= p[1]) & (p[0] <= p[2]), a, np.where(p[1] <= p[2], b, c))
            pixels[y + 1, x + 1] = (given[x] + [0, a, b, (a + b) // 2, paeth][row[0]]) % 256
    rgb = pixels[1:, 1:]
    return np.repeat(rgb, 3, axis=2) if bytes_a_pixel == 1 else rgb
