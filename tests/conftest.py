"""Tells ctest about skipped tests: a run that skips (a whole file, too) and does not fail exits with 77
(SKIP_RETURN_CODE). Tests marked `memory` are left out where a sanitizer holds back what is freed."""

import os

import pytest


def pytest_configure(config):
    config.addinivalue_line("markers", "memory: measures how much memory a program takes")


def pytest_collection_modifyitems(items):
    for item in items:
        if os.environ.get("SEMBLANCE_SANITIZED") and item.get_closest_marker("memory"):
            item.add_marker(pytest.mark.skip(reason="a sanitizer holds back what is freed"))


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) and reporter and reporter.stats.get("skipped"):
        session.exitstatus = 77
