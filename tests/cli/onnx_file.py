"""Writes small ONNX networks, byte by byte: no package that the tests would need."""

import numpy as np


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def block(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def tensor(name, values):
    dims = b"".join(number(1, n) for n in values.shape)
    return dims + number(2, 1) + block(8, name) + block(9, values.astype("<f4").tobytes())


def value_info(name, shape):
    dims = b"".join(block(1, number(1, n) if n else block(2, "batch")) for n in shape)  # 0: any
    return block(1, name) + block(2, block(1, number(1, 1) + block(2, dims)))


def node(kind, inputs, output):
    return b"".join(block(1, name) for name in inputs) + block(2, output) + block(4, kind)


def linear_network(path, weights, bias, shape):
    """y = flatten(x) W + b, x of `shape` (0: any), W of shape (pixels, dim)."""
    graph = (block(1, node("Flatten", ["x"], "f")) + block(1, node("Gemm", ["f", "w", "b"], "y")) + block(2, "g") +
             block(5, tensor("w", weights)) + block(5, tensor("b", bias)) + block(11, value_info("x", shape)) +
             block(12, value_info("y", (shape[0], weights.shape[1]))))
    path.write_bytes(number(1, 8) + block(7, graph) + block(8, number(2, 13)))


def random_weights(pixels, dim, seed=1):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((pixels, dim)) / 255 / np.sqrt(pixels)).astype(np.float32)
