#!/usr/bin/env python3
"""Prints the digests that numpy_random_test.cpp holds: of the bytes that NumPy draws.

Usage: python3 tests/base/numpy_random_oracle.py
"""
import hashlib

import numpy as np

for dimension in (1, 2, 3, 7, 64, 200, 511, 512):
    sha256 = hashlib.sha256()
    for seed in [*range(1000), 9999, 123456789, 2**31 - 1, 2**31, 2**32 - 1]:
        sha256.update(np.random.RandomState(seed).randn(1, dimension).astype("<f8").tobytes())
    print(f'    {{{dimension}, "{sha256.hexdigest()}"}},')
