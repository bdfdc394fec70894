"""`models install`: downloads that break, lie or were begun before; archives; packages; cards by name."""

import base64
import hashlib
import io
import json
import os
import signal
import stat
import subprocess
import tarfile
import time
import zipfile

import numpy as np
import pytest

from local_server import serving
from onnx_file import linear_network, random_weights
from pictures import RUNTIME, needs_runtime, png
from support import INPUT, PROGRAM, USAGE, SOURCE, fails, run

WEIGHTS = np.random.default_rng(7).bytes(300_000)
INTERRUPTED = 6


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def integrity(data):
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


@pytest.fixture
def server():
    with serving() as one:
        yield one


class Place:
    """A user with a cache of their own, and cards in a folder."""

    def __init__(self, folder):
        self.folder, self.cache = folder, folder / "cache"
        self.env = {key: value for key, value in os.environ.items()
                    if not key.lower().startswith(("npm_", "semblance_", "http_proxy", "https_proxy", "all_proxy"))}
        self.env |= {"SEMBLANCE_CACHE": str(self.cache), "HOME": str(folder / "home")}
        (folder / "home").mkdir()

    def card(self, weights, name="mine"):
        path = self.folder / f"{name}.toml"
        path.write_text(f'name = "{name}"\ndimension = 6\nlicence = "MIT"\ntraining_set = "none"\n[weights]\nfile = "w.onnx"\n'
                        f'{weights}\n[input]\nwidth = 112\nheight = 112\ncolour = "RGB"\n')
        return path

    def from_url(self, server, data=WEIGHTS, path="/w.onnx", more="", name="mine"):
        return self.card(f'url = "{server.address(path)}"\nsha256 = "{sha256(data)}"\n{more}', name)

    def install(self, *arguments):
        return json.loads(run("models", "install", *arguments, "--json", env=self.env).stdout)[0]

    def refused(self, *arguments, code=INPUT, installed=()):
        line = fails(code, "models", "install", *arguments, env=self.env)
        assert sorted(p.name for p in (self.cache / "models").glob("*")) == sorted(installed)
        assert not list((self.cache / "models").glob(".*"))
        return line

    def parts(self):
        return sorted((self.cache / "downloads").glob("*.part"))

    def models(self, *more):
        return {m["name"]: m for m in json.loads(run("models", "list", *more, "--json", env=self.env).stdout)}


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_what_was_installed_is_found_by_name(place, server):
    server.files["/w.onnx"] = WEIGHTS
    card = place.from_url(server)
    assert not place.models(place.folder)["mine"]["installed"] and "mine" not in place.models()
    done = place.install(card)
    assert done["bytes"] == len(WEIGHTS) and done["checked"] and not done["already"] and done["sha256"] == sha256(WEIGHTS)
    weights = place.cache / "models/mine/w.onnx"
    assert done["weights"] == str(weights) and weights.read_bytes() == WEIGHTS
    assert (place.cache / "models/mine/card.toml").read_bytes() == card.read_bytes()
    assert not list((place.cache / "downloads").iterdir())
    assert place.models()["mine"]["installed"] and place.models(place.folder)["mine"]["installed"]
    again = place.install("mine")
    assert again["already"] and len(server.asked) == 1

    weights.write_bytes(WEIGHTS[:-1])  # damaged since
    assert place.install("mine")["bytes"] == len(WEIGHTS) and weights.read_bytes() == WEIGHTS
    text = run("models", "install", "mine", env=place.env).stdout
    assert "installed already" in text and "checksum right" in text


def test_a_line_that_keeps_breaking(place, server):
    server.files["/w.onnx"], server.cut_after = WEIGHTS, 120_000
    assert place.install(place.from_url(server))["bytes"] == len(WEIGHTS)
    assert [asked[1] for asked in server.asked] == [None, "bytes=120000-", "bytes=240000-"]
    assert [asked[2] for asked in server.asked] == [None, '"v1"', '"v1"']


def test_the_next_call_goes_on(place, server):
    server.files["/w.onnx"], server.cut_after = WEIGHTS, 10_000
    card = place.from_url(server)
    line = place.refused(card)
    assert "broke off after 50000 bytes of 300000" in line and "goes on from there" in line
    assert [part.stat().st_size for part in place.parts()] == [50_000]
    server.cut_after = None
    done = place.install(card)
    assert done["resumed"] == 50_000 and done["bytes"] == 250_000
    assert server.asked[-1][1] == "bytes=50000-" and not place.parts()


def begun(place, server, card, bytes_there=100_000):
    """A process that waits for a silent server; some bytes have come."""
    server.stall_after = 100_000
    process = subprocess.Popen([PROGRAM, "models", "install", str(card)], env=place.env,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 15
    while not [part for part in place.parts() if part.stat().st_size == bytes_there]:
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.02)
    return process


def test_killed_stopped_and_twice_at_once(place, server):
    server.files["/w.onnx"] = WEIGHTS
    card = place.from_url(server)
    process = begun(place, server, card)
    assert "another process" in place.refused(card)
    process.kill()
    process.communicate(timeout=10)

    process = begun(place, server, card, 200_000)
    process.send_signal(signal.SIGINT)
    errors = process.communicate(timeout=15)[1]
    assert process.returncode == INTERRUPTED and "goes on from there" in errors
    assert len(place.parts()) == 1

    server.stall_after = None
    assert place.install(card)["resumed"] == 200_000
    assert (place.cache / "models/mine/w.onnx").read_bytes() == WEIGHTS


@pytest.mark.parametrize("fault", ["ignores ranges", "new mark", "new bytes, same mark", "no mark", "too long", "whole"])
def test_a_part_from_before(place, server, fault):
    """Whatever the server makes of the question for the rest, the file is right in the end."""
    server.files["/w.onnx"] = WEIGHTS
    card = place.from_url(server)
    process = begun(place, server, card)
    process.kill()
    process.communicate(timeout=10)
    server.stall_after = None
    part = place.parts()[0]
    if fault == "ignores ranges":
        server.ranges = False
    elif fault == "new mark":
        server.mark = '"v2"'
        part.write_bytes(b"x" * 100_000)
    elif fault == "new bytes, same mark":
        part.write_bytes(b"x" * 100_000)
    elif fault == "no mark":
        server.mark, server.checks_mark = None, False
        part.write_bytes(b"x" * 100_000)
    elif fault == "too long":
        part.write_bytes(b"x" * 400_000)
    elif fault == "whole":
        part.write_bytes(WEIGHTS)
    place.install(card)
    assert (place.cache / "models/mine/w.onnx").read_bytes() == WEIGHTS and not place.parts()
    if fault == "whole":
        assert len(server.asked) == 2 and server.asked[1][1] == "bytes=300000-"


def test_wrong_bytes_are_never_installed(place, server):
    server.files["/w.onnx"] = WEIGHTS[:-1] + b"!"
    card = place.from_url(server)
    line = place.refused(card)
    assert sha256(WEIGHTS) in line and sha256(server.files["/w.onnx"]) in line and "nothing was installed" in line
    assert not place.parts()
    server.length, server.files["/w.onnx"] = False, WEIGHTS[:1000]  # nobody can see that it was cut
    assert sha256(WEIGHTS[:1000]) in place.refused(card)
    server.files["/w.onnx"] = b""
    assert sha256(b"") in place.refused(card)


def test_servers_that_have_nothing(place, server):
    card = place.from_url(server)
    assert "404" in place.refused(card) and "--from" in place.refused(card)
    server.redirects["/w.onnx"] = server.address("/w.onnx")
    assert "can't be reached" in place.refused(card)
    server.redirects["/w.onnx"] = "file:///etc/passwd"
    assert "can't be reached" in place.refused(card)
    server.redirects["/w.onnx"], server.files["/there"] = "/there", WEIGHTS
    assert place.install(card)["bytes"] == len(WEIGHTS)
    with serving() as gone:
        offline = place.from_url(gone, name="other")
    assert "can't be reached" in place.refused(offline, installed=["mine"])


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_weights_in_an_archive(place, server, pack):
    files = {"../../evil.onnx": b"evil", "pack/other.onnx": b"other", "pack/w.onnx": WEIGHTS}
    server.files["/pack"] = pack(files)
    assert place.install(place.from_url(server, path="/pack", more='member = "w.onnx"'))["sha256"] == sha256(WEIGHTS)
    assert sorted(p.name for p in (place.cache / "models/mine").iterdir()) == ["card.toml", "model.json", "w.onnx"]
    assert not list(place.folder.rglob("evil*")) and not list((place.cache / "downloads").iterdir())
    assert place.install(place.from_url(server, path="/pack", more='member = "pack/w.onnx"', name="full"))["checked"]

    def no(member="w.onnx", archive=None):
        server.files["/pack"] = archive or pack(files)
        return place.refused(place.from_url(server, path="/pack", more=f'member = "{member}"', name="bad"),
                             installed=["mine", "full"])

    assert "holds no file 'x.onnx'" in no("x.onnx")
    assert "twice" in no(archive=pack(files | {"again/w.onnx": WEIGHTS}))
    assert sha256(b"other") in no("pack/other.onnx")
    assert "cut or broken" in no(archive=pack(files)[:1000])
    assert "cut or broken" in no(archive=b"no archive at all")


def package(place, server, data=None, name="@some/face", version="1.2.3", more=""):
    data = data or tarred({"package/model/w.onnx": WEIGHTS})
    bare = name.split("/")[-1]
    server.files[f"/{name}/-/{bare}-{version}.tgz"] = data
    return place.card(f'package = "npm:{name}@{version}"\nintegrity = "{integrity(data)}"\n'
                      f'member = "package/model/w.onnx"\n{more}')


def test_packages_and_where_the_registry_stands(place, server):
    card = package(place, server)
    assert place.install(card, "--registry", server.address("/"))["checked"]
    assert server.asked[-1][0] == "/@some/face/-/face-1.2.3.tgz"

    def again(**env):
        (place.cache / "models/mine/w.onnx").write_bytes(b"damaged")
        text = (place.folder / "mine.toml").read_text()
        (place.folder / "mine.toml").write_text(text + "# \n")  # another card, so nothing can be kept
        before = len(server.asked)
        place.env |= env
        place.install(card)
        assert len(server.asked) == before + 1
        for key in env:
            place.env.pop(key) if key != "PATH" else None

    again(npm_config_registry=server.address())
    again(NPM_CONFIG_REGISTRY=server.address())
    npmrc = place.folder / "home/.npmrc"
    npmrc.write_text(f"; mine\nfund=false\nregistry = {server.address('/')}\n")
    again()
    npmrc.write_text(f"registry=http://nowhere.invalid/\n@some:registry=http://${{THE_HOST}}/\n")
    place.env["THE_HOST"] = server.address().removeprefix("http://")
    again()
    npmrc.unlink()
    if any("registry" in open(f).read() for f in ("/etc/npmrc", "/usr/etc/npmrc") if os.path.exists(f)):
        return
    client = place.folder / "bin/npm"
    client.parent.mkdir()
    client.write_text(f"#!/bin/sh\n[ \"$*\" = 'config get registry' ] && echo {server.address()}/\n")
    client.chmod(client.stat().st_mode | stat.S_IXUSR)
    again(PATH=str(client.parent))
    client.unlink()
    (place.cache / "models/mine/w.onnx").write_bytes(b"damaged")
    line = place.refused(card, code=USAGE, installed=["mine"])
    assert "--registry" in line and "npm_config_registry" in line and "--from" in line


def test_packages_that_are_elsewhere_or_wrong(place, server):
    card = package(place, server)
    data = server.files.pop("/@some/face/-/face-1.2.3.tgz")
    registry = ("--registry", server.address())
    assert "has no package @some/face@1.2.3" in place.refused(card, *registry)
    server.files["/@some%2fface/1.2.3"] = json.dumps({"dist": {"tarball": server.address("/far/away.tgz")}}).encode()
    server.files["/far/away.tgz"] = tarred({"package/model/w.onnx": b"changed"})
    line = place.refused(card, *registry)
    assert integrity(data) in line and integrity(server.files["/far/away.tgz"]) in line
    server.files["/@some%2fface/1.2.3"] = b"<html>hello</html>"
    assert "is it a registry?" in place.refused(card, *registry)
    server.files["/@some%2fface/1.2.3"] = json.dumps({"dist": {"tarball": server.address("/far/away.tgz")}}).encode()
    server.files["/far/away.tgz"] = data
    assert place.install(card, *registry)["checked"]


def test_files_that_the_user_has(place, server):
    card = package(place, server)
    tarball, weights, other = (place.folder / name for name in ("face.tgz", "w.bin", "x.bin"))
    tarball.write_bytes(server.files["/@some/face/-/face-1.2.3.tgz"])
    weights.write_bytes(WEIGHTS)
    other.write_bytes(tarred({"package/model/w.onnx": b"other"}))
    assert integrity(other.read_bytes()) in place.refused(card, "--from", other)
    assert place.install(card, "--package", tarball)["sha256"] == sha256(WEIGHTS)
    plain = place.from_url(server, name="plain")
    assert sha256(other.read_bytes()) in place.refused(plain, "--from", other, installed=["mine"])
    assert place.install(plain, "--from", weights)["checked"]
    unsaid = place.card("", name="unsaid")
    assert not place.install(unsaid, "--from", weights)["checked"]
    assert sha256(WEIGHTS) in run("models", "install", unsaid, "--from", weights, env=place.env).stdout
    assert not server.asked
    (place.folder / "w.onnx").write_bytes(WEIGHTS)  # beside the card
    assert place.install(place.card(f'sha256 = "{sha256(WEIGHTS)}"', name="beside"))["source"].endswith("w.onnx")
    assert "--from" in fails(USAGE, "models", "install", plain, unsaid, "--from", weights, env=place.env)


@pytest.mark.parametrize("weights,words", [
    ("", "doesn't say where"), ('url = "ftp://x/w.onnx"', "https://"), ('url = "https://x/w.onnx"', "no checksum"),
    ('url = "https://x/w.onnx"\nsha256 = "12"', "weights.sha256"), ('package = "pip:x@1"', "npm:NAME@VERSION"),
    ('package = "npm:x"', "npm:NAME@VERSION"), ('package = "npm:../../x@1"', "npm:NAME@VERSION"),
    ('package = "npm:x@1"\nintegrity = "md5-abc"', "weights.integrity"),
    ('url = "https://x/w"\npackage = "npm:x@1"', "beside a package"),
    ('package = "npm:x@1"\nintegrity = "sha512-abc"\nconvert = "magic"', "weights.convert"),
])
def test_cards_that_cannot_be_installed(place, weights, words):
    assert words in place.refused(place.card(weights))


def test_cards_of_wrong_names(place, server):
    server.files["/w.onnx"] = WEIGHTS
    assert "comes with the program" in place.refused(place.from_url(server, name="sface"))
    assert "is no card" in place.refused("no-such-matcher", code=USAGE)
    text = place.from_url(server).read_text()
    for file in ("../w.onnx", "/w.onnx"):
        (place.folder / "mine.toml").write_text(text.replace('file = "w.onnx"', f'file = "{file}"'))
        assert "below the card's folder" in place.refused(place.folder / "mine.toml")
    (place.folder / "mine.toml").write_text(text.replace('"mine"', '""'))
    assert "no name" in place.refused(place.folder / "mine.toml")
    (place.folder / "mine.toml").write_text(text.replace('"mine"', '"a/../../b"'))
    place.install(place.folder / "mine.toml")
    assert (place.cache / "models/a_.._.._b/w.onnx").exists() and place.models()["a/../../b"]["installed"]


def test_cards_that_come_with_the_program(place):
    models = place.models()
    files = {path.stem for path in (SOURCE / "matchers").glob("*.toml")}
    assert len(models) == len(files) and {"sface", "yunet-s", "onnxruntime"} <= set(models)
    assert not any(m["installed"] for m in models.values()) and models["onnxruntime"]["kind"] == "library"
    for name, model in models.items():
        if model["fetchable"]:
            line = fails(INPUT, "models", "check", name, env=place.env)
            assert f"models install {name}" in line and "fetches" in line
    line = fails(INPUT, "models", "check", "mobilefacenet-y1", env=place.env)
    assert "--from FILE" in line and "github.com/deepinsight/insightface" in line
    assert "is no card" in fails(USAGE, "embed", place.folder, "--matcher", "nobody", "--out", place.folder / "o", env=place.env)
    assert "isn't installed" in fails(INPUT, "embed", place.folder, "--matcher", "sface", "--out", place.folder / "o", env=place.env)
    (place.folder / "train").mkdir()
    sets = ["--train", place.folder / "train", "--synthetic", place.folder / "train", "--out", place.folder / "o"]
    assert "isn't installed" in fails(INPUT, "audit", *sets, "--matcher", "sface", env=place.env)
    assert "isn't installed" in fails(INPUT, "audit", *sets, "--matcher", "sface", "--detector", "yunet-s", env=place.env)


def test_another_card_of_the_same_name_is_noticed(place, server):
    server.files["/w.onnx"] = WEIGHTS
    card = place.from_url(server)
    place.install(card)
    card.write_text(card.read_text() + "# newer\n")
    assert place.models(place.folder)["mine"]["outdated"]
    server.files.clear()
    done = place.install(card)  # the weights are still those that the card names
    assert done["bytes"] == 0 and not done["already"] and place.models(place.folder)["mine"]["installed"]


def test_where_the_cache_is(place, server):
    server.files["/w.onnx"] = WEIGHTS
    card = place.from_url(server)
    del place.env["SEMBLANCE_CACHE"]
    place.env.pop("XDG_CACHE_HOME", None)
    assert place.install(card)["weights"] == str(place.folder / "home/.cache/semblance/models/mine/w.onnx")
    place.env["XDG_CACHE_HOME"] = "relative"
    assert place.install(card)["already"]
    place.env["XDG_CACHE_HOME"] = str(place.folder / "xdg")
    assert place.install(card)["weights"] == str(place.folder / "xdg/semblance/models/mine/w.onnx")
    place.env |= {"XDG_CACHE_HOME": "", "HOME": ""}
    assert "SEMBLANCE_CACHE" in fails(USAGE, "models", "install", card, env=place.env)
    place.env["SEMBLANCE_CACHE"] = "/proc/nothing"
    assert fails(4, "models", "install", card, env=place.env)


@needs_runtime
def test_an_installed_matcher_runs_by_its_name(place, server):
    weights = random_weights(3 * 112 * 112, 6, seed=5)
    linear_network(place.folder / "net.onnx", weights, np.zeros(6, np.float32), (1, 3, 112, 112))
    server.files["/w.onnx"] = data = (place.folder / "net.onnx").read_bytes()
    card = place.from_url(server, data)
    place.install(card)
    place.env["SEMBLANCE_ONNXRUNTIME"] = str(RUNTIME)
    by_name = json.loads(run("models", "check", "mine", "--json", env=place.env).stdout)
    by_file = json.loads(run("models", "check", card, "--json", env=place.env).stdout)
    assert by_name["golden"] == by_file["golden"] and by_name["dimension"] == 6
    for folder in ("r", "g"):
        (place.folder / folder).mkdir()
        for k in range(6):
            rgb = np.random.default_rng(k + ord(folder)).integers(0, 256, (112, 112, 3), dtype=np.uint8)
            (place.folder / folder / f"{k}.png").write_bytes(png(rgb))
    out = place.folder / "report"
    run("audit", "--train", place.folder / "r", "--synthetic", place.folder / "g", "--matcher", "mine", "--out", out, env=place.env)
    assert json.loads((out / "report.json").read_text())["matchers"][0]["name"] == "mine"
    # For embeddings the same word says who made them.
    np.save(place.folder / "r.npy", np.eye(6, dtype=np.float32))
    np.save(place.folder / "g.npy", np.eye(6, dtype=np.float32)[::-1] + np.float32(0.1))
    run("audit", "--train", place.folder / "r.npy", "--synthetic", place.folder / "g.npy", "--matcher", "mine", "--out",
        place.folder / "other", env=place.env)
