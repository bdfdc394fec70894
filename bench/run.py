#!/usr/bin/env python3
"""Measures `semblance score` against the machine's ceilings and its peers, interleaved; writes bench/results/NAME.json.

    bench/run.py --build build [--rows 100000] [--rounds 3] [--queries 10000] [--torch PYTHON] [--large] [--name NAME]

Needs a build with -DSEMBLANCE_BENCH=ON. Semblance is timed as a whole program: inputs read from disk (page cache warm)
and hashed, outputs written. A peer finds the best match in B of QUERIES rows of A, and its search alone is timed. Ratios
and shares of a ceiling are taken within a round, then the median over the rounds. --torch names a Python with PyTorch.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

LISTS = ["--top", "1500", "--threshold", "0.5"]
BESTS = LISTS + ["--row-bests", "1", "--column-bests", "1"]
TAIL = ["--histogram-tail", "0.4"]
FLAT, STEEP = "flat", "steep"
# The energy that is left halves every 32 directions; of the LFW embeddings of the `intel` matcher 0.50, 0.26, 0.11 and
# 0.025 are left after 32, 64, 96 and 128.
HALVING = {FLAT: "0", STEEP: "32"}
JOBS = [  # what, spectrum, options, kernel (None: the best), ceiling
    ("bests + top + threshold", STEEP, BESTS, None, None),
    ("top + threshold", STEEP, LISTS, None, None),
    ("bests + top + threshold", FLAT, BESTS, None, None),
    ("top + threshold", FLAT, LISTS, None, None),
    ("bests + top + threshold + tail histogram", FLAT, BESTS + TAIL, None, None),
    ("top + threshold + exact histogram", FLAT, LISTS + ["--histogram"], None, "avx512_fp32"),
    ("bests + top + threshold", STEEP, BESTS, "avx512_vnni", "avx512_vnni_int8"),
    ("top + threshold", STEEP, LISTS, "avx512_vnni", "avx512_vnni_int8"),
    ("bests + top + threshold", FLAT, BESTS, "avx512_vnni", "avx512_vnni_int8"),
    ("top + threshold", FLAT, LISTS, "avx512_vnni", "avx512_vnni_int8"),
    ("bests + top + threshold", FLAT, BESTS, "avx2", "avx2_int16"),
    ("top + threshold", STEEP, LISTS, "avx2", "avx2_int16"),
]
CEILING = {"amx": "amx_int8", "avx512_vnni": "avx512_vnni_int8", "avx2": "avx2_int16"}


def run(command, environment=None):
    """Wall and CPU seconds, standard output."""
    before = os.times()
    begin = time.perf_counter()
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          env={**os.environ, **(environment or {})}, check=True)
    wall = time.perf_counter() - begin
    after = os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return wall, cpu, done.stdout


def score(program, folder, options, kernel):
    out = folder / "scores"
    shutil.rmtree(folder / ".scores.checkpoint", ignore_errors=True)  # of a benchmark that was stopped
    command = [program, "score", "--quiet", "--a", folder / "a.npy", "--b", folder / "b.npy", "--out", out, "--overwrite"]
    wall, cpu, _ = run(command + options + (["--kernel", kernel] if kernel else []))
    facts = json.loads((out / "run.json").read_text())
    return {"seconds": wall, "cpu_seconds": cpu, "kernel": facts["kernel"], "seconds_scoring": facts["seconds_scoring"],
            "resident_peak_bytes": facts["resident_peak_bytes"], "certificate": facts["certificate"]}


def peers(tools, folder, queries, torch):
    """(name, instruction set, command, environment) of every peer that this machine has."""
    here = pathlib.Path(__file__).parent
    a, b = folder / "a.npy", folder / "b.npy"
    for core in ("SkylakeX", "Haswell"):
        blas = {"OPENBLAS_CORETYPE": core}
        if (tools / "bench_faiss").exists():
            yield "FAISS IndexFlatIP", core, [tools / "bench_faiss", a, b, queries], blas
        yield "NumPy", core, [sys.executable, here / "peer.py", "numpy", a, b, queries], blas
    if torch:
        yield "PyTorch", "SkylakeX", [torch, here / "peer.py", "torch", a, b, queries], {}


def processor():
    """The model's name and the instructions that a kernel may use."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    facts = {line.split(":")[0].strip(): line.split(":")[1].strip() for line in lines if ":" in line}
    wanted = ("avx2", "avx512f", "avx512_vnni", "amx_int8", "asimddp")
    flags = facts.get("flags", facts.get("Features", "")).split()
    return " ".join([facts.get("model name", platform.machine())] + [flag for flag in wanted if flag in flags])


def middle(values):
    return statistics.median(values) if values else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--torch", help="a Python interpreter that has PyTorch")
    parser.add_argument("--large", action="store_true", help="also 490,623 x 550,000, once a spectrum (4.3 GB of inputs)")
    parser.add_argument("--name", default="score")
    parser.add_argument("--work", type=pathlib.Path, help="folder for the inputs; kept")
    arguments = parser.parse_args()
    tools = arguments.build / "bin"
    work = arguments.work or pathlib.Path(tempfile.mkdtemp(prefix="semblance-bench-"))

    def generate(folder, rows_a, rows_b, halving):
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows, seed, like in (("a.npy", rows_a, 1, []), ("b.npy", rows_b, 2, [folder / "a.npy"])):
            if not (folder / name).exists():
                run([tools / "bench_generate", rows, arguments.dim, seed, halving, folder / name, *like])

    for spectrum, halving in HALVING.items():
        generate(work / spectrum, arguments.rows, arguments.rows, halving)
    results = {"machine": processor(), "threads": len(os.sched_getaffinity(0)),
               "rows": arguments.rows, "dim": arguments.dim, "rounds": arguments.rounds, "load_before": os.getloadavg()[0]}
    rounds = []
    for _ in range(arguments.rounds):
        this = {"jobs": [], "peers": []}
        this["peak_gmacs"] = json.loads(run([tools / "bench_peak"])[2])
        for name, core, command, environment in peers(tools, work / FLAT, arguments.queries, arguments.torch):
            _, cpu, told = run(command, environment)
            found = json.loads(told)
            rate = arguments.queries * arguments.rows / found["seconds"]
            this["peers"].append({"name": name, "core": core, "pairs_per_second": rate, "cpu_seconds": cpu, **found})
        best = None  # the kernel that the machine's own choice came to
        for what, spectrum, options, kernel, ceiling in JOBS:
            if kernel and kernel == best:
                continue  # measured already
            try:
                done = score(tools / "semblance", work / spectrum, options, kernel)
            except subprocess.CalledProcessError as error:
                print(f"{what}: {error.stderr.strip()}")
                continue
            best = best or done["kernel"]
            rate = arguments.rows**2 / done["seconds"]
            core = "Haswell" if kernel == "avx2" else "SkylakeX"
            peer = max((p["pairs_per_second"] for p in this["peers"] if p["core"] == core), default=None)
            peak = this["peak_gmacs"].get(ceiling or CEILING.get(done["kernel"]))
            this["jobs"].append({"what": what, "spectrum": spectrum, **done, "pairs_per_second": rate,
                                 "times_peer": rate / peer if peer else None, "ceiling": ceiling or CEILING.get(done["kernel"]),
                                 "share_of_ceiling": rate * arguments.dim / 1e9 / peak if peak else None})
        rounds.append(this)
    results["rounds_measured"] = rounds
    results["peers"] = [{"name": p["name"], "core": p["core"],
                         "pairs_per_second": middle([r["peers"][k]["pairs_per_second"] for r in rounds])}
                        for k, p in enumerate(rounds[0]["peers"])]
    results["jobs"] = [{**{key: job[key] for key in ("what", "spectrum", "kernel", "ceiling")},
                        "prefix": job["certificate"]["prefix"],
                        **{key: middle([r["jobs"][k][key] for r in rounds if r["jobs"][k][key] is not None])
                           for key in ("seconds", "cpu_seconds", "pairs_per_second", "times_peer", "share_of_ceiling")}}
                       for k, job in enumerate(rounds[0]["jobs"])]
    results["peak_gmacs"] = {key: middle([r["peak_gmacs"][key] for r in rounds]) for key in rounds[0]["peak_gmacs"]}
    if arguments.large:
        results["large"] = []
        for spectrum, halving in HALVING.items():
            folder = work / f"large-{spectrum}"
            generate(folder, 490_623, 550_000, halving)
            done = score(tools / "semblance", folder, BESTS, None)
            results["large"].append({"rows_a": 490_623, "rows_b": 550_000, "spectrum": spectrum, **done})
    results["load_after"] = os.getloadavg()[0]
    target = pathlib.Path(__file__).parent / "results" / f"{arguments.name}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(results, indent=1) + "\n")

    print("| job | spectrum | kernel | seconds | 10⁹ pairs/s | × fastest peer | share of ceiling |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for job in results["jobs"]:
        against = f"{job['times_peer']:.1f}" if job["times_peer"] else ""
        share = f"{job['share_of_ceiling']:.0%} {job['ceiling']}" if job["share_of_ceiling"] else ""
        print(f"| {job['what']} | {job['spectrum']} | {job['kernel']} | {job['seconds']:.1f} | "
              f"{job['pairs_per_second'] / 1e9:.2f} | {against} | {share} |")
    for peer in results["peers"]:
        print(f"| best match: {peer['name']}, {peer['core']} | flat | | | {peer['pairs_per_second'] / 1e9:.3f} | | |")
    print(f"peaks, 10^9 MAC/s: {results['peak_gmacs']}; written to {target}")
    if not arguments.work:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
