#!/usr/bin/env python3
"""Writes the inputs that fuzzing starts from: make_corpus.py [FOLDER] (default: corpus/ beside this file).

Each format gets a sound file and some that are wrong in the ways files go wrong. Inputs that once crashed lie in the
same folders under other names and are left alone.
"""

import io
import json
import pathlib
import struct
import sys
import zipfile

import numpy as np

ROWS = np.arange(1, 13, dtype=np.float32).reshape(3, 4)


def npy(array, **options):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, **options)
    return buffer.getvalue()


def npy_saying(shape):
    """An .npy whose header claims a shape; the payload is that of ROWS."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + ROWS.tobytes()


def npz(arrays, compression):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, array in arrays.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), npy(array), compression)
    return buffer.getvalue()


def safetensors(header, payload):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + payload


def corpus():
    nan = ROWS.copy()
    nan[1, 2] = np.nan
    tensor = {"x": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}}
    outside = {"x": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 4800]}}
    return {
        "npy": {
            "sound": npy(ROWS),
            "version-2": npy(ROWS, version=(2, 0)),
            "big-endian": npy(ROWS.astype(">f8")),
            "fortran": npy(np.asfortranarray(ROWS)),
            "half": npy(ROWS.astype(np.float16)),
            "truncated": npy(ROWS)[:-5],
            "half-header": npy(ROWS)[:40],
            "no-rows": npy(ROWS[:0]),
            "nan": npy(nan),
            "integers": npy(ROWS.astype(np.int64)),
            "pickled": npy(np.array([{"a": 1}], dtype=object), allow_pickle=True),
            "huge-shape": npy_saying("(4294967295, 4294967295)"),
            "overflow": npy_saying("(4611686018427387904, 4611686018427387904)"),
            "expression": npy_saying("(3**9, 4)"),
        },
        "npz": {
            "sound": npz({"x": ROWS}, zipfile.ZIP_STORED),
            "deflated": npz({"x": ROWS, "ids": np.array(["a", "b", "c"])}, zipfile.ZIP_DEFLATED),
            "two-matrices": npz({"x": ROWS, "y": ROWS}, zipfile.ZIP_STORED),
            "truncated": npz({"x": ROWS}, zipfile.ZIP_DEFLATED)[:-30],
        },
        "fvecs": {
            "sound": b"".join(struct.pack("<i", 4) + row.tobytes() for row in ROWS),
            "ragged": struct.pack("<i", 4) + ROWS[0].tobytes() + struct.pack("<i", 3) + ROWS[1].tobytes(),
            "negative": struct.pack("<i", -4) + ROWS.tobytes(),
        },
        "fbin": {"sound": struct.pack("<ii", 3, 4) + ROWS.tobytes(), "lies": struct.pack("<ii", 2**31 - 1, 2**31 - 1)},
        "f16bin": {"sound": struct.pack("<ii", 3, 4) + ROWS.astype(np.float16).tobytes()},
        "i8bin": {"sound": struct.pack("<ii", 3, 4) + ROWS.astype(np.int8).tobytes()},
        "safetensors": {
            "sound": safetensors(tensor, ROWS.tobytes()),
            "outside": safetensors(outside, ROWS.tobytes()),
            "long-header": struct.pack("<Q", 2**63) + b"{}",
        },
        "csv": {
            "sound": b"id,identity,0,1\na,p,1,2\nb,q,3,4\n",
            "bare": b"1,2\r\n3,4\r\n",
            "ragged": b"1,2\n3\n",
            "words": b"1,nan\n0x1p3,inf\n",
        },
        "jsonl": {
            "sound": b'{"id": "a", "identity": "p", "embedding": [1, 2]}\n{"id": "b", "embedding": [3, 4]}\n',
            "deep": b'{"embedding": ' + b"[" * 2000 + b"]" * 2000 + b"}\n",
            "broken": b'{"embedding": [1, 2}\n',
        },
        "items": {
            "sound": b"id,identity,path\na,p,1.jpg\nb,p,2.jpg\nc,q,3.jpg\n",
            "store": b"id,identity,path,status,reason,quality\na,p,,ok,,\nx,p,,rejected,blurred,\nb,q,,ok,,\nc,q,,ok,,\n",
            "quoted": b'\xef\xbb\xbfid,identity\r\n"a""b","p\n,q"\r\nb,\r\nc,\r\n',
            "open-quote": b'id\n"a\nb\nc\n',
            "duplicate": b"id\na\na\nb\n",
        },
    }


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "corpus"
    for target, inputs in corpus().items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for name, content in inputs.items():
            (folder / target / name).write_bytes(content)


if __name__ == "__main__":
    main()
