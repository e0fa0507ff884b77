import mpmath as mp
import pytest
import sympy as sp

from sgdlab.laws.javascript import javascript
from sgdlab.live.log_gamma import log_gamma


@pytest.mark.parametrize("z", ["1e-6", "0.5", "1", "1.5", "2", "3.7", "25", "1e4"])
def test_it_is_the_logarithm_of_gamma(z):
    approximate = log_gamma(sp.Float(z, 40)).evalf(30)
    assert abs(mp.mpf(str(approximate)) - mp.loggamma(mp.mpf(z))) < 3e-10


def test_it_has_a_form_that_javascript_prints():
    assert "Math.log" in javascript(log_gamma(sp.Symbol("n", positive=True) / 2))
