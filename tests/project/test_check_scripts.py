"""The scripts that check the repository find what is planted for them, and nothing else."""

import os
import pathlib
import shutil
import subprocess

import pytest

SCRIPTS = pathlib.Path(os.environ["SEMBLANCE_SOURCE"]) / "scripts"


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def run(script, root):
    return subprocess.run([SCRIPTS / script, root], capture_output=True, text=True, check=False)


SOUND = {
    "CMakeLists.txt": "add_subdirectory(src/base)\nadd_subdirectory(src/store)\nadd_subdirectory(src/score)\n",
    "src/base/hash.hpp": "#include <string>\n",
    "src/store/CMakeLists.txt": "semblance_stage(store LINKS semblance::base)  # not semblance::score\n",
    "src/store/read.cpp": '#include "store/read.hpp"\n#include "base/hash.hpp"\n#include "semblance/types.hpp"\n',
    "src/score/score.cpp": '#include "semblance/score.hpp"\n#include "semblance/store.hpp"\n#include <fmt/format.h>\n',
    "include/semblance/types.hpp": "#include <cstddef>\n",
    "include/semblance/store.hpp": '#include "semblance/types.hpp"\n',
    "include/semblance/score.hpp": '#include "semblance/store.hpp"\n',
}

LAYER_VIOLATIONS = {
    "later internal header": ("src/base/hash.hpp", '#include "store/read.hpp"\n', "src/base/hash.hpp:1"),
    "later public header": ("src/store/read.cpp", '\n  # include <semblance/score.hpp>\n', "src/store/read.cpp:2"),
    "later library": ("src/store/CMakeLists.txt", "semblance_stage(store LINKS semblance::base\n  semblance_score)\n",
                      "src/store/CMakeLists.txt:2"),
    "public header with internals": ("include/semblance/score.hpp", '#include "base/hash.hpp"\n',
                                     "include/semblance/score.hpp:1"),
    "free header with a stage": ("include/semblance/types.hpp", '#include "semblance/store.hpp"\n',
                                 "include/semblance/types.hpp:1"),
    "around the check": ("src/base/hash.hpp", '#include "../store/read.hpp"\n', "src/base/hash.hpp:1"),
    "a test's header": ("src/base/hash.hpp", '#include "tests/oracle.hpp"\n', "src/base/hash.hpp:1"),
    "unknown stage": ("src/misc/tools.hpp", "#include <string>\n", "src/misc/tools.hpp"),
    "unknown public header": ("include/semblance/misc.hpp", "#include <string>\n", "include/semblance/misc.hpp"),
    "order of the build": ("CMakeLists.txt", "add_subdirectory(src/score)\nadd_subdirectory(src/store)\n",
                           "CMakeLists.txt"),
}


def test_layers_accept_a_sound_tree(tmp_path):
    write(tmp_path, SOUND)
    done = run("check-layers", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", LAYER_VIOLATIONS)
def test_layers_refuse_a_planted_violation(tmp_path, name):
    file, text, reported = LAYER_VIOLATIONS[name]
    write(tmp_path, SOUND | {file: text})
    done = run("check-layers", tmp_path)
    assert done.returncode == 1
    assert [line.split(": ")[0] for line in done.stdout.splitlines()] == [reported]


def test_layers_refuse_an_empty_tree(tmp_path):
    assert run("check-layers", tmp_path).returncode == 1


def repository(root, files):
    write(root, files)
    subprocess.run(["git", "init", "-q", root], check=True)
    subprocess.run(["git", "-C", root, "add", "--all", "--force"], check=True)


HYGIENE_VIOLATIONS = {
    "machine path": ("src/a.cpp", 'open("/' + 'home/ann/faces");\n', "src/a.cpp:1"),
    "registry": ("notes.md", "\nmirror: https://" + "pypi.python" + ".org/simple\n", "notes.md:2"),
    "address": ("notes.md", "see http://" + "10.1.2.3:8080/\n", "notes.md:1"),
    "traces of a merge": ("notes.md", "one\n" + "<" * 7 + " HEAD\n", "notes.md:2"),
    "large file": ("data.bin", "x" * 1_000_001, "data.bin"),
    "picture": ("tests/face.JPG", "not really one", "tests/face.JPG"),
    "long source": ("src/a.cpp", "int x;\n" * 601, "src/a.cpp"),
}


def test_hygiene_accepts_a_clean_repository(tmp_path):
    repository(tmp_path, SOUND | {
        "docs/figures/histogram.png": "a figure",
        "notes.md": "Reports go to out/home/report, examples live in docs/root/ and ./work/; see https://www.debian.org.\n",
        "long.csv": "1,2\n" * 5000,
    })
    done = run("check-hygiene", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", HYGIENE_VIOLATIONS)
def test_hygiene_refuses_a_planted_violation(tmp_path, name):
    file, text, reported = HYGIENE_VIOLATIONS[name]
    repository(tmp_path, SOUND | {file: text})
    done = run("check-hygiene", tmp_path)
    assert done.returncode == 1
    assert [line.split(": ")[0] for line in done.stdout.splitlines()] == [reported]


def test_hygiene_is_skipped_without_a_repository(tmp_path):
    write(tmp_path, SOUND)
    assert run("check-hygiene", tmp_path).returncode == 77


@pytest.mark.skipif(shutil.which("clang-format-16") is None, reason="clang-format-16 is not installed")
def test_format_names_the_file_at_fault(tmp_path):
    repository(tmp_path, {"src/good.cpp": "int good();\n", "src/bad.cpp": "int  bad( );\n"})
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPTS / "check-format", tmp_path / "scripts")
    shutil.copy(SCRIPTS.parent / ".clang-format", tmp_path)
    check = tmp_path / "scripts" / "check-format"
    done = subprocess.run([check], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "src/bad.cpp: not formatted\n")
    subprocess.run([check, "--fix"], check=True)
    assert subprocess.run([check], capture_output=True, check=False).returncode == 0
    assert (tmp_path / "src/bad.cpp").read_text() == "int bad();\n"
