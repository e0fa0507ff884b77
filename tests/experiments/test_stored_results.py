"""Every stored result belongs to an experiment, and was computed with the configuration that the code has now.

The benchmarks are no experiment: tests/bench holds them against their code.
"""

import dataclasses
import importlib
import json

import numpy as np
import pytest

from sgdlab.runs import load
from sgdlab.runs.store import RESULTS

STORED = sorted(path.stem.rsplit("-", 1) for path in RESULTS.glob("*.npz") if not path.stem.startswith("benchmarks-"))


@pytest.mark.parametrize(("name", "size"), STORED)
def test_the_stored_configuration_is_the_one_in_the_code(name, size):
    experiment = importlib.import_module(f"sgdlab.experiments.{name}")
    config = dataclasses.asdict(getattr(experiment, size.upper()))
    assert load(name, size).provenance["config"] == json.loads(json.dumps(config))


@pytest.mark.parametrize(("name", "size"), STORED)
def test_stored_numbers_are_finite_and_small(name, size):
    assert all(np.isfinite(array).all() for array in load(name, size).arrays.values())
    assert (RESULTS / f"{name}-{size}.npz").stat().st_size < 500_000
