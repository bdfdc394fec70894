#!/usr/bin/env python3
"""Writes oracle_values.hpp: what NumPy and SciPy compute where they compute what src/picture does.

Usage: python3 tests/picture/oracle.py > tests/picture/oracle_values.hpp
"""
import numpy as np
from scipy.ndimage import gaussian_filter

SIDE, SIGMA, ZOOMS = 32, 2.0, (1.0, 0.94, 0.88)


def pattern(width, height, seed):
    """The same integers as pattern() in drawn.hpp."""
    y, x = np.mgrid[:height, :width].astype(np.int64)
    return ((x * x * (3 + seed) + y * y * 5 + x * y * (7 - seed) + 31 * x * seed) // 64 + 11 * x + 5 * y) % 256


def overlaps(length, zoom):
    """(SIDE, length): which share of every pixel lies in every cell."""
    edges = length * ((1 - zoom) / 2 + zoom * np.arange(SIDE + 1) / SIDE)
    pixels = np.arange(length)
    weights = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    weights = np.maximum(weights, 0)
    return weights / weights.sum(1, keepdims=True)


def details(grey):
    levels = []
    for zoom in ZOOMS:
        cells = overlaps(grey.shape[0], zoom) @ grey @ overlaps(grey.shape[1], zoom).T
        detail = cells - gaussian_filter(cells, SIGMA, mode="reflect", truncate=4.0)
        spread = np.sqrt((detail**2).mean())
        levels.append(np.clip(np.rint(detail / spread * 32), -127, 127))
    return levels


def similarity(a, b):
    """Over shifts of up to two cells of 30 x 30 windows, zooms and mirror images."""
    best = -1
    window = slice(0, SIDE - 2)
    starts = [(i, j) for i in range(3) for j in range(3) if (i, j) not in ((0, 0), (2, 2))]
    for i, j in ((0, 0), (0, 1), (1, 0), (0, 2), (2, 0)):
        for second in (b[j], np.fliplr(b[j])):
            for ya, yb in starts:
                for xa, xb in starts:
                    one = a[i][ya:, xa:][window, window]
                    two = second[yb:, xb:][window, window]
                    best = max(best, np.corrcoef(one.ravel(), two.ravel())[0, 1])
    return best


def main():
    sizes = ((64, 48, 0), (200, 150, 1), (33, 20, 2), (112, 112, 3))
    found = [details(pattern(*size)) for size in sizes]
    print("#pragma once")
    print("// Written by oracle.py (NumPy, SciPy); don't edit.")
    print("// clang-format off\n")
    print("#include <cstddef>\n#include <vector>\n")
    print("namespace semblance::oracle {\n")
    print("/// detail: row 9 of each zoom.")
    print("struct Fingerprint { std::size_t width, height, seed; std::vector<std::vector<int>> detail; };")
    print("inline const std::vector<Fingerprint> kFingerprints = {")
    for size, levels in zip(sizes, found):
        rows = ", ".join("{" + ", ".join(str(int(v)) for v in level[9]) + "}" for level in levels)
        print(f"    {{{size[0]}, {size[1]}, {size[2]},\n     {{{rows}}}}},")
    print("};\n")
    print("struct Similarity { std::size_t a, b; double value; };")
    print("inline const std::vector<Similarity> kSimilarities = {")
    for i in range(len(sizes)):
        for j in range(i + 1, len(sizes)):
            print(f"    {{{i}, {j}, {float(similarity(found[i], found[j]))!r}}},")
    print("};\n")
    print("/// A soft picture and a part of it, mirrored or not.")
    print("struct Part { std::size_t left, top, width, height; bool mirrored; double value; };")
    print("inline const std::vector<Part> kParts = {")
    soft = pattern(64, 48, 0) // 4 + pattern(64, 48, 3) // 8
    for left, top, width, height, mirrored in ((0, 0, 64, 48, True), (2, 1, 61, 46, False), (3, 0, 61, 48, True),
                                               (4, 3, 56, 42, False), (8, 6, 48, 36, True)):
        part = soft[top:top + height, left:left + width]
        value = similarity(details(soft), details(np.fliplr(part) if mirrored else part))
        print(f"    {{{left}, {top}, {width}, {height}, {str(mirrored).lower()}, {float(value)!r}}},")
    print("};\n\n}  // namespace semblance::oracle")


if __name__ == "__main__":
    main()
