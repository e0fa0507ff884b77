"""Processes whose displacements are known: Brownian, ballistic and Ornstein-Uhlenbeck."""

import math

import numpy as np
import pytest
from scipy.signal import lfilter

from sgdlab.measure import local_exponents, logarithmic_lags, mean_of, squared_displacements


def rng(seed=0):
    return np.random.default_rng(seed)


def brownian(replicas, steps, dimension=1):
    """Random walks from the origin, <|x|^2> = dimension x lag."""
    walks = rng().standard_normal((replicas, steps, dimension)).cumsum(1)
    return np.concatenate([np.zeros((replicas, 1, dimension)), walks], axis=1)


def ornstein_uhlenbeck(replicas, steps, rate, start=None):
    """Exact steps of unit time and stationary variance 1; from the stationary law, or all from `start`."""
    decay = math.exp(-rate)
    noise = rng(1).standard_normal((replicas, steps + 1)) * math.sqrt(1 - decay**2)
    noise[:, 0] = rng(2).standard_normal(replicas) if start is None else start
    return lfilter([1], [1, -decay], noise, axis=1)


def agrees(estimate, expected):
    return (np.abs(estimate.value - expected) < 4.5 * estimate.standard_error).all()


def test_lags_are_whole_ascending_and_spaced_evenly_in_the_logarithm():
    assert logarithmic_lags(1000, 1).tolist() == [1, 10, 100, 1000]
    lags = logarithmic_lags(5000, 8)
    assert lags[0] == 1
    assert lags[-1] == 5000
    assert np.issubdtype(lags.dtype, np.integer)
    assert (np.diff(lags) > 0).all()
    np.testing.assert_allclose(np.diff(np.log10(lags[lags > 30])), 1 / 8, atol=0.02)
    assert logarithmic_lags(1, 5).tolist() == [1]
    for arguments in ((0, 1), (10, 0)):
        with pytest.raises(ValueError, match="longest and per_decade must be at least 1"):
            logarithmic_lags(*arguments)


def test_displacements_by_hand():
    path = np.array([[[0.0, 0.0], [3.0, 4.0], [3.0, 4.0], [0.0, 4.0]]])
    lags = np.array([0, 1, 3])
    np.testing.assert_allclose(squared_displacements(path, lags, origins="first"), [[0, 25, 16]])
    # One step: 25, 0 and 9; three steps: 16.
    np.testing.assert_allclose(squared_displacements(path, lags, origins="all"), [[0, 34 / 3, 16]])


@pytest.mark.parametrize("origins", ["first", "all"])
def test_an_observable_is_a_point_of_one_dimension_and_dimensions_add(origins):
    path, lags = rng().standard_normal((3, 20, 2)), np.array([1, 4, 19])
    both = squared_displacements(path, lags, origins=origins)
    parts = [squared_displacements(path[..., i], lags, origins=origins) for i in (0, 1)]
    assert both.shape == (3, 3)
    np.testing.assert_allclose(both, parts[0] + parts[1], rtol=1e-13)


def test_all_origins_agree_with_the_autocorrelation_by_fourier_transform():
    # <|x(t + l) - x(t)|^2> (T - l) = sum of the squares at both ends - 2 R(l).
    path, steps = brownian(1, 499, 2), 500
    transform = np.fft.rfft(path[0], 2 * steps, axis=0)
    products = np.fft.irfft((np.abs(transform) ** 2).sum(1))[:steps]
    squares = np.concatenate([[0], (path[0] ** 2).sum(1).cumsum()])
    lags = np.arange(steps)
    ends = squares[steps - lags] + squares[-1] - squares[lags]
    expected = (ends - 2 * products) / (steps - lags)
    np.testing.assert_allclose(squared_displacements(path, lags, origins="all")[0], expected, atol=1e-9)


def test_small_displacements_keep_their_digits_far_from_the_origin():
    # By a Fourier transform of such a path hardly a digit would be left.
    path = 1e6 + 1e-3 * np.arange(1000.0)[None]
    squares = squared_displacements(path, [1, 10], origins="all")
    np.testing.assert_allclose(squares, [[1e-6, 1e-4]], rtol=1e-6)


@pytest.mark.parametrize("origins", ["first", "all"])
def test_brownian_motion_diffuses(origins):
    lags = logarithmic_lags(200, 5)
    squares = squared_displacements(brownian(400, 200, 3), lags, origins=origins)
    assert agrees(mean_of(squares), 3 * lags)
    between, exponents = local_exponents(squares, lags)
    assert agrees(exponents, 1)
    # Neither ballistic nor arrested.
    assert exponents.standard_error.max() < 0.15
    np.testing.assert_allclose(between, np.sqrt(lags[1:] * lags[:-1]))


def test_ballistic_motion_has_the_exponent_two_exactly():
    paths = rng().standard_normal((10, 1, 2)) * np.arange(101)[:, None]
    lags = logarithmic_lags(100, 5)
    for origins in ("first", "all"):
        _, exponents = local_exponents(squared_displacements(paths, lags, origins=origins), lags)
        np.testing.assert_allclose(exponents.value, 2, rtol=1e-10)
        assert exponents.standard_error.max() < 1e-10


def test_an_exact_power_law_has_its_exponent_in_any_unit():
    lags = np.array([0.3, 0.5, 2.0, 7.0])
    squares = np.array([[1.0], [2.0], [5.0]]) * lags**0.7
    _, exponents = local_exponents(squares, lags)
    np.testing.assert_allclose(exponents.value, 0.7, rtol=1e-12)


def test_ornstein_uhlenbeck_follows_its_closed_form():
    # 2 (1 - e^{-ht}), between 1 and 0 of local exponent h t / (e^{ht} - 1).
    rate, replicas = 0.02, 1000
    lags = logarithmic_lags(300, 6)
    squares = squared_displacements(ornstein_uhlenbeck(replicas, 400, rate), lags, origins="all")
    closed = -2 * np.expm1(-rate * lags)
    assert agrees(mean_of(squares), closed)
    between, exponents = local_exponents(squares, lags)
    assert agrees(exponents, np.diff(np.log(closed)) / np.diff(np.log(lags)))
    # The finite difference stands for the derivative at the geometric mean of the lags.
    spread = rate * between / np.expm1(rate * between)
    assert np.abs(exponents.value - spread).max() < 0.03
    # Null control: no single exponent fits, the two ends are apart by far more than their errors.
    apart = exponents.value[0] - exponents.value[-1]
    assert apart > 10 * exponents.standard_error[[0, -1]].max()


def test_from_a_start_at_rest_the_two_kinds_of_origins_differ():
    # 1 - e^{-2ht} from the origin at t = 0; all origins mix in the stationary 2 (1 - e^{-ht}).
    rate, lags = 0.05, np.array([1, 10, 60])
    paths = ornstein_uhlenbeck(4000, 2000, rate, start=0.0)
    first = mean_of(squared_displacements(paths, lags, origins="first"))
    assert agrees(first, -np.expm1(-2 * rate * lags))
    every = mean_of(squared_displacements(paths[:200], lags, origins="all"))
    assert every.value[-1] > first.value[-1] + 20 * first.standard_error[-1]


def test_null_control_origins_of_one_replica_are_not_independent():
    # At lag 100 of 1000 steps there are 901 origins, but only some ten displacements that do not overlap.
    paths, lag = brownian(500, 1000), 100
    honest = mean_of(squared_displacements(paths, [lag], origins="all")).standard_error[0]
    origins = (paths[:, lag:, 0] - paths[:, :-lag, 0]) ** 2
    naive = mean_of(origins.ravel()).standard_error
    assert naive < honest / 5
    # Gaussian: the covariance of two squares is 2 (overlap)^2; summed over all pairs of origins.
    shifts = np.arange(901)
    overlap = np.maximum(lag - shifts, 0) ** 2 * 2.0
    variance = (901 * overlap[0] + 2 * ((901 - shifts) * overlap)[1:].sum()) / 901**2
    assert honest == pytest.approx(math.sqrt(variance / 500), rel=0.15)


def test_error_of_local_exponents_is_honest():
    trials, replicas, lags = 250, 60, np.array([4, 16])
    scores, errors = [], []
    for walks in brownian(trials * replicas, 16)[:, :, 0].reshape(trials, replicas, 17):
        _, exponents = local_exponents(squared_displacements(walks, lags, origins="first"), lags)
        scores.append((exponents.value[0] - 1) / exponents.standard_error[0])
        errors.append(exponents.standard_error[0])
    assert abs(np.mean(scores)) < 4 / math.sqrt(trials)
    # 60 replicas: the error itself is a t of 59 degrees, at least.
    assert abs(np.var(scores) - 59 / 57) < 4 * math.sqrt(2 / trials)
    # Relative variances 2 / R of both squares, covariance 2 (4 / 16) / R; without it the error would be larger by 15 %.
    assert np.mean(errors) == pytest.approx(math.sqrt(3 / replicas) / math.log(4), rel=0.04)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: squared_displacements(x, [1], origins="last"), "origins must be one of .* got 'last'"),
        (lambda x: squared_displacements(x[0], [1], origins="all"), r"trajectories must be finite numbers \(R, T\)"),
        (lambda x: squared_displacements(x + np.nan, [1], origins="all"), "trajectories must be finite numbers"),
        (lambda x: squared_displacements(x[:, :0], [0], origins="all"), "trajectories must be finite numbers"),
        (lambda x: squared_displacements(x, [], origins="all"), r"lags must be whole numbers \(L,\) from 0 to 4"),
        (lambda x: squared_displacements(x, [5], origins="first"), r"lags must be whole .* from 0 to 4, got \[5\]"),
        (lambda x: squared_displacements(x, [-1], origins="first"), "lags must be whole"),
        (lambda x: squared_displacements(x, [1.0], origins="all"), "lags must be whole"),
        (lambda x: local_exponents(x, [0, 1, 2, 3, 4]), "lags must be at least 2 positive ascending numbers"),
        (lambda x: local_exponents(x, [1, 2, 4, 3, 5]), "lags must be at least 2 positive ascending numbers"),
        (lambda x: local_exponents(x[:, :1], [1]), "lags must be at least 2 positive ascending numbers"),
        (lambda x: local_exponents(x[:1], [1, 2, 3, 4, 5]), r"squares must be \(R, 5\), R at least 2"),
        (lambda x: local_exponents(x, [1, 2]), r"squares must be \(R, 2\), R at least 2, got shape \(3, 5\)"),
        (lambda x: local_exponents(0 * x, [1, 2, 3, 4, 5]), "squares must have positive means"),
    ],
)
def test_arguments_outside_their_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.ones((3, 5)))
