"""Tail indices and fourth moments: against moments by exact quadrature, and integrals in other variables."""

import itertools

import mpmath as mp
import numpy as np
import pytest
import scipy.stats
import sympy as sp

from sgdlab.laws import power_law_escape as laws
from sgdlab.laws import quantities as q

eta, B, h, n = (getattr(q, name).symbol for name in ("learning_rate", "batch_size", "curvature", "dimension"))
L0 = q.minimum_loss.symbol
WEAK_NOISE = laws.DISPLAYED_LAWS["tail_index_weak_noise"]


def mean_power(learning_rate, batch_size, dimension, power):
    """E |M e_1|^power, where |M e_1|^2 = 1 - beta e R (2 - e R) with e = eta / B and independent
    R = A + Q ~ chi^2_(B + n - 1) and beta = A / R ~ Beta(B / 2, (n - 1) / 2): a hypergeometric function of R."""
    e, half = mp.mpf(learning_rate) / batch_size, mp.mpf(batch_size + dimension - 1) / 2

    def integrand(r):
        inner = mp.hyp2f1(-mp.mpf(power) / 2, mp.mpf(batch_size) / 2, half, e * r * (2 - e * r))
        return inner * r ** (half - 1) * mp.exp(-r / 2) / (2**half * mp.gamma(half))

    return mp.quad(integrand, [0, 1, 1 / e, 2 / e, 2 / e + 20, 2 / e + 60, 2 / e + 200], maxdegree=7)


# The diffusions.


def test_the_two_diffusions_in_numbers():
    dimensions = [1, 10, 16, 17, 18]
    assert laws.tail_index(0.1, 1, dimensions, "loss-proportional").tolist() == [21, 12, 6, 5, 4]
    assert laws.tail_index(0.1, 1, dimensions, "gaussian-inputs").tolist() == [11, 6.5, 3.5, 3, 2.5]
    density = 1e6, 1e7
    for model, law in (
        ("loss-proportional", laws.relative_density),
        ("gaussian-inputs", laws.relative_density_gaussian_inputs),
    ):
        names = {argument.name for argument in law.arguments}
        setting = {"learning_rate": 0.1, "batch_size": 1, "curvature": 1, "dimension": 3}
        p = law(**{name: value for name, value in setting.items() if name in names}, loss_ratio=np.array(density))
        # In the radius r ~ c^(1/2) the density r^(n-1) p falls like r^(-1-nu).
        assert -2 * np.log10(p[1] / p[0]) - 3 == pytest.approx(laws.tail_index(0.1, 1, 3, model), abs=1e-5)


def test_kurtosis_of_students_law():
    for index in (4.5, 7.0, 100.0):
        expected = scipy.stats.t(index).stats(moments="k")
        assert laws.excess_kurtosis_of_index(tail_index=index) == pytest.approx(float(expected), rel=1e-12)
    index = laws.tail_index_loss_proportional(learning_rate=0.1, batch_size=1, curvature=1, dimension=1)
    assert laws.excess_kurtosis_of_index(tail_index=index) == pytest.approx(0.353, abs=5e-4)


# Fourth moments in discrete time.


def test_exact_kurtosis_from_the_fourth_moment():
    """theta' = (1 - e A) theta + noise of variance e^2 sigma^2 A given A ~ chi^2_B, e = eta / B (h = 1)."""
    e, s2, second, fourth = sp.symbols("e s2 second fourth", positive=True)
    A = sp.Symbol("A")

    def mean(expression):
        """Over A: E A^k = B (B + 2) ... (B + 2 k - 2)."""
        polynomial = sp.Poly(sp.expand(expression), A)
        return sum(a * sp.Mul(*(B + 2 * j for j in range(k))) for (k,), a in polynomial.terms())

    variance = e**2 * s2 * A
    keep = 1 - e * A
    (second_moment,) = sp.solve(mean(keep**2 * second + variance) - second, second)
    moment = mean(keep**4 * fourth + 6 * keep**2 * variance * second + 3 * variance**2).subs(second, second_moment)
    (fourth_moment,) = sp.solve(moment - fourth, fourth)
    kurtosis = (fourth_moment / second_moment**2 - 3).subs(e, eta / B)
    assert sp.simplify(kurtosis - laws.excess_kurtosis_discrete.expression.subs(h, 1)) == 0
    fitted = sp.Rational(3, 2) + (s2 / 2) / second_moment.subs(e, eta / B)  # 3/2 + L* / (h Var)
    assert sp.simplify(fitted - laws.fitted_exponent.expression.subs(h, 1)) == 0


def test_kurtosis_in_numbers_and_orders():
    assert laws.excess_kurtosis_discrete(learning_rate=0.1, batch_size=1, curvature=1) == pytest.approx(
        0.0468, abs=5e-5
    )
    values = laws.excess_kurtosis_discrete(learning_rate=[1e-3, 1e-4], batch_size=2, curvature=3)
    assert np.log10(values[0] / values[1]) == pytest.approx(3, abs=0.01)


def test_fitted_exponents_of_the_figure():
    """The fit to simulated SGD, at eta = 0.1 and 1 and five batch sizes."""
    law = laws.fitted_exponent(learning_rate=[0.1, 0.1, 0.01, 1, 1, 1], batch_size=[1, 10, 1, 10, 30, 100], curvature=1)
    np.testing.assert_allclose(law, [10, 95.5, 100, 5.5, 15.5, 50.5])
    np.testing.assert_allclose(law, [9.79, 95.49, 99.72, 5.515, 15.67, 49.96], rtol=0.03)


# Kesten's index.


@pytest.mark.parametrize(
    ("batch_size", "dimension"), [(1, 1), (1, 1.5), (1, 18), (3, 7), (2.5, 40), (60, 1), (300, 30), (1000, 999)]
)
def test_index_is_2_where_the_mean_square_stops_being_finite(batch_size, dimension):
    """E |M e_1|^2 = 1 - 2 eta + eta^2 (B + n + 1) / B, by Isserlis."""
    edge = 2 * batch_size / (batch_size + dimension + 1)
    assert laws.tail_index(edge, batch_size, dimension, "discrete") == pytest.approx(2, rel=1e-7)
    assert laws.tail_index(edge * 0.99, batch_size, dimension, "discrete") > 2.01


@pytest.mark.parametrize("batch_size", [1, 2])
def test_index_is_4_where_the_fourth_moment_stops_being_finite(batch_size):
    """E |M e_1|^4 for matrices X of Gaussian entries in two dimensions, by Gauss-Hermite quadrature."""
    points, weights = np.polynomial.hermite_e.hermegauss(9)
    powers = []
    for index in itertools.product(range(9), repeat=2 * batch_size):
        X = points[list(index)].reshape(batch_size, 2)
        weight = np.prod(weights[list(index)]) / (2 * np.pi) ** batch_size
        first, rest = (X.T @ X)[0]  # the first row of X^T X
        # |M e_1|^2 as a polynomial in eta / B, and its square
        square = np.polynomial.Polynomial([1, -2 * first, first**2 + rest**2])
        powers.append(weight * square**2)
    excess = sum(powers[1:], powers[0]) - 1
    edge = min(root.real for root in (excess // np.polynomial.Polynomial([0, 1])).roots() if abs(root.imag) < 1e-9)
    index = laws.tail_index(edge * batch_size, batch_size, 2, "discrete")
    assert index == pytest.approx(4, rel=1e-9)


@pytest.mark.parametrize(
    ("learning_rate", "batch_size", "dimension"), [(0.1, 1, 10), (0.4, 3, 1.01), (1.2, 5, 2), (0.1, 1, 18.5)]
)
def test_index_is_the_root_in_other_variables(learning_rate, batch_size, dimension):
    index = laws.kesten_index(learning_rate, batch_size, dimension)
    for factor, sign in ((1 - 3e-6, -1), (1 + 3e-6, 1)):
        assert sign * (mean_power(learning_rate, batch_size, dimension, index * factor) - 1) > 0


def test_index_in_one_dimension_is_the_root_of_a_plain_integral():
    """E |1 - eta x^2|^alpha = 1 for a standard normal x."""
    index = mp.mpf(laws.kesten_index(0.1, 1, 1))
    flip = mp.sqrt(10)

    def mean(power):
        return mp.quad(lambda x: 2 * mp.npdf(x) * abs(1 - x**2 / 10) ** power, [0, 1, flip, 5, 7, 9, 15, 30])

    assert index == pytest.approx(17.28, abs=5e-3)
    assert mean(index) == pytest.approx(1, abs=1e-9)


def test_the_three_indices_of_the_book_differ():
    """eta = 0.1, B = 1: Kesten, eq. (12) and the exact covariance."""
    dimensions = [1, 10, 16, 17, 18]
    kesten = laws.tail_index(0.1, 1, dimensions, "discrete")
    np.testing.assert_allclose(kesten, [17.28, 12.831, 6.96, 4.86, 2.00], atol=6e-3)


@pytest.mark.parametrize("dimension", [1, 3])
def test_weak_noise_limit(dimension):
    """eta alpha / B -> 1.795561 with an error of order eta, whatever the dimension: extrapolated from two."""
    t = 2 * WEAK_NOISE(learning_rate=1, batch_size=1, curvature=1)
    assert t * (np.log(t) - 1) == pytest.approx(1, rel=1e-14)
    scaled = np.array([eta * laws.kesten_index(eta, 1, dimension) for eta in (2e-3, 1e-3)])
    assert 2 * scaled[1] - scaled[0] == pytest.approx(t / 2, rel=2e-6)
    assert 1e-4 < abs(scaled[1] - t / 2) < 3e-3
    rare = laws.kesten_index(0.01 / 100, 1, dimension)
    assert rare == pytest.approx(WEAK_NOISE(learning_rate=1e-4, batch_size=1, curvature=1), rel=2e-4)


def test_lyapunov_exponent_is_the_slope_in_other_variables():
    step = 1e-3
    for dimension in (18, 19):
        up, down = (mean_power(0.1, 1, dimension, power) for power in (step, -step))
        exact = float((up - down) / (2 * step))  # the error is that of the third cumulant, step^2 / 6
        assert laws.lyapunov_exponent(0.1, 1, dimension) == pytest.approx(exact, rel=1e-6)
    values = laws.lyapunov_exponent(0.1, 1, [18, 18.5, 18.6, 19])
    assert (np.sign(values) == [-1, -1, 1, 1]).all()


def test_lyapunov_exponent_in_one_dimension():
    exact = mp.quad(lambda x: 2 * mp.npdf(x) * mp.log(abs(1 - x**2 / 2)), [0, 1, mp.sqrt(2), 2, 4, 8, 15])
    assert laws.lyapunov_exponent(0.5, 1, 1) == pytest.approx(float(exact), rel=1e-8)
    assert laws.lyapunov_exponent(0.5, 1, 1 + 1e-7) == pytest.approx(float(exact), rel=1e-5)


def test_lyapunov_exponent_is_the_slope_at_zero():
    """Near the dimension at which it vanishes the index is -2 lambda / Var log |M e_1|, so alpha / lambda is smooth."""
    dimensions = np.array([18.56, 18.562, 18.564])
    ratio = laws.kesten_index(0.1, 1, dimensions) / laws.lyapunov_exponent(0.1, 1, dimensions)
    assert ratio[0] - 2 * ratio[1] + ratio[2] == pytest.approx(0, abs=1e-3 * abs(ratio[1]))
    assert (ratio < -700).all()


def test_where_there_is_no_stationary_law():
    reason = "no stationary law: dimension 22 is not below the critical dimension 22"
    with pytest.raises(ValueError, match=reason):
        laws.tail_index(0.1, 1, [3, 22], "loss-proportional")
    with pytest.raises(ValueError, match="no stationary law: dimension 23 is not below the critical dimension 23"):
        laws.tail_index(0.1, 1, 23, "gaussian-inputs")
    with pytest.raises(
        ValueError, match=r"no stationary law: .* dimension 19 the Lyapunov exponent 0.00206 is not neg"
    ):
        laws.tail_index(0.1, 1, [18, 19], "discrete")
    with pytest.raises(ValueError, match=r"model must be one of \['discrete', .*\], got 'sgd'"):
        laws.tail_index(0.1, 1, 1, "sgd")


def test_indices_broadcast():
    assert laws.tail_index([[0.1], [0.2]], 1, [1, 2, 3], "discrete").shape == (2, 3)
    assert laws.tail_index([[0.1], [0.2]], 1, [1, 2, 3], "gaussian-inputs").shape == (2, 3)
    assert isinstance(laws.tail_index(0.1, 1, 2, "discrete"), float)
    assert isinstance(laws.lyapunov_exponent(0.1, 1, 2), float)
