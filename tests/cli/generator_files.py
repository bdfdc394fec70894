"""Generators for the tests: networks written byte by byte, and what NumPy computes with the same weights."""

import numpy as np

from onnx_file import node, write_network

Z, W, CHANNELS, SIDE, LAYERS, CLASSES = 10, 12, 8, 16, 6, 3


def latents(seeds, z=Z):
    return np.concatenate([np.random.RandomState(seed).randn(1, z) for seed in seeds]).astype(np.float32).astype(np.float64)


def pixels(values, black=-1.0, white=1.0):
    """(n, 3, h, w) or (n, 1, h, w) to (n, h, w, 3), before rounding."""
    grey = (np.asarray(values) - black) / (white - black) * 255
    return np.clip(np.repeat(grey, 3 // grey.shape[1], axis=1).transpose(0, 2, 3, 1), 0, 255)


class Decoder:
    """tanh(z A + b): a plain decoder. `range_`: what it gives for black and white."""

    def __init__(self, seed=3, side=SIDE, channels=3):
        rng = np.random.default_rng(seed)
        self.side, self.channels = side, channels
        self.a = rng.normal(0, 0.4, (Z, channels * side * side)).astype(np.float32)
        self.b = rng.normal(0, 0.4, channels * side * side).astype(np.float32)

    def values(self, z):
        return np.tanh(z @ self.a.astype(np.float64) + self.b).reshape(-1, self.channels, self.side, self.side)

    def write(self, path, batch=1, psi=False, codes=(Z,), last=False):
        """`batch` 0: any. `psi`: the network multiplies z with an input of its own."""
        shape = (-1, self.channels, self.side, self.side)
        nodes = [node("Mul", ["z", "psi"], "scaled")] if psi else [node("Identity", ["z"], "scaled")]
        nodes += [node("Reshape", ["scaled", "flat"], "f"), node("Gemm", ["f", "a", "b"], "g"), node("Tanh", ["g"], "t"),
                  node("Reshape", ["t", "shape"], "r" if last else "y")]
        out = (batch, *shape[1:])
        if last:
            nodes.append(node("Transpose", ["r"], "y", perm=[0, 2, 3, 1]))
            out = (batch, self.side, self.side, self.channels)
        write_network(path, nodes, {"a": self.a, "b": self.b, "flat": np.int64([-1, Z]), "shape": np.int64(shape)},
                      {"z": (batch, *codes), **({"psi": (1,)} if psi else {})}, {"y": out})


class StyleGan:
    """StyleGAN2's shape (Karras et al. 2020): mapping of normalised z by layers with leaky ReLU, then from a constant
    4 x 4 picture modulated and demodulated convolutions with constant noise, upsampling, and a sum of RGB pictures."""

    def __init__(self, seed=5, classes=0):
        rng = np.random.default_rng(seed)
        self.classes = classes
        normal = lambda *shape, scale=1.0: (scale * rng.standard_normal(shape)).astype(np.float32)  # noqa: E731
        width = Z + (W if classes else 0)
        self.t = {"fc0": normal(width, W, scale=1.2 / np.sqrt(width)), "fb0": normal(W, scale=0.1),
                  "fc1": normal(W, W, scale=1.5 / np.sqrt(W)), "fb1": normal(W, scale=0.1)}
        if classes:
            self.t["embed"] = normal(classes, W)
        self.t["const"] = normal(1, CHANNELS, 4, 4)
        self.convs = [("b4", 4, False, 0), ("b8u", 8, True, 1), ("b8", 8, False, 2), ("b16u", 16, True, 3), ("b16", 16, False, 4)]
        self.rgbs = {"b4": 1, "b8": 3, "b16": 5}
        for name, side, _, _ in self.convs:
            self.t |= {f"{name}_s": normal(W, CHANNELS, scale=0.4), f"{name}_sb": 1 + normal(CHANNELS, scale=0.1),
                       f"{name}_w": normal(CHANNELS, CHANNELS, 3, 3), f"{name}_n": normal(1, 1, side, side, scale=0.2),
                       f"{name}_b": normal(1, CHANNELS, 1, 1, scale=0.1)}
        for name in self.rgbs:
            self.t |= {f"{name}_rs": normal(W, CHANNELS, scale=0.4), f"{name}_rsb": 1 + normal(CHANNELS, scale=0.1),
                       f"{name}_rw": normal(3, CHANNELS, 1, 1, scale=0.12), f"{name}_rb": normal(1, 3, 1, 1, scale=0.1)}
        self.w_avg = self.w(latents(range(500)), np.arange(500) % max(1, classes)).mean(0).astype(np.float32)

    def w(self, z, labels=None):
        t = {key: value.astype(np.float64) for key, value in self.t.items()}
        norm = lambda x: x / np.sqrt((x**2).mean(1, keepdims=True) + 1e-8)  # noqa: E731
        x = norm(z)
        if self.classes:
            x = np.concatenate([x, norm(t["embed"][labels])], 1)
        for k in range(2):
            x = x @ t[f"fc{k}"] + t[f"fb{k}"]
            x = np.where(x > 0, x, 0.2 * x)
        return x

    def ws(self, z, psi=1.0, cutoff=LAYERS, labels=None):
        w = np.repeat(self.w(z, labels)[:, None], LAYERS, axis=1)
        w[:, :cutoff] = self.w_avg + psi * (w[:, :cutoff] - self.w_avg)
        return w

    def values(self, ws):
        t = {key: value.astype(np.float64) for key, value in self.t.items()}
        x = np.repeat(t["const"], len(ws), axis=0)
        rgb = None
        for name, side, up, layer in self.convs:
            s = ws[:, layer] @ t[f"{name}_s"] + t[f"{name}_sb"]
            x = x * s[:, :, None, None]
            if up:
                x = x.repeat(2, axis=2).repeat(2, axis=3)
            padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
            x = sum(np.einsum("ncyx,oc->noyx", padded[:, :, i:i + side, j:j + side], t[f"{name}_w"][:, :, i, j])
                    for i in range(3) for j in range(3))
            whole = t[f"{name}_w"][None] * s[:, None, :, None, None]
            x = x / np.sqrt((whole**2).sum((2, 3, 4)) + 1e-8)[:, :, None, None] + t[f"{name}_n"] + t[f"{name}_b"]
            x = np.where(x > 0, x, 0.2 * x) * np.sqrt(2)
            if name not in self.rgbs:
                continue
            s = ws[:, self.rgbs[name]] @ t[f"{name}_rs"] + t[f"{name}_rsb"]
            y = np.einsum("ncyx,oc->noyx", x * s[:, :, None, None], t[f"{name}_rw"][:, :, 0, 0]) + t[f"{name}_rb"]
            rgb = y if rgb is None else rgb.repeat(2, axis=2).repeat(2, axis=3) + y
        return rgb

    def write_mapping(self, path, batch=1, repeated=True):
        tensors = {key: self.t[key] for key in ("fc0", "fb0", "fc1", "fb1")} | {"eps": np.float32([1e-8])}
        nodes, inputs = [], {"z": (batch, Z)}

        def normalise(name, out):
            nodes.extend([node("Mul", [name, name], f"{out}2"), node("ReduceMean", [f"{out}2"], f"{out}m", axes=[1]),
                          node("Add", [f"{out}m", "eps"], f"{out}e"), node("Sqrt", [f"{out}e"], f"{out}q"),
                          node("Div", [name, f"{out}q"], out)])

        normalise("z", "x0")
        if self.classes:
            tensors["embed"], inputs["c"] = self.t["embed"], (batch, self.classes)
            nodes.append(node("MatMul", ["c", "embed"], "e"))
            normalise("e", "e0")
            nodes.append(node("Concat", ["x0", "e0"], "x1", axis=1))
        x = "x1" if self.classes else "x0"
        for k in range(2):
            nodes += [node("Gemm", [x, f"fc{k}", f"fb{k}"], f"g{k}"), node("LeakyRelu", [f"g{k}"], f"a{k}", alpha=0.2)]
            x = f"a{k}"
        if repeated:
            tensors |= {"one": np.int64([1]), "layers": np.int64([1, LAYERS, 1])}
            nodes += [node("Unsqueeze", [x, "one"], "u"), node("Tile", ["u", "layers"], "ws")]
        else:
            nodes.append(node("Identity", [x], "ws"))
        write_network(path, nodes, tensors, inputs, {"ws": (batch, LAYERS, W) if repeated else (batch, W)})

    def write_synthesis(self, path, batch=1):
        tensors = {"eps": np.float32([1e-8]), "gain": np.float32([np.sqrt(2)]), "sides": np.int64([2, 3]),
                   "double": np.float32([1, 1, 2, 2]), "zero": np.float32([0])}
        nodes = []

        def modulated(x, layer, key, out):
            tensors[f"{key}_i"] = np.int64(layer)
            tensors[f"{key}s"], tensors[f"{key}sb"] = self.t[f"{key}s"], self.t[f"{key}sb"]
            nodes.extend([node("Gather", ["ws", f"{key}_i"], f"{out}w", axis=1),
                          node("Gemm", [f"{out}w", f"{key}s", f"{key}sb"], f"{out}s"),
                          node("Unsqueeze", [f"{out}s", "sides"], f"{out}u"), node("Mul", [x, f"{out}u"], out)])

        def doubled(x, out):
            nodes.append(node("Resize", [x, "", "double"], out))

        # The constant picture, once a code.
        tensors["const"] = self.t["const"]
        tensors["first"] = np.int64(0)
        nodes += [node("Gather", ["ws", "first"], "w0", axis=1), node("ReduceMean", ["w0"], "w1", axes=[1]),
                  node("Mul", ["w1", "zero"], "w2"), node("Unsqueeze", ["w2", "sides"], "w3"), node("Add", ["const", "w3"], "x")]
        x, rgb = "x", None
        for name, _, up, layer in self.convs:
            weights = self.t[f"{name}_w"]
            modulated(x, layer, f"{name}_", f"{name}m")
            x = f"{name}m"
            if up:
                doubled(x, f"{name}d")
                x = f"{name}d"
            tensors |= {f"{name}_w": weights, f"{name}_nb": self.t[f"{name}_n"] + self.t[f"{name}_b"],
                        f"{name}_w2": (weights.astype(np.float64)**2).sum((2, 3)).T.astype(np.float32)}
            nodes += [node("Conv", [x, f"{name}_w"], f"{name}c", pads=[1, 1, 1, 1]),
                      node("Mul", [f"{name}ms", f"{name}ms"], f"{name}s2"), node("MatMul", [f"{name}s2", f"{name}_w2"], f"{name}q"),
                      node("Add", [f"{name}q", "eps"], f"{name}qe"), node("Sqrt", [f"{name}qe"], f"{name}r"),
                      node("Unsqueeze", [f"{name}r", "sides"], f"{name}ru"), node("Div", [f"{name}c", f"{name}ru"], f"{name}v"),
                      node("Add", [f"{name}v", f"{name}_nb"], f"{name}n"), node("LeakyRelu", [f"{name}n"], f"{name}l", alpha=0.2),
                      node("Mul", [f"{name}l", "gain"], f"{name}x")]
            x = f"{name}x"
            if name not in self.rgbs:
                continue
            modulated(x, self.rgbs[name], f"{name}_r", f"{name}t")
            tensors |= {f"{name}_rw": self.t[f"{name}_rw"], f"{name}_rb": self.t[f"{name}_rb"].ravel()}
            nodes.append(node("Conv", [f"{name}t", f"{name}_rw", f"{name}_rb"], f"{name}y"))
            if rgb:
                doubled(rgb, f"{name}k")
                nodes.append(node("Add", [f"{name}k", f"{name}y"], f"{name}z"))
            rgb = f"{name}z" if rgb else f"{name}y"
        nodes.append(node("Identity", [rgb], "img"))
        write_network(path, nodes, tensors, {"ws": (batch, LAYERS, W)}, {"img": (batch, 3, SIDE, SIDE)})


def write_card(folder, more="", name="g.toml", truncation="z", weights="g.onnx", generator="", side=SIDE):
    path = folder / name
    path.write_text(f'name = "tiny"\ntraining_set = "none"\nlicence = "CC0-1.0"\n[weights]\nfile = "{weights}"\n'
                    f'[generator]\nz = {Z}\nwidth = {side}\nheight = {side}\ntruncation = "{truncation}"\n{generator}\n{more}\n')
    return path


def write_stylegan(folder, batch=1, repeated=True, generator="", classes=0, **changes):
    """Both networks, w_avg and the card; returns the card and the network."""
    network = StyleGan(classes=classes)
    network.write_mapping(folder / "mapping.onnx", batch, repeated)
    network.write_synthesis(folder / "g.onnx", batch)
    np.save(folder / "w_avg.npy", network.w_avg[None])
    more = '[mapping]\nfile = "mapping.onnx"'
    classes_line = f"classes = {classes}\n" if classes else ""
    return write_card(folder, more, truncation="w", generator=f'w_avg = "w_avg.npy"\n{classes_line}{generator}', **changes), network
