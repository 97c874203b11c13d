"""A plugin of pytest that writes down, in `$TRANSCRIPTS`, which tests were skipped and why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test, or what comes before it."""
    if report.skipped and not hasattr(report, "wasxfail"):
        write_down(report.nodeid, report.longrepr)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A whole file."""
    if report.skipped:
        write_down(report.nodeid, report.longrepr)


def write_down(test: str, why: object) -> None:
    """Add a line: the test, a tab, the reason."""
    reason = str(why[2] if isinstance(why, tuple) else why).removeprefix("Skipped: ")
    line = "\t".join(" ".join(text.split()) for text in (test, reason)) + "\n"
    with Path(os.environ["TRANSCRIPTS"], f"{os.environ['SUITE']}.skipped").open("a") as file:
        file.write(line)
