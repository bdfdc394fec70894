"""Embedding files of every format, with the float32 matrix that a reader must make of each.

Usage: make_fixtures.py FOLDER. Writes files, and cases.json: a list of {name, location, items, expected, rows, cols,
ids, identities, paths} with paths relative to FOLDER; `expected` is the matrix as raw float32. None of it goes through Semblance.
"""

import json
import pathlib
import struct
import sys
import zipfile

import h5py
import numpy

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
rng = numpy.random.default_rng(20240117)
ROWS, COLS = 7, 5
base = rng.standard_normal((ROWS, COLS))
single = base.astype(numpy.float32)
cases = []


def case(name, file, matrix, selector="", items=None, **says):
    expected = numpy.ascontiguousarray(matrix, dtype="<f4")
    (folder / "expected").mkdir(exist_ok=True)
    (folder / "expected" / name).write_bytes(expected.tobytes())
    cases.append({"name": name, "location": file + selector, "items": items, "expected": f"expected/{name}",
                  "rows": expected.shape[0], "cols": expected.shape[1], **says})


def npy_cases():
    for version in (1, 2, 3):
        for kind in ("f2", "f4", "f8"):
            for endian in "<>":
                for order in "CF":
                    stored = numpy.array(base, dtype=endian + kind, order=order)
                    name = f"v{version}_{'le' if endian == '<' else 'be'}_{kind}_{order}.npy"
                    with open(folder / name, "wb") as out:
                        numpy.lib.format.write_array(out, stored, version=(version, 0))
                    case(name, name, stored.astype(numpy.float32))
    for name, matrix in {
        "one_row.npy": single[:1],
        "one_row_fortran.npy": numpy.asfortranarray(base[:1]),
        "one_column.npy": single[:, :1],
        "denormals.npy": numpy.array([[1e-45, 1e-40], [-1e-42, 0]], dtype=numpy.float32),
        "half_denormals.npy": numpy.array([[6e-8, 3e-5], [-6e-8, 65504]], dtype=numpy.float16),
        "double_denormals.npy": numpy.array([[1e-45, 1e-40], [3.4028234e38, -1e-300]]),
        "huge_values.npy": numpy.array([[3.4028235e38, -3.4028235e38]], dtype=numpy.float32),
        "UPPER.NPY": single,
        "with:colon.npy": single,
        "more_than_a_block.npy": rng.standard_normal((3000, 200)).astype("<f2"),
        "fortran_more_than_a_block.npy": numpy.asfortranarray(rng.standard_normal((3000, 200))),
    }.items():
        numpy.save(folder / "temporary.npy", matrix)
        (folder / "temporary.npy").rename(folder / name)
        with numpy.errstate(over="ignore"):
            case(name, name, matrix.astype(numpy.float32))
    # NumPy before 1.14 didn't align the payload to 64 bytes, and the format asks for no alignment at all.
    for pad in range(4):
        literal = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({ROWS}L, {COLS}L), }}" + " " * pad + "\n"
        name = f"unaligned_{pad}.npy"
        (folder / name).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(literal)) + literal.encode() + single.tobytes())
        case(name, name, single)


def npz_cases():
    labels = numpy.array(["a", "b"])
    numpy.savez(folder / "stored.npz", embeddings=single, labels=labels, counts=numpy.arange(6).reshape(2, 3))
    case("stored.npz", "stored.npz", single)
    numpy.savez_compressed(folder / "deflated.npz", embeddings=base, ids=labels)
    case("deflated.npz", "deflated.npz", single)
    numpy.savez(folder / "two.npz", first=single, second=numpy.asfortranarray(2 * base.astype(">f8")), third=single[0])
    case("two_second.npz", "two.npz", 2 * single, ":second")
    case("two_first.npz", "two.npz", single, ":first.npy")
    numpy.savez_compressed(folder / "large.npz", x=numpy.repeat(single, 4000, axis=0))
    case("large.npz", "large.npz", numpy.repeat(single, 4000, axis=0))


def vecs_cases():
    with open(folder / "a.fvecs", "wb") as out:
        for row in single:
            out.write(struct.pack("<i", COLS) + row.tobytes())
    case("a.fvecs", "a.fvecs", single)
    half = single.astype("<f2")
    small = rng.integers(-128, 128, (ROWS, COLS)).astype(numpy.int8)
    for name, matrix in {"a.fbin": single, "a.f16bin": half, "a.i8bin": small}.items():
        (folder / name).write_bytes(struct.pack("<ii", ROWS, COLS) + matrix.tobytes())
        case(name, name, matrix.astype(numpy.float32))
    (folder / "a.f32").write_bytes(single.tobytes())
    case("a.f32", "a.f32", single, f":{ROWS}x{COLS}")
    case("a_other_shape.f32", "a.f32", single.reshape(COLS, ROWS), f":{COLS}X{ROWS}")


def safetensors(name, tensors, pad=0):
    """The format of https://github.com/huggingface/safetensors#format"""
    header, data = {"__metadata__": {"made": "by hand"}}, b""
    for key, (dtype, shape, content) in tensors.items():
        header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8 + pad)
    (folder / name).write_bytes(struct.pack("<Q", len(text)) + text + data)


def safetensors_cases():
    shape = [ROWS, COLS]
    brain_bits = (single.view(numpy.uint32) >> 16).astype("<u2")
    brain = (brain_bits.astype(numpy.uint32) << 16).view(numpy.float32)
    for dtype, content, matrix in (
        ("F16", base.astype("<f2"), base.astype("<f2").astype(numpy.float32)),
        ("BF16", brain_bits, brain),
        ("F32", single, single),
        ("F64", base, single),
    ):
        name = f"{dtype}.safetensors"
        safetensors(name, {"bias": ("F32", [3], b"\0" * 12), "embeddings": (dtype, shape, content.tobytes())})
        case(name, name, matrix)
    safetensors("unaligned.safetensors", {"x": ("F32", shape, single.tobytes())}, pad=1)
    case("unaligned.safetensors", "unaligned.safetensors", single)
    safetensors("two.safetensors", {"x": ("F32", shape, single.tobytes()), "y.w": ("F64", shape, (-base).tobytes())})
    case("two.safetensors", "two.safetensors", -single, ":y.w")


def hdf5_cases():
    for kind in ("<f2", "<f4", "<f8", ">f4", ">f8"):
        name = f"{kind[1:]}_{'le' if kind[0] == '<' else 'be'}.h5"
        stored = base.astype(kind)
        with h5py.File(folder / name, "w") as out:
            out["embeddings"] = stored
            out["labels"] = numpy.arange(ROWS * 2).reshape(ROWS, 2)
            out.create_group("deep").create_dataset("names", data=["a", "b"], dtype=h5py.string_dtype())
        case(name, name, stored.astype(numpy.float32))
    with h5py.File(folder / "groups.hdf5", "w") as out:
        out.create_dataset("/deep/er/emb", data=single, chunks=(2, 3), compression="gzip", shuffle=True)
        out.create_dataset("/deep/wide", data=base * 3, chunks=(3, COLS), compression="gzip")
    case("group_chunked.hdf5", "groups.hdf5", single, ":/deep/er/emb")
    case("group_wide.hdf5", "groups.hdf5", (base * 3).astype(numpy.float32), ":deep/wide")
    tall = rng.standard_normal((12000, 100))
    with h5py.File(folder / "tall.h5", "w") as out:
        out.create_dataset("x", data=tall, chunks=(7001, 9), compression="gzip", compression_opts=1)
    case("tall.h5", "tall.h5", tall.astype(numpy.float32))


def text_cases():
    names = [f"img_{i}" for i in (3, 1, 2, 10, 5, 6, 4)]
    people = ["p2", "p2", "p10", "p1", "p1", "p1", "p3"]

    def rows(prefixes=None):
        for i, row in enumerate(single):
            yield ",".join([*(prefixes[i] if prefixes else []), *(numpy.format_float_scientific(v, unique=True) for v in row)])

    def write(name, header, prefixes=None, **says):
        lines = ([header] if header else []) + list(rows(prefixes))
        (folder / name).write_text("\n".join(lines) + "\n")
        case(name, name, single, **says)

    columns = ",".join(f"e{i}" for i in range(COLS))
    numbers = ",".join(str(i) for i in range(COLS))
    both = list(zip(names, people))
    write("bare.csv", None)
    write("id_first.csv", None, [[n] for n in names], ids=names)
    write("id_identity_first.csv", None, both, ids=names, identities=people)
    write("header.csv", columns)
    write("header_id.csv", "ID," + columns, [[n] for n in names], ids=names)
    write("header_label_path.csv", "label,Path," + columns, [[p, n] for n, p in both], ids=names, identities=people, paths=names)
    write("pandas.csv", "," + numbers, [[str(i)] for i in range(ROWS)], ids=[str(i) for i in range(ROWS)])
    write("pandas_columns.csv", numbers)
    write("pandas_index_and_id.csv", ",id,person," + numbers, [[str(i), *b] for i, b in enumerate(both)], ids=names, identities=people)
    write("numeric_ids.csv", "id," + columns, [[str(7 - i)] for i in range(ROWS)], ids=[str(7 - i) for i in range(ROWS)])
    (folder / "spaces.csv").write_text(" +1.5, -2e0 \r\n.25,1e-46\r\n")
    case("spaces.csv", "spaces.csv", numpy.array([[1.5, -2], [0.25, 0]]))

    def lines(name, values, matrix=single, **says):
        (folder / name).write_text("\n".join(json.dumps(value) for value in values) + "\n\n")
        case(name, name, matrix, **says)

    # float32 values as Python prints them as doubles read back exactly.
    exact = [[float(v) for v in row] for row in single]
    lines("arrays.jsonl", exact)
    lines("objects.jsonl", [{"embedding": v, "model": "m"} for v in exact])
    lines("named.jsonl", [{"id": n, "identity": p, "path": f"a/{n}.jpg", "embedding": v} for (n, p), v in zip(both, exact)],
          ids=names, identities=people, paths=[f"a/{n}.jpg" for n in names])
    lines("number_ids.jsonl", [{"id": 100 - i, "identity": None, "embedding": v} for i, v in enumerate(exact)],
          ids=[str(100 - i) for i in range(ROWS)])
    lines("integers.jsonl", [[1, 2], [-3, 0]], numpy.array([[1, 2], [-3, 0]]))


def refused_files():
    numpy.save(folder / "objects.npy", numpy.array([[1.0, None]], dtype=object), allow_pickle=True)
    numpy.save(folder / "integers.npy", numpy.arange(6).reshape(2, 3))
    numpy.save(folder / "vector.npy", base[0])
    numpy.save(folder / "cube.npy", numpy.zeros((2, 3, 4)))
    numpy.save(folder / "no_rows.npy", numpy.zeros((0, 4)))
    numpy.save(folder / "no_columns.npy", numpy.zeros((4, 0)))
    numpy.save(folder / "table.npy", numpy.zeros(3, dtype=[("x", "<f4"), ("who", "O")]), allow_pickle=True)
    numpy.save(folder / "long_double.npy", numpy.ones((2, 2), dtype=numpy.longdouble))
    numpy.save(folder / "complex.npy", numpy.ones((2, 2), dtype=numpy.complex64))
    numpy.savez(folder / "objects.npz", emb=numpy.array([numpy.ones(3), None], dtype=object))
    numpy.savez(folder / "ambiguous.npz", a=single, b=single)
    numpy.savez(folder / "no_matrix.npz", a=single[0], b=numpy.arange(4).reshape(2, 2))
    for name, value, row, column in (("nan", numpy.nan, 2, 3), ("inf", numpy.inf, 4, 0), ("minus_inf", -numpy.inf, 6, 4)):
        bad = base.copy()
        bad[row, column] = value
        for kind in ("f2", "f4", "f8"):
            numpy.save(folder / f"{name}_{kind}.npy", bad.astype(kind))
    zero = single.copy()
    zero[5] = 0
    zero[5, 1] = -0.0
    numpy.save(folder / "zero_row.npy", zero)
    many = rng.standard_normal((20000, 64)).astype(numpy.float32)
    many[19999, 63] = numpy.nan
    many[12345] = 0
    many[777, 11] = numpy.inf
    many[777, 60] = numpy.nan
    numpy.save(folder / "many_bad.npy", many)
    wide = base.copy()
    wide[3, 2] = -1e39
    wide[4, 0] = 1e300
    numpy.save(folder / "too_wide.npy", wide)
    numpy.save(folder / "too_wide_fortran.npy", numpy.asfortranarray(wide))
    safetensors("too_wide.safetensors", {"x": ("F64", [ROWS, COLS], wide.tobytes())})
    with h5py.File(folder / "too_wide.h5", "w") as out:
        out["x"] = wide
    with h5py.File(folder / "integers.h5", "w") as out:
        out["x"] = numpy.arange(6).reshape(2, 3)
    with h5py.File(folder / "two.h5", "w") as out:
        out["x"] = single
        out["g/y"] = single
    with h5py.File(folder / "unwritten.h5", "w") as out:
        out.create_dataset("x", (1 << 31, 1 << 20), dtype="f4")
    with h5py.File(folder / "mostly_unwritten.h5", "w") as out:
        out.create_dataset("x", (1 << 31, 1 << 20), dtype="f4", chunks=(4, 4))[0:1, 0:4] = 1
    with h5py.File(folder / "external.h5", "w") as out:
        out.create_dataset("x", (2, 2), dtype="f4", external=[("a.f32", 0, 16)])
    with h5py.File(folder / "virtual.h5", "w") as out:
        layout = h5py.VirtualLayout((ROWS, COLS), dtype="f4")
        layout[...] = h5py.VirtualSource("two.h5", "x", (ROWS, COLS))
        out.create_virtual_dataset("x", layout)
    safetensors("integers.safetensors", {"x": ("I64", [1, 2], b"\0" * 16)})
    # A member whose .npy header claims far more than the archive can unpack to, and one that is cut short.
    claim = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118)
    for name, rows in (("bomb.npz", 1 << 31), ("short.npz", 30)):
        literal = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, 512), }}".ljust(117) + "\n"
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("x.npy", claim + literal.encode() + b"\1" * 4096)
    with zipfile.ZipFile(folder / "damaged.npz", "w") as out:
        with out.open("x.npy", "w") as member:
            numpy.lib.format.write_array(member, single)
    damaged = bytearray((folder / "damaged.npz").read_bytes())
    damaged[damaged.index(single.tobytes()) + 5] ^= 1  # the checksum of the zip is now wrong
    (folder / "damaged.npz").write_bytes(damaged)


npy_cases()
npz_cases()
vecs_cases()
safetensors_cases()
hdf5_cases()
text_cases()
refused_files()
(folder / "cases.json").write_text(json.dumps(cases))
