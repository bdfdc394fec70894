"""Writes small networks in Caffe's and frozen TensorFlow's formats, byte by byte."""

import numpy as np

from onnx_file import block, number


def write_caffe(path, weights, bias, shape):
    """An inner product of the whole picture: `path` and, with its layers, a .prototxt of the same name beside it."""
    def blob(values):
        dims = b"".join(number(1, n) for n in values.shape)
        return block(7, block(7, dims) + block(5, values.astype("<f4").tobytes()))

    path.with_suffix(".prototxt").write_text(
        'name: "tiny"\ninput: "data"\n' + "".join(f"input_dim: {n}\n" for n in shape) +
        'layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc"\n'
        f'        inner_product_param {{ num_output: {len(bias)} }} }}\n')
    path.write_bytes(block(1, "tiny") + block(100, block(1, "fc") + block(2, "InnerProduct") + blob(weights.T) + blob(bias)))


def attribute(key, value):
    return block(5, block(1, key) + block(2, value))


def tensor(values):
    kind = 3 if values.dtype == np.int32 else 1
    shape = b"".join(block(2, number(1, n)) for n in values.shape)
    return attribute("dtype", number(6, kind)) + attribute("value", block(8, number(1, kind) + block(2, shape) +
                                                                          block(4, values.tobytes())))


def write_tensorflow(path, weights, bias, shape):
    """A convolution over the whole picture, channels last as TensorFlow has them, and a bias."""
    _, channels, height, width = shape

    def node(name, kind, inputs, rest=b""):
        content = block(1, name) + block(2, kind) + b"".join(block(3, one) for one in inputs) + rest
        return block(1, content)

    floats = attribute("T", number(6, 1))
    kernel = np.ascontiguousarray(weights.reshape(channels, height, width, -1).transpose(1, 2, 0, 3)).astype("<f4")
    path.write_bytes(
        node("input", "Placeholder", [], attribute("dtype", number(6, 1))) + node("w", "Const", [], tensor(kernel)) +
        node("b", "Const", [], tensor(bias.astype("<f4"))) +
        node("conv", "Conv2D", ["input", "w"], floats + attribute("strides", block(1, block(3, b"\1\1\1\1"))) +
             attribute("padding", block(2, "VALID")) + attribute("data_format", block(2, "NHWC"))) +
        node("embedding", "BiasAdd", ["conv", "b"], floats + attribute("data_format", block(2, "NHWC"))))
