"""Noise that grows with the distance, and reshuffled epochs: against recursions of second moments and covariances."""

import numpy as np
import pytest

from sgdlab.laws import limiting_dynamics as laws
from sgdlab.laws import power_law_escape as escape
from sgdlab.laws.heavy_ball_correlation import velocity_correlations

SPECTRUM = np.array([1.0, 0.25, 0.0625, 0.015625])


def moment_map(curvatures, rate, momentum, batch):
    """One step of E z z^T, z = (x, eta w), as a matrix, by the fourth moments of Gaussian inputs; and its shift."""
    n = len(curvatures)
    H, one = np.diag(curvatures), np.eye(n)
    drift = np.block([[one - rate * H, momentum * one], [-rate * H, momentum * one]])
    linear = np.kron(drift, drift)
    for i in range(n):
        for j in range(n):  # E x x^T e_i e_j^T x x^T - H e_i e_j^T H = H e_j e_i^T H + h_i [i = j] H
            noise = rate**2 / batch * (H[:, [j]] @ H[[i], :] + (curvatures[i] if i == j else 0) * H)
            linear[:, 2 * n * i + j] += np.block([[noise, noise], [noise, noise]]).ravel()
    return linear, rate**2 / batch * np.block([[H, H], [H, H]]).ravel()


@pytest.mark.parametrize(("rate", "momentum", "batch"), [(0.1, 0.9, 8), (0.1, 0.0, 8), (0.5, 0.7, 3), (0.02, 0.99, 4)])
def test_variances_are_the_fixed_point_of_the_recursion(rate, momentum, batch):
    curvatures = np.array([1.0, 0.3])
    linear, shift = moment_map(curvatures, rate, momentum, batch)
    fixed = np.linalg.solve(np.eye(16) - linear, 1.7 * shift).reshape(4, 4)
    variances = laws.multiplicative_variances(curvatures, rate, momentum, batch, 1.7)
    np.testing.assert_allclose(variances, np.diag(fixed)[:2], rtol=1e-9)
    load = laws.multiplicative_load(curvatures, rate, momentum, batch)
    excess = np.sum(curvatures * np.diag(fixed)[:2])
    np.testing.assert_allclose(excess / 1.7, load / (1 - load), rtol=1e-9)
    steps = laws.step_displacement_of_variance(
        learning_rate=rate, curvature=curvatures, weight_decay=0, momentum=momentum, mode_variance=variances
    )
    np.testing.assert_allclose(steps, np.diag(fixed)[2:], rtol=1e-9)  # equipartition under multiplicative noise


@pytest.mark.parametrize("momentum", [0.0, 0.6])
def test_second_moments_stay_finite_as_long_as_the_load_is_below_1(momentum):
    """The recursion's spectral radius passes 1 where the load does."""
    curvatures = np.array([1.0, 0.6])

    def radius(rate):
        return np.abs(np.linalg.eigvals(moment_map(curvatures, rate, momentum, 2)[0])).max()

    low, high = 1e-3, 2.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if laws.multiplicative_load(curvatures, middle, momentum, 2) < 1 else (low, middle)
    np.testing.assert_allclose(radius(low), 1, atol=1e-9)
    assert radius(0.99 * low) < 1 < radius(1.01 * low)
    assert (laws.multiplicative_variances(curvatures, 1.01 * low, momentum, 2, 1.0) == np.inf).all()
    assert np.isfinite(laws.multiplicative_variances(curvatures, 0.99 * low, momentum, 2, 1.0)).all()


def test_the_table():
    """Load, variance of the sharpest mode and mean-square step at four settings."""
    for spectrum, setting, load, variance, step in (
        (SPECTRUM, (0.1, 0.9, 8), 0.0895, 0.075333, 0.0103443),
        (SPECTRUM, (0.1, 0.0, 8), 0.0087, 0.0066806, 0.0017547),
        (SPECTRUM, (0.1, 0.9, 1), 1.24, np.inf, np.inf),
        (np.ones(4), (0.4, 0.5, 4), 0.5217, 0.272727, 0.58182),
    ):
        np.testing.assert_allclose(laws.multiplicative_load(spectrum, *setting), load, rtol=4e-3)
        variances = laws.multiplicative_variances(spectrum, *setting, 1.0)
        np.testing.assert_allclose(variances[0], variance, rtol=1e-5)
        if np.isfinite(variance):
            steps = laws.step_displacement_of_variance(
                learning_rate=setting[0],
                curvature=spectrum,
                weight_decay=0,
                momentum=setting[1],
                mode_variance=variances,
            )
            np.testing.assert_allclose(steps.sum(), step, rtol=3e-5)


def test_a_mode_that_diverges_by_itself_makes_the_load_infinite():
    """At learning rate 0.2 the formula goes on, with a meaningless -18.6; a flat mode has no part."""
    setting = {"learning_rate": 0.2, "momentum": 0.9, "batch_size": 1}
    feedback = laws.mode_feedback(**setting, curvature=SPECTRUM)
    np.testing.assert_allclose((feedback / (1 - feedback)).sum(), -18.6, rtol=3e-3)
    assert laws.multiplicative_load(SPECTRUM, **setting) == np.inf
    assert laws.multiplicative_load([3.8, 0.1], 1.0, 0.9, 1e9) == np.inf
    assert laws.multiplicative_load([4.5, 0.1], 1.0, 0.9, 1e9) == np.inf
    with_flat = laws.multiplicative_load([*SPECTRUM, 0.0], 0.1, 0.9, 8)
    assert with_flat == laws.multiplicative_load(SPECTRUM, 0.1, 0.9, 8)
    variances = laws.multiplicative_variances([*SPECTRUM, 0.0], 0.2, 0.9, 1, 1.0)
    assert variances.tolist() == [np.inf] * 4 + [0.0]


def test_the_load_without_momentum_is_that_of_the_chapters_on_escape():
    load = laws.multiplicative_load(SPECTRUM, 0.3, 0.0, 2)
    np.testing.assert_allclose(1 / (1 - load), escape.mean_loss_ratio(0.3, 2, SPECTRUM), rtol=1e-13)
    one = laws.mode_load_momentum(
        mode_feedback=laws.mode_feedback(learning_rate=0.3, momentum=0, curvature=1, batch_size=2)
    )
    np.testing.assert_allclose(one, escape.mode_load_discrete(learning_rate=0.3, batch_size=2, curvature=1), rtol=1e-13)


def test_the_load_for_small_learning_rates():
    small = laws.load_small_learning_rate(learning_rate=1e-6, hessian_trace=SPECTRUM.sum(), momentum=0.9, batch_size=8)
    np.testing.assert_allclose(laws.multiplicative_load(SPECTRUM, 1e-6, 0.9, 8), small, rtol=1e-5)


# The Lyapunov exponent.


def test_the_exponent_of_one_mode_without_momentum():
    value, error = laws.lyapunov_exponent_heavy_ball([1.0], 0.8, 0.0, 2, steps=1000, replicas=100, seed=1)
    exact = escape.lyapunov_exponent(0.8, 2, 1)
    assert abs(value - exact) < 4 * error
    assert error < 0.02 * abs(exact)


def test_a_stationary_law_without_a_variance_and_none_at_all():
    """Learning rate 0.1, batches of one: -0.0135 in a step though the load is 1.24; at 0.2 it is +0.0145."""
    for rate, number in ((0.1, -0.0135), (0.2, 0.0145)):
        value, error = laws.lyapunov_exponent_heavy_ball(SPECTRUM, rate, 0.9, 1, steps=1200, replicas=200, seed=2)
        assert abs(value - number) < 4 * error + 1e-4
        assert error < 0.1 * abs(number)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"curvatures": [1.0, 0.0]}, "curvatures must be > 0, got 0"),
        ({"curvatures": 1.0}, r"curvatures must be an array \(n >= 1,\)"),
        ({"learning_rate": 0}, "learning_rate must be"),
        ({"momentum": 1}, "momentum must be"),
        ({"batch_size": 1.5}, r"batch_size must be a whole number, got 1\.5"),
        ({"steps": 3}, "steps and replicas must be at least 4 and 2, got 3 and 200"),
        ({"replicas": 1}, "steps and replicas must be at least 4 and 2, got 4000 and 1"),
    ],
)
def test_arguments_of_the_simulation(change, message):
    good = {"curvatures": [1.0], "learning_rate": 0.1, "momentum": 0.5, "batch_size": 1}
    with pytest.raises(ValueError, match=message):
        laws.lyapunov_exponent_heavy_ball(**good | change)


# Reshuffled epochs.


def brute_ratio(y, momentum, samples, batch, coordinate):
    """Variance by the response to every earlier noise and their covariances, averaged over the place in the epoch."""
    batches, far = samples // batch, 3000
    M = np.array([[1 - y, momentum], [-y, momentum]])
    response = np.empty(far)
    state = np.ones(2)
    for k in range(far):
        response[k], state = state[coordinate], M @ state
    # Of one batch, in units of the samples' covariance, and between two batches of an epoch.
    own, other = (samples - batch) / (batch * (samples - 1)), -1 / (samples - 1)
    variances = []
    for place in range(batches):
        epoch = (np.arange(far) + batches - 1 - place) // batches  # of the noise k steps ago
        sums = np.bincount(epoch, weights=response)
        variances.append(own * (response**2).sum() + other * ((sums**2).sum() - (response**2).sum()))
    return np.mean(variances) / ((response**2).sum() / batch)


@pytest.mark.parametrize("coordinate", ["position", "velocity"])
@pytest.mark.parametrize(
    ("y", "momentum", "samples", "batch"), [(0.1, 0.9, 64, 8), (0.3, 0.0, 12, 3), (2.5, 0.5, 6, 2), (0.05, 0.5, 8, 1)]
)
def test_reshuffled_variance_is_the_response_to_anticorrelated_noise(y, momentum, samples, batch, coordinate):
    expected = brute_ratio(y, momentum, samples, batch, ("position", "velocity").index(coordinate))
    value = laws.reshuffled_variance_ratio(y / 0.1 - 0.2, 0.1, momentum, samples, batch, 0.2, coordinate)
    np.testing.assert_allclose(value, expected, rtol=1e-8)


def test_reshuffling_by_the_numbers():
    curvatures = [0.0347, 0.186, 1.162]
    for rate, numbers in ((0.1, [60, 11.5, 2.23]), (0.02, [298, 56, 9.3])):
        np.testing.assert_allclose(1 / laws.reshuffled_variance_ratio(curvatures, rate, 0.9, 64, 8), numbers, rtol=4e-3)
    velocity = laws.reshuffled_variance_ratio(curvatures[2], 0.1, 0.9, 64, 8, coordinate="velocity")
    np.testing.assert_allclose(1 / velocity, 1.66, rtol=7e-3)


def test_limits_of_reshuffling():
    assert laws.reshuffled_variance_ratio(1.0, 0.1, 0.9, 8, 8) == 0
    assert laws.reshuffled_variance_ratio([0.0, 1.0], 0.1, 0.9, 16, 4)[0] == 0
    long = laws.reshuffled_variance_ratio(1.0, 0.5, 0.0, 20_000, 1)
    np.testing.assert_allclose(long, 1, atol=1e-3)
    share = velocity_correlations(7, 0.1, 0.9)
    mean_share = (1 + 2 * ((1 - np.arange(1, 8) / 8) * share[1:]).sum()) / 8
    law = laws.reshuffled_variance_ratio_law(n_samples=64, epoch_mean_share=mean_share)
    value = laws.reshuffled_variance_ratio(1.0, 0.1, 0.9, 64, 8, coordinate="velocity")
    np.testing.assert_allclose(value, law, rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch_size": 3}, "batch_size must be a whole number that divides n_samples = 8, got 3"),
        ({"batch_size": 1.6}, "batch_size must be a whole number that divides n_samples = 8, got 1.6"),
        ({"batch_size": 16}, "batch_size must be a whole number that divides n_samples = 8, got 16"),
        ({"n_samples": 1}, "n_samples must be a finite whole number >= 2, got 1"),
        ({"curvature": -1}, "curvature must be a finite number >= 0, got -1"),
        ({"coordinate": "speed"}, 'coordinate must be "position" or "velocity", got \'speed\''),
    ],
)
def test_arguments_of_reshuffling(change, message):
    good = {"curvature": 1.0, "learning_rate": 0.1, "momentum": 0.5, "n_samples": 8, "batch_size": 2}
    with pytest.raises(ValueError, match=message):
        laws.reshuffled_variance_ratio(**good | change)
