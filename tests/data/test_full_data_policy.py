"""What becomes of tests marked `full_data`, in a test suite that has the rule of tests/conftest.py and three tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

RULE = Path(__file__).parents[1] / "conftest.py"

TESTS = """
import pytest

def test_small():
    pass

@pytest.mark.full_data
@pytest.mark.parametrize("number", [1, 2])
def test_large(number):
    pass
"""


@pytest.fixture
def run_pytest(tmp_path):
    (tmp_path / "conftest.py").write_text(RULE.read_text())
    (tmp_path / "test_suite.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = full_data\naddopts = --strict-markers\n")

    def run(*options, **environment):
        inherited = {name: value for name, value in os.environ.items() if name not in ("CI", "SGDLAB_DATA")}
        # Other plugins take seconds to load and have no part in the rule.
        inherited["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        return subprocess.run(
            [sys.executable, "-m", "pytest", *options],
            cwd=tmp_path,
            env=inherited | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "2")], ids=["one process", "two workers"])
def test_without_data_they_are_left_out_and_counted(options, run_pytest):
    result = run_pytest(*options)
    assert result.returncode == 0
    assert "1 passed" in result.stdout
    assert "skipped" not in result.stdout
    assert "SGDLAB_DATA is not set: left out 2 tests that read whole data sets" in result.stdout


@pytest.mark.parametrize("ci", ["true", "false"])
def test_with_data_they_run(ci, run_pytest, tmp_path):
    result = run_pytest(CI=ci, SGDLAB_DATA=str(tmp_path))
    assert result.returncode == 0
    assert "3 passed" in result.stdout
    assert "left out" not in result.stdout


@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "2")], ids=["one process", "two workers"])
def test_in_ci_missing_data_is_a_failure(options, run_pytest):
    result = run_pytest(*options, CI="true")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR
    assert "CI=true needs SGDLAB_DATA" in result.stderr
    assert "passed" not in result.stdout
