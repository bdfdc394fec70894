#!/usr/bin/env python3
"""Writes the inputs that fuzzing starts from: make_corpus.py [FOLDER] (default: corpus/ beside this file).

Each format gets a sound file and some that are wrong in the ways files go wrong. Inputs that once crashed lie in the
same folders under other names and are left alone.
"""

import io
import json
import pathlib
import pickle
import struct
import sys
import tarfile
import zipfile
import zlib

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


def record(data):
    return b"\x0a\x23\xd7\xce" + struct.pack("<I", len(data)) + data + b"\0" * (-len(data) % 4)


def recordio(images):
    header = record(struct.pack("<IfQQ", 2, 0, 0, 0) + struct.pack("<ff", len(images) + 1, len(images) + 2))
    return header + b"".join(record(struct.pack("<IfQQ", 0, k, k + 1, 0) + image) for k, image in enumerate(images))


def archive_of(entries, kind):
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries.items():
                archive.writestr(zipfile.ZipInfo(name), content)
    else:
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, content in entries.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def png(rgb):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + row.tobytes() for row in rgb)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", rgb.shape[1], rgb.shape[0], 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def corpus():
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    images = {"p/1.png": png(pixels), "q/2.png": png(255 - pixels)}
    pair = ([*images.values()], [True])
    network = (b'name = "n"\ndimension = 4\ntraining_set = ["a", "b"]\n[weights]\nfile = "weights.onnx"\n'
               b'[input]\nwidth = 96\nheight = 112\ncolour = "BGR"\nmean = [1, 2.5, 3]\ndivisor = 128\ntemplate = "T96"\n'
               b'[output]\nflip = "concatenate"\n[golden]\ncosines = [0, 0.5, -0.5, 1, 0.25, 0]\n')
    detector = (b'name = "d"\n[weights]\nfile = "weights.onnx"\n[input]\nwidth = 64\nheight = 32\ncolour = "RGB"\n'
                b'[detector]\nfamily = "yunet"\nscore = 0.6\noverlap = 0.3\nsides = [32, 16]\n')
    manifest = (b'[{"paths": ["m.bin"], "weights": [{"name": "a", "shape": [2], "dtype": "float32"}, {"name": "b", "shape": '
                b'[3, 1], "dtype": "float32", "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1}}]}]')
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
        "rec": {
            "sound": recordio([*images.values()]),
            "cut": recordio([*images.values()])[:-9],
            "split": recordio([b"\x0a\x23\xd7\xce" * 3]),
            "no-header": record(struct.pack("<IfQQ", 0, 1, 0, 0) + images["p/1.png"]),
        },
        "bin": {
            "sound": pickle.dumps(pair, protocol=4),
            "protocol-3": pickle.dumps(pair, protocol=3),
            "numbers": pickle.dumps((pair[0], [1]), protocol=4),
            "cut": pickle.dumps(pair, protocol=4)[:-30],
            "calls": b"\x80\x02cos\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03.",
        },
        "zip": {"sound": archive_of(images, "zip"), "cut": archive_of(images, "zip")[:-40],
                "outside": archive_of({"../x.png": b"x", "/y.png": b"y"}, "zip")},
        "tar": {"sound": archive_of(images, "tar"), "cut": archive_of(images, "tar")[:700],
                "twice": archive_of(images, "tar")[:2048] + archive_of(images, "tar")},
        "card": {"network": network, "detector": detector, "deep": b"a = " + b"[" * 500 + b"]" * 500,
                 "wrong-types": network.replace(b'"BGR"', b"1").replace(b"96", b'"96"')},
        "weights": {
            "sound": manifest + b"\0" + ROWS.tobytes()[:8] + b"\x01\x02\x03",
            "cut": manifest + b"\0" + ROWS.tobytes()[:8],
            "over": manifest + b"\0" + ROWS.tobytes(),
            "elsewhere": manifest.replace(b"m.bin", b"../m.bin") + b"\0" + ROWS.tobytes()[:11],
            "huge": manifest.replace(b"[2]", b"[4294967296, 4294967296]") + b"\0" + ROWS.tobytes()[:11],
            "negative": manifest.replace(b"[2]", b"[-2]") + b"\0" + ROWS.tobytes()[:11],
            "overflow": manifest.replace(b"0.5", b"1e308") + b"\0" + ROWS.tobytes()[:8] + b"\xff\xff\xff",
            "deep": b"[" * 500 + b"]" * 500,
        },
        "landmarks": {
            "sound": b"image\tx\ty\na.jpg\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10\n",
            "commas": b"a.jpg,1,2,3,4,5,6,7,8,9,1e300\nb,1,2,3,4,5,6,7,8,9,10\n",
            "words": b"a.jpg 1 2 3 4 5 6 7 8 nan inf\n",
        },
        "picture": {
            "png": images["p/1.png"],
            "png-cut": images["p/1.png"][:60],
            "ppm": b"P6 4 4 255\n" + pixels.tobytes(),
            "pgm-plain": b"P5\n# a comment\n4 12\n255\n" + pixels.tobytes(),
            "bmp": (b"BM" + struct.pack("<IHHIIiiHHIIiiII", 102, 0, 0, 54, 40, 4, 4, 1, 24, 0, 48, 0, 0, 0, 0) +
                    pixels.tobytes()),
            "webp-head": b"RIFF\x24\0\0\0WEBPVP8L\x17\0\0\0\x2f\3\xc0\0\0" + bytes(20),
            "jpeg-head": bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b080004000401011100"),
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
