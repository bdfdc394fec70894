#!/usr/bin/env python3
"""A peer in Python: the best match in B of the first QUERIES rows of A by matrix products of float32.

    peer.py numpy|torch A.npy B.npy QUERIES

Prints JSON. `seconds` is the search alone, the inputs read and normalised.
"""

import json
import sys
import time

import numpy as np

ROWS, COLUMNS = 1000, 4096  # a product that stays in the last-level cache


def normalised(path, rows=None):
    x = np.array(np.load(path, mmap_mode="r")[:rows])
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def search_numpy(a, b):
    best = np.full(len(a), -2, np.float32)
    index = np.zeros(len(a), np.int64)
    for i in range(0, len(a), ROWS):
        for j in range(0, len(b), COLUMNS):
            scores = a[i:i + ROWS] @ b[j:j + COLUMNS].T
            at = scores.argmax(1)
            score = scores[np.arange(len(scores)), at]
            better = score > best[i:i + ROWS]
            best[i:i + ROWS][better] = score[better]
            index[i:i + ROWS][better] = at[better] + j
    return index


def search_torch(a, b):
    import torch

    a, b = torch.from_numpy(a), torch.from_numpy(b)
    found = []
    begin = time.perf_counter()
    for i in range(0, len(a), ROWS):
        best = index = None
        for j in range(0, len(b), COLUMNS):
            score, at = (a[i:i + ROWS] @ b[j:j + COLUMNS].T).max(1)
            if best is None:
                best, index = score, at
                continue
            better = score > best
            best, index = torch.where(better, score, best), torch.where(better, at + j, index)
        found.append(index)
    return torch.cat(found).numpy(), time.perf_counter() - begin


def main():
    library, a, b, queries = sys.argv[1], normalised(sys.argv[2], int(sys.argv[4])), normalised(sys.argv[3]), int(sys.argv[4])
    if library == "torch":
        index, seconds = search_torch(a, b)
    else:
        begin = time.perf_counter()
        index = search_numpy(a, b)
        seconds = time.perf_counter() - begin
    print(json.dumps({"queries": queries, "rows": len(b), "seconds": seconds, "sum": int(index.sum())}))


if __name__ == "__main__":
    main()
