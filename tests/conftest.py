"""Tells ctest about skipped tests: a run that skips (a whole file, too) and does not fail exits with 77
(SKIP_RETURN_CODE)."""

import pytest


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) and reporter and reporter.stats.get("skipped"):
        session.exitstatus = 77
