"""Short expressions for live figures, against the laws that they stand for."""

import numpy as np
import pytest

from sgdlab.laws import limiting_dynamics as laws
from sgdlab.laws import quantities as q
from sgdlab.live.displacements import frequency_square, propagated
from sgdlab.live.formula import Formula

RATE = q.relative_learning_rate.symbol
FORMULAS = [Formula("test", part) for part in (*propagated(RATE), frequency_square(RATE))]


def values(steps, momentum, rate):
    return [float(f({"steps": steps, "momentum": momentum, "relative_learning_rate": rate})) for f in FORMULAS]


@pytest.mark.parametrize("momentum", [0.0, 0.6, 0.99])
def test_they_are_the_propagator_s_entries(momentum):
    rate = 0.1
    for curvature in (1e-5, 0.02, 0.5, 5.0):
        for steps in (1, 7, 300, 10_000):
            exact = laws.propagator(rate * steps, curvature, rate, momentum)
            first, second, square = values(steps, momentum, rate * curvature)
            np.testing.assert_allclose(1 - first, 1 - exact[0, 0], rtol=1e-4, atol=1e-12)
            np.testing.assert_allclose(second * rate, exact[0, 1], rtol=1e-4, atol=1e-12)
            frequency = laws.natural_frequency(curvature, rate, momentum)
            np.testing.assert_allclose(square, (rate * frequency) ** 2, rtol=1e-12)


def test_a_critical_setting_has_a_value():
    """eta_h = (1 - beta)^2 / (2 (1 + beta)): exact at momentum 0 and one half."""
    first, second, _ = values(3, 0.0, 0.5)
    np.testing.assert_allclose([first, second], [4 * np.exp(-3), 3 * np.exp(-3)], rtol=1e-5)
