"""Passage times: against the generator, hypergeometric functions, double integrals and limits."""

import math

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad, solve_ivp

from sgdlab.laws import power_law_escape as laws
from sgdlab.laws import quantities as q

eta, B, h, n, c = (
    getattr(q, name).symbol for name in ("learning_rate", "batch_size", "curvature", "dimension", "loss_ratio")
)
slope, L0 = q.passage_time_slope.symbol, q.minimum_loss.symbol
NOISES = ("loss-proportional", "frozen", "gaussian-inputs")
BENDS = {
    "loss-proportional": laws.passage_bend_loss_proportional,
    "frozen": laws.passage_bend_frozen,
    "gaussian-inputs": laws.passage_bend_gaussian_inputs,
}
EXACT = {noise: laws.DISPLAYED_LAWS[f"passage_time_{noise.replace('-', '_')}"] for noise in NOISES}


def exact(noise, learning_rate, batch_size, curvature, dimension, loss_ratio):
    """The law's hypergeometric function in mpmath, at the very float64 arguments."""
    values = (learning_rate, batch_size, curvature, dimension, loss_ratio)
    with mp.workdps(40):
        point = dict(zip((eta, B, h, n, c), (sp.Rational(value) for value in values), strict=True))
        expression = EXACT[noise].expression.subs(point)
        return mp.mpmathify(expression.evalf(30))


# The equation.


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_bend_is_the_generators(noise, dimension):
    """-grad L . grad t + D : grad grad t = 1 for the mean time t(c) in which L / L* grows to c."""
    z = sp.symbols(f"z1:{dimension + 1}", real=True)
    ratio = 1 + h * sum(x**2 for x in z) / (2 * L0)
    gradient = sp.Matrix([L0 * ratio.diff(x) for x in z])
    D = {
        "loss-proportional": eta * h * L0 * ratio / B * sp.eye(dimension),
        "frozen": eta * h * L0 / B * sp.eye(dimension),
        "gaussian-inputs": eta / (2 * B) * (2 * h * L0 * ratio * sp.eye(dimension) + gradient * gradient.T),
    }[noise]
    bend = BENDS[noise].expression.subs(n, dimension).subs(c, ratio)
    first = [ratio.diff(x) for x in z]
    drift = -sum(gradient[i] * first[i] for i in range(dimension)) * slope
    spread = sum(
        D[i, j] * (bend * first[i] * first[j] + slope * ratio.diff(z[i], z[j]))
        for i in range(dimension)
        for j in range(dimension)
    )
    assert sp.simplify(drift + spread) == 1


@pytest.mark.parametrize("noise", NOISES)
def test_the_hypergeometric_form_solves_the_equation(noise):
    """The series of both sides in c - 1, to the eighth order; the first is the initial slope."""
    u = sp.Symbol("u")
    (numerators, denominators, argument) = next(iter(EXACT[noise].expression.atoms(sp.hyper))).args
    early = EXACT[noise].expression / sp.hyper(numerators, denominators, argument)
    series = sum(
        sp.Mul(*(sp.rf(a, k) for a in numerators))
        / sp.Mul(*(sp.rf(b, k) for b in denominators))
        * argument**k
        / sp.factorial(k)
        for k in range(9)
    )
    numbers = {eta: sp.Rational(1, 7), B: 2, h: sp.Rational(3, 5), n: sp.Rational(5, 2)}
    time = sp.expand((early * series).subs(numbers).subs(c, 1 + u))
    bend = BENDS[noise].expression.subs(numbers).subs({c: 1 + u, slope: time.diff(u)})
    denominator = sp.denom(sp.together(bend))
    difference = sp.expand(sp.cancel((time.diff(u, 2) - bend) * denominator))
    low = [difference.coeff(u, k) for k in range(8)]
    assert low == [0] * 8
    assert sp.expand(difference) != 0  # the series is cut
    assert time.coeff(u, 1) == laws.initial_passage_slope.expression.subs(numbers)


# The values.

POINTS = [
    (0.1, 1, 1, 1, 1.5),
    (0.1, 1, 1, 1, 1 + 2.0**-40),
    (0.02, 1, 2.5, 1, 1.16),
    (0.5, 3, 1, 2.5, 40.0),
    (10, 1, 1, 1, 1e6),
    (0.1, 1, 1, 21.9, 1e6),
    (0.1, 1, 1, 22, 1e6),
    (0.1, 1, 1, 22.1, 1e6),
    (1, 1, 1, 100, 1e6),
    (1e-4, 1, 1, 3, 1.01),
    (1e-4, 1, 1, 3, 1.06),
    (1e-4, 1, 1, 1e6, 30.0),
    (1e-9, 1, 1, 2, 1 + 1e-7),
]


@pytest.mark.parametrize(
    ("noise", "point"),
    [(noise, point) for noise in NOISES for point in POINTS] + [("loss-proportional", (1e-4, 1, 1, 20002, 2.0))],
)
def test_times_equal_the_hypergeometric_functions(noise, point):
    expected = exact(noise, *point)
    value = laws.mean_first_passage_time(*point, noise=noise)
    if expected > mp.mpf("1.7e308"):
        assert value == math.inf
    else:
        assert value == pytest.approx(float(expected), rel=1e-11)


@pytest.mark.parametrize("dimension", [1, 3])
def test_times_equal_the_double_integral(dimension):
    """(phi0 / 2h) int w^(-n/2) (1+w)^phi0 int s^(n/2-1) (1+s)^(-phi0-1), from the scale function; s = r^2 at 0."""
    noise = 5

    def inner(w):
        return mp.quad(lambda r: 2 * r ** (dimension - 1) * (1 + r**2) ** (-noise - 1), [0, mp.sqrt(w)])

    outer = mp.quad(lambda r: 2 * r ** (1 - dimension) * (1 + r**2) ** noise * inner(r**2), [0, mp.sqrt(1.5)])
    value = laws.mean_first_passage_time(0.1, 1, 2.0, dimension, 2.5)
    assert value == pytest.approx(float(noise * outer / 4), rel=1e-12)


def test_frozen_noise_in_one_dimension_is_the_exit_of_an_ornstein_uhlenbeck_process():
    """(1/h) int_0^x sqrt(pi) e^(y^2) erf(y) dy up to x = sqrt(phi0 (c - 1))."""
    reach = mp.sqrt(50 * mp.mpf(0.16))
    integral = mp.quad(lambda y: mp.sqrt(mp.pi) * mp.exp(y**2) * mp.erf(y), [0, reach])
    value = laws.mean_first_passage_time(0.02, 1, 1, 1, 1.16, noise="frozen")
    assert value == pytest.approx(float(integral), rel=1e-12)


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("dimension", [1, 4, 30])
def test_times_solve_the_equation_in_steps(noise, dimension):
    """A Runge-Kutta solution from a point near the minimum."""
    setting = {"learning_rate": 0.4, "batch_size": 3, "curvature": 0.5, "dimension": dimension}
    start, end = 1.01, 1.9
    first = np.array([start * (1 - 1e-6), start * (1 + 1e-6)])
    times = laws.mean_first_passage_time(**setting, loss_ratio=first, noise=noise)
    initial = [times.mean(), (times[1] - times[0]) / (first[1] - first[0])]
    solution = solve_ivp(
        lambda ratio, y: [y[1], BENDS[noise](**setting, loss_ratio=ratio, passage_time_slope=y[1])],
        (start, end),
        initial,
        rtol=1e-10,
        atol=1e-12,
        method="LSODA",
    )
    value = laws.mean_first_passage_time(**setting, loss_ratio=end, noise=noise)
    assert value == pytest.approx(solution.y[0, -1], rel=1e-6)


def test_two_dimensions_and_whole_noise_make_a_polynomial():
    """(1/2h) sum over k to phi0 of (c^k - 1)/k."""
    k = np.arange(1, 13)
    for ratio in (1.0, 1.2, 3.0, 100.0):
        polynomial = np.sum((ratio**k - 1) / k) / (2 * 0.25)
        assert laws.mean_first_passage_time(1 / 3, 1, 0.25, 2, ratio) == pytest.approx(polynomial, rel=1e-12)


def test_the_numbers_of_the_simulated_settings():
    """eta = 0.1, B = 1 and eta = 0.02, B = 1: what figures compare simulations with."""
    times = laws.mean_first_passage_time(0.1, 1, 1, 1, [1.2, 1.5, 1.8, 2.0])
    np.testing.assert_allclose(times, [4.08, 35.6, 204, 574], rtol=3e-3)
    times = laws.mean_first_passage_time(0.1, 1, 1, 10, [2, 3, 4, 5, 6, 8])
    np.testing.assert_allclose(times, [1.63, 5.95, 17.1, 43.1, 98.3, 400], rtol=3e-3)
    ratios = [1.04, 1.08, 1.12, 1.16]
    for noise, expected in {
        "loss-proportional": [4.41, 25.0, 128, 648],
        "frozen": [4.50, 27.4, 161.9, 1008],
        "gaussian-inputs": [4.32, 23.0, 104.8, 450.5],
    }.items():
        np.testing.assert_allclose(laws.mean_first_passage_time(0.02, 1, 1, 1, ratios, noise), expected, rtol=3e-3)


# Symmetries and order.


@given(
    st.floats(0.01, 3),
    st.integers(1, 50),
    st.floats(0.05, 20),
    st.floats(1, 40),
    st.floats(1.001, 20),
    st.sampled_from(NOISES),
)
def test_only_the_ratio_of_noise_to_curvature_counts(learning_rate, batch_size, curvature, dimension, ratio, noise):
    value = laws.mean_first_passage_time(learning_rate, batch_size, curvature, dimension, ratio, noise)
    unit = laws.mean_first_passage_time(learning_rate * curvature / batch_size, 1, 1, dimension, ratio, noise)
    assert value == pytest.approx(unit / curvature, rel=1e-10)


@given(st.floats(0.01, 3), st.floats(1, 40), st.floats(1.001, 20))
def test_noise_that_stays_weak_takes_longest_and_farther_takes_longer(learning_rate, dimension, ratio):
    """((1 + k x)^a - 1) / (k a) < (e^(phi0 x) - 1) / phi0, because k (a - 1) < phi0."""
    near, far = (
        [laws.mean_first_passage_time(learning_rate, 1, 1, dimension, r, noise) for noise in NOISES]
        for r in (ratio, ratio * 1.01)
    )
    assert all(a < b or a == b == math.inf for a, b in zip(near, far, strict=True))
    assert near[1] > max(near[0], near[2]) or near[1] == math.inf


# Limits.


@pytest.mark.parametrize("dimension", [1, 10, 21.5])
def test_large_ratio(dimension):
    setting = {"learning_rate": 0.1, "batch_size": 1, "curvature": 0.9, "dimension": dimension}
    law = laws.DISPLAYED_LAWS["passage_time_large_ratio"]
    ratios = np.array([1e10, 1e12, 1e20])
    exact_over_law = laws.mean_first_passage_time(**setting, loss_ratio=ratios) / law(**setting, loss_ratio=ratios)
    np.testing.assert_allclose(exact_over_law[2], 1, rtol=1e-9)
    slopes = np.diff(np.log(laws.mean_first_passage_time(**setting, loss_ratio=ratios[1:]))) / np.log(1e8)
    np.testing.assert_allclose(slopes, laws.escape_exponent(**setting), rtol=1e-8)


def test_at_and_beyond_the_critical_dimension():
    """The law at n_c is the leading order in log c: the remainder grows like log c. Beyond, it stays constant."""
    setting = {"learning_rate": 0.5, "batch_size": 1, "curvature": 0.8}
    critical = laws.critical_dimension(**setting)
    ratios = np.array([1e50, 1e100, 1e150])
    law = laws.DISPLAYED_LAWS["passage_time_at_critical_dimension"]
    rest = laws.mean_first_passage_time(**setting, dimension=critical, loss_ratio=ratios) - law(
        **{name: setting[name] for name in setting}, loss_ratio=ratios
    )
    assert rest[2] - rest[1] == pytest.approx(rest[1] - rest[0], rel=1e-9)
    law = laws.passage_time_beyond_critical_dimension
    for dimension in (critical + 1, 3 * critical):
        rest = laws.mean_first_passage_time(**setting, dimension=dimension, loss_ratio=ratios) - law(
            **setting, dimension=dimension, loss_ratio=ratios
        )
        np.testing.assert_allclose(rest, rest[0], rtol=1e-9)


@pytest.mark.parametrize("dimension", [1, 2, 7])
def test_weak_noise(dimension):
    """The error of the law halves when B doubles."""
    setting = {"learning_rate": 0.01, "curvature": 2, "dimension": dimension, "loss_ratio": 1.3}
    sizes = np.array([20.0, 40.0])
    law = laws.DISPLAYED_LAWS["passage_time_weak_noise"](**setting, batch_size=sizes)
    error = laws.mean_first_passage_time(**setting, batch_size=sizes) / law - 1
    assert abs(error[1]) < 0.02
    assert error[1] / error[0] == pytest.approx(0.5, rel=0.05)


def test_local_exponent_is_the_logarithmic_slope_of_the_weak_noise_law():
    expression = laws.DISPLAYED_LAWS["passage_time_weak_noise"].expression
    local = c * sp.log(expression).diff(c)
    assert sp.simplify(local - laws.local_exponent_weak_noise.expression) == 0


def test_near_the_minimum():
    """t_p = initial slope x (c - 1), and frozen noise is the limit c -> 1 at fixed B (c - 1) / (eta h)."""
    for noise in NOISES:
        value = laws.mean_first_passage_time(0.1, 2, 3, 4, 1 + 2.0**-50, noise)
        start = laws.initial_passage_slope(learning_rate=0.1, batch_size=2, curvature=3, dimension=4) * 2.0**-50
        assert value == pytest.approx(start, rel=1e-12)
        weak = laws.mean_first_passage_time(1e-9, 1, 1, 3, 1 + 4e-9, noise)
        assert weak == pytest.approx(laws.mean_first_passage_time(1e-9, 1, 1, 3, 1 + 4e-9, "frozen"), rel=1e-7)


# Shapes and ends.


def test_ends_of_the_domain():
    for noise in NOISES:
        assert laws.mean_first_passage_time(0.1, 1, 1, 5, 1, noise) == 0
        assert laws.mean_first_passage_time(1e-4, 1, 1, 1, 1.1, noise) == math.inf
        assert laws.mean_first_passage_time(1e-200, 1, 1e-200, 1, 2, noise) == math.inf
        assert 0 < laws.mean_first_passage_time(1e6, 1, 1, 1, 1.7e308 if noise != "frozen" else 2, noise) < math.inf


def test_arguments_broadcast_in_any_number():
    many = laws.mean_first_passage_time(0.1, 1, 1, [[1.0], [2.0], [3.0]], np.linspace(1, 3, 700))
    assert many.shape == (3, 700)
    assert many[1, 650] == laws.mean_first_passage_time(0.1, 1, 1, 2, np.linspace(1, 3, 700)[650])
    assert isinstance(laws.mean_first_passage_time(0.1, 1, 1, 1, 2), float)


def test_an_unknown_noise_is_named():
    with pytest.raises(ValueError, match=r"noise must be one of \['frozen', .*'loss-proportional'\], got 'white'"):
        laws.mean_first_passage_time(0.1, 1, 1, 1, 2, noise="white")


# The double well.


@pytest.mark.parametrize(("noise", "ratio"), [(1, 2.0), (5, 1.2), (3, 20.0)])
def test_double_well_is_the_double_integral(noise, ratio):
    """phi0 int_-1^1 L(y)^phi0 int_-inf^y L(z)^(-phi0-1), phi0 = B / (eta h*), h* = 8 (c - 1)."""

    def loss(x):
        return 1 + (ratio - 1) * (x**2 - 1) ** 2

    def inner(y):
        far = quad(lambda z: loss(z) ** (-noise - 1), -np.inf, -1.2, epsrel=1e-11)[0]
        return far + quad(lambda z: loss(z) ** (-noise - 1), -1.2, y, epsrel=1e-11)[0]

    integral = noise * quad(lambda y: loss(y) ** noise * inner(y), -1, 1, epsrel=1e-10)[0]
    value = laws.double_well_passage_time(1 / (8 * (ratio - 1) * noise), 1, ratio)
    assert value == pytest.approx(integral, rel=1e-9)


def test_double_well_solves_the_backward_equation():
    """(L / phi0) t'' - L' t' = -1 with t(1) = 0 and a wall far on the left, by central differences."""
    x, step = np.linspace(-5, 1, 12001, retstep=True)
    loss, force = 1 + 0.8 * (x**2 - 1) ** 2, 3.2 * x * (x**2 - 1)
    inside = slice(1, -1)
    lower = loss[inside] / 4 / step**2 + force[inside] / 2 / step
    upper = loss[inside] / 4 / step**2 - force[inside] / 2 / step
    # t_k = ratio_k t_(k+1) + shift_k from the wall on, then back from t(1) = 0.
    ratio, shift = [1.0], [0.0]
    for below, above in zip(lower, upper, strict=True):
        pivot = below + above - below * ratio[-1]
        ratio.append(above / pivot)
        shift.append((1 + below * shift[-1]) / pivot)
    time, place = 0.0, len(x) - 1
    while x[place - 1] >= -1 - step / 2:
        place -= 1
        time = ratio[place] * time + shift[place]
    assert laws.double_well_passage_time(1 / (8 * 0.8 * 4), 1, 1.8) == pytest.approx(time, rel=1e-5)


def test_double_well_against_kramers_rate():
    """kappa t_p -> 1 as the noise weakens; the numbers of the figure at c = 2 and 1.2."""
    noises = np.array([1, 2, 5, 10, 20, 50])
    table = {2.0: [0.806, 1.012, 1.049, 1.016, 1.005, 1.0015], 1.2: [0.44, 0.70, 1.08, 1.19, 1.13, 1.04]}
    for ratio, expected in table.items():
        curvature = 8 * (ratio - 1)
        setting = {"learning_rate": 1 / (curvature * noises), "batch_size": 1, "loss_ratio": ratio}
        rate = laws.escape_rate(
            **setting, curvature=curvature, saddle_curvature=-curvature / 2, determinant_ratio=2, dimension=1
        )
        np.testing.assert_allclose(rate * laws.double_well_passage_time(**setting), expected, atol=0.006)
    weak = {"learning_rate": 1 / (8 * np.array([200.0, 400.0])), "batch_size": 1, "loss_ratio": 2}
    rate = laws.escape_rate(**weak, curvature=8, saddle_curvature=-4, determinant_ratio=2, dimension=1)
    error = rate * laws.double_well_passage_time(**weak) - 1
    assert error[1] / error[0] == pytest.approx(0.5, rel=0.1)
    assert abs(error[1]) < 1e-3


def test_double_well_of_vanishing_barrier():
    """As c -> 1 the noise freezes: (c - 1) t_p -> (k/8) int e^(k/8 (y^2-1)^2) int e^(-k/8 (z^2-1)^2), k = B / eta."""
    up = mp.quad(lambda y: mp.exp(3 * (y**2 - 1) ** 2 / 8), [0, 1])
    down = mp.quad(lambda z: mp.exp(-3 * (z**2 - 1) ** 2 / 8), [0, 1, 2, 4, 6])
    value = laws.double_well_passage_time(1, 3, 1 + 2.0**-40) * 2.0**-40
    assert value == pytest.approx(float(3 / mp.mpf(8) * 2 * up * down), rel=1e-10)


def test_ends_of_the_double_well():
    assert laws.double_well_passage_time(1e-4, 1, 1.1) == math.inf
    assert 0 < laws.double_well_passage_time(1e-9, 1, 1e12) < math.inf
    assert laws.double_well_passage_time([0.1, 0.2], 1, [[2], [3], [4]]).shape == (3, 2)
    with pytest.raises(ValueError, match=r"loss_ratio must be a finite number > 1 in the double well"):
        laws.double_well_passage_time(0.1, 1, [2, 1])
