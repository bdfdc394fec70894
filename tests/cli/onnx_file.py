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
    kind, stored = (7, "<i8") if values.dtype == np.int64 else (1, "<f4")
    return dims + number(2, kind) + block(8, name) + block(9, values.astype(stored).tobytes())


def value_info(name, shape):
    dims = b"".join(block(1, number(1, n) if n else block(2, "batch")) for n in shape)  # 0: any
    return block(1, name) + block(2, block(1, number(1, 1) + block(2, dims)))


def attribute(name, value):
    if isinstance(value, float):
        return block(5, block(1, name) + varint(2 << 3 | 5) + np.float32(value).tobytes() + number(20, 1))
    if isinstance(value, int):
        return block(5, block(1, name) + number(3, value) + number(20, 2))
    return block(5, block(1, name) + b"".join(number(8, n) for n in value) + number(20, 7))


def node(kind, inputs, output, **attributes):
    """Attributes: a whole number, a float, or a list of whole numbers."""
    return (b"".join(block(1, name) for name in inputs) + block(2, output) + block(4, kind) +
            b"".join(attribute(name, value) for name, value in attributes.items()))


def write_network(path, nodes, tensors, inputs, outputs, opset=13):
    """`tensors`: name to values; `inputs`, `outputs`: name to shape (0: any)."""
    graph = (b"".join(block(1, one) for one in nodes) + block(2, "g") +
             b"".join(block(5, tensor(name, values)) for name, values in tensors.items()) +
             b"".join(block(11, value_info(*one)) for one in inputs.items()) +
             b"".join(block(12, value_info(*one)) for one in outputs.items()))
    path.write_bytes(number(1, 8) + block(7, graph) + block(8, number(2, opset)))


def linear_network(path, weights, bias, shape):
    """y = flatten(x) W + b, x of `shape` (0: any), W of shape (pixels, dim)."""
    write_network(path, [node("Flatten", ["x"], "f"), node("Gemm", ["f", "w", "b"], "y")],
                  {"w": weights, "b": bias}, {"x": shape}, {"y": (shape[0], weights.shape[1])})


def blob_detector(path, side, box, points, anchors=1, scores=1):
    """Sees a face where a cell of 8 x 8 pixels is bright: its score is the cell's mean over 255. `box` and `points` are
    the other outputs, the same in every cell; at strides 16 and 32 it sees nothing. SCRFD's outputs with two anchors
    (the second blind) and one score, YuNet's with one anchor and two."""
    nodes, tensors, outputs = [], {}, {}
    for stride in (8, 16, 32):
        cells = side // stride
        for kind, constants in [*[(f"score{k}", [0.0]) for k in range(scores)], ("box", box), ("points", points)]:
            name, each = f"{kind}_{stride}", len(constants)
            weights = np.zeros((each * anchors, 3, stride, stride), np.float32)
            if kind.startswith("score") and stride == 8:
                weights[0] = 1 / (255 * 3 * 64)
            tensors[f"w_{name}"], tensors[f"b_{name}"] = weights, np.tile(np.float32(constants), anchors)
            nodes.append(node("Conv", ["x", f"w_{name}", f"b_{name}"], f"c_{name}", strides=[stride, stride]))
            nodes.append(node("Transpose", [f"c_{name}"], f"t_{name}", perm=[0, 2, 3, 1]))
            nodes.append(node("Reshape", [f"t_{name}", f"shape{each}"], name))
            outputs[name] = (1, cells * cells * anchors, each)
    shapes = {f"shape{each}": np.int64([1, -1, each]) for each in (1, 4, 10)}
    write_network(path, nodes, {**tensors, **shapes}, {"x": (1, 3, side, side)}, outputs)


def random_weights(pixels, dim, seed=1):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((pixels, dim)) / 255 / np.sqrt(pixels)).astype(np.float32)
