"""Audited sets with their synthetic images as datasets of every kind, for the tests of `purge`."""

import csv
import json
import os
import struct
import zipfile

import numpy as np

from support import case, run

PEOPLE, IMAGES, SYNTHETIC, LEAKS = 60, 3, 90, 30


def bytes_of(k):
    """What stands for a picture: purge never decodes one. Some hold RecordIO's magic number."""
    return b"\xff\xd8" + f"picture {k}".encode() * (3 + k % 5) + (b"..\n#\xd7\xce" + b"\x0a\x23\xd7\xce" if k % 7 == 0 else b"")


def audited(folder, names, identities=None, leaks=LEAKS, options=()):
    """An audit of synthetic images with these names, the first `leaks` of which show training people."""
    arguments = case(folder, people=PEOPLE, images=IMAGES, synthetic=len(names), dimension=64, leaks=leaks)
    with open(folder / "g.csv", "w", newline="", encoding="utf-8", errors="surrogateescape") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["id", "identity"] if identities else ["id"])
        writer.writerows(zip(names, identities) if identities else ([name] for name in names))
    run(*arguments, "--synthetic-items", folder / "g.csv", "--permutations", 999, *options, "--out", folder / "report")
    return folder / "report"


def listed(report):
    with open(report / "removal.csv", newline="", encoding="utf-8", errors="surrogateescape") as lines:
        return {row["synthetic"] for row in csv.DictReader(lines)}


def rows(path):
    with open(path, newline="", encoding="utf-8", errors="surrogateescape") as lines:
        return list(csv.DictReader(lines))


def outcome(folder):
    return json.loads((folder / "purge.json").read_text())


def write_folder(folder, names):
    for k, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes_of(k))
    return folder


def write_zip(path, names):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for k, name in enumerate(names):
            out.writestr(name, bytes_of(k))
    return path


def split_record(payload):
    """RecordIO's framing: data are split where they hold the magic number at a multiple of four."""
    magic = struct.pack("<I", 0xCED7230A)
    parts, begin = [], 0
    for at in range(0, len(payload) - 3, 4):
        if payload[at:at + 4] == magic:
            parts.append(payload[begin:at])
            begin = at + 4
    parts.append(payload[begin:])
    out = b""
    for k, part in enumerate(parts):
        flag = 0 if len(parts) == 1 else 1 if k == 0 else 3 if k == len(parts) - 1 else 2
        out += magic + struct.pack("<I", flag << 29 | len(part)) + part + b"\0" * (-len(part) % 4)
    return out


def write_records(path, labels):
    """As InsightFace packs: a header, images in the order of their people, an index of people. With its .idx."""
    people = sorted(set(labels))
    records = [struct.pack("<IfQQ", 2, 0, 0, 0) + struct.pack("<ff", len(labels) + 1, len(labels) + 1 + len(people))]
    for k, label in enumerate(labels):
        records.append(struct.pack("<IfQQ", 0, float(label), k + 1, 0) + bytes_of(k))
    for person in people:
        begin = labels.index(person) + 1
        records.append(struct.pack("<IfQQ", 2, 0, len(records), 0) +
                       struct.pack("<ff", begin, begin + labels.count(person)))
    data, index = b"", ""
    for k, record in enumerate(records):
        index += f"{k}\t{len(data)}\n"
        data += split_record(record)
    path.write_bytes(data)
    path.with_suffix(".idx").write_text(index)
    return path


def records_of_images(path, images):
    """Image records alone, without header, index of people and .idx."""
    path.write_bytes(b"".join(split_record(struct.pack("<IfQQ", 0, 0, k, 0) + bytes_of(k)) for k in range(images)))
    return path


def read_records(path):
    """By the .idx, as MXNet's MXIndexedRecordIO and InsightFace's dataset do: header labels, {key: (labels, id, image)}."""
    data, records = path.read_bytes(), {}
    for line in path.with_suffix(".idx").read_text().splitlines():
        key, at = map(int, line.split("\t"))
        payload = b""
        while True:
            magic, word = struct.unpack_from("<II", data, at)
            assert magic == 0xCED7230A
            length = word & (1 << 29) - 1
            payload += data[at + 8:at + 8 + length]
            at += 8 + (length + 3) // 4 * 4
            if word >> 29 in (0, 3):
                break
            payload += struct.pack("<I", magic)
        flag, label, number, _ = struct.unpack_from("<IfQQ", payload)
        labels = struct.unpack_from(f"<{flag}f", payload, 24) if flag else (label,)
        records[key] = (labels, number, payload[24 + 4 * flag:])
    return records


def state_of(folder):
    """Bytes and times of every file below."""
    found = {}
    for root, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(root, name)
            with open(path, "rb") as content:
                found[path] = (os.stat(path).st_mtime_ns, content.read())
    return found


def files_below(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def unit(path):
    x = np.load(path).astype(np.float64)
    return x / np.linalg.norm(x, axis=1, keepdims=True)
