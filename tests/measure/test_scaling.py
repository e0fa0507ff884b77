import numpy as np
import pytest

from sgdlab.measure import scaling_exponent

LOSS = np.geomspace(1, 1e-4, 41)


def test_an_exact_power_law_gives_its_exponent_without_error():
    loss = np.stack([LOSS, 2 * LOSS, 3 * LOSS])
    estimate = scaling_exponent(loss, 5 * loss**1.7, 0, np.inf)
    assert estimate.value == pytest.approx(1.7, rel=1e-12)
    assert estimate.standard_error < 1e-12


def test_only_points_in_the_range_count():
    # Slope 1 above 0.01, slope 2 below.
    noise = np.where(LOSS >= 0.01, LOSS, 100 * LOSS**2)
    loss, noise = np.stack([LOSS, LOSS]), np.stack([noise, noise])
    assert scaling_exponent(loss, noise, 0.0101, 10).value == pytest.approx(1)
    assert scaling_exponent(loss, noise, 0, 0.0099).value == pytest.approx(2)
    assert 1 < scaling_exponent(loss, noise, 0, 10).value < 2


def test_value_and_error_are_those_of_the_mean_over_replicas():
    powers = np.array([0.9, 1.0, 1.3])
    estimate = scaling_exponent(np.tile(LOSS, (3, 1)), LOSS ** powers[:, None], 0, 2)
    assert estimate.value == pytest.approx(powers.mean())
    assert estimate.standard_error == pytest.approx(powers.std(ddof=1) / np.sqrt(3))


def test_one_replica_leaves_the_error_unknown():
    estimate = scaling_exponent(LOSS[None], LOSS[None] ** 2, 0, 0.5)
    assert estimate.value == pytest.approx(2)
    assert np.isnan(estimate.standard_error)


def test_independent_scatter_does_not_bias_the_exponent():
    # Null control: 2,000 replicas with noise of 10 % about y = x; an honest error covers the truth.
    scatter = np.exp(0.1 * np.random.default_rng(0).standard_normal((2000, len(LOSS))))
    estimate = scaling_exponent(np.tile(LOSS, (2000, 1)), LOSS * scatter, 0, 2)
    assert abs(estimate.value - 1) < 4 * estimate.standard_error
    assert estimate.standard_error < 1e-3


def test_errors_name_the_argument():
    ones = np.ones((2, 5))
    with pytest.raises(ValueError, match=r"x and y must have one shape \(R, T\)"):
        scaling_exponent(ones, np.ones((2, 4)), 0, 1)
    with pytest.raises(ValueError, match=r"x and y must have one shape \(R, T\)"):
        scaling_exponent(LOSS, LOSS, 0, 1)
    with pytest.raises(ValueError, match="lower must be at least 0"):
        scaling_exponent(ones, ones, -1, 2)
    with pytest.raises(ValueError, match=r"at least 2 values of x of each replica, got \[\] of replica 0"):
        scaling_exponent(ones, ones, 0, 0.5)
    with pytest.raises(ValueError, match="at least 2 values of x of each replica"):
        scaling_exponent(ones, ones, 0, 2)
    with pytest.raises(ValueError, match=r"y must be positive in the range, got -1\.0 in replica 0"):
        scaling_exponent(LOSS[None], -np.ones((1, 41)), 0, 2)
