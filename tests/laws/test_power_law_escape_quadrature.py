"""Integrals by their logarithms, where the answer is known."""

import mpmath as mp
import numpy as np
import pytest
from scipy.special import gammaln

from sgdlab.laws.quadrature import log_beta, log_exprel, log_integral


def test_log_exprel_is_right_everywhere():
    with mp.workdps(30):
        for x in (-1e9, -800.0, -1.0, -1e-12, 0.0, 1e-300, 1e-5, 3.0, 700.0, 1e6):
            exact = mp.log(mp.expm1(x) / x) if x else mp.mpf(0)
            assert log_exprel(x) == pytest.approx(float(exact), rel=1e-13, abs=1e-15)


def test_gaussians_of_any_width_anywhere():
    centre, width = np.meshgrid([-500.0, 0.0, 3.3], [1e-6, 0.02, 1.0, 30.0])
    value = log_integral(lambda x, m, s: -(((x - m) / s) ** 2) / 2, -740, 740, centre, width)
    assert value.shape == (4, 3)
    np.testing.assert_allclose(value, np.log(width * np.sqrt(2 * np.pi)), rtol=1e-9)


def test_gamma_functions_from_small_to_huge():
    a = np.array([0.5, 1.0, 30.0, 1e6])
    value = log_integral(lambda x, a: a * x - np.exp(x), -740, 30, a)
    np.testing.assert_allclose(value, gammaln(a), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("a", "b"), [(0.5, 1e-9), (1e-3, 0.5), (2.0, 30.0), (0.5, 1e6), (30.0, 1e9), (1e4, 3e4)])
def test_beta_functions_from_tiny_to_huge(a, b):
    with mp.workdps(40):
        exact = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(mp.mpf(a) + mp.mpf(b))
    assert log_beta(a, b) == pytest.approx(float(exact), rel=1e-12)
    assert log_beta(b, a) == pytest.approx(float(exact), rel=1e-12)


def test_a_narrow_peak_on_a_wide_foot():
    """Two Gaussians, the wide one a thousandth as high: more nodes are taken where the first ones do not do."""
    value = log_integral(
        lambda x, s: np.logaddexp(-((x / s) ** 2) / 2, np.log(1e-3) - x**2 / 2), -40, 40, np.array([1e-2])
    )
    assert value[0] == pytest.approx(np.log((1e-2 + 1e-3) * np.sqrt(2 * np.pi)), abs=1e-12)


def test_nothing_and_too_much():
    with np.errstate(divide="ignore"):
        empty = log_integral(lambda x, a: np.log(a) - x**2, -40, 40, np.array([0.0, 1.0]))
    assert empty[0] == -np.inf
    assert log_integral(lambda x, a: a - x**2, -40, 40, 1e300) == 1e300
