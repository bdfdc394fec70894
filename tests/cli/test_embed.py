"""Pictures into embeddings: every source gives what NumPy computes, and no picture is lost without a word."""

import csv
import hashlib
import io
import json
import struct
import tarfile
import zipfile
import zlib

import numpy as np
import pytest

from onnx_file import linear_network, node, random_weights, write_network
from pictures import RUNTIME, embed, needs_runtime, png, refused, store
from support import INPUT, SHARED, fails, run

pytestmark = needs_runtime

RESOURCE = 5
SIDE, DIM = 16, 8
WEIGHTS = random_weights(3 * SIDE * SIDE, DIM)
BIAS = np.linspace(-0.1, 0.1, DIM).astype(np.float32)


def picture(seed, height=SIDE, width=SIDE):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def write_card(folder, name="card.toml", model="model.onnx", side=(SIDE, SIDE), colour="RGB", more_input="", weights="",
               dimension=DIM):
    path = folder / name
    path.write_text(f'name = "tiny"\ndimension = {dimension}\n[weights]\nfile = "{model}"\n{weights}\n[input]\n'
                    f'height = {side[0]}\nwidth = {side[1]}\ncolour = "{colour}"\n{more_input}\n')
    return path


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    linear_network(folder / "model.onnx", WEIGHTS, BIAS, (0, 3, SIDE, SIDE))
    return folder


@pytest.fixture(scope="module")
def card(models):
    return write_card(models)


NAMES = [f"person-{p}/{k}.png" for p in range(4) for k in range(3)]


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    for seed, name in enumerate(NAMES):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(png(picture(seed)))
    (folder / "person-0/notes.txt").write_text("no picture")
    (folder / ".hidden").mkdir()
    (folder / ".hidden/x.png").write_bytes(png(picture(99)))
    return folder


def expected(rgb, mean=0.0, divisor=1.0):
    """float64, channels in the order of `rgb`'s."""
    x = (rgb.astype(np.float64) - mean) / divisor
    return x.transpose(2, 0, 1).ravel() @ WEIGHTS.astype(np.float64) + BIAS


def check_people(folder):
    values, items, _ = store(folder)
    assert [i["id"] for i in items] == NAMES
    assert [i["identity"] for i in items] == [name.split("/")[0] for name in NAMES]
    assert all(i["status"] == "ok" for i in items)
    np.testing.assert_allclose(values, [expected(picture(seed)) for seed in range(len(NAMES))], atol=2e-6)


def test_a_folder_of_people_gives_what_numpy_computes(people, card, tmp_path):
    embed(people, card, tmp_path / "s")
    check_people(tmp_path / "s")
    meta = store(tmp_path / "s")[2]
    assert meta["matcher"] == "tiny" and meta["rows"] == 12 and meta["rejected"] == 0
    assert meta["card_sha256"] == hashlib.sha256(card.read_bytes()).hexdigest()
    info = json.loads(run("info", tmp_path / "s", "--json").stdout)
    assert "tiny" in json.dumps(info)


def test_the_same_bytes_for_any_number_of_threads(people, card, tmp_path):
    for threads in (1, 2, 5):
        embed(people, card, tmp_path / f"t{threads}", "--threads", threads)
    for name in ("embeddings.npy", "items.csv", "store.json"):
        assert len({(tmp_path / f"t{t}" / name).read_bytes() for t in (1, 2, 5)}) == 1, name


def test_archives_give_what_their_folder_gives(people, card, tmp_path):
    with zipfile.ZipFile(tmp_path / "p.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for name in NAMES:
            out.write(people / name, name)
        out.writestr("readme.txt", "no picture")
    with tarfile.open(tmp_path / "p.tar.gz", "w:gz") as out:
        for name in NAMES:
            out.add(people / name, "./" + name)
    for archive in ("p.zip", "p.tar.gz"):
        embed(tmp_path / archive, card, tmp_path / f"{archive}.store")
        check_people(tmp_path / f"{archive}.store")


def test_names_of_an_archive_may_be_in_any_script(card, tmp_path):
    names = ["ünï/日本.png", "emoji/😀.png", "plain/x.png"]
    with zipfile.ZipFile(tmp_path / "u.zip", "w") as out:
        for k, name in enumerate(names):
            out.writestr(name, png(picture(k)))
    embed(tmp_path / "u.zip", card, tmp_path / "s")
    assert [item["id"] for item in store(tmp_path / "s")[1]] == names


def test_nothing_is_unpacked_from_an_archive(people, card, tmp_path):
    below = tmp_path / "below"  # where the program runs
    below.mkdir()
    absolute = tmp_path / "absolute/a.png"
    with zipfile.ZipFile(tmp_path / "slip.zip", "w") as out:
        out.writestr("../escaped/a.png", png(picture(1)))
        out.writestr(str(absolute), png(picture(2)))
    def seen():
        return sorted(str(p) for p in tmp_path.rglob("*") if not p.is_relative_to(tmp_path / "s"))

    before = seen()
    embed(tmp_path / "slip.zip", card, tmp_path / "s", cwd=below)
    assert seen() == before and not absolute.exists()
    assert [i["id"] for i in store(tmp_path / "s")[1]] == ["../escaped/a.png", str(absolute)]


def test_a_name_from_the_root_lies_in_no_folder(card, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as out:
        out.writestr("p/a.png", png(picture(1)))
        out.writestr("/b.png", png(picture(2)))
    assert "--labels none" in refused(INPUT, tmp_path / "a.zip", card, tmp_path / "s")
    embed(tmp_path / "a.zip", card, tmp_path / "s", "--labels", "none")
    assert [i["id"] for i in store(tmp_path / "s")[1]] == ["p/a.png", "/b.png"]


def test_links_in_an_archive_are_counted(card, tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as out:
        content = png(picture(1))
        info = tarfile.TarInfo("a.png")
        info.size = len(content)
        out.addfile(info, io.BytesIO(content))
        for name, kind in (("b.png", tarfile.SYMTYPE), ("c.png", tarfile.LNKTYPE)):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, "a.png"
            out.addfile(link)
    embed(tmp_path / "a.tar", card, tmp_path / "s")
    _, items, meta = store(tmp_path / "s")
    assert meta["rejected"] == 2 and [i["status"] for i in items] == ["ok", "rejected", "rejected"]
    assert all("link" in i["rejection"] for i in items[1:])


def test_a_picture_that_unpacks_to_too_much_is_counted(card, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.png", png(picture(1)))
        out.writestr("bomb.png", png(picture(2)) + bytes(200 << 20))
    assert (tmp_path / "a.zip").stat().st_size < 1 << 20
    embed(tmp_path / "a.zip", card, tmp_path / "s")
    _, items, _ = store(tmp_path / "s")
    assert items[0]["status"] == "ok" and "more than" in items[1]["rejection"]


def test_an_opset_from_the_future_is_refused(people, models, tmp_path):
    write_network(models / "future.onnx", [node("Flatten", ["x"], "y")], {}, {"x": (1, 3, 2, 2)}, {"y": (1, 12)},
                  opset=999)
    card = write_card(models, "future.toml", "future.onnx", (2, 2), dimension=12)
    assert "older opset" in refused(INPUT, people, card, tmp_path / "s")


def test_a_list_names_files_people_and_ids(people, card, tmp_path):
    rows = "".join(f"id-{k:02d},{name.split('/')[0]},{people / name}\n" for k, name in enumerate(NAMES))
    (tmp_path / "l.csv").write_text("id,identity,path\n" + rows + "id-99,person-0,gone.png\n")
    embed(tmp_path / "l.csv", card, tmp_path / "s")
    values, items, _ = store(tmp_path / "s")
    assert [i["id"] for i in items] == [f"id-{k:02d}" for k in range(12)] + ["id-99"]
    assert items[-1]["status"] == "rejected" and "isn't there" in items[-1]["rejection"]
    np.testing.assert_allclose(values[3], expected(picture(3)), atol=2e-6)


def test_colour_order_and_scaling_are_the_cards(models, tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p/a.png").write_bytes(png(picture(5)))
    swapped = write_card(models, "bgr.toml", colour="BGR", more_input="mean = [10, 20, 30]\ndivisor = [2, 4, 8]")
    embed(tmp_path / "p", swapped, tmp_path / "s")
    want = expected(picture(5)[:, :, ::-1], np.array([10, 20, 30]), np.array([2, 4, 8]))
    np.testing.assert_allclose(store(tmp_path / "s")[0][0], want, atol=2e-6)


def bilinear(rgb, height, width, left=0.0):
    """By definition: pixel centres, borders repeated."""
    h, w, _ = rgb.shape
    y = np.clip((np.arange(height) + 0.5) * h / height - 0.5, 0, h - 1)
    x = np.clip(left + (np.arange(width) + 0.5) * (w - 2 * left) / width - 0.5, 0, w - 1)
    y0, x0 = np.floor(y).astype(int), np.floor(x).astype(int)
    y1, x1 = np.minimum(y0 + 1, h - 1), np.minimum(x0 + 1, w - 1)
    fy, fx = (y - y0)[:, None, None], (x - x0)[None, :, None]
    p = rgb.astype(np.float64)
    return ((p[y0][:, x0] * (1 - fx) + p[y0][:, x1] * fx) * (1 - fy) + (p[y1][:, x0] * (1 - fx) + p[y1][:, x1] * fx) * fy)


def test_other_sizes_and_the_narrow_template(models, tmp_path):
    (tmp_path / "p").mkdir()
    rgb = picture(6, 28, 56)
    (tmp_path / "p/a.png").write_bytes(png(rgb))
    for template, left in (("T112", 0), ("T96", 4)):
        card = write_card(models, f"{template}.toml", more_input=f'template = "{template}"')
        embed(tmp_path / "p", card, tmp_path / template)
        want = expected(bilinear(rgb, SIDE, SIDE, left))
        np.testing.assert_allclose(store(tmp_path / template)[0][0], want, atol=1e-5)


TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
                     [70.7299, 92.2041]])


def warped(rgb, points):
    """Least squares over (a, b, c, d) by NumPy, then bilinear samples, black outside."""
    rows, want = [], []
    for (x, y), (u, v) in zip(points, TEMPLATE):
        rows += [[x, -y, 1, 0], [y, x, 0, 1]]
        want += [u, v]
    a, b, c, d = np.linalg.lstsq(np.array(rows), np.array(want), rcond=None)[0]
    back = np.linalg.inv(np.array([[a, -b, c], [b, a, d], [0, 0, 1]]))
    v, u = np.mgrid[:112, :112]
    x, y = (back @ np.stack([u.ravel(), v.ravel(), np.ones(112 * 112)]))[:2]
    padded = np.pad(rgb.astype(np.float64), ((1, 1), (1, 1), (0, 0)))
    x, y = np.clip(x + 1, 0, rgb.shape[1] + 0.999), np.clip(y + 1, 0, rgb.shape[0] + 0.999)
    x0, y0 = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy = (x - x0)[:, None], (y - y0)[:, None]
    value = ((padded[y0, x0] * (1 - fx) + padded[y0, x0 + 1] * fx) * (1 - fy) +
             (padded[y0 + 1, x0] * (1 - fx) + padded[y0 + 1, x0 + 1] * fx) * fy)
    return np.rint(value).reshape(112, 112, 3)


def test_landmarks_align_a_face(card, tmp_path):
    (tmp_path / "p").mkdir()
    points = {"a b": TEMPLATE * 0.7 + [30, 11], "c": TEMPLATE @ [[0.8, 0.5], [-0.5, 0.8]] + [60, -20],
              "off": TEMPLATE * 2 - 90}
    noise = np.random.default_rng(3)
    lines = "image lefteye_x lefteye_y ...\n"
    for seed, name in enumerate(points):
        points[name] = points[name] + noise.normal(0, 2, (5, 2))
        (tmp_path / f"p/{name}.png").write_bytes(png(picture(seed, 90, 120)))
        lines += "\t".join([name + (".png" if seed else ""), *(repr(float(z)) for z in points[name].ravel())]) + "\n"
    for name in ("flat", "unknown"):
        (tmp_path / f"p/{name}.png").write_bytes(png(picture(9)))
    (tmp_path / "l.txt").write_text(lines + "flat.png" + " 5" * 10 + "\n")
    done = embed(tmp_path / "p", card, tmp_path / "s", "--landmarks", tmp_path / "l.txt")
    assert "aligned already" not in done.stdout
    values, items, _ = store(tmp_path / "s")
    why = {i["id"]: i["rejection"] for i in items if i["status"] != "ok"}
    assert "no landmarks" in why["unknown.png"] and "one point" in why["flat.png"] and len(why) == 2
    want = [expected(bilinear(warped(picture(seed, 90, 120), points[name]), SIDE, SIDE)) for seed, name in enumerate(points)]
    np.testing.assert_allclose(values, want, atol=5e-4)  # values near half a grey level may be rounded otherwise

    (tmp_path / "l.txt").write_text(lines + "x.png 1 2 3\n")
    line = refused(INPUT, tmp_path / "p", card, tmp_path / "t", "--landmarks", tmp_path / "l.txt")
    assert "line 5" in line and "ten numbers" in line


MAGIC = b"\x0a\x23\xd7\xce"


def record(data):
    """As dmlc writes it: split where the magic number stands at a multiple of four."""
    parts, start = [], 0
    for at in range(0, len(data) // 4 * 4, 4):
        if data[at:at + 4] == MAGIC:
            parts.append(data[start:at])
            start = at + 4
    parts.append(data[start:])
    out = b""
    for k, part in enumerate(parts):
        flag = 0 if len(parts) == 1 else 1 if k == 0 else 3 if k == len(parts) - 1 else 2
        out += MAGIC + struct.pack("<I", flag << 29 | len(part)) + part + b"\0" * (-len(part) % 4)
    return out


def image_record(number, label, image):
    return record(struct.pack("<IfQQ", 0, label, number, 0) + image)


def write_recordio(path, pictures):
    images = [png(p) for p in pictures]
    data = record(struct.pack("<IfQQ", 2, 0, 0, 0) + struct.pack("<ff", len(images) + 1, len(images) + 3))
    for k, image in enumerate(images):
        data += image_record(k + 1, float(k // 2), image)
    for person in range(2):
        data += record(struct.pack("<IfQQ", 2, 0, 0, 0) + struct.pack("<ff", 1 + 2 * person, 3 + 2 * person))
    path.write_bytes(data)
    return images


def with_magic():
    """A picture whose file, as part of its record, holds the magic number at a multiple of four."""
    image = png(picture(7))
    at = image.index(b"IDAT") - 4
    pad = (-(24 + at + 8)) % 4
    text = b"\0" * pad + MAGIC
    extra = len(text).to_bytes(4, "big") + b"zzZz" + text + zlib.crc32(b"zzZz" + text).to_bytes(4, "big")
    return image[:at] + extra + image[at:]


def test_recordio_with_header_and_people_index(card, tmp_path):
    write_recordio(tmp_path / "train.rec", [picture(k) for k in range(4)])
    embed(tmp_path / "train.rec", card, tmp_path / "s")
    values, items, _ = store(tmp_path / "s")
    assert [(i["id"], i["identity"]) for i in items] == [("1", "0"), ("2", "0"), ("3", "1"), ("4", "1")]
    np.testing.assert_allclose(values, [expected(picture(k)) for k in range(4)], atol=2e-6)


def test_recordio_split_at_its_magic_number(card, tmp_path):
    data = image_record(0, 3.0, with_magic())
    assert data.count(MAGIC) == 2  # it is split
    (tmp_path / "x.rec").write_bytes(data)
    embed(tmp_path / "x.rec", card, tmp_path / "s")
    np.testing.assert_allclose(store(tmp_path / "s")[0][0], expected(picture(7)), atol=2e-6)


def test_a_cut_recordio_names_what_it_lost(card, tmp_path):
    images = write_recordio(tmp_path / "x.rec", [picture(k) for k in range(3)])
    whole = (tmp_path / "x.rec").read_bytes()
    (tmp_path / "x.rec").write_bytes(whole[:whole.index(images[2]) + 50])
    embed(tmp_path / "x.rec", card, tmp_path / "s")
    _, items, meta = store(tmp_path / "s")
    assert meta["rows"] == 2 and meta["rejected"] == 1
    assert items[-1]["id"] == "3" and "ends within" in items[-1]["rejection"]


@pytest.mark.parametrize("offset", [99999999, 2**64 - 1])
def test_an_index_that_points_past_the_end_is_refused(card, tmp_path, offset):
    write_recordio(tmp_path / "x.rec", [picture(k) for k in range(3)])
    (tmp_path / "x.idx").write_text(f"0\t0\n1\t{offset}\n")
    line = refused(INPUT, tmp_path / "x.rec", card, tmp_path / "s")
    assert "x.idx" in line and str(offset) in line


def test_an_index_of_something_else_is_refused(card, tmp_path):
    write_recordio(tmp_path / "x.rec", [picture(k) for k in range(3)])
    (tmp_path / "x.idx").write_text("0\t0\nhello world\n")
    line = refused(INPUT, tmp_path / "x.rec", card, tmp_path / "s")
    assert "x.idx" in line and "line 2" in line


def write_lmdb(path, entries, **options):
    import lmdb  # a missing package fails: nobody sees a skip
    with lmdb.open(str(path), map_size=1 << 26, **options) as database, database.begin(write=True) as out:
        for key, value in entries.items():
            out.put(key, value)


def test_lmdb_gives_what_its_folder_gives(people, card, tmp_path):
    entries = {name.encode(): (people / name).read_bytes() for name in NAMES}
    for path, options in ((tmp_path / "folder", {}), (tmp_path / "one.lmdb", {"subdir": False, "lock": False})):
        write_lmdb(path, {**entries, b"__len__": b"12", b"__keys__": b"no picture"}, **options)
        before = sorted(p.name for p in tmp_path.rglob("*"))
        embed(path, card, tmp_path / f"s-{path.name}")
        check_people(tmp_path / f"s-{path.name}")
        assert [n for n in before if "lock" in n] == [n.name for n in tmp_path.rglob("*lock*")], "nothing is written there"


def test_a_cut_lmdb_is_refused(card, tmp_path):
    """Its file is mapped into memory, where what is missing can't be caught."""
    noise = np.random.default_rng(1)
    write_lmdb(tmp_path / "whole", {b"%05d" % k: noise.bytes(9000) for k in range(200)})
    content = (tmp_path / "whole/data.mdb").read_bytes()
    for kept in (8192, 20480, len(content) // 2, len(content) - 40960):
        (tmp_path / "cut").mkdir(exist_ok=True)
        (tmp_path / "cut/data.mdb").write_bytes(content[:kept])
        line = refused(INPUT, tmp_path / "cut", card, tmp_path / "s")
        assert "is cut" in line and str(kept) in line


def test_lmdb_keys_and_broken_values(card, tmp_path):
    write_lmdb(tmp_path / "d", {b"00000002": png(picture(1)), b"00000001": png(picture(0)), b"\x00\x07": png(picture(2)),
                                b"00000003": b"no picture"})
    embed(tmp_path / "d", card, tmp_path / "s")
    values, items, _ = store(tmp_path / "s")
    assert [i["id"] for i in items] == ["0x0007", "00000001", "00000002", "00000003"]
    assert {i["identity"] for i in items} == {""} and items[3]["status"] == "rejected"
    np.testing.assert_allclose(values, [expected(picture(k)) for k in (2, 0, 1)], atol=2e-6)
    (tmp_path / "x.lmdb").write_bytes(b"nothing of the kind" * 1000)
    assert "no LMDB database" in refused(INPUT, tmp_path / "x.lmdb", card, tmp_path / "t")
    write_lmdb(tmp_path / "e", {b"__len__": b"0"})
    assert "holds no image" in refused(INPUT, tmp_path / "e", card, tmp_path / "t")


def test_rubbish_is_no_recordio(card, tmp_path):
    (tmp_path / "x.rec").write_bytes(b"rubbish rubbish rubbish")
    assert "no record at byte 0" in refused(INPUT, tmp_path / "x.rec", card, tmp_path / "s")


def test_broken_pictures_are_counted_and_stop_nothing(people, card, tmp_path):
    folder = tmp_path / "p"
    folder.mkdir()
    good = png(picture(1))
    bomb = good[:16] + struct.pack(">II", 100_000, 100_000) + good[24:29]
    bomb += zlib.crc32(bomb[12:29]).to_bytes(4, "big") + good[33:]
    contents = {"a.png": good, "bomb.png": bomb, "cut.png": good[:len(good) // 2], "empty.png": b"",
                "text.jpg": b"I am a text", "z.png": png(picture(2))}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    done = embed(folder, card, tmp_path / "s")
    assert "taken as aligned already" in done.stdout
    values, items, meta = store(tmp_path / "s")
    assert len(values) == 2 and meta["rejected"] == 4 and len(items) == 6
    why = {i["id"]: i["rejection"] for i in items if i["status"] == "rejected"}
    assert set(why) == {"bomb.png", "cut.png", "empty.png", "text.jpg"} and all(why.values())
    assert "pixels" in why["bomb.png"] and "empty" in why["empty.png"]
    assert "4 pictures rejected" in done.stdout and "text.jpg" in done.stdout
    # The store is read back, with its rejections counted.
    assert json.loads(run("info", tmp_path / "s", "--json").stdout)["rejected"] == 4


def test_nothing_but_broken_pictures_is_an_error(card, tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p/a.jpg").write_text("no")
    assert "no picture that can be embedded" in refused(INPUT, tmp_path / "p", card, tmp_path / "s")


def test_a_mixed_tree_asks_what_folders_mean(card, tmp_path):
    (tmp_path / "p/b").mkdir(parents=True)
    (tmp_path / "p/a.png").write_bytes(png(picture(1)))
    (tmp_path / "p/b/c.png").write_bytes(png(picture(2)))
    assert "--labels none" in refused(INPUT, tmp_path / "p", card, tmp_path / "s")
    embed(tmp_path / "p", card, tmp_path / "s", "--labels", "none")
    assert [i["identity"] for i in store(tmp_path / "s")[1]] == ["", ""]


def test_no_runtime_says_how_to_get_one(people, card, tmp_path):
    line = fails(RESOURCE, "embed", people, "--matcher", card, "--out", tmp_path / "s", "--onnxruntime",
                 tmp_path / "none.so")
    assert "none.so" in line and "ONNX Runtime 1.16" in line and not (tmp_path / "s").exists()


def test_cards_and_networks_that_dont_fit(people, models, tmp_path):
    def no(**card):
        return refused(INPUT, people, write_card(models, "bad.toml", **card), tmp_path / "s")

    assert "SHA-256" in no(weights='sha256 = "00"')
    assert "isn't there" in no(model="gone.onnx")
    assert "3 x 16 x 16" in no(side=(SIDE, SIDE + 1))
    assert "gives 8 numbers, the card says 9" in no(dimension=9)
    assert "RGB and BGR" in no(colour="RBG")
    assert "divisor" in no(more_input="divisor = 0")
    (models / "text.onnx").write_text("no network")
    assert "no network that can be run" in no(model="text.onnx")
    linear_network(models / "constant.onnx", 0 * WEIGHTS, BIAS + 1, (1, 3, SIDE, SIDE))
    assert "gives the same" in no(model="constant.onnx")
    linear_network(models / "nan.onnx", WEIGHTS * np.nan, BIAS, (1, 3, SIDE, SIDE))
    assert "NaN" in no(model="nan.onnx")
    (models / "bad.toml").write_text('name = "x"\ndimension = 4\n')
    assert "[input]" in refused(INPUT, people, models / "bad.toml", tmp_path / "s")


@pytest.fixture(scope="module")
def case_of_pictures(tmp_path_factory):
    """60 + 60 people of 3 pictures, 40 synthetic ones, 20 of them training pictures with a little noise."""
    folder = tmp_path_factory.mktemp("case")
    rng = np.random.default_rng(11)

    def write(path, rgb):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(np.clip(np.rint(rgb), 0, 255).astype(np.uint8)))

    for role, seed in (("train", 0), ("holdout", 1000)):
        for p in range(60):
            face = picture(seed + p).astype(float)
            for k in range(3):
                shot = face + rng.normal(0, 12, face.shape)
                write(folder / role / f"{role}-{p:02d}/{k}.png", shot)
                if role == "train" and p < 20 and k == 0:
                    write(folder / f"synthetic/0/{p:03d}.png", shot + rng.normal(0, 1, face.shape))
    for k in range(20):
        write(folder / f"synthetic/1/{k:03d}.png", picture(5000 + k))
    (folder / "synthetic/1/broken.png").write_bytes(b"")
    return folder


def audit(case, out, *more):
    return run("audit", "--train", case / "train", "--synthetic", case / "synthetic", "--holdout", case / "holdout",
               "--onnxruntime", RUNTIME, "--out", out, *more)


def second_card(models):
    linear_network(models / "other.onnx", random_weights(3 * SIDE * SIDE, 24, 2), np.zeros(24, np.float32),
                   (1, 3, SIDE, SIDE))
    path = write_card(models, "other.toml", model="other.onnx", dimension=24)
    path.write_text(path.read_text().replace("tiny", "other"))
    return path


def test_an_audit_from_pictures_by_two_matchers(case_of_pictures, models, card, tmp_path):
    audit(case_of_pictures, tmp_path / "r", "--matcher", card, "--matcher", second_card(models), "--stores",
          tmp_path / "kept")
    report = json.loads((tmp_path / "r/report.json").read_text())
    assert [m["name"] for m in report["matchers"]] == ["tiny", "other"]
    assert report["sets"]["train"]["items"] == 180 and report["sets"]["train"]["identities"] == 60
    assert report["sets"]["synthetic"]["items"] == 40 and report["sets"]["synthetic"]["rejected"] == 1
    assert report["verdict"]["leakage"] == "found"
    paths = {i["path"] for i in report["provenance"]["inputs"]}
    assert str(case_of_pictures / "train") in paths
    # What is copied is seen as such, without being asked for.
    top = report["matchers"][0]["pairs"]["top"]
    assert [pair["kind"] for pair in top[:15]] == ["near-copy"] * 15
    # The stores are embedding sets like any other, and give the same audit.
    kept = tmp_path / "kept/tiny"
    run("audit", "--train", kept / "train", "--synthetic", kept / "synthetic", "--holdout", kept / "holdout", "--out",
        tmp_path / "again")
    again = json.loads((tmp_path / "again/report.json").read_text())["matchers"][0]
    pairs = [[(pair["score"], pair["train"], pair["synthetic"]) for pair in found] for found in (top, again["pairs"]["top"])]
    assert pairs[0] == pairs[1]


def test_an_audit_from_pictures_leaves_no_embeddings_and_is_the_same_again(case_of_pictures, card, tmp_path):
    for out in ("a", "b"):
        audit(case_of_pictures, tmp_path / out, "--matcher", card, "--threads", 1 if out == "a" else 2)
    assert (tmp_path / "a/report.json").read_bytes() == (tmp_path / "b/report.json").read_bytes()
    assert not [p for p in tmp_path.rglob("*") if p.name in ("stores", "embeddings.npy")]


def test_the_leaks_of_an_audit_from_pictures_can_be_purged(case_of_pictures, models, card, tmp_path):
    audit(case_of_pictures, tmp_path / "r", "--matcher", card, "--matcher", second_card(models), "--stores",
          tmp_path / "kept")
    made = case_of_pictures / "synthetic"
    run("purge", tmp_path / "r", "--synthetic", made, "--stores", tmp_path / "kept", "--out", tmp_path / "clean")
    left = sorted(str(p.relative_to(tmp_path / "clean/dataset")) for p in (tmp_path / "clean/dataset").rglob("*.png"))
    assert left == [f"1/{k:03d}.png" for k in range(20)] + ["1/broken.png"]
    outcome = json.loads((tmp_path / "clean/purge.json").read_text())
    assert outcome["audit"]["after"]["leakage"] == "not-found" and outcome["images"]["never_compared"] == 1
    assert [d["matcher"] for d in outcome["diversity"]["matchers"]] == ["tiny", "other"]
    again = json.loads((tmp_path / "clean/report/report.json").read_text())
    before = json.loads((tmp_path / "r/report.json").read_text())
    assert again["provenance"]["inputs"] == before["provenance"]["inputs"]
    # Embeddings that were not kept: cleaned, but not audited again.
    done = run("purge", tmp_path / "r", "--synthetic", made, "--out", tmp_path / "two")
    assert "not audited: " in done.stdout and "--stores" in done.stdout
    assert "--synthetic" in fails(INPUT, "purge", tmp_path / "r", "--out", tmp_path / "three")


def test_an_audit_tells_pictures_from_embeddings(case_of_pictures, card, tmp_path):
    embed(case_of_pictures / "train", card, tmp_path / "s")
    rest = ("--onnxruntime", RUNTIME, "--out", tmp_path / "r")
    line = fails(2, "audit", "--train", tmp_path / "s", "--synthetic", case_of_pictures / "synthetic", "--matcher", card,
                 *rest)
    assert "holds embeddings" in line
    line = fails(2, "audit", "--train", case_of_pictures / "train", "--synthetic", case_of_pictures / "synthetic",
                 "--matcher", card, "--matcher", "a-name", *rest)
    assert "--matcher" in line
    assert not (tmp_path / "r").exists()


# Weights, side, colour, dimension.
MATCHERS = {"y1": ("mobilefacenet_y1_insightface_112.onnx", 112, "RGB", 128),
            "intel": ("intel_face-reidentification-retail-0095_128.onnx", 128, "BGR", 256)}


@pytest.mark.parametrize("matcher", ["y1", "intel"])
def test_real_faces_come_out_as_published(matcher, tmp_path):
    """The published embeddings were made before the crops went through JPEG, hence not closer."""
    model = MATCHERS[matcher]
    weights, images = SHARED / "models/recognition" / model[0], SHARED / "data/lfw-vae/images/member_queries"
    if not weights.exists() or not images.exists():
        pytest.skip(f"no real matcher or faces under {SHARED}")
    card = write_card(tmp_path, model=weights, side=(model[1], model[1]), colour=model[2], dimension=model[3])
    chosen = sorted(p.relative_to(images) for p in images.glob("*/*.jpg"))[:40]
    (tmp_path / "l.csv").write_text("path\n" + "".join(f"{images / p}\n" for p in chosen))
    embed(tmp_path / "l.csv", card, tmp_path / "s")
    published = np.load(SHARED / f"data/lfw-vae/{matcher}/member_queries.npy").astype(np.float64)
    with open(SHARED / f"data/lfw-vae/{matcher}/member_queries.csv") as table:
        row = {item["id"]: k for k, item in enumerate(csv.DictReader(table))}
    ours = store(tmp_path / "s")[0].astype(np.float64)
    theirs = published[[row[p.stem] for p in chosen]]
    cosine = (ours * theirs).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    assert cosine.min() > 0.98 and np.median(cosine) > 0.996


@pytest.mark.parametrize("matcher, accuracy", [("y1", 0.9917), ("intel", 0.9983)])
def test_the_first_pairs_of_lfw(matcher, accuracy, tmp_path):
    """From photographs and landmarks to the accuracy that shared/data/README.md gives, computed apart from us."""
    model = MATCHERS[matcher]
    weights, lfw = SHARED / "models/recognition" / model[0], SHARED / "data/lfw-fold1"
    if not weights.exists() or not lfw.exists():
        pytest.skip(f"no real matcher or faces under {SHARED}")
    card = write_card(tmp_path, model=weights, side=(model[1], model[1]), colour=model[2], dimension=model[3])
    embed(lfw / "images", card, tmp_path / "s", "--landmarks", lfw / "landmarks_5pt.txt")
    assert store(tmp_path / "s")[2]["rejected"] == 0
    run("calibrate", "--store", tmp_path / "s", "--pairs", lfw / "pairs.txt", "--bootstrap", 100, "--out",
        tmp_path / "cal.json")
    best = json.loads((tmp_path / "cal.json").read_text())["accuracy"]
    assert 1 - best["error"]["rate"] == pytest.approx(accuracy, abs=0.0035)  # two pairs of 600
