#!/usr/bin/env python3
"""Writes the inputs that fuzzing starts from: make_corpus.py [FOLDER] (default: corpus/ beside this file).

Each format gets a sound file and some that are wrong in the ways files go wrong. Inputs that once crashed lie in the
same folders under other names and are left alone.
"""

import hashlib
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


def report_model():
    """A report.json with every part that there is, each as short as can be."""
    sets = {"items": 2, "identities": 1, "rejected": 1, "labelled": True, "location": "s",
            "rejections": [{"why": "no face", "items": 1}]}
    hubs = {"top_item": 0.1, "top_ten": 1, "top_percent": 0.1, "top_identity": 0.5, "item": "a", "fires": False}
    correlation = {"rho": 0.1, "ci95": [-0.1, 0.3], "people": 9}
    matcher = {
        "name": "m", "comparison": "cosine",
        "pairs": {"scored": 4, "top": [{"rank": 1, "score": 0.9, "train": "a", "train_identity": "p", "synthetic": "x",
                                        "fmr": None, "similarity": 0.5, "kind": "near-copy"}]},
        "thresholds": [{"fmr": 0.01, "score": 0.2, "pairs": 3, "expected_by_chance": 0.04, "holdout_pairs": 1,
                        "expected_from_holdout": 1.0, "false_matches": 2, "resolved": True, "rule_of_30": False,
                        "extrapolated": False}],
        "calibration": {"source": "s", "mated": 1, "non_mated": 2},
        "identities": {"tested": 1, "smallest_p": 0.5, "smallest_possible_p": 0.5,
                       "fdr": [{"q": 0.05, "count": 1, "ids": ["p"], "fewest_listable": 1}]},
        "images": {"targets": 1, "decoys": 1, "fdr": [{"q": 0.05, "count": 1}]},
        "leak_rate": {"estimate": 0.02, "ci95": [0.01, 0.03], "upper95": 0.03, "minimum_detectable": 0.01,
                      "threshold": 0.5, "share_train": 0.02, "share_holdout": 0, "sensitivity": 1,
                      "sensitivity_assumed": True, "power": [{"leak_rate": 0.01, "power": 0.9, "ci95": [0.8, 1]}]},
        "global_test": {"p": 1e-4, "auc": 0.6, "components": [{"name": "auc", "statistic": 0.6, "p": 0.1}],
                        "strata": [{"images": 1, "train": 1, "holdout": 1}]},
        "error_rates": [{"score": 0.5, "fmr": 0.1, "fmr_low": 0, "fmr_high": 1, "fnmr": None, "fnmr_low": None,
                         "fnmr_high": None}],
        "distributions": [{"name": "R-G", "low": -1, "high": 1, "bins": 2}],
        "guards": {
            "control": {"p": 1, "p_location": 1, "p_spread": 1, "auc": 0.5, "train_people": 1, "holdout_people": 1,
                        "fires": False},
            "matcher_bias": {"training_sets": ["t"], "train_dataset": "d", "fires": False},
            "hubs": {"train": hubs, "holdout": hubs},
            "overlap": {"threshold": 0.6, "people": [{"holdout_identity": "h", "holdout": "b", "train_identity": "p",
                                                      "train": "a", "score": 0.7}]},
            "images_and_score": {"train": correlation, "holdout": correlation},
            "near_copies": {"checked": 1, "near_copies": 1, "holdout_checked": 1, "holdout_near_copies": 0,
                            "people_checked": 1, "people_near_copies": 1, "holdout_people_checked": 1,
                            "holdout_people_near_copies": 0, "threshold": 0.78, "rests_on": 9, "duplicates": 0,
                            "assumed": False, "unreadable": 1, "unreadable_first": ["c.png: cut"]},
        },
        "notes": ["n"],
    }
    return {
        "schema": "semblance-report/1",
        "verdict": {"leakage": "found", "p": 1e-4, "alpha": 0.01, "text": "t"},
        "sets": {"train": sets, "synthetic": sets, "holdout": sets},
        "matchers": [matcher],
        "consensus": {"at_least": 2, "fdr": [{"q": 0.05, "count": 1, "ids": ["p"]}]},
        "removal": {"count": 1},
        "limits": ["l"],
        "provenance": {"version": "0.1.0", "seed": 1, "options": {"top": "1000"},
                       "inputs": [{"role": "train", "path": "r.npy", "sha256": "0" * 64}]},
    }


def report(model, **tables):
    """report.json and the CSVs beside it, as the target takes them apart."""
    whole = {
        "removal": b"synthetic,reason,q,train,train_identity,score,matcher\nx,image-listed,0.05,a,p,0.9,m\n",
        "identities": b"matcher,identity,images,images_used,controls,best,best_train,best_synthetic,p,q,similarity,kind\n"
                      b"m,p,1,1,1,0.9,a,x,0.5,0.05,0.5,near-copy\n",
        "images": b"matcher,synthetic,best_train_score,best_train,best_train_identity,best_holdout_score,best_holdout,"
                  b"listed_at_fdr\nm,x,0.9,a,p,0.3,b,0.05\nm,y,0.1,a,p,,,\n",
        "control_pairs": b"matcher,rank,score,holdout,holdout_identity,synthetic,fmr,similarity,kind\n"
                         b"m,1,0.3,b,h,x,,,\n",
        "control_people": b"matcher,identity,images,best,best_holdout,best_synthetic\nm,h,1,0.3,b,x\n",
        "histograms": b"matcher,curve,from,to,pairs\nm,R-G,-1,0,3\nm,R-G,0,1,1\n",
    } | tables
    return b"\f".join([json.dumps(model).encode(), *whole.values()])


def levels_that_are_none():
    """More levels than a sort leaves to insertion, none of them a number."""
    model = report_model()
    model["matchers"][0]["identities"]["fdr"] = [{"q": None, "count": 0, "ids": []}] * 40
    model["matchers"][0]["thresholds"] = [model["matchers"][0]["thresholds"][0] | {"fmr": None}] * 40
    return model


def review_key():
    pair = {"pair": 1, "kind": "candidate", "listed": True, "person": "p", "real": "a", "synthetic": "x", "score": 0.9,
            "real_side": "left"}
    return {"schema": "semblance-review-key/1", "version": "0.1.0", "matcher": "m", "seed": 1, "report_sha256": "0" * 64,
            "fdr": 0.05, "listed": 1, "above_controls": 1, "passed_over": 0, "passed_over_first": [],
            "pairs": [pair, pair | {"pair": 2, "kind": "control", "listed": False, "score": 0.5, "real_side": "right"}]}


def answers(pairs):
    return {"schema": "semblance-answers/1", "pack": "pack", "reviewer": "r", "pairs": 3,
            "answers": [{"pair": pair, "answer": answer} for pair, answer in pairs]}


def calibration():
    value = {"value": 0.5, "ci95": [0.4, 0.6]}
    rate = {"errors": 3, "trials": 9, "rate": 0.3, "ci95": [0.1, 0.6], "independent_errors": 3, "rule_of_30": False}
    tail = {"law": "generalised Pareto", "threshold": 0.4, "share": 0.1, "exceedances": 9, "shape": -0.1,
            "shape_ci95": [-0.2, 0.1], "scale": 0.05, "scale_ci95": [0.01, 0.1], "log_likelihood": 1,
            "anderson_darling": 0.3, "anderson_darling_p": 0.5, "fits": True}
    return {
        "schema": "semblance-calibration/1", "version": "0.1.0",
        "matcher": {"name": "m", "sha256": None, "dimension": 4}, "comparison": "cosine", "protocol": "all pairs",
        "inputs": [{"role": "images", "path": "r.npy", "sha256": "0" * 64}],
        "intervals": {"method": "bootstrap", "draws": 100, "seed": 1},
        "counts": {"items": 4, "identities": 2, "mated_identities": 2, "mated": 2, "non_mated": 4},
        "mated_mean": value, "non_mated_mean": value, "d_prime": value, "auc": value, "eer": value,
        "eer_threshold": value,
        "accuracy": {"threshold": value, "error": value, "folds": 10, "fold_mean": 0.9, "fold_standard_error": 0.01},
        "thresholds": [{"fmr_target": 0.01, "evidence": "measured", "score": value, "fmr": rate, "fnmr": rate,
                        "tar": value, "extrapolated": None,
                        "fpir": [{"gallery": 9, "independent": value, "measured": None}]}],
        "tail": tail, "notes": ["n"], "curve": [{"score": 0.5, "fmr": rate, "fnmr": None}],
    }


def journal_entry(name, rejection, embedding):
    numbers = np.array(embedding, dtype=np.float32).tobytes()
    return struct.pack("<III", len(name), len(rejection), len(numbers)) + name + rejection + numbers


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
    # Its second network's card is itself.
    boxes = (detector.replace(b'"yunet"', b'"boxes"\nlandmarks = "card"').replace(b"width = 64", b"width = 50") +
             b"[landmarks]\npoints = 68\n")
    generator = (b'name = "g"\ntraining_set = "s"\n[weights]\nfile = "weights.onnx"\n[mapping]\nfile = "weights.onnx"\n'
                 b'[generator]\nz = 8\nclasses = 2\nbatch = 4\ncutoff = 1\nwidth = 16\nheight = 8\nlayout = "NHWC"\n'
                 b'colour = "BGR"\nrange = [0, 1]\ntruncation = "w"\nw_avg = "w.npy"\n[inputs]\nclass = "y"\n')
    process = b'name = "p"\n[process]\ncommand = ["matcher", "--pairs"]\ntimeout = 2.5\nbatch = 16\n'
    card = {"name": "n", "dimension": 4, "weights": {"file": "weights.onnx"}, "output": {"flip": "sum"},
            "input": {"width": 96, "height": 96, "colour": "RGB", "mean": [1, 2, 3], "scaling": "fixed"}}
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
            "nested": b"\x80\x02" + b"(" * 300 + b"t" * 300 + b".",
            "calls": b"\x80\x02cos\nsystem\nq\x00X\x04\x00\x00\x00trueq\x01\x85q\x02Rq\x03.",
        },
        "zip": {"sound": archive_of(images, "zip"), "cut": archive_of(images, "zip")[:-40],
                "outside": archive_of({"../x.png": b"x", "/y.png": b"y"}, "zip")},
        "tar": {"sound": archive_of(images, "tar"), "cut": archive_of(images, "tar")[:700],
                "twice": archive_of(images, "tar")[:2048] + archive_of(images, "tar")},
        "card": {"network": network, "detector": detector, "boxes": boxes, "generator": generator, "process": process,
                 "no-key": b"[[[", "nan": network.replace(b"2.5", b"nan"), "deep": b"a = " + b"[" * 500 + b"]" * 500,
                 "wrong-types": network.replace(b'"BGR"', b"1").replace(b"96", b'"96"')},
        "card_json": {"network": json.dumps(card).encode(), "infinite": b'{"name": "n", "dimension": 1e999}',
                      "deep": b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}"},
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
        "report": {
            "sound": report(report_model()),
            "cut": report(report_model())[:700],
            "alone": json.dumps(report_model()).encode(),
            "short-list": report(report_model(), identities=b"matcher,identity\n"),
            "other-matcher": report(report_model(), removal=b"synthetic,reason,q,train,train_identity,score,matcher\n"
                                                            b'"x,\xff",,1e999,,,nan,n\n'),
            "levels-that-are-none": report(levels_that_are_none()),
            "counts-no-bins-end": report(report_model() | {"removal": {"count": 2**64 - 1}}),
            "deep": b'{"schema": "semblance-report/1", "verdict": ' + b"[" * 500 + b"]" * 500 + b"}",
        },
        "key": {
            "sound": json.dumps(review_key()).encode(),
            "no-number": json.dumps(review_key() | {"listed": -1, "passed_over": 1e300, "seed": True}).encode(),
            "infinite": json.dumps(review_key()).replace("0.9", "1e999").encode(),
        },
        "answers": {
            "sound": json.dumps(answers([(1, "same"), (3, "different"), (2, "cant-tell")])).encode(),
            "twice": json.dumps(answers([(1, "same"), (1, "same")])).encode(),
            "no-pair": json.dumps(answers([(-1, "same")])).encode(),
            "deep": json.dumps(answers([(7, "same")])).replace("7", "[" * 300 + "]" * 300).encode(),
        },
        "gate": {
            "count": b"leaked_identities@fdr5 > 0",
            "rate": b"pairs@fmr1e-6[matcher=\"a]\\\"b\"] >= 1e3",
            "word": b" verdict != no-control",
            "percent": b"leak_rate_upper95 > +2.5%",
            "open": b'p_value[matcher="',
        },
        "journal": {
            "sound": b"k" + journal_entry(b"a", b"", [1, 2]) + journal_entry(b"b", b"no face", []),
            "long": b"k" + struct.pack("<III", 2**32 - 1, 0, 0),
            "raw": struct.pack("<Q", 3) + b"key" + hashlib.sha256(b"key").hexdigest().encode(),
            "cut": struct.pack("<Q", 2**63) + b"key",
        },
        "calibration": {
            "sound": json.dumps(calibration()).encode(),
            "no-number": json.dumps(calibration() | {"counts": {"items": 1e300, "identities": -1}}).encode(),
        },
        "protocol": {
            "lfw": b"1\nAnn\t1\t2\nAnn\t1\tBo\t2\n",
            "folds": b"2\t1\nAnn 1 2\nAnn 1 Bo 2\nBo 1 2\nBo 1 Ann 2\n",
            "endless-folds": b"2\t9223372036854775808\nAnn 1 2\n",
            "pairs": b"id_a,id_b,same,fold\nAnn_0001.jpg,Ann_0002,1,1\nx/Ann_0001,Bo_0001,false,2\n",
            "scores": b"score,mated,identity_a,identity_b,fold\n0.5,1,p,p,1\n1e-3,0,p,q,1\n",
            "bare-scores": b"score,mated\n0.5,1\n0.1,0\n",
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
