"""What eq. (12) counts, in the cases that are known otherwise, and the closed forms of two-level spectra."""

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from sgdlab.curvature import effective_dimension
from sgdlab.dynamics import langevin
from sgdlab.laws import effective_dimension as laws
from sgdlab.laws.power_law_escape import critical_dimension, direction_share, escape_exponent
from sgdlab.problems import Quadratic


@pytest.mark.parametrize(("outliers", "flat", "ratio"), [(1, 1, 0.5), (10, 7851, 0.001), (3, 20, 1.0), (2, 0, 0.3)])
def test_two_levels_are_a_spectrum(outliers, flat, ratio):
    spectrum = [2.0] * outliers + [2.0 * ratio] * flat
    levels = {"n_outliers": outliers, "n_flat": flat, "curvature_ratio": ratio}
    assert laws.participation_ratio(**levels) == pytest.approx(effective_dimension(spectrum, "participation-ratio"))
    assert laws.entropy_dimension(**levels) == pytest.approx(effective_dimension(spectrum, "entropy"))
    assert laws.trace_dimension(**levels) == pytest.approx(sum(spectrum) / max(spectrum))


def test_the_growth_rate_changes_sign_at_the_critical_dimension():
    setting = {"learning_rate": 0.3, "batch_size": 2, "curvature": 1.7}
    critical = critical_dimension(**setting)
    assert laws.growth_rate(dimension=critical, **setting) == pytest.approx(0, abs=1e-14)
    below, above = laws.growth_rate(dimension=critical + np.array([-1e-3, 1e-3]), **setting)
    assert below < 0 < above


def test_the_growth_rate_is_that_of_the_equation():
    """Without L* the equation has no scale: the mean of the logarithm is a straight line in time."""
    rate, dimension, steps, dt = 0.5, 3, 400, 0.01
    start = torch.full((4000, dimension), 1e3, dtype=torch.float64)
    (end,) = langevin(
        Quadratic([1.0] * dimension, 0.0),
        start,
        learning_rate=rate,
        batch_size=1,
        noise="loss-proportional",
        steps=steps,
        time_step=dt,
        seed=1,
        observe=lambda theta: theta,
        observe_at=[steps],
    )
    grown = torch.log(end.norm(dim=1) / start.norm(dim=1)) / (steps * dt)
    law = laws.growth_rate(learning_rate=rate, batch_size=1, curvature=1, dimension=dimension)
    error = float(grown.std()) / len(grown) ** 0.5
    assert abs(float(grown.mean()) - law) < 4 * error + 2 * dt  # dt: the step of Euler-Maruyama
    assert 4 * error + 2 * dt < 0.5 * abs(law + 1)  # without noise it is -1


@pytest.mark.parametrize(("noise", "outliers", "flat"), [(5, 1, 2), (3.5, 4, 3), (40, 2, 11)])
def test_equal_eigenvalues_have_the_exponent_of_the_theorem(noise, outliers, flat):
    law = escape_exponent(learning_rate=1 / noise, batch_size=1, curvature=1, dimension=outliers + flat)
    assert laws.two_level_exponent(noise, outliers, flat, 1.0) == pytest.approx(law, rel=1e-9)


@pytest.mark.parametrize(("outliers", "flat", "ratio"), [(1, 3, 0.5), (10, 100, 0.03), (2, 7, 0.9)])
def test_the_exponent_is_one_where_the_mean_loss_diverges(outliers, flat, ratio):
    assert laws.two_level_exponent((outliers + flat * ratio) / 2, outliers, flat, ratio) == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize(("flat", "ratio"), [(3, 0.5), (5, 0.2), (4, 0.9)])
def test_at_weak_noise_it_counts_the_share_of_each_direction(flat, ratio):
    weak = 1 + flat * direction_share(curvature_ratio=ratio)
    gaps = [2 * (noise + 1 - laws.two_level_exponent(noise, 1, flat, ratio)) - weak for noise in (50.0, 100.0, 200.0)]
    assert gaps[0] > gaps[1] > gaps[2] > 0
    np.testing.assert_allclose(gaps[1] / gaps[2], 2, rtol=0.05)  # it vanishes as the noise


def test_fewer_polynomials_give_the_same_exponent(monkeypatch):
    full = laws.two_level_exponent(8.0, 2, 9, 0.3)
    monkeypatch.setattr(laws, "_DEGREE", 30)
    assert laws.two_level_exponent(8.0, 2, 9, 0.3) == pytest.approx(full, rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 1, 1, 0.5), "noise must be"),
        ((5.0, 0, 1, 0.5), "n_outliers must be"),
        ((5.0, 1, np.inf, 0.5), "n_flat must be"),
        ((5.0, 1, 1, 0.0), "curvature_ratio must be"),
        ((5.0, 1, 1, 1.1), "curvature_ratio must be"),
        ((1.0, 10, 10, 0.9), "noise leaves no stationary law"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        laws.two_level_exponent(*arguments)


@pytest.mark.parametrize("ratio", [1.001, 2.0, 10.0])
@pytest.mark.parametrize("dimension", [2, 5])
def test_the_valley_ratio_is_the_integral_of_its_derivation(ratio, dimension):
    mean_log, _ = quad(lambda s: np.log(1 + (ratio - 1) * (1 - s**2)) / 2, -1, 1)
    expected = np.exp((dimension - 1) / 2 * (1 + mean_log))
    assert laws.valley_ratio(loss_ratio=ratio, dimension=dimension) == pytest.approx(expected, rel=1e-9)


def test_without_a_barrier_frozen_noise_makes_no_difference():
    flat = laws.valley_ratio(loss_ratio=1 + 1e-6, dimension=4)
    assert flat == pytest.approx(laws.valley_ratio_frozen(dimension=4), rel=1e-5)
