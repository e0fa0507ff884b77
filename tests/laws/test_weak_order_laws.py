"""How near the equation comes to SGD: limits by SymPy, moments against recursion and differential equation."""

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import solve_ivp

from sgdlab.laws import power_law_escape as laws
from sgdlab.laws import quantities as q

eta, B, h, t = (getattr(q, name).symbol for name in ("learning_rate", "batch_size", "curvature", "time"))
POINT = {"learning_rate": 0.1, "batch_size": 2, "curvature": 1.5, "noise_variance": 0.7}


def test_the_laws_are_the_limits_of_the_exact_moments():
    """The mean square of a step is that of gaussian_regression_covariance in one dimension, here without residuals."""
    mean = ((1 - eta * h) ** (t / eta) - sp.exp(-h * t)) / eta
    assert sp.simplify(sp.limit(mean, eta, 0) - laws.weak_error_mean.expression) == 0
    factor = 1 - 2 * eta * h + (eta * h) ** 2 * (1 + 2 / B)
    square = (factor ** (t / eta) - sp.exp(-(2 * h - 2 * eta * h**2 / B) * t)) / eta
    assert sp.simplify(sp.limit(square, eta, 0) - laws.weak_error_square.expression) == 0


def test_the_modified_curvature_is_that_of_the_modified_loss():
    x = q.position.symbol
    loss = h * x**2 / 2
    assert sp.simplify((loss + eta / 4 * loss.diff(x) ** 2).diff(x, 2) - laws.modified_curvature.expression) == 0


def test_the_moments_of_sgd_obey_the_recursion():
    e, b, c, s2 = POINT.values()
    mean, square = 1.3, 1.3**2
    for steps in range(1, 6):
        square = (1 - 2 * e * c) * square + (e * c) ** 2 * square + e**2 / b * (s2 * c + 2 * c**2 * square)
        mean *= 1 - e * c
        assert laws.regression_moments(steps * e, 1.3, **POINT, model="sgd") == pytest.approx((mean, square), rel=1e-12)


@pytest.mark.parametrize("model", ["sde", "modified", "flow"])
def test_the_moments_of_an_equation_obey_it(model):
    e, b, c, s2 = POINT.values()
    drift = {"sde": c, "modified": c * (1 + e * c / 2), "flow": c}[model]
    noise = 0.0 if model == "flow" else e / b

    def rates(_, moments):
        return [-drift * moments[0], -2 * drift * moments[1] + noise * (s2 * c + 2 * c**2 * moments[1])]

    found = solve_ivp(rates, (0, 2), [1.3, 1.3**2], rtol=1e-11, atol=1e-13).y[:, -1]
    assert laws.regression_moments(2.0, 1.3, **POINT, model=model) == pytest.approx(found, rel=1e-8)


def test_orders_at_fixed_time():
    """Halving the learning rate: the error of the equation and of gradient flow halves, the modified one's quarters."""
    errors = {}
    for model in ("sde", "modified", "flow"):
        rates = np.array([1 / 400, 1 / 800])
        exact, other = (laws.regression_moments(1.0, 1.0, rates, 2, 1.0, 1.0, model=name)[1] for name in ("sgd", model))
        errors[model] = np.divide(*(exact - other))
    assert errors["sde"] == pytest.approx(2, abs=0.02)
    assert errors["flow"] == pytest.approx(2, abs=0.1)
    assert errors["modified"] == pytest.approx(4, abs=0.1)


def test_arguments():
    assert laws.regression_moments([0.1, 0.2], 1.0, **POINT)[0].shape == (2,)
    with pytest.raises(ValueError, match="model must be one of sgd, sde, modified, flow, got 'heat'"):
        laws.regression_moments(1.0, 1.0, **POINT, model="heat")
    with pytest.raises(ValueError, match="time must be"):
        laws.regression_moments(-1.0, 1.0, **POINT)
