"""Repeated audits of worlds of known truth keep what they promise. Few repetitions here, all of them in `make proof`."""

import os
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).parent


def test_promises_are_kept(tmp_path):
    scale = os.environ.get("SEMBLANCE_PROOF_SCALE", "0.01")
    program = pathlib.Path(os.environ["SEMBLANCE"]).with_name("semblance_proof")
    subprocess.run([program, tmp_path / "raw.json", "--scale", scale, "--only", "independent", "unequal", "hubs",
                    "several", "holdout-50", "shift"], check=True)
    checked = subprocess.run([sys.executable, FOLDER / "proof.py", tmp_path / "raw.json", tmp_path / "summary.json"],
                             stderr=subprocess.PIPE, text=True)
    assert checked.returncode == 0, checked.stderr
