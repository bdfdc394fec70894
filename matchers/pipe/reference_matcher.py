#!/usr/bin/env python3
"""A matcher as a process of its own, for `semblance audit --matcher card.toml` (docs/formats.md, "Closed matchers").

Begin with this one: put your matcher's calls where templates are made and compared. Here the templates are embeddings,
made by `semblance embed` with a card of a network, and the score is their cosine. Needs Python 3 alone.

    reference_matcher.py --name NAME --matcher CARD [--program semblance] [--distance]
"""

import argparse
import csv
import json
import math
import pathlib
import struct
import subprocess
import sys
import tempfile

PROTOCOL = "semblance-pairs/1"


def read_rows(path):
    """The rows of a float32 .npy in C order."""
    data = path.read_bytes()
    length = struct.unpack_from("<H", data, 8)[0]
    shape = data[10:10 + length].decode("latin-1").split("'shape': (")[1].split(")")[0]
    rows, columns = (int(size) for size in shape.split(",")[:2])
    values = struct.unpack_from(f"<{rows * columns}f", data, 10 + length)
    return [values[row * columns:(row + 1) * columns] for row in range(rows)]


class Templates:
    """One template a picture, made when it is first met."""

    def __init__(self, program, card):
        self.program, self.card = program, card
        self.made = {}   # file -> unit embedding
        self.failed = {}  # file -> why there is none

    def make(self, files):
        new = sorted(set(files) - self.made.keys() - self.failed.keys())
        if new:
            self.make_new(new)

    def make_new(self, new):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            with open(folder / "list.csv", "w", newline="", encoding="utf-8") as out:
                csv.writer(out).writerows([("id", "path"), *((name, name) for name in new)])
            done = subprocess.run([self.program, "--quiet", "embed", folder / "list.csv", "--matcher", self.card, "--out",
                                   folder / "store"], capture_output=True, text=True, check=False)
            if done.returncode and len(new) > 1:  # perhaps because of one of them
                for name in new:
                    self.make_new([name])
                return
            if done.returncode:
                self.failed[new[0]] = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no template"
                return
            with open(folder / "store/items.csv", newline="", encoding="utf-8") as items:
                rows = iter(read_rows(folder / "store/embeddings.npy"))
                for item in csv.DictReader(items):
                    if item["status"] == "ok":
                        row = next(rows)
                        length = math.sqrt(sum(x * x for x in row))
                        self.made[item["id"]] = [x / length for x in row]
                    else:
                        self.failed[item["id"]] = item["rejection"]


def answer(templates, pairs, distance):
    """Scores in the order of the pairs, null where there is none, and why."""
    templates.make([name for pair in pairs for name in pair])
    scores, errors = [], []
    for number, pair in enumerate(pairs):
        failed = next((side for side, name in zip(("first", "second"), pair) if name in templates.failed), None)
        if failed:
            why = templates.failed[pair[0] if failed == "first" else pair[1]]
            errors.append({"pair": number, "image": failed, "why": why})
            scores.append(None)
            continue
        cosine = math.fsum(x * y for x, y in zip(templates.made[pair[0]], templates.made[pair[1]]))
        scores.append(1 - cosine if distance else cosine)
    return {"scores": scores, "errors": errors}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True, help="as in the card")
    parser.add_argument("--matcher", required=True, help="card of the network that makes the templates")
    parser.add_argument("--program", default="semblance")
    parser.add_argument("--distance", action="store_true", help="answer with 1 - cosine")
    options = parser.parse_args()
    templates = Templates(options.program, options.matcher)
    for line in sys.stdin:
        asked = json.loads(line)
        if "protocol" in asked:
            if asked["protocol"] != PROTOCOL:
                sys.exit(f"{asked['protocol']} isn't spoken here")
            said = {"protocol": PROTOCOL, "name": options.name, "version": "1",
                    "compares": "distance" if options.distance else "similarity"}
        else:
            said = {"batch": asked["batch"], **answer(templates, asked["pairs"], options.distance)}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
