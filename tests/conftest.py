"""What all tests share: the devices to test on, and the rule for tests that read whole data sets.

Those are marked `full_data`. Where SGDLAB_DATA is not set they are left out, and the summary says so.
In CI (CI=true) that is a failure.
"""

import os

import mpmath
import pytest
import torch

LEFT_OUT = pytest.StashKey[int]()


def _has_data():
    return bool(os.environ.get("SGDLAB_DATA"))


def pytest_configure(config):
    config.stash[LEFT_OUT] = 0
    if os.environ.get("CI") == "true" and not _has_data():
        raise pytest.UsageError("CI=true needs SGDLAB_DATA: without it the tests marked full_data would be left out")


def pytest_collection_modifyitems(config, items):
    if _has_data():
        return
    left_out = [item for item in items if item.get_closest_marker("full_data")]
    if left_out:
        items[:] = [item for item in items if not item.get_closest_marker("full_data")]
        config.hook.pytest_deselected(items=left_out)
        config.stash[LEFT_OUT] = len(left_out)


def pytest_sessionfinish(session):
    # With pytest-xdist the workers collect and another process writes the summary.
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash[LEFT_OUT]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    # Every worker collects all tests, so that each counts the same ones.
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", 0)


def pytest_terminal_summary(terminalreporter, config):
    number = config.stash[LEFT_OUT]
    if number:
        message = f"SGDLAB_DATA is not set: left out {number} tests that read whole data sets (marked full_data)."
        terminalreporter.write_line(message, yellow=True)


@pytest.fixture(params=["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"])
def device(request):
    """Every device that the machine has."""
    return request.param


@pytest.fixture(autouse=True)
def _precision_of_mpmath():
    """No test leaves another precision behind: integrals of later tests would take minutes."""
    yield
    assert mpmath.mp.dps == 15
