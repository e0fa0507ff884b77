"""The quadrature behind live figures of passage times, against the laws."""

import pytest
import sympy as sp

from sgdlab.laws import quantities as q
from sgdlab.laws.javascript import javascript
from sgdlab.laws.power_law_escape import mean_first_passage_time
from sgdlab.live.passage import local_exponent, passage_time

SYMBOLS = [quantity.symbol for quantity in (q.learning_rate, q.batch_size, q.curvature, q.dimension, q.loss_ratio)]
NOISES = ("loss-proportional", "frozen", "gaussian-inputs")


@pytest.mark.parametrize("noise", NOISES)
def test_times_are_the_laws(noise):
    """From c near 1 to 12, also at and beyond the critical dimension (n = 22 at a learning rate of 0.1)."""
    formula = sp.lambdify(SYMBOLS, passage_time(noise))
    for learning_rate in (0.07, 0.1, 0.3):
        for dimension in (1, 2, 10, 22, 24):
            for loss_ratio in (1.02, 1.5, 4.0, 12.0):
                point = learning_rate, 2, 1.0, dimension, loss_ratio
                exact = mean_first_passage_time(*point, noise=noise)
                if exact < 1e12:
                    assert formula(*point) == pytest.approx(exact, rel=2e-3)


@pytest.mark.parametrize("noise", NOISES)
def test_local_exponents_are_slopes(noise):
    formula = sp.lambdify(SYMBOLS, local_exponent(noise))
    for dimension, loss_ratio in ((1, 1.5), (10, 3.0), (22, 2.0)):
        times = [
            mean_first_passage_time(0.1, 1, 2.0, dimension, loss_ratio * factor, noise=noise)
            for factor in (0.9999, 1.0001)
        ]
        slope = float(sp.log(times[1] / times[0])) / float(sp.log(sp.Float("1.0001") / sp.Float("0.9999")))
        assert formula(0.1, 1, 2.0, dimension, loss_ratio) == pytest.approx(slope, rel=2e-3)


def test_a_page_can_compute_them():
    for noise in NOISES:
        assert len(javascript(local_exponent(noise).subs(q.curvature.symbol, 1))) < 12_000


def test_unknown_noise_is_named():
    with pytest.raises(ValueError, match="noise must be loss-proportional, frozen or gaussian-inputs"):
        passage_time("thermal")
