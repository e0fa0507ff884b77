"""Reshuffled epochs at a small size: the closed form with one input, the data, and what must not agree."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sgdlab.experiments import reshuffled_modes as experiment
from sgdlab.laws.limiting_dynamics import discreteness_factor, position_variance_heavy_ball, reshuffled_variance_ratio

SMALL = replace(
    experiment.QUICK,
    spectrum=(1.0, 0.3),
    cases=(experiment.Case(16, 4, 0.3, one_input=True), experiment.Case(16, 4, 0.1)),
    momentum=0.5,
    replicas=6000,
    seed=2,
)


@pytest.fixture(scope="module")
def found():
    return experiment.run(SMALL)


def closed(case):
    h = np.array(SMALL.spectrum)
    return reshuffled_variance_ratio(h, case.learning_rate, SMALL.momentum, case.n_samples, case.batch_size)


def test_with_one_input_the_closed_form_is_exact(found):
    exact = closed(SMALL.cases[0])
    assert (np.abs(found["ratio"][0] - exact) < 4 * found["ratio_error"][0]).all()
    assert (found["ratio_error"][0] < 0.04 * exact).all()
    without_memory = 12 / 15
    assert (np.abs(found["ratio"][0] - without_memory) > 8 * found["ratio_error"][0]).all()


def test_independent_batches_have_the_law_of_independent_batches(found):
    h = np.array(SMALL.spectrum)
    factor = discreteness_factor(relative_learning_rate=0.3 * h, momentum=0.5)
    exact = position_variance_heavy_ball(
        learning_rate=0.3,
        noise_variance=1,
        curvature=h,
        discreteness_factor=factor,
        batch_size=4,
        momentum=0.5,
        weight_decay=0,
    )
    assert (np.abs(found["independent"][0] - exact) < 4 * found["independent_error"][0]).all()


def test_on_given_samples_reshuffling_takes_away_most_of_the_variance(found):
    np.testing.assert_allclose(found["ratio"][1], closed(SMALL.cases[1]), rtol=0.25)
    assert (found["ratio"][1] < 0.3).all()


def test_the_given_samples_have_the_spectrum_and_their_minimum_at_the_origin():
    problem = experiment.given_samples(experiment.QUICK, 64)
    np.testing.assert_allclose(problem.hessian(), np.diag(experiment.QUICK.spectrum), atol=1e-12)
    origin = torch.zeros(3, dtype=torch.float64)
    np.testing.assert_allclose(problem.gradient(origin), 0, atol=1e-12)
    np.testing.assert_allclose(problem.loss(origin), 0.5, rtol=1e-12)
