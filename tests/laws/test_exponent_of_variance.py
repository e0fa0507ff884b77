"""The exponent of a variance: exact for Student's law, and where the likelihood of a Gaussian has its maximum."""

import numpy as np
import pytest
import scipy.stats
from scipy.optimize import brentq
from scipy.special import digamma

from sgdlab.laws import power_law_escape as laws


@pytest.mark.parametrize("exponent", [1.6, 2.5, 11.0, 400.0])
def test_a_power_law_has_the_exponent_of_its_variance(exponent):
    """(1 + h x^2 / 2 L*)^-phi is Student's t of 2 phi - 1 degrees of freedom and squared scale 2 L* / h (2 phi - 1)."""
    curvature, minimum_loss = 0.7, 1.3
    index = 2 * exponent - 1
    variance = scipy.stats.t(index).var() * 2 * minimum_loss / (curvature * index)
    found = laws.exponent_of_variance(mode_variance=variance, curvature=curvature, minimum_loss=minimum_loss)
    assert found == pytest.approx(exponent, rel=1e-12)


def likelihood_of_a_gaussian(variance):
    """The phi > 1/2 at which <log(1 + x^2)> is the same under (1 + x^2)^-phi and under N(0, variance)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(100)
    mean = weights @ np.log1p(variance * nodes**2) / weights.sum()
    return brentq(lambda phi: digamma(phi) - digamma(phi - 0.5) - mean, 0.51, 1e5, rtol=1e-14)


def test_a_gaussian_passes_for_it_up_to_three_halves_of_its_variance():
    variances = np.array([0.0005, 0.002, 0.01])
    moments = laws.exponent_of_variance(mode_variance=variances, curvature=1.0, minimum_loss=0.5)
    shifts = np.array([likelihood_of_a_gaussian(v) for v in variances]) - moments
    np.testing.assert_allclose(shifts, -1.5 * variances, rtol=0.06)
