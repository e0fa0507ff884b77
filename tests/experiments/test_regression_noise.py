from dataclasses import replace

import numpy as np
import pytest

from sgdlab.experiments import regression_noise as experiment
from sgdlab.laws import minibatch_noise as laws

SMALL = replace(experiment.QUICK, n_samples=20_000, loss_ratios=(1.0, 3.0), dimension=3)


@pytest.fixture(scope="module")
def result():
    return experiment.run(SMALL)


def deviation(result, name, law):
    return np.abs(result[name] - law) / result[f"{name}_error"]


def test_one_dimension_follows_the_kurtosis(result):
    c = np.array(SMALL.loss_ratios)
    slopes = np.array([0.0, 1.0, 2.0])[:, None]
    assert (deviation(result, "variance", 1 + slopes * (c - 1)) < 4).all()
    assert deviation(result, "variance", 1 + 1.0 * (c - 1))[[0, 2], 1].min() > 10  # the other laws are told apart


def test_the_exception_is_the_gradient(result):
    c = np.array(SMALL.loss_ratios)
    assert (deviation(result, "along", laws.escape_direction_ratio(loss_ratio=c)) < 4).all()
    assert (deviation(result, "across", np.ones(2)) < 4).all()
    assert (deviation(result, "decoupling", laws.decoupling_ratio(loss_ratio=c)) < 4).all()
