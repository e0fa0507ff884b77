"""Thermal noise and readings of the noise: Fokker-Planck currents, averages over densities; gains of the equations."""

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad

from sgdlab.laws import power_law_escape as laws
from sgdlab.laws import quantities as q

D, h, eta, B, n = (getattr(q, k).symbol for k in ("diffusion", "curvature", "learning_rate", "batch_size", "dimension"))


def test_thermal_noise_carries_no_current_whatever_the_loss():
    x = q.position.symbol
    loss = sp.Function("L", real=True)(x)
    density = laws.relative_density_thermal.expression.subs(q.loss.symbol, loss)
    assert sp.simplify(-loss.diff(x) * density - D * density.diff(x)) == 0


def test_thermal_variance_is_that_of_the_density():
    x = q.position.symbol
    loss = q.minimum_loss.symbol + h * x**2 / 2
    density = laws.relative_density_thermal.expression.subs(q.loss.symbol, loss)
    norm, square = (sp.integrate(f * density, (x, -sp.oo, sp.oo)) for f in (1, x**2))
    assert sp.simplify(square / norm - laws.mode_variance_thermal.expression) == 0


@pytest.mark.parametrize(("dimension", "alpha"), [(1, 0.0), (1, 1.0), (3, 0.5)])
def test_the_share_of_the_excess_is_the_average_over_the_density(dimension, alpha):
    setting = {"learning_rate": 0.4, "batch_size": 1, "curvature": 1}
    exponent = laws.alpha_rule_exponent(**setting, ito_parameter=alpha)

    def moment(power):  # u = tan^2 keeps the range finite
        def weight(angle):
            u = np.tan(angle) ** 2
            jacobian = 2 * np.tan(angle) / np.cos(angle) ** 2
            return (u / (1 + u)) ** power * u ** (dimension / 2 - 1) * (1 + u) ** -exponent * jacobian

        return quad(weight, 0, np.pi / 2, epsabs=0, epsrel=1e-10)[0]

    law = laws.excess_share_alpha_rule(**setting, dimension=dimension, ito_parameter=alpha)
    assert law == pytest.approx(moment(1) / moment(0), rel=1e-8)


def test_the_gain_of_the_equation_lies_between_the_two_others():
    """0 = -2 h V + (eta / B) (2 L_m h + h^2 V): the equation (4); its load is h V / 2 over L_m."""
    V, L_m = sp.symbols("V L_m", positive=True)
    (variance,) = sp.solve(sp.Eq(2 * h * V, eta / B * (2 * L_m * h + h**2 * V)), V)
    assert sp.simplify(h * variance / (2 * L_m) - laws.mode_load_gaussian_inputs.expression) == 0
    setting = {"learning_rate": 0.3, "batch_size": 2, "curvature": 1}
    small, middle, large = (
        getattr(laws, f"mode_load_{name}")(**setting) for name in ("continuous", "gaussian_inputs", "discrete")
    )
    assert small < middle < large


def test_the_mean_square_grows_from_the_dimension_on_where_the_mean_loss_ends():
    limit = laws.mean_loss_dimension_discrete.expression
    assert sp.simplify(laws.mean_square_growth.expression.subs(n, limit) - 1) == 0


@pytest.mark.parametrize(("batch_size", "dimension"), [(1, 1), (3, 4)])
def test_the_growth_is_the_mean_over_the_random_step(batch_size, dimension):
    """E |M e_1|^2 = E (1 - e A)^2 + e^2 E A Q with A ~ chi^2_B, Q ~ chi^2_{n-1} and e = eta / B."""
    e = 0.2 / batch_size
    second = batch_size * (batch_size + 2)
    expected = 1 - 2 * e * batch_size + e**2 * second + e**2 * batch_size * (dimension - 1)
    law = laws.mean_square_growth(learning_rate=0.2, batch_size=batch_size, curvature=1, dimension=dimension)
    assert law == pytest.approx(expected, rel=1e-13)
