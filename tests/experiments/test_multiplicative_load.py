"""The load and the law without variance, at a small size."""

from dataclasses import replace

import numpy as np
import pytest

from sgdlab.experiments import multiplicative_load as experiment
from sgdlab.experiments._heavy_samples import median_of
from sgdlab.laws import limiting_dynamics as laws
from sgdlab.laws import power_law_escape as escape

SMALL = replace(
    experiment.QUICK,
    settings=(experiment.Setting(0.4, 0.5, 4, (1.0,) * 4),),
    replicas=100,
    transient=60,
    steps=300,
    heavy=experiment.Setting(0.9, 0.0, 1, (1.0,)),
    heavy_replicas=4000,
    heavy_transient=60,
    heavy_steps=120,
    heavy_every=60,
    wild=experiment.Setting(3.2, 0.9, 1, (1.0,)),
    growth_replicas=400,
    growth_steps=400,
    walkers=200,
    walker_steps=200,
    seed=2,
)


@pytest.fixture(scope="module")
def found():
    return experiment.run(SMALL)


def test_the_load_is_the_excess_share_of_the_loss(found):
    exact = laws.multiplicative_load((1.0,) * 4, 0.4, 0.5, 4)
    assert abs(found["load"][0] - exact) < 4 * found["load_error"][0]
    assert found["load_error"][0] < 0.03 * exact
    small = laws.load_small_learning_rate(learning_rate=0.4, hessian_trace=4, momentum=0.5, batch_size=4)
    assert abs(found["load"][0] - small) > 8 * found["load_error"][0]


def test_one_direction_without_momentum_has_kestens_index(found):
    exact = escape.kesten_index(0.9, 1, 1)
    assert abs(found["tail_index_predicted"] - exact) < 4 * found["tail_index_predicted_error"] + 0.02
    assert abs(found["tail_index"][0] - exact) < 4 * found["tail_index_error"][0] + 0.1 * exact


def test_the_survival_is_that_of_the_distances(found):
    assert (np.diff(found["distance"]) > 0).all()
    assert found["survival"][0] == 0.5
    assert found["count"][-1] == SMALL.heavy_replicas


def test_lyapunov_exponents_of_both_kinds(found):
    exact = escape.lyapunov_exponent(0.9, 1, 1)
    assert abs(found["lyapunov"][0] - exact) < 4 * found["lyapunov_error"][0]
    assert abs(found["lyapunov_predicted"][0] - exact) < 4 * found["lyapunov_predicted_error"][0]
    both = np.hypot(found["lyapunov_error"][1], found["lyapunov_predicted_error"][1])
    assert abs(found["lyapunov"][1] - found["lyapunov_predicted"][1]) < 4 * both
    assert found["lyapunov"][1] > 8 * found["lyapunov_error"][1]
    assert found["median_loss"][0, -1] < 0 < found["median_loss"][1, -1]


def test_the_median_has_the_error_of_order_statistics():
    """The median of exponential numbers: log 2, with the standard error 1 / sqrt(M)."""
    draws = np.random.default_rng(1).exponential(size=(200, 500))
    estimates = [median_of(draw) for draw in draws]
    values, errors = (np.array([getattr(e, name) for e in estimates]) for name in ("value", "standard_error"))
    np.testing.assert_allclose(values.mean(), np.log(2), atol=4 * values.std() / np.sqrt(200) + 1e-3)
    np.testing.assert_allclose(errors.mean(), values.std(), rtol=0.15)
