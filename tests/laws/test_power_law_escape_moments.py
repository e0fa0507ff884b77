"""Second moments of linear regression: against the recursion by exact quadrature over inputs, and the continuum."""

import itertools

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad

from sgdlab.laws import power_law_escape as laws
from sgdlab.laws import quantities as q

eta, B, h, n = (getattr(q, name).symbol for name in ("learning_rate", "batch_size", "curvature", "dimension"))
S, L_m = q.load.symbol, q.mean_loss.symbol


def step_of_second_moments(curvatures, learning_rate, batch_size, residual_variance):
    """The affine map M -> M' of the second moments in one step, averaged over a batch by Gauss-Hermite quadrature."""
    points, weights = np.polynomial.hermite_e.hermegauss(4)  # exact to degree 7 in each input; M' has degree 4
    size = len(curvatures)
    constant, linear = np.zeros((size, size)), np.zeros((size, size, size, size))
    for index in itertools.product(range(4), repeat=batch_size * size):
        weight = np.prod(weights[list(index)]) / np.sqrt(2 * np.pi) ** (batch_size * size)
        X = points[list(index)].reshape(batch_size, size) * np.sqrt(curvatures)
        M = np.eye(size) - learning_rate / batch_size * X.T @ X
        linear += weight * np.einsum("ik,jl->ijkl", M, M)
        constant += weight * (learning_rate / batch_size) ** 2 * residual_variance * X.T @ X
    return constant, linear


@pytest.mark.parametrize(("learning_rate", "batch_size"), [(0.3, 1), (0.5, 2)])
def test_discrete_moments_are_the_fixed_point_of_the_recursion(learning_rate, batch_size):
    curvatures, loss = np.array([1.0, 0.35]), 0.8
    constant, linear = step_of_second_moments(curvatures, learning_rate, batch_size, 2 * loss)
    fixed = np.linalg.solve(np.eye(4) - linear.reshape(4, 4), constant.ravel()).reshape(2, 2)
    mean_loss = loss + np.trace(np.diag(curvatures) @ fixed) / 2
    assert laws.mean_loss_ratio(learning_rate, batch_size, curvatures) == pytest.approx(mean_loss / loss, rel=1e-10)
    law = laws.mode_variance_discrete(
        learning_rate=learning_rate, batch_size=batch_size, curvature=curvatures, mean_loss=mean_loss
    )
    np.testing.assert_allclose(np.diag(law), fixed, rtol=1e-10, atol=1e-12)


def test_continuous_moments():
    """0 = -2 h V + 2 (eta / B) h L_m in every direction; L_m - L* is the sum of h V / 2, a load times L_m each."""
    V = laws.mode_variance_continuous.expression
    assert sp.simplify(-2 * h * V + 2 * eta / B * h * L_m) == 0
    for variance, load in (
        (V, laws.mode_load_continuous),
        (laws.mode_variance_discrete.expression, laws.mode_load_discrete),
    ):
        assert sp.simplify(h * variance / 2 - load.expression * L_m) == 0
    assert sp.solve(L_m - 1 - S * L_m, L_m) == [sp.simplify(laws.mean_loss_ratio_of_load.expression)]


@pytest.mark.parametrize("dimension", [1, 4])
def test_continuous_mean_is_that_of_the_density(dimension):
    setting = {"learning_rate": 0.2, "batch_size": 1, "curvature": 1.5, "dimension": dimension}
    density = laws.DISPLAYED_LAWS["loss_ratio_density"]
    # c = 1 + r^2 takes the singularity of one dimension away.
    mean = quad(lambda r: (1 + r**2) * density(**setting, loss_ratio=1 + r**2) * 2 * r, 0, np.inf, epsrel=1e-11)[0]
    value = laws.mean_loss_ratio(0.2, 1, np.full(dimension, 1.5), time="continuous")
    assert value == pytest.approx(mean, rel=1e-9)


def test_isotropic_dimensions():
    """The mean is finite just below the dimension of each law, and the two agree for small learning rates."""
    for law, load in (
        (laws.mean_loss_dimension_discrete, laws.mode_load_discrete),
        (laws.mean_loss_dimension_continuous, laws.mode_load_continuous),
    ):
        assert sp.simplify(law.expression * load.expression) == 1
    setting = {"learning_rate": 0.1, "batch_size": 1, "curvature": 1}
    assert laws.mean_loss_dimension_discrete(**setting) == pytest.approx(18, rel=1e-14)
    assert laws.mean_loss_dimension_continuous(**setting) == pytest.approx(20, rel=1e-14)
    at = {time: [laws.mean_loss_ratio(0.1, 1, np.ones(k), time) for k in (17, 19, 20, 21)] for time in TIMES}
    assert at["discrete"][0] == pytest.approx(18, rel=1e-12)
    assert at["discrete"][1:] == [np.inf] * 3
    assert at["continuous"][:2] == pytest.approx([1 / 0.15, 20], rel=1e-12)
    assert at["continuous"][3] == np.inf


TIMES = ("discrete", "continuous")


def test_mean_loss_in_closed_form_for_an_isotropic_hessian():
    """<r^2> / sigma^2 = eta d / (B (2 - eta) - eta (d + 1))."""
    rates = np.array([0.01, 0.1, 0.3])
    value = laws.mean_loss_ratio(rates, 4, np.ones(5))
    np.testing.assert_allclose(value - 1, rates * 5 / (4 * (2 - rates) - rates * 6), rtol=1e-13)
    slow = np.array([1e-6, 1e-9])
    both = [laws.mean_loss_ratio(slow, 1, [1.0, 3.0], time) for time in TIMES]
    np.testing.assert_allclose(both[0] - 1, both[1] - 1, rtol=1e-5)


def test_where_the_moment_does_not_exist_it_is_infinite():
    """Raising eta, the load passes 1 before the first mode goes; behind, the formula turns finite and negative."""
    rates = np.array([0.333, 0.334, 0.999, 1.0, 1.5, 30.0])
    spectrum = np.array([1.0, 1.0, 1.0, 1.0])
    assert (laws.mean_loss_ratio(rates, 1, spectrum)[1:] == np.inf).all()
    assert np.isfinite(laws.mean_loss_ratio(rates, 1, spectrum)[0])
    naive = laws.mode_load_discrete(learning_rate=30.0, batch_size=1, curvature=1.0) * 4
    assert 0 < 1 / (1 - naive) < 1
    one_wild = laws.mean_loss_ratio(1.5, 1, [1.0, 0.01])
    loads = laws.mode_load_discrete(learning_rate=1.5, batch_size=1, curvature=np.array([1.0, 0.01]))
    assert loads.sum() < 1
    assert one_wild == np.inf


def test_arguments():
    assert laws.mean_loss_ratio([[0.01], [0.02]], [1, 2, 4], [1.0, 2.0]).shape == (2, 3)
    assert isinstance(laws.mean_loss_ratio(0.01, 1, [1.0]), float)
    for curvatures, message in (
        ([1.0, 0.0], "curvatures must be a finite number > 0, got 0"),
        ([1.0, np.nan], "curvatures must be a finite number > 0, got nan"),
        (1.0, r"curvatures must be an array \(n >= 1,\), got shape \(\)"),
        ([], r"curvatures must be an array \(n >= 1,\), got shape \(0,\)"),
        ([[1.0]], r"curvatures must be an array \(n >= 1,\), got shape \(1, 1\)"),
    ):
        with pytest.raises(ValueError, match=message):
            laws.mean_loss_ratio(0.1, 1, curvatures)
    with pytest.raises(ValueError, match='time must be "discrete" or "continuous", got \'late\''):
        laws.mean_loss_ratio(0.1, 1, [1.0], time="late")
    with pytest.raises(ValueError, match="batch_size must be"):
        laws.mean_loss_ratio(0.1, 0.9, [1.0])
    with pytest.raises(ValueError, match="learning_rate must be"):
        laws.mean_loss_ratio(0, 1, [1.0])
