"""The same paths in two times: noise that grows with the loss in one of them, and is uniform in the other."""

from dataclasses import replace

import numpy as np
import pytest

from sgdlab.experiments import random_clock as experiment

SMALL = replace(experiment.QUICK, transient=3.0, duration=3.0, replicas=300, blocks=30, loss_ratios=(1.0, 1.5, 3.0))
BIAS = (1 / SMALL.learning_rate + 2) * SMALL.interval


@pytest.fixture(scope="module")
def result():
    return experiment.run(SMALL)


def test_against_t_the_steps_grow_with_the_loss(result):
    ratio, error = result["time_ratio"], result["time_square_error"]
    assert (np.abs(result["time_square"] - ratio) < 4 * error + BIAS * ratio).all()
    assert result["time_square"][1] - 1 > 4 * error[1] + BIAS


def test_against_tau_they_are_uniform_and_gaussian_and_without_memory(result):
    assert (np.abs(result["clock_square"] - 1) < 4 * result["clock_square_error"] + BIAS).all()
    assert result["clock_square_error"].max() < 0.05
    assert abs(result["clock_kurtosis"] - 3) < 4 * result["clock_kurtosis_error"] < 0.4
    assert abs(result["clock_memory"]) < 4 * result["clock_memory_error"] < 0.03
    assert result["time_memory"] > 0.05


def test_while_the_loss_hardly_moves_the_two_times_agree():
    path = experiment.path_in_both_times(1e-8, 0, 20, 0.1)
    assert path["time"].shape == (21,)
    assert path["time"][0] == path["clock"][0] == 0
    np.testing.assert_array_equal(path["time"], path["clock"])


def test_tau_is_never_behind_t():
    """The loss is at least 1: after as many intervals of tau the path is at an earlier time t."""
    path = experiment.path_in_both_times(1.0, 1, 40, 0.1)
    assert path["time"][0] == path["clock"][0] == 0
    assert (path["time"] != path["clock"]).any()
    assert np.isfinite(path["clock"]).all()
