"""Numbers that the chapter on the exponents of networks states in words, held against the stored runs."""

import numpy as np
import pytest

from sgdlab.experiments import displacement_collapse as collapse
from sgdlab.runs import load


@pytest.fixture(scope="module")
def digits():
    return load("network_displacement", "full").arrays


def test_reshuffled_steps_are_some_three_percent_longer(digits):
    (row,) = np.flatnonzero(digits["reshuffled"])
    expected = digits["predicted_step"][row] * digits["noise_seen"][row] / digits["noise"]
    assert digits["step"][row] / expected - 1 == pytest.approx(0.03, abs=0.01)


def test_the_momentum_sweep_is_nearly_flat_where_the_others_fall(digits):
    plain = (digits["reshuffled"] == 0) & (digits["stopped"] == 0)
    base = {key: digits[key] == digits[key][0] for key in ("learning_rate", "batch_size", "momentum")}
    momenta = plain & base["learning_rate"] & base["batch_size"]
    rates = plain & base["batch_size"] & base["momentum"]
    assert np.ptp(digits["exponent"][momenta]) < 0.05 < 0.2 < np.ptp(digits["exponent"][rates])


def test_single_runs_scatter_on_cifar10():
    """The batch sizes beyond the small ones: 0.1 from neighbour to neighbour, in the median."""
    assert np.median(np.abs(np.diff(collapse.CIFAR10.batch_size[4:]))) == pytest.approx(0.1, abs=0.05)


def test_the_base_settings_of_the_pictures():
    assert collapse.IMAGENET.n_samples // 256 == 5004
    assert collapse.CIFAR10.n_samples // 256 == 195
