#!/usr/bin/env python3
"""Times the statistics at the sizes that users have; writes bench/results/studies.json.

    bench/studies.py --build build [--rounds 3] [--scale 1]

- audit: 10,000 training and 10,000 held-out people, 500,000 synthetic images, 10,000 permutations. Scoring is not
  counted: the seconds are those that run.json gives for the stages after it, and for the guard on the control.
- calibrate: 10,000 people, 2,000 bootstrap draws, the whole program.
- membership: 10,000 photographs against 100,000 synthetic images of 512 dimensions, the whole program.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import tempfile
import time


def run(*command):
    """Seconds of the whole program and its peak memory in bytes."""
    begin = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"failed: {' '.join(map(str, command))}")
    return time.perf_counter() - begin, usage.ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default="build")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1, help="times the sizes, for a quick look")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "results/studies.json")
    options = parser.parse_args()
    program = options.build.resolve() / "bin/semblance"
    people, synthetic, faces = (int(n * options.scale) for n in (10_000, 500_000, 100_000))
    rounds = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        run(program, "simulate", "--identities", people, "--images", 2, "--synthetic", synthetic, "--dimension", 64,
            "--seed", 1, "--out", folder / "audit")
        run(program, "simulate", "--identities", people // 10, "--images", 5, "--synthetic", faces, "--dimension", 512,
            "--leak-rate", 0.2, "--seed", 2, "--out", folder / "membership")
        for number in range(options.rounds):
            whole, memory = run(program, "audit", "--train", folder / "audit/train", "--synthetic",
                                folder / "audit/synthetic", "--holdout", folder / "audit/holdout", "--overwrite",
                                "--out", folder / "report")
            seconds = json.loads((folder / "report/run.json").read_text())["seconds"]
            calibrate, _ = run(program, "calibrate", "--store", folder / "audit/train", "--bootstrap", 2000,
                               "--overwrite", "--out", folder / "cal.json")
            membership, needed = run(program, "experiment", "membership", "--synthetic", folder / "membership/synthetic",
                                     "--members", folder / "membership/train", "--nonmembers",
                                     folder / "membership/holdout", "--overwrite", "--out", folder / "members")
            rounds.append({"audit_stages": seconds, "audit_whole": whole, "audit_peak_bytes": memory,
                           "calibrate": calibrate, "membership": membership, "membership_peak_bytes": needed})
            print(f"round {number + 1}: {json.dumps(rounds[-1])}", flush=True)
    after_scoring = [sum(s for stage, s in r["audit_stages"].items() if stage in ("assess", "train against holdout"))
                     for r in rounds]
    result = {
        "command": f"bench/studies.py --rounds {options.rounds} --scale {options.scale:g}",
        "machine": {"processors": len(os.sched_getaffinity(0)), "architecture": platform.machine()},
        "sizes": {"people_a_side": people, "synthetic": synthetic, "membership_synthetic": faces,
                  "permutations": 10_000, "bootstrap": 2000},
        "median_seconds": {
            "audit statistics": statistics.median(after_scoring),
            "calibrate with 2,000 bootstrap draws": statistics.median(r["calibrate"] for r in rounds),
            "membership": statistics.median(r["membership"] for r in rounds)},
        "rounds": rounds,
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result["median_seconds"], indent=1))


if __name__ == "__main__":
    main()
