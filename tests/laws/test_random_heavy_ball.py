"""Moments of random products by populations: against exact second moments and Kesten's index in closed form."""

import numpy as np
import pytest

from sgdlab.laws import limiting_dynamics as laws
from sgdlab.laws import power_law_escape as escape


def second_moment_radius(curvatures, rate, momentum, batch):
    """Growth of the mean square in a step: variances of the modes alone close, three numbers each."""
    n = len(curvatures)
    step = np.zeros((3 * n, 3 * n))  # of <x^2>, <x v>, <v^2>, v = eta w, mode after mode
    for i, h in enumerate(curvatures):
        a, b, c = 1 - rate * h, -rate * h, momentum
        own = slice(3 * i, 3 * i + 3)
        step[own, own] = [[a**2, 2 * a * c, c**2], [a * b, (a + b) * c, c**2], [b**2, 2 * b * c, c**2]]
        for j, other in enumerate(curvatures):
            step[own, 3 * j] += rate**2 * h * (other + (h if i == j else 0)) / batch
    return np.abs(np.linalg.eigvals(step)).max()


@pytest.mark.parametrize("setting", [(0.1, 0.9, 1), (0.4, 0.5, 4)])
def test_the_second_moment_grows_as_the_exact_recursion(setting):
    curvatures = [1.0, 0.3]
    exact = np.log(second_moment_radius(curvatures, *setting))
    found = laws.moment_growth_heavy_ball([2.0], curvatures, *setting, steps=400, walkers=200, seed=1)[:, 0]
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert abs(found.mean() - exact) < 4 * error + 0.01 * abs(exact)
    assert error < 0.12 * abs(exact)


def test_small_powers_grow_as_the_lyapunov_exponent():
    curvatures, setting = [1.0, 0.3], (0.1, 0.9, 1)
    growth = laws.moment_growth_heavy_ball([0.0, 0.01], curvatures, *setting, steps=600, walkers=100, seed=1)
    assert (growth[:, 0] == 0).all()
    slope = growth[:, 1] / 0.01
    value, error = laws.lyapunov_exponent_heavy_ball(curvatures, *setting, steps=1000, replicas=200, seed=2)
    total = np.hypot(error, slope.std(ddof=1) / np.sqrt(len(slope)))
    assert abs(slope.mean() - value) < 4 * total
    assert total < 0.2 * abs(value)


def test_the_index_of_one_mode_without_momentum():
    exact = escape.kesten_index(0.9, 1, 1)
    assert 0.4 < exact < 2.6
    value, error = laws.tail_index_heavy_ball([1.0], 0.9, 0.0, 1, steps=400, walkers=1500, seed=1)
    assert abs(value - exact) < 4 * error + 0.01
    assert error < 0.03


def test_the_index_is_2_where_the_load_is_1():
    """One mode, load 1 at q = 1/2."""
    momentum, batch = 0.6, 1
    rate = 2 * (1 + momentum) * (1 - momentum) / (2 * (1 + momentum) + 1 - momentum)
    np.testing.assert_allclose(laws.multiplicative_load([1.0], rate, momentum, batch), 1, rtol=1e-12)
    value, error = laws.tail_index_heavy_ball([1.0], rate, momentum, batch, steps=400, walkers=500, seed=3)
    assert abs(value - 2) < 4 * error + 0.01
    assert error < 0.03


def test_light_tails_have_no_index_in_reach():
    with pytest.raises(ValueError, match=r"no tail index from 0\.4 to 2\.6"):
        laws.tail_index_heavy_ball([1.0], 0.01, 0.0, 8, steps=40, walkers=20)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"powers": [-1.0]}, r"powers must be finite numbers \(S,\) >= 0"),
        ({"powers": 2.0}, r"powers must be finite numbers \(S,\) >= 0"),
        ({"walkers": 1}, "steps and walkers must be at least 4 and 2, got 1000 and 1"),
        ({"curvatures": [0.0]}, "curvatures must be > 0, got 0"),
        ({"batch_size": 1.5}, r"batch_size must be a whole number, got 1\.5"),
    ],
)
def test_arguments_of_the_populations(change, message):
    good = {"powers": [1.0], "curvatures": [1.0], "learning_rate": 0.1, "momentum": 0.5, "batch_size": 1}
    with pytest.raises(ValueError, match=message):
        laws.moment_growth_heavy_ball(**good | change)
