"""One mode of SGD with momentum: against powers of the step's matrix, without noise and with it."""

from dataclasses import replace

import numpy as np
import pytest

from sgdlab.experiments import heavy_ball_ringing as experiment
from sgdlab.experiments._ringing_fit import ringing_fit
from sgdlab.laws import limiting_dynamics as laws

SETTING = experiment.Setting(0.8, 0.3, 40)
SMALL = replace(
    experiment.QUICK, onsets=(0.0, 0.5), patience=10_000, settings=(SETTING,), kick=0.02, replicas=4000, blocks=10
)
M = np.array([[1 - 0.3, 0.8], [-0.3, 0.8]])  # (distance, step) -> next


@pytest.fixture(scope="module")
def result():
    return experiment.run(SMALL)


def moments(steps):
    """Mean distance from rest, and covariance of distance and step over the variance of one kick, before each step."""
    mean, covariance, found = np.array([1.0, 0.0]), np.zeros((2, 2)), []
    for _ in range(steps + 1):
        found.append((mean[0], covariance))
        mean, covariance = M @ mean, M @ covariance @ M.T + 1
    return np.array([m for m, _ in found]), np.array([c for _, c in found])


def test_the_mean_is_gradient_descent(result):
    mean, _ = moments(40)
    assert (np.abs(result["mean_0"] - mean)[1:] < 4.5 * result["mean_0_error"][1:]).all()
    assert result["mean_0_error"].max() < 0.003


def test_the_spread_is_that_of_independent_kicks(result):
    _, covariance = moments(40)
    for name, exact in (("spread_0", covariance[:, 0, 0]), ("spread_velocity_0", covariance[:, 1, 1])):
        assert result[name][0] == exact[0] == 0
        assert (np.abs(result[name] - exact)[1:] < 4.5 * result[f"{name}_error"][1:]).all()
        assert (result[f"{name}_error"][1:] < 0.05 * exact[1:]).all()
    # The step from the iterate is beta times the step to it, less eta_h times the distance: its kick is independent.
    both = (1.8 * covariance[:-1, 0, 1] - 0.3 * covariance[:-1, 0, 0]) / 2
    assert (np.abs(result["spread_both_0"] - both)[1:] < 4.5 * result["spread_both_0_error"][1:]).all()


def test_late_the_centred_velocity_is_uncorrelated_with_the_distance_and_the_step_to_it_is_not():
    """A null control: 0 in the stationary state; the covariance with the step to it is half the step's variance."""
    _, covariance = moments(400)
    late = covariance[-1]
    np.testing.assert_allclose(1.8 * late[0, 1] - 0.3 * late[0, 0], 0, atol=1e-9)
    np.testing.assert_allclose(late[0, 1], late[1, 1] / 2, rtol=1e-9)


def test_damping_and_angle_are_those_of_the_eigenvalues(result):
    eigenvalue = np.linalg.eigvals(M)[0]
    for name, exact in (("damping", -np.log(abs(eigenvalue))), ("angle", abs(np.angle(eigenvalue)))):
        assert abs(result[name][0] - exact) < 4 * result[f"{name}_error"][0] < 0.01


def test_the_onset_is_found_from_above_within_its_bound(result):
    exact = laws.oscillation_onset_heavy_ball(momentum=np.array(SMALL.onsets))
    excess = result["onset"] - exact
    assert (excess >= -1e-15).all()
    assert (excess <= result["onset_bias"]).all()
    assert result["onset_bias"].max() < 1e-7


def test_patience_moves_the_onset_as_the_bound_says():
    """Half a turn takes the patience: with a hundred times fewer steps the onset moves by 10^4 times the bound."""
    exact = laws.oscillation_onset_heavy_ball(momentum=0.5)
    excess = experiment.onset(0.5, 300) - exact
    np.testing.assert_allclose(excess, np.sqrt(0.5) * (np.pi / 300) ** 2, rtol=0.05)


def test_a_small_distance_is_rescaled_and_crosses_all_the_same():
    """At momentum 0.2 a distance falls below the smallest number long before the patience ends."""
    assert abs(experiment.onset(0.2, 20_000) - laws.oscillation_onset_heavy_ball(momentum=0.2)) < 2e-8


def test_the_fit_returns_what_went_in_whatever_amplitude_and_phase():
    steps = np.arange(60)
    for amplitude, phase in ((1.0, 0.0), (-3e-4, 1.2)):
        series = amplitude * np.exp(-0.05 * steps) * np.cos(0.4 * steps + phase)
        np.testing.assert_allclose(ringing_fit(series), [0.05, 0.4], rtol=1e-7)


def test_a_series_that_does_not_ring_is_not_fitted():
    with pytest.raises(ValueError, match="series must oscillate"):
        ringing_fit(np.exp(-0.1 * np.arange(30)) + np.exp(-0.5 * np.arange(30)))
