"""A hundred thousand pictures take the memory of a few thousand: only their names grow where the format lists them."""

import csv
import io
import os
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from onnx_file import linear_network, random_weights
from pictures import RUNTIME, needs_runtime, png
from support import PROGRAM

pytestmark = needs_runtime

SIDE, DIM = 8, 4
FEW, MANY = 5_000, 100_000
NAMES = 200  # bytes an item where names come first: archives and folders
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    linear_network(folder / "model.onnx", random_weights(3 * SIDE * SIDE, DIM), np.ones(DIM, np.float32),
                   (0, 3, SIDE, SIDE))
    path = folder / "card.toml"
    path.write_text(f'name = "tiny"\ndimension = {DIM}\n[weights]\nfile = "model.onnx"\n[input]\nheight = {SIDE}\n'
                    f'width = {SIDE}\ncolour = "RGB"\n')
    return path


def pictures(count):
    some = [png(np.random.default_rng(k).integers(0, 256, (20, 20, 3), dtype=np.uint8)) for k in range(50)]
    return (some[k % len(some)] for k in range(count))


def write_rec(path, count):
    with open(path, "wb") as out:
        for k, image in enumerate(pictures(count)):
            data = struct.pack("<IfQQ", 0, float(k // 10), k, 0) + image
            out.write(struct.pack("<II", 0xCED7230A, len(data)) + data + b"\0" * (-len(data) % 4))


def write_zip(path, count):
    with zipfile.ZipFile(path, "w") as out:
        for k, image in enumerate(pictures(count)):
            out.writestr(f"{k // 10:05d}/{k:06d}.png", image)


def write_tar(path, count):
    with tarfile.open(path, "w") as out:
        for k, image in enumerate(pictures(count)):
            entry = tarfile.TarInfo(f"{k // 10:05d}/{k:06d}.png")
            entry.size = len(image)
            out.addfile(entry, io.BytesIO(image))


def write_folder(path, count):
    for k, image in enumerate(pictures(count)):
        folder = path / f"{k // 1000:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{k:06d}.png").write_bytes(image)


def peak_memory(dataset, card, out):
    arguments = [PROGRAM, "embed", dataset, "--matcher", card, "--onnxruntime", RUNTIME, "--labels", "none", "--out", out]
    child = os.spawnv(os.P_NOWAIT, PROGRAM, [str(one) for one in arguments])
    _, status, usage = os.wait4(child, 0)
    assert status == 0
    return usage.ru_maxrss * 1024


@pytest.mark.memory
@pytest.mark.parametrize("write,name,most,bytes_an_item", [(write_rec, "x.rec", MANY, 64),
                                                           (write_folder, "folder", 40_000, NAMES),
                                                           (write_tar, "x.tar", 30_000, NAMES),
                                                           (write_zip, "x.zip", 30_000, 2 * NAMES)])
def test_memory_does_not_grow_with_the_pictures(write, name, most, bytes_an_item, card, tmp_path):
    peaks = []
    for count in (FEW, most):
        (tmp_path / str(count)).mkdir()
        dataset = tmp_path / str(count) / name
        write(dataset, count)
        peaks.append(peak_memory(dataset, card, tmp_path / f"store-{count}"))
        values = np.load(tmp_path / f"store-{count}/embeddings.npy", mmap_mode="r")
        assert values.shape == (count, DIM)
    assert peaks[1] - peaks[0] < 8 * MEGABYTE + (most - FEW) * bytes_an_item, [p / MEGABYTE for p in peaks]


@pytest.mark.memory
def test_a_record_that_is_too_long_is_passed_over(card, tmp_path):
    """The limit holds before a record is read, not after; what comes behind it is found. 500 MiB of nothing."""
    image = next(iter(pictures(1)))
    with open(tmp_path / "x.rec", "wb") as out:
        for k, more in enumerate((0, 500 << 20, 0)):
            data = struct.pack("<IfQQ", 0, float(k), k, 0) + image
            length = len(data) + more
            out.write(struct.pack("<II", 0xCED7230A, length) + data)
            out.seek(more + -length % 4, os.SEEK_CUR)
        out.truncate(out.tell())
    (tmp_path / "few").mkdir()
    write_rec(tmp_path / "few/x.rec", 3)
    few = peak_memory(tmp_path / "few/x.rec", card, tmp_path / "few/store")
    assert peak_memory(tmp_path / "x.rec", card, tmp_path / "store") - few < 150 << 20
    with open(tmp_path / "store/items.csv") as items:
        rows = list(csv.DictReader(items))
    assert [row["status"] for row in rows] == ["ok", "rejected", "ok"]
    assert f"has {len(image) + (500 << 20)} bytes" in rows[1]["rejection"]
