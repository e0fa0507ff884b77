"""For all tests and notebooks: no progress bars, and in CI (CI=true) what is skipped is what failed."""

import os
from collections.abc import Generator
from typing import TypeVar

import pytest

# Kernels inherit it: a progress bar is no output of a notebook.
os.environ.setdefault("TQDM_DISABLE", "1")

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)


def _not_skipped(report: Report) -> Report:
    if report.skipped and os.environ.get("CI") == "true":
        report.longrepr = f"CI=true, and this was skipped: {report.longrepr}"
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one."""
    return _not_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a skipped file into a failed one."""
    return _not_skipped((yield))
