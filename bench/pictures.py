#!/usr/bin/env python3
"""Times `semblance embed` against ONNX Runtime alone, and decoding with alignment against OpenCV; writes JSON.

    bench/pictures.py --pictures FOLDER --landmarks FILE --card CARD.toml [--build build] [--rounds 5] [--out FILE]

Needs a build with -DSEMBLANCE_BENCH=ON, and a Python with onnxruntime, numpy and OpenCV. FILE has a line a picture: its
path below FOLDER and ten numbers. Peers are interleaved; ratios are taken within a round, then the median of the rounds.

- align: pictures a second of one core. The peer is the usual loop: imread, cvtColor, estimateAffinePartial2D,
  warpAffine to 112 x 112. The best of three runs each, without loading.
- embed: the whole program, from reading the card to the finished store, with the pictures given --repeat times over.
  The peer runs the same network on these pictures as ready tensors (its time depends on what is in them) in the same
  number of threads, an image a thread at a time: nothing else. Wall seconds, the peer's without loading. Both use the
  libonnxruntime of the Python package.
"""

import argparse
import json
import os
import pathlib
import platform
import queue
import statistics
import subprocess
import tempfile
import threading
import time
import tomllib

import cv2
import numpy as np
import onnxruntime

TEMPLATE = np.array([(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655),
                     (70.7299, 92.2041)], np.float32)


def read_landmarks(file):
    lines = (line.split() for line in open(file))
    return {fields[0]: np.array(fields[1:], np.float32).reshape(5, 2) for fields in lines if fields}


def opencv_chip(file, points):
    picture = cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB)
    matrix, _ = cv2.estimateAffinePartial2D(points, TEMPLATE, method=cv2.LMEDS)
    return cv2.warpAffine(picture, matrix, (112, 112))


def opencv_loop(folder, landmarks):
    """CPU seconds."""
    begin = time.process_time()
    for name, points in landmarks.items():
        opencv_chip(folder / name, points)
    return time.process_time() - begin


def tensor_of(chip, card):
    """(1, 3, height, width) float32 as the card's [input] wants it; RGB or BGR."""
    chip = chip.astype(np.float32)
    if card["input"]["colour"] == "BGR":
        chip = chip[:, :, ::-1]
    chip = (chip - np.float32(card["input"].get("mean", 0))) / np.float32(card["input"].get("divisor", 1))
    return np.ascontiguousarray(chip.transpose(2, 0, 1)[None])


def library():
    """The libonnxruntime that the Python package brings."""
    folder = pathlib.Path(onnxruntime.__file__).parent / "capi"
    return next(file for file in sorted(folder.glob("libonnxruntime.so*")))


def bare_network(sessions, name, tensors, images):
    """Wall seconds of `images` runs in as many threads as there are sessions."""
    work = queue.SimpleQueue()
    for k in range(images):
        work.put(tensors[k % len(tensors)])

    def run(session):
        while True:
            try:
                tensor = work.get_nowait()
            except queue.Empty:
                return
            session.run(None, {name: tensor})

    threads = [threading.Thread(target=run, args=(session,)) for session in sessions]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=pathlib.Path, required=True)
    parser.add_argument("--landmarks", type=pathlib.Path, required=True)
    parser.add_argument("--card", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, default="build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=1, help="how often every picture is embedded")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "results/pictures.json")
    options = parser.parse_args()
    bin_folder = options.build.resolve() / "bin"
    card = tomllib.loads(options.card.read_text())
    if (card["input"]["height"], card["input"]["width"]) != (112, 112):
        parser.error("--card: the matcher takes no pictures of 112 x 112")
    weights = options.card.parent / card["weights"]["file"]
    landmarks = read_landmarks(options.landmarks)
    cv2.setNumThreads(1)
    threads = os.cpu_count()
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    sessions = [onnxruntime.InferenceSession(weights, settings, providers=["CPUExecutionProvider"])
                for _ in range(threads)]
    tensors = [tensor_of(opencv_chip(options.pictures / name, points), card) for name, points in landmarks.items()]
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        many, points = scratch / "many.csv", scratch / "points.txt"
        images = options.repeat * len(landmarks)
        with open(many, "w") as items, open(points, "w") as places:
            items.write("id,path\n")
            for k in range(options.repeat):
                for name, five in landmarks.items():
                    items.write(f"{k}/{name},{(options.pictures / name).resolve()}\n")
                    places.write(f"{k}/{name} {' '.join(map(str, five.ravel()))}\n")
        rounds = []
        for _ in range(options.rounds):
            one = {"opencv": min(opencv_loop(options.pictures, landmarks) for _ in range(3))}
            done = subprocess.run([bin_folder / "bench_align", options.pictures, options.landmarks, "3"], check=True,
                                  capture_output=True, text=True)
            one["align"] = min(json.loads(done.stdout)["seconds"])
            assert json.loads(done.stdout)["pictures"] == len(landmarks)
            one["bare"] = bare_network(sessions, sessions[0].get_inputs()[0].name, tensors, images)
            begin = time.perf_counter()
            subprocess.run([bin_folder / "semblance", "embed", many, "--matcher", options.card, "--landmarks", points,
                            "--out", scratch / "store", "--overwrite", "--onnxruntime", library()], check=True, stdout=subprocess.DEVNULL)
            one["embed"] = time.perf_counter() - begin
            rounds.append(one)
            print(json.dumps({key: round(value, 3) for key, value in one.items()}), flush=True)
    result = {
        "machine": {"processor": platform.processor() or platform.machine(), "cores": threads},
        "versions": {"onnxruntime": onnxruntime.__version__, "opencv": cv2.__version__},
        "matcher": card["name"], "pictures": len(landmarks), "images_embedded": images,
        "align_times_opencv": statistics.median(r["opencv"] / r["align"] for r in rounds),
        "embed_share_of_bare": statistics.median(r["bare"] / r["embed"] for r in rounds),
        "embedded_a_second": statistics.median(images / r["embed"] for r in rounds),
        "rounds": rounds,
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(f"decode and align: {result['align_times_opencv']:.2f} x OpenCV; embed: "
          f"{result['embed_share_of_bare']:.3f} of ONNX Runtime alone, {result['embedded_a_second']:.0f} images a second")


if __name__ == "__main__":
    main()
