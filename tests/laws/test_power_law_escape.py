"""Escape and stationary laws: against the Fokker-Planck equation, Laplace integrals, and libraries of distributions."""

import importlib
import math

import mpmath as mp
import numpy as np
import pytest
import scipy.stats
import sympy as sp

from sgdlab.laws import Law
from sgdlab.laws import power_law_escape as laws
from sgdlab.laws import quantities as q

eta, B, h, n, c = (
    getattr(q, name).symbol for name in ("learning_rate", "batch_size", "curvature", "dimension", "loss_ratio")
)
hs, R, L0 = q.saddle_curvature.symbol, q.determinant_ratio.symbol, q.minimum_loss.symbol
PHI0 = B / (eta * h)
MODULES = ("kramers", "stationary_laws", "passage_equations", "passage_times", "double_well_passage")
MODULES += ("second_moments", "tail_indices", "kesten", "anisotropic_escape")
MODULES += ("alpha_rule", "reshuffled_quadratic", "thermal_noise", "weak_order")
MODULES += ("effective_dimension", "true_noise")
SETTING = {"learning_rate": 0.1, "batch_size": 1, "curvature": 1}


def test_one_module_offers_every_law():
    modules = [importlib.import_module(f"sgdlab.laws.{name}") for name in MODULES]
    made = {value.name for module in modules for value in vars(module).values() if isinstance(value, Law)}
    made |= {law.name for law in importlib.import_module("sgdlab.laws.passage_times").PASSAGE_TIMES.values()}
    numbered = {value.name for value in vars(laws).values() if isinstance(value, Law)}
    assert made == numbered | laws.DISPLAYED_LAWS.keys()
    assert not numbered & laws.DISPLAYED_LAWS.keys()
    assert all(name == law.name and law.source and law.arguments for name, law in laws.DISPLAYED_LAWS.items())


def test_the_papers_numbers_in_its_own_setting():
    assert laws.stationary_exponent(**SETTING) == 11
    assert laws.critical_dimension(**SETTING) == 22
    assert laws.escape_exponent(**SETTING, dimension=[1, 5, 10]).tolist() == [10.5, 8.5, 6.0]
    assert laws.critical_dimension_gaussian_inputs(**SETTING) == 23


@pytest.mark.parametrize("law", laws.DISPLAYED_LAWS.values(), ids=laws.DISPLAYED_LAWS)
def test_displayed_laws_evaluate_their_expressions(law):
    """Float64 against the printed expression in 30 digits, the double well's integrals included."""
    draw = np.random.default_rng(2)
    for _ in range(1 if law.expression.has(sp.Integral) else 5):
        point = {
            "learning_rate": draw.uniform(0.05, 0.3),
            "batch_size": draw.uniform(1, 4),
            "curvature": draw.uniform(0.3, 1),
            "dimension": draw.uniform(1, 5),
            "loss_ratio": draw.uniform(1.05, 5),
        }
        point = {argument.name: point[argument.name] for argument in law.arguments}
        exact = law.expression.subs({a.symbol: sp.Float(point[a.name], 40) for a in law.arguments}).evalf(30)
        assert law(**point) == pytest.approx(float(exact), rel=1e-12)


# The stationary density.


def quadratic(dimension):
    z = sp.symbols(f"z1:{dimension + 1}", real=True)
    return z, L0 + h * sum(x**2 for x in z) / 2


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_isotropic_noise_carries_no_current_whatever_the_loss(dimension):
    """J = -grad L P + alpha P grad D - grad(D P) for noise of strength D = (eta h / B) L, read with the alpha-rule."""
    z = sp.symbols(f"z1:{dimension + 1}", real=True)
    L = sp.Function("L", positive=True)(*z)
    D, alpha = eta * h * L / B, q.ito_parameter.symbol
    P = L**-laws.alpha_rule_exponent.expression
    for x in z:
        current = -L.diff(x) * P + alpha * P * D.diff(x) - (D * P).diff(x)
        assert sp.simplify(current / P) == 0
    assert laws.alpha_rule_exponent.expression.subs(alpha, 0) == laws.stationary_exponent.expression
    assert laws.relative_density.expression == c**-laws.stationary_exponent.expression


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_the_exact_covariance_carries_no_current_on_isotropic_quadratic_loss(dimension):
    z, L = quadratic(dimension)
    gradient = sp.Matrix([L.diff(x) for x in z])
    D = eta / (2 * B) * (2 * L * h * sp.eye(dimension) + gradient * gradient.T)
    P = laws.relative_density_gaussian_inputs.expression.subs(n, dimension).subs(c, L / L0)
    for i in range(dimension):
        current = -gradient[i] * P - sum((D[i, j] * P).diff(z[j]) for j in range(dimension))
        assert sp.simplify(current / P) == 0


def test_frozen_noise_carries_no_current():
    (z,), L = quadratic(1)
    P = laws.relative_density_frozen.expression.subs(c, L / L0)
    assert sp.simplify((-L.diff(z) * P - (eta * h * L0 / B * P).diff(z)) / P) == 0


def test_the_exponent_of_other_inputs_carries_no_current():
    (z,), L = quadratic(1)
    kappa = q.input_kurtosis.symbol
    D = eta / (2 * B) * (2 * L0 * h + (kappa - 1) * h**2 * z**2)  # input_kurtosis_variance with sigma^2 = 2 L*
    P = (1 + (kappa - 1) * (L / L0 - 1)) ** -laws.input_kurtosis_exponent.expression
    assert sp.simplify((-L.diff(z) * P - (D * P).diff(z)) / P) == 0
    assert laws.input_kurtosis_exponent.expression.subs(kappa, 2) == laws.stationary_exponent.expression


def test_critical_dimensions_are_where_the_density_stops_being_normalisable():
    """r^(n - 1) times the density falls like 1/r there, and r^-1-nu below."""
    half_power = laws.stationary_exponent.expression
    assert sp.solve(n - 2 * half_power, n) == [sp.expand(laws.critical_dimension.expression)]
    assert sp.expand(2 * half_power - n - laws.tail_index_loss_proportional.expression) == 0
    half_power = PHI0 / 2 + (n + 3) / 4
    assert laws.relative_density_gaussian_inputs.expression == (2 * c - 1) ** -half_power
    assert sp.solve(n - 2 * half_power, n) == [sp.expand(laws.critical_dimension_gaussian_inputs.expression)]
    assert sp.expand(2 * half_power - n - laws.tail_index_gaussian_inputs.expression) == 0


def test_the_density_is_a_multivariate_student_t():
    setting = {"learning_rate": 0.3, "batch_size": 2, "curvature": 0.7}
    scale = laws.squared_scale(**setting, dimension=3, minimum_loss=0.4)
    index = laws.tail_index_loss_proportional(**setting, dimension=3)
    student = scipy.stats.multivariate_t(shape=scale * np.eye(3), df=index)
    points = np.random.default_rng(0).normal(size=(5, 3))
    ratio = 1 + 0.7 * (points**2).sum(axis=1) / 2 / 0.4
    expected = student.pdf(points) / student.pdf(np.zeros(3))
    np.testing.assert_allclose(laws.relative_density(**setting, loss_ratio=ratio), expected, rtol=1e-12)


# The tail of the loss.


@pytest.mark.parametrize("dimension", [1, 2.5, 7, 21.9])
def test_tail_is_the_integral_of_the_density_of_the_loss_ratio(dimension):
    """The density from (17) and the volume element, normalised numerically."""

    def density(u):
        return u ** (mp.mpf(dimension) / 2 - 1) * (1 + u) ** -11

    def mass(lower):  # in the logarithm of u
        return mp.quad(lambda x: density(mp.exp(x)) * mp.exp(x), [lower, *range(int(lower) + 1, 9, 3), 20, 80, 1000])

    whole = mass(-80)
    for ratio in (1.003, 1.3, 2.0, 30.0):
        exact = float(mass(mp.log(ratio - 1)) / whole)
        assert laws.loss_ratio_tail(**SETTING, dimension=dimension, loss_ratio=ratio) == pytest.approx(exact, rel=1e-10)
        law = laws.DISPLAYED_LAWS["loss_ratio_density"](**SETTING, dimension=dimension, loss_ratio=ratio)
        assert law == pytest.approx(float(density(mp.mpf(ratio) - 1) / whole), rel=1e-10)


def test_tail_over_its_whole_domain():
    """In two dimensions it is c^-phi0; elsewhere beta prime, in scipy's own words."""
    ratios = 1 + np.array([0, 1e-13, 1e-6, 0.01, 0.999, 1.001, 1e6])
    for noise in (1e-3, 1.0, 1e4):
        setting = {"learning_rate": 1 / noise, "batch_size": 1, "curvature": 1}
        exact = np.exp(-noise * np.log1p(ratios - 1))
        np.testing.assert_allclose(laws.loss_ratio_tail(**setting, dimension=2, loss_ratio=ratios), exact, rtol=1e-10)
        index = noise + 1 - 1.25 / 2
        prime = scipy.stats.betaprime(1.25 / 2, index).sf(ratios[2:] - 1)
        value = laws.loss_ratio_tail(**setting, dimension=1.25, loss_ratio=ratios[2:])
        np.testing.assert_allclose(value, prime, rtol=1e-9)


def test_no_stationary_law_is_said_with_the_reason():
    reason = "no stationary law: dimension 24 is not below the critical dimension 22"
    with pytest.raises(ValueError, match=reason):
        laws.loss_ratio_tail(**SETTING, dimension=[3, 24], loss_ratio=2)
    with pytest.raises(ValueError, match=reason):
        laws.DISPLAYED_LAWS["loss_ratio_density"](**SETTING, dimension=24, loss_ratio=2)
    with pytest.raises(ValueError, match="no stationary law: dimension 22 is not below"):
        laws.loss_ratio_tail(**SETTING, dimension=22, loss_ratio=2)


# Kramers' method, (18)-(40).


def boltzmann_width(curvature_of_potential):
    """The integral of exp(-(B / (eta h)) U'' z^2 / 2)."""
    z, positive = sp.Symbol("z", real=True), sp.Symbol("a", positive=True)
    return sp.integrate(sp.exp(-positive * z**2 / 2), (z, -sp.oo, sp.oo)).subs(positive, PHI0 * curvature_of_potential)


def test_laplace_integrals():
    L = q.loss.symbol
    bend = laws.log_loss_curvature.expression
    slope_free = sp.log(L0 + h * q.displacement.symbol**2 / 2).diff(q.displacement.symbol, 2)
    assert slope_free.subs(q.displacement.symbol, 0) == bend.subs(L, L0)
    assert sp.simplify(boltzmann_width(bend.subs(L, L0)) - laws.well_width.expression) == 0
    top = laws.log_loss_potential.expression.subs(L, c * L0) - laws.log_loss_potential.expression.subs(L, L0)
    over_barrier = sp.exp(PHI0 * top) * boltzmann_width(-hs / (c * L0))
    assert sp.simplify(over_barrier / laws.barrier_integral.expression) == 1


def test_current_times_the_barrier_integral_is_the_diffusion_constant():
    """Eq. (35) for a density of 1 in the well."""
    product = laws.escape_current.expression * laws.barrier_integral.expression
    assert sp.simplify(product - eta * h / B) == 0


@pytest.mark.parametrize("dimension", [1, 2, 4])
def test_rate_is_current_over_population(dimension):
    """Eqs. (29), (33), (39), (40): transverse directions multiply by the ratio of their widths at saddle and well."""
    transverse = sp.symbols(f"h2:{dimension + 1}", positive=True), sp.symbols(f"s2:{dimension + 1}", positive=True)
    rate = L0 * laws.escape_current.expression / laws.well_width.expression
    ratio = h / sp.Abs(hs)
    for well, saddle in zip(*transverse, strict=True):
        rate *= sp.sqrt(2 * sp.pi * eta * well * c * L0 / (B * saddle)) / laws.well_width.expression
        ratio *= well / saddle
    assert sp.simplify(rate / laws.escape_rate.expression.subs({R: ratio, n: dimension})) == 1


def test_rate_keeps_the_sign_of_the_saddle():
    values = laws.escape_rate(
        **SETTING, saddle_curvature=[-0.5, -2.0], determinant_ratio=2, loss_ratio=2, dimension=[[1], [22]]
    )
    exact = np.array([[0.5, 2.0]]) / (2 * math.pi) * math.sqrt(2) * np.array([[2**-10.5], [1.0]])
    np.testing.assert_allclose(values, exact, rtol=1e-14)
    assert q.saddle_curvature.symbol.is_negative
    for wrong in (0.0, 0.5):
        with pytest.raises(ValueError, match="saddle_curvature must be a finite number < 0"):
            laws.escape_rate(**SETTING, saddle_curvature=wrong, determinant_ratio=2, loss_ratio=2, dimension=1)


@pytest.mark.parametrize(
    ("noise", "law"),
    [
        ("loss-proportional", laws.barrier_loss_proportional),
        ("frozen", laws.barrier_frozen),
        ("gaussian-inputs", laws.barrier_gaussian_inputs),
    ],
)
def test_barriers_are_the_weak_noise_exponents_of_the_exact_times(noise, law):
    """log t_p = (B / eta) V_b - (n/2) log(B / eta) + const, to order eta / B; the three barriers differ by 2 %."""
    strengths = np.array([3000.0, 6000.0])
    times = laws.mean_first_passage_time(1 / strengths, 1, 2.0, 3, 1.08, noise=noise)
    exponent = np.diff(np.log(times * strengths**1.5))[0] / np.diff(strengths)[0]
    assert exponent == pytest.approx(law(curvature=2.0, loss_ratio=1.08), rel=1e-4)


def test_the_barrier_of_true_noise_is_that_of_frozen_noise():
    """For y-residuals of variance s, E exp(-p g) = 1 sample by sample at p = 2 delta / s, g = x (x delta - epsilon)."""
    x, delta, epsilon = sp.symbols("x delta epsilon", real=True)
    s = sp.Symbol("s", positive=True)
    p = 2 * delta / s
    weight = sp.exp(-(epsilon**2) / (2 * s)) / sp.sqrt(2 * sp.pi * s)
    mean = sp.integrate(sp.exp(-p * x * (x * delta - epsilon)) * weight, (epsilon, -sp.oo, sp.oo))
    assert sp.simplify(mean) == 1
    action = sp.integrate(p, (delta, 0, delta)).subs(s, 2 * L0)  # (eta / B) times the exponent
    at_barrier = action.subs(delta, sp.sqrt(2 * L0 * (c - 1) / h))
    assert sp.simplify(at_barrier - laws.fresh_gaussian_residuals_barrier.expression) == 0
    assert laws.fresh_gaussian_residuals_barrier.expression == laws.barrier_frozen.expression


# Arguments.

BAD = [
    ("learning_rate", 0.0, "learning_rate must be a finite number > 0, got 0"),
    ("batch_size", 0.5, "batch_size must be a finite number >= 1, got 0.5"),
    ("curvature", -1.0, "curvature must be a finite number > 0, got -1"),
    ("dimension", 0.9, "dimension must be a finite number >= 1, got 0.9"),
    ("loss_ratio", 0.99, "loss_ratio must be a finite number >= 1, got 0.99"),
]
FUNCTIONS = [
    (laws.stationary_exponent, ("learning_rate", "batch_size", "curvature")),
    (laws.critical_dimension, ("learning_rate", "batch_size", "curvature")),
    (laws.escape_exponent, ("learning_rate", "batch_size", "curvature", "dimension")),
    (laws.mean_first_passage_time, ("learning_rate", "batch_size", "curvature", "dimension", "loss_ratio")),
    (laws.loss_ratio_tail, ("learning_rate", "batch_size", "curvature", "dimension", "loss_ratio")),
    (laws.kesten_index, ("learning_rate", "batch_size", "dimension")),
    (laws.lyapunov_exponent, ("learning_rate", "batch_size", "dimension")),
    (laws.double_well_passage_time, ("learning_rate", "batch_size", "loss_ratio")),
]


@pytest.mark.parametrize(
    ("function", "names", "argument", "value", "message"),
    [(f, names, *bad) for f, names in FUNCTIONS for bad in BAD if bad[0] in names]
    + [(f, names, name, float("nan"), f"{name} must be") for f, names in FUNCTIONS for name in names],
)
def test_bad_arguments_are_named(function, names, argument, value, message):
    good = {"learning_rate": 0.1, "batch_size": 1, "curvature": 1, "dimension": 3, "loss_ratio": 2}
    arguments = {name: good[name] for name in names}
    assert np.isfinite(function(**arguments))
    with pytest.raises(ValueError, match=message):
        function(**arguments | {argument: [good[argument], value]})
