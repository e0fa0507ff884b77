import math

import mpmath
import numpy as np
import pytest
import scipy.linalg

from sgdlab.dynamics.ornstein_uhlenbeck import damping_and_frequency, overdamped_transition, underdamped_transition
from sgdlab.problems import Quadratic

ETA, B, LOSS = 0.1, 4, 0.5
SGD = {"learning_rate": ETA, "batch_size": B}
# For momentum 0.5 a mode of curvature 1 / (12 eta) is critically damped; the spectrum lies on both sides of it.
BETA = 0.5
CRITICAL = (1 - BETA) ** 2 / (2 * (1 + BETA) * ETA)
SPECTRUM = [5.0, CRITICAL * (1 + 1e-9), CRITICAL, CRITICAL * (1 - 1e-9), 0.1, 1e-9]
BOWL = Quadratic(SPECTRUM, LOSS, [1.0, -2.0, 0.5, 3.0, 1.0, 1.0])


def underdamped(time, bowl=BOWL, momentum=BETA, **changes):
    return underdamped_transition(bowl, momentum=momentum, time=time, **(SGD | changes))


def exact_law(h, momentum, weight_decay, time):
    """Propagator and covariance of one mode in 60 digits, in closed form, nu complex: Kunin et al. (2024)."""
    with mpmath.workdps(60):
        eta, beta, lam, t, rho = (mpmath.mpf(x) for x in (ETA, momentum, weight_decay, time, h))
        gamma = (1 - beta) / (eta * (1 + beta))
        omega2 = 2 * (rho + lam) / (eta * (1 + beta))
        nu = mpmath.sqrt(mpmath.mpc(omega2 - gamma**2))
        c = mpmath.exp(-gamma * t) * mpmath.cos(nu * t).real
        s = mpmath.exp(-gamma * t) * (mpmath.sin(nu * t) / nu).real if nu else mpmath.exp(-gamma * t) * t
        propagator = mpmath.matrix([[c + gamma * s, s], [-omega2 * s, c - gamma * s]])
        v = 2 * LOSS * rho / (B * (1 - beta**2))
        stationary = mpmath.diag([v / omega2, v])
        covariance = stationary - propagator * stationary * propagator.T
        return (np.array(m.tolist(), dtype=float) for m in (propagator, covariance))


@pytest.mark.parametrize("time", [1e-6, ETA, 3.0, 400.0])
@pytest.mark.parametrize("weight_decay", [0.0, 0.2])
def test_underdamped_law_is_the_closed_form_to_nearly_all_digits(time, weight_decay):
    law = underdamped(time, weight_decay=weight_decay)
    for mode, h in enumerate(SPECTRUM):
        propagator, covariance = exact_law(h, BETA, weight_decay, time)
        scale = np.sqrt(np.diag(covariance))
        # The covariance relative to its own size, entry by entry: its closed form in float64 would have no digit left
        # at the shortest time, where the position's variance is 1e-13 of its final one. The propagator relative to its
        # size in the units in which a mode's energy is the sum of squares.
        assert np.abs((law.covariance[mode] - covariance) / np.outer(scale, scale)).max() < 2e-13
        omega = math.sqrt(2 * (h + weight_decay) / (ETA * (1 + BETA)))
        units = np.array([[1, omega], [1 / omega, 1]])
        size = np.abs(propagator * units).max()
        assert np.abs((law.propagator[mode] - propagator) * units).max() <= 1e-12 * size


def test_underdamped_law_is_the_matrix_exponential():
    # Van Loan's block matrix [[-A, 2D], [0, A^T]] of the linear equation, typed from the drift and the noise.
    momentum, weight_decay, time, h = 0.5, 0.3, 0.7, 1.3
    a = np.array([[0, -1], [2 * (h + weight_decay) / (ETA * 1.5), 2 * 0.5 / (ETA * 1.5)]])
    d = np.diag([0, 4 / (ETA * 1.5**2) * 2 * LOSS * h / B])
    blocks = scipy.linalg.expm(np.block([[a, d], [np.zeros((2, 2)), -a.T]]) * time)
    propagator = blocks[2:, 2:].T
    law = underdamped(time, Quadratic([h], LOSS), momentum, weight_decay=weight_decay)
    np.testing.assert_allclose(law.propagator[0], propagator, rtol=1e-12)
    np.testing.assert_allclose(law.covariance[0], propagator @ blocks[:2, 2:], rtol=1e-11)


@pytest.mark.parametrize("time", [0.01, ETA, 2.0])
def test_two_steps_are_one_of_twice_the_time(time):
    for law in (lambda t: overdamped_transition(BOWL, time=t, **SGD), lambda t: underdamped(t, weight_decay=0.2)):
        once, twice = law(time), law(2 * time)
        p = once.propagator
        np.testing.assert_allclose(p @ p, twice.propagator, rtol=1e-11, atol=1e-13 * np.abs(twice.propagator).max())
        composed = p @ once.covariance @ p.transpose(0, 2, 1) + once.covariance
        np.testing.assert_allclose(composed, twice.covariance, rtol=1e-10, atol=1e-14 * np.abs(twice.covariance).max())
        assert np.array_equal(once.centre, twice.centre)


def test_overdamped_law_by_hand():
    law = overdamped_transition(Quadratic([2.0, 0.0, 1e-12], LOSS, [3.0, 4.0, 5.0]), time=0.4, **SGD)
    np.testing.assert_allclose(law.propagator.ravel(), [math.exp(-0.8), 1, 1], rtol=1e-12)
    u = ETA * LOSS / B
    np.testing.assert_allclose(law.covariance.ravel(), [u * (1 - math.exp(-1.6)), 0, u * 0.8e-12], rtol=1e-11)
    assert law.centre.ravel().tolist() == [3.0, 4.0, 5.0]


def test_in_the_end_every_mode_has_its_temperature():
    # (h + lambda) <x^2> = m <w^2> = eta sigma^2 h / (2 B (1 - beta)), Kunin et al. (2024).
    weight_decay, mass = 0.2, ETA * (1 + BETA) / 2
    law = underdamped(1e4, weight_decay=weight_decay)
    rho = np.array(SPECTRUM)
    temperature = ETA * 2 * LOSS * rho / (2 * B * (1 - BETA))
    np.testing.assert_allclose((rho + weight_decay) * law.covariance[:, 0, 0], temperature, rtol=1e-12)
    np.testing.assert_allclose(mass * law.covariance[:, 1, 1], temperature, rtol=1e-12)
    assert np.abs(law.covariance[:, 0, 1]).max() < 1e-12 * temperature.max()


def test_without_weight_decay_the_positions_end_isotropic():
    h = [5.0, CRITICAL, 0.1]
    positions = underdamped(1e4, Quadratic(h, LOSS)).covariance[:, 0, 0]
    np.testing.assert_allclose(positions, ETA * LOSS / (B * (1 - BETA)), rtol=1e-12)
    # The overdamped equation at momentum 0 ends in the same law.
    still = overdamped_transition(Quadratic(h, LOSS), time=1e4, **SGD).covariance.ravel()
    np.testing.assert_allclose(underdamped(1e4, Quadratic(h, LOSS), 0.0).covariance[:, 0, 0], still, rtol=1e-12)


@pytest.mark.parametrize("time", [ETA, 2.0])
def test_stationary_correlations_are_those_of_reversed_time(time):
    # C(t) = P(t) B; with the velocity odd under reversal, <x(0) w(t)> = -<w(0) x(t)>.
    stationary = underdamped(1e12).covariance
    correlation = underdamped(time).propagator @ stationary
    scale = np.sqrt(stationary[:, 0, 0] * stationary[:, 1, 1])
    assert (np.abs(correlation[:, 0, 1] + correlation[:, 1, 0]) < 1e-12 * scale).all()
    # Not trivially so: modes that move have correlations to speak of.
    assert (np.abs(correlation[:5, 0, 1]) > 1e-2 * scale[:5]).all() or time > 1


def test_from_rest_the_position_is_a_random_acceleration():
    # 4 gamma v t^3 / 3, 2 gamma v t^2, 4 gamma v t at times short to every mode.
    t = 1e-7
    gamma, _ = damping_and_frequency(BOWL, ETA, BETA, 0.0)
    v = 2 * LOSS * np.array(SPECTRUM) / (B * (1 - BETA**2))
    expected = gamma * v[:, None, None] * np.array([[4 / 3 * t**3, 2 * t**2], [2 * t**2, 4 * t]])
    np.testing.assert_allclose(underdamped(t).covariance, expected, rtol=1e-5)


def test_the_factor_is_a_root_of_the_covariance():
    bowl = Quadratic([5.0, 0.0, CRITICAL, 1e-9], LOSS)
    for time in (1e-6, 1.0, 100.0):
        law = underdamped(time, bowl)
        rebuilt = law.factor @ law.factor.transpose(0, 2, 1)
        scale = np.sqrt(np.diagonal(law.covariance, axis1=1, axis2=2))
        assert (np.abs(rebuilt - law.covariance) <= 1e-14 * scale[:, :, None] * scale[:, None, :]).all()
        assert not law.factor[1].any()
        assert not law.factor[:, 0, 1].any()


def test_a_flat_mode_slides_to_a_stop():
    # No force and no noise: x gains w / (2 gamma), w dies.
    law = underdamped(1e3, Quadratic([0.0], LOSS, [3.0]))
    gamma = (1 - BETA) / (ETA * (1 + BETA))
    np.testing.assert_allclose(law.propagator[0], [[1, 1 / (2 * gamma)], [0, 0]], atol=1e-15)
    assert not law.covariance.any()
