"""Covariances that are known: isotropic, proportional to the Hessian, and in between."""

import itertools
import math

import numpy as np
import pytest

from sgdlab.measure import anisotropy, variance_exponent

SPECTRUM = np.geomspace(10, 0.1, 8)


def rng(seed=0):
    return np.random.default_rng(seed)


def gaussian(replicas, spectrum, seed=0):
    return rng(seed).standard_normal((replicas, len(spectrum))) * np.sqrt(spectrum)


def student(replicas, spectrum, seed=0):
    """Multivariate t of 9 degrees of freedom: uncorrelated along the axes, but not independent, nor Gaussian."""
    return gaussian(replicas, spectrum, seed) / np.sqrt(rng(seed + 10_000).chisquare(9, (replicas, 1)) / 9)


def variation(spectrum):
    """Squared coefficient of variation."""
    return np.var(spectrum) / np.mean(spectrum) ** 2


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_exponent_of_a_power_of_the_hessian(power):
    estimate = variance_exponent(gaussian(4000, SPECTRUM**power), SPECTRUM)
    assert abs(estimate.value - power) < 4 * estimate.standard_error
    # Gaussian samples, independent axes: the variance of a log variance is 2 / (R - 1).
    log_h = np.log(SPECTRUM)
    assert estimate.standard_error == pytest.approx(math.sqrt(2 / 3999 / (log_h.var() * 8)), rel=0.2)
    assert estimate.standard_error < 0.02


def test_exact_variances_give_the_exponent_exactly():
    signs = np.array(list(itertools.product([-1.0, 1.0], repeat=3)))
    h = np.array([1.0, 4.0, 9.0])
    assert variance_exponent(signs * h**0.35, h).value == pytest.approx(0.7, rel=1e-12)


@pytest.mark.parametrize("draw", [gaussian, student])
def test_error_of_the_exponent_is_honest_and_few_replicas_leave_no_bias(draw):
    trials, replicas = 400, 40
    estimates = [variance_exponent(draw(replicas, SPECTRUM, seed), SPECTRUM) for seed in range(trials)]
    scores = np.array([(e.value - 1) / e.standard_error for e in estimates])
    values = np.array([e.value for e in estimates])
    assert abs(values.mean() - 1) < 4 * values.std() / math.sqrt(trials)
    # The jackknife errs to the safe side by a few per cent at 40 replicas.
    assert 0.75 < scores.var() < 1 + 4 * math.sqrt(2 / trials)
    # Errors of order 0.07: the two laws are apart by ten of them.
    assert values.std() < 0.1


def test_the_exponent_does_not_see_units_or_the_mean():
    samples = gaussian(50, SPECTRUM)
    before = variance_exponent(samples, SPECTRUM)
    after = variance_exponent(7 * samples + 100, 1e3 * SPECTRUM)
    assert after.value == pytest.approx(before.value, rel=1e-9)
    assert after.standard_error == pytest.approx(before.standard_error, rel=1e-9)


def test_anisotropy_tells_isotropic_from_proportional_to_the_hessian():
    isotropic, proportional = (anisotropy(gaussian(4000, SPECTRUM**power)) for power in (0, 1))
    assert abs(isotropic.value) < 4 * isotropic.standard_error
    assert abs(proportional.value - variation(SPECTRUM)) < 4 * proportional.standard_error
    assert 4 * (isotropic.standard_error + proportional.standard_error) < variation(SPECTRUM) / 2


def test_anisotropy_does_not_see_the_basis_units_or_the_mean():
    samples = gaussian(30, SPECTRUM)
    rotation, _ = np.linalg.qr(rng(1).standard_normal((8, 8)))
    before, after = anisotropy(samples), anisotropy(3 * samples @ rotation + 5)
    assert after.value == pytest.approx(before.value, rel=1e-9)
    assert after.standard_error == pytest.approx(before.standard_error, rel=1e-8)


@pytest.mark.parametrize("replicas", [5, 6])
def test_both_traces_are_unbiased_whatever_the_law(replicas):
    # Products of differences of four different samples are unbiased: so says the mean over all draws from a law on 3
    # skewed points. The estimates of the two traces are the means of these products over all choices of four samples.
    points = np.array([[1.0, 0.3], [-0.2, 2.0], [4.0, -1.0]])
    covariance = np.cov(points.T, bias=True)
    squares, squared_traces = [], []
    for draw in itertools.product(range(3), repeat=4):
        a, b, c, d = points[list(draw)]
        # (a - b) / sqrt(2) and (c - d) / sqrt(2) are independent and have the covariance C.
        squares.append(((a - b) @ (c - d)) ** 2 / 4)
        squared_traces.append(((a - b) @ (a - b)) * ((c - d) @ (c - d)) / 4)
    assert np.mean(squares) == pytest.approx((covariance**2).sum(), rel=1e-12)
    assert np.mean(squared_traces) == pytest.approx(np.trace(covariance) ** 2, rel=1e-12)
    samples = rng(replicas).standard_t(4, (replicas, 2))
    over = list(itertools.permutations(range(replicas), 4))
    products = [((samples[a] - samples[b]) @ (samples[c] - samples[d])) ** 2 for a, b, c, d in over]
    lengths = [((samples[a] - samples[b]) ** 2).sum() * ((samples[c] - samples[d]) ** 2).sum() for a, b, c, d in over]
    assert anisotropy(samples).value == pytest.approx(2 * np.mean(products) / np.mean(lengths) - 1, rel=1e-11)


@pytest.mark.parametrize(("replicas", "dimension"), [(60, 5), (20, 30)])
@pytest.mark.parametrize("draw", [gaussian, student])
def test_null_control_isotropic_samples_have_no_anisotropy_and_the_naive_one_is_wrong(draw, replicas, dimension):
    trials = 300
    samples = [draw(replicas, np.ones(dimension), seed) for seed in range(trials)]
    values = np.array([anisotropy(x).value for x in samples])
    assert abs(values.mean()) < 4 * values.std() / math.sqrt(trials)
    covariances = [np.cov(x.T) for x in samples]
    naive = np.array([dimension * (c**2).sum() / np.trace(c) ** 2 - 1 for c in covariances])
    bias = (dimension - 1) * (dimension + 2) / ((replicas - 1) * dimension + 2)
    assert naive.mean() > 0.9 * bias
    assert naive.mean() > values.mean() + 20 * values.std() / math.sqrt(trials)
    if draw is gaussian:
        assert abs(naive.mean() - bias) < 4 * naive.std() / math.sqrt(trials)
    else:
        # A correction for Gaussian samples would leave this much.
        assert naive.mean() - bias > 10 * naive.std() / math.sqrt(trials)


def test_error_of_the_anisotropy_is_honest_or_too_large_by_a_known_factor():
    trials, replicas = 200, 80
    for power, smallest, largest in ((1, 0.8, 1.3), (0, 1.6, 2.4)):
        estimates = [anisotropy(gaussian(replicas, SPECTRUM**power, seed)) for seed in range(trials)]
        ratio = np.mean([e.standard_error**2 for e in estimates]) / np.var([e.value for e in estimates])
        # 1 off the null, 2 on it; the variance of 200 values is known to 10 %.
        assert smallest < ratio < largest


def test_samples_that_do_not_serve_are_refused():
    samples = gaussian(6, SPECTRUM)
    for call, least in ((lambda x: variance_exponent(x, SPECTRUM), 3), (anisotropy, 5)):
        for wrong in (samples[0], samples[: least - 1], samples * np.inf):
            with pytest.raises(ValueError, match=rf"samples must be finite numbers \(R, d\), R at least {least}"):
                call(wrong)
    for wrong in (SPECTRUM[:-1], -SPECTRUM, np.ones(8), SPECTRUM * np.nan):
        with pytest.raises(ValueError, match="eigenvalues must be 8 finite numbers > 0, not all equal"):
            variance_exponent(samples, wrong)
    with pytest.raises(ValueError, match="samples must vary along each axis"):
        variance_exponent(samples * (SPECTRUM > 0.2), SPECTRUM)
    with pytest.raises(ValueError, match="samples must have at least 2 axes"):
        anisotropy(samples[:, :1])
    with pytest.raises(ValueError, match="samples must vary"):
        anisotropy(np.ones((6, 3)))
