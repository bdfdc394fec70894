#!/usr/bin/env python3
"""Measures semblance score against its ceilings and its peer, interleaved, and writes bench/results/NAME.json.

    bench/run.py --build build [--rows 100000] [--dim 512] [--rounds 3] [--queries 20000] [--large] [--name NAME]

Needs a build with -DSEMBLANCE_BENCH=ON. Every figure is that of a whole program, inputs read from disk (page cache
warm), outputs written; medians over the rounds. The peer searches QUERIES of the rows of A for their best match in
all of B and is compared by pairs a second.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import tempfile
import time

LISTS = ["--top", "1500", "--threshold", "0.5"]
BESTS = ["--row-bests", "1", "--column-bests", "1"]
JOBS = {  # name: (options, kernel or None)
    "bests + top + threshold": (LISTS + BESTS, None),
    "top + threshold": (LISTS, None),
    "bests + top + threshold + tail histogram": (LISTS + BESTS + ["--histogram-tail", "0.4"], None),
    "top + threshold + exact histogram": (LISTS + ["--histogram"], None),
    "bests + top + threshold, AVX-512 VNNI": (LISTS + BESTS, "avx512_vnni"),
    "top + threshold, AVX-512 VNNI": (LISTS, "avx512_vnni"),
    "top + threshold, AVX2": (LISTS, "avx2"),
}
PEERS = {"FAISS IndexFlatIP top 1, SkylakeX BLAS": "SkylakeX", "FAISS IndexFlatIP top 1, Haswell BLAS": "Haswell"}


def run(command, environment=None):
    """Wall and CPU seconds, standard output."""
    before = os.times()
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environment or {})}, check=True)
    wall = time.perf_counter() - begin
    after = os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return wall, cpu, done.stdout


def score(program, folder, options, kernel):
    out = folder / "scores"
    shutil.rmtree(folder / ".scores.checkpoint", ignore_errors=True)  # of a benchmark that was stopped
    command = [program, "score", "--quiet", "--a", folder / "a.npy", "--b", folder / "b.npy", "--out", out, "--overwrite"]
    command += options + (["--kernel", kernel] if kernel else [])
    wall, cpu, _ = run([str(part) for part in command])
    facts = json.loads((out / "run.json").read_text())
    return {"seconds": wall, "cpu_seconds": cpu, "kernel": facts["kernel"], "seconds_scoring": facts["seconds_scoring"],
            "resident_peak_bytes": facts["resident_peak_bytes"], "certificate": facts["certificate"]}


def median(samples):
    return {**samples[-1], "seconds": statistics.median(s["seconds"] for s in samples),
            "cpu_seconds": statistics.median(s["cpu_seconds"] for s in samples),
            "all_seconds": [round(s["seconds"], 3) for s in samples]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--spectrum", default="0")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--large", action="store_true", help="also 490,623 x 550,000 once (2.1 GB of inputs)")
    parser.add_argument("--name", default="score")
    parser.add_argument("--work", type=pathlib.Path, help="folder for the inputs; kept")
    arguments = parser.parse_args()
    tools = arguments.build / "bin"
    folder = arguments.work or pathlib.Path(tempfile.mkdtemp(prefix="semblance-bench-"))
    folder.mkdir(parents=True, exist_ok=True)

    def generate(rows, seed, name, *like):
        if not (folder / name).exists():
            run([str(p) for p in (tools / "bench_generate", rows, arguments.dim, seed, arguments.spectrum, folder / name, *like)])

    generate(arguments.rows, 1, "a.npy")
    generate(arguments.rows, 2, "b.npy", folder / "a.npy")
    faiss = tools / "bench_faiss"
    results = {"machine": platform.processor() or platform.machine(), "threads": len(os.sched_getaffinity(0)),
               "rows": arguments.rows, "dim": arguments.dim, "spectrum": arguments.spectrum,
               "load_before": os.getloadavg()[0]}
    samples = {name: [] for name in [*JOBS, *PEERS]}
    peaks = []
    for _ in range(arguments.rounds):
        peaks.append(json.loads(run([str(tools / "bench_peak")])[2]))
        for name, (options, kernel) in JOBS.items():
            try:
                samples[name].append(score(tools / "semblance", folder, options, kernel))
            except subprocess.CalledProcessError as error:
                print(f"{name}: {error.stderr.strip()}")
        for name, core in PEERS.items() if faiss.exists() else []:
            wall, cpu, text = run([str(faiss), str(folder / "a.npy"), str(folder / "b.npy"), str(arguments.queries)],
                                  {"OPENBLAS_CORETYPE": core})
            samples[name].append({**json.loads(text), "seconds": wall, "cpu_seconds": cpu})
    results["peak_gmacs"] = {key: max(peak[key] for peak in peaks) for key in peaks[0]}
    pairs = arguments.rows**2
    results["runs"] = {}
    for name, done in samples.items():
        if not done:
            continue
        row = median(done)
        scored = arguments.queries * arguments.rows if name in PEERS else pairs
        row["pairs_per_second"] = scored / row["seconds"]
        row["pairs_per_cpu_second"] = scored / row["cpu_seconds"]
        results["runs"][name] = row
    if arguments.large:
        big = folder / "large"
        big.mkdir(exist_ok=True)
        generate(490_623, 3, "large/a.npy")
        generate(550_000, 4, "large/b.npy", big / "a.npy")
        results["large"] = score(tools / "semblance", big, LISTS + BESTS, None)
        results["large"]["pairs"] = 490_623 * 550_000
    results["load_after"] = os.getloadavg()[0]
    target = pathlib.Path(__file__).parent / "results" / f"{arguments.name}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(results, indent=2) + "\n")
    peer = max((results["runs"][p]["pairs_per_second"] for p in PEERS if p in results["runs"]), default=None)
    for name, row in results["runs"].items():
        against = f"  {row['pairs_per_second'] / peer:5.1f} x peer" if peer else ""
        print(f"{name:55s} {row['seconds']:8.2f} s  {row['pairs_per_second']:.3g} pairs/s{against}")
    print(f"peaks, 10^9 MAC/s: {results['peak_gmacs']}; written to {target}")
    if not arguments.work:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
