"""semblance_stage, the CMake function, refuses a stage that links a later one."""

import os
import pathlib
import subprocess

import pytest

MODULES = pathlib.Path(os.environ["SEMBLANCE_SOURCE"]) / "cmake"

PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(planted VERSION 0.1.0 LANGUAGES CXX)
list(APPEND CMAKE_MODULE_PATH {modules})
include(SemblanceTargets)
add_subdirectory(src/base)
add_subdirectory(src/store)
"""


@pytest.mark.parametrize("stage, sound", [("store", True), ("base", False)])
def test_only_earlier_stages_can_be_linked(tmp_path, stage, sound):
    other = {"store": "base", "base": "store"}
    for name in other:
        folder = tmp_path / "src" / name
        folder.mkdir(parents=True)
        links = f" LINKS semblance::{other[name]}" if name == stage else ""
        (folder / "CMakeLists.txt").write_text(f"semblance_stage({name}{links})\n")
        (folder / "a.cpp").write_text("void a() {}\n")
    (tmp_path / "CMakeLists.txt").write_text(PROJECT.format(modules=MODULES))
    done = subprocess.run(["cmake", "-G", "Ninja", "-S", tmp_path, "-B", tmp_path / "build"],
                          capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == sound, done.stderr
    if not sound:
        assert "links semblance::store" in done.stderr
