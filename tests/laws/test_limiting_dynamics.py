"""Limiting dynamics as a whole: what the module offers, equations that read back, faces that agree, arguments."""

import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from sgdlab.laws import Law
from sgdlab.laws import limiting_dynamics as laws
from sgdlab.laws import quantities as q
from sgdlab.laws.quantities import names_of
from sgdlab.laws.translator import translate

MODULES = ("displacement_laws", "heavy_ball", "heavy_ball_motion", "multiplicative_noise", "noise_axes")
MODULES += ("phase_space", "phase_space_noise", "reshuffled_heavy_ball")
NUMBERED = {value.name: value for value in vars(laws).values() if isinstance(value, Law)}
EVERY = NUMBERED | laws.DISPLAYED_LAWS

eta, h, beta, lam = (getattr(q, n).symbol for n in ("learning_rate", "curvature", "momentum", "weight_decay"))
B, s2, t = (getattr(q, n).symbol for n in ("batch_size", "noise_variance", "time"))
gamma, omega = q.damping_rate.symbol, q.natural_frequency.symbol


def test_one_module_offers_every_law():
    modules = [importlib.import_module(f"sgdlab.laws.{name}") for name in MODULES]
    made = {value.name for module in modules for value in vars(module).values() if isinstance(value, Law)}
    assert made == EVERY.keys()
    assert not NUMBERED.keys() & laws.DISPLAYED_LAWS.keys()
    assert all(name in vars(laws) for name in laws.__all__)
    assert all(law.source and law.arguments and law.assumes for law in EVERY.values())


def draw_point(law, draw):
    """A point of the domains; rates and roots that are given by others lie on both sides of the critical point."""
    point = {}
    for a in law.arguments:
        low = a.lower if a.lower > -np.inf else -2
        high = a.upper if a.upper < np.inf else low + 4
        inside = low + (high - low) * draw.uniform(0.02, 0.98)
        point[a.name] = int(draw.integers(2, 9)) if a.integer else float(inside)
    if "relative_learning_rate" in point and "momentum" in point:
        edge = 2 * (1 + point["momentum"])
        if law is laws.DISPLAYED_LAWS["angle_per_step"]:
            root = np.sqrt(point["momentum"])
            point["relative_learning_rate"] = draw.uniform((1 - root) ** 2, (1 + root) ** 2)
        else:
            point["relative_learning_rate"] = draw.uniform(0, edge)
    return point


def exact(law, point, digits=30):
    return law.expression.subs({a.symbol: sp.Rational(point[a.name]) for a in law.arguments}).evalf(digits)


@pytest.mark.parametrize("law", NUMBERED.values(), ids=NUMBERED)
def test_the_printed_equation_reads_back_as_the_law(law):
    value, expression = translate(law.latex(), names_of(law.value, law.expression))
    assert value == law.value
    point = draw_point(law, np.random.default_rng(5))
    numbers = {a.symbol: sp.Rational(point[a.name]) for a in law.arguments}
    read, exact_value = expression.subs(numbers).evalf(30), exact(law, point)
    assert abs(read - exact_value) < abs(exact_value) * sp.Float(10) ** -25


def javascript(law, points):
    program = f"const f = ({{{', '.join(a.name for a in law.arguments)}}}) => {law.javascript()};"
    return f"{program} console.log(JSON.stringify({json.dumps(points)}.map(f)));"


def test_numpy_and_javascript_agree_with_the_expression_in_30_digits():
    draw = np.random.default_rng(3)
    points = {law: [draw_point(law, draw) for _ in range(3)] for law in EVERY.values()}
    values = {law: np.array([float(exact(law, point)) for point in points[law]]) for law in points}
    for law in points:
        got = [law(**point) for point in points[law]]
        np.testing.assert_allclose(got, values[law], rtol=1e-12, err_msg=law.name)
    node = shutil.which("node", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert node, "node is part of the set-up"
    program = "\n".join("{" + javascript(law, points[law]) + "}" for law in points)
    printed = subprocess.run([node, "-e", program], capture_output=True, text=True, check=True).stdout.splitlines()
    for law, line in zip(points, printed, strict=True):
        np.testing.assert_allclose(json.loads(line), values[law], rtol=1e-11, err_msg=law.name)


STABLE_POINTS = [
    ("oscillation_onset_heavy_ball", {"momentum": 1 - 2.0**-40}),
    ("discreteness_factor", {"relative_learning_rate": 4 * (1 - 2.0**-40), "momentum": 1 - 2.0**-45}),
    ("velocity_variance_langevin", {"noise_variance": 1, "curvature": 1, "batch_size": 1, "momentum": 1 - 2.0**-40}),
    (
        "velocity_variance_heavy_ball",
        {"noise_variance": 1, "curvature": 1, "batch_size": 1, "momentum": 1 - 2.0**-40, "discreteness_factor": 3},
    ),
    (
        "local_displacement_langevin",
        {"learning_rate": 1, "noise_variance": 1, "hessian_trace": 1, "batch_size": 1, "momentum": 1 - 2.0**-40},
    ),
    (
        "mode_feedback",
        {"learning_rate": 4 * (1 - 2.0**-40), "curvature": 1, "batch_size": 1, "momentum": 1 - 2.0**-45},
    ),
    (
        "mode_displacement_overdamped",
        {"mode_variance": 1, "curvature": 2.0**-60, "weight_decay": 2.0**-62, "effective_time": 1},
    ),
    ("free_displacement_from_rest", {"learning_rate": 1, "variance": 1, "steps": 1, "momentum": 0.9999}),
    ("free_displacement_from_rest", {"learning_rate": 1, "variance": 1, "steps": 99, "momentum": 0.9999}),
    ("free_displacement_from_rest", {"learning_rate": 1, "variance": 1, "steps": 101, "momentum": 0.9999}),
    ("free_displacement_from_rest", {"learning_rate": 1, "variance": 1, "steps": 7, "momentum": 0.0}),
    ("free_displacement_stationary", {"learning_rate": 1, "variance": 1, "steps": 1, "momentum": 0.9999}),
    ("slow_rate", {"damping_rate": 1, "natural_frequency": 2.0**-40}),
    ("oscillation_frequency", {"damping_rate": 1, "natural_frequency": 1 + 2.0**-45}),
    ("angle_per_step", {"relative_learning_rate": 2.6e-9, "momentum": 0.9999}),
]


@pytest.mark.parametrize(("name", "point"), STABLE_POINTS)
def test_digits_are_kept_where_the_plain_expression_loses_them(name, point):
    law = EVERY[name]
    np.testing.assert_allclose(law(**point), float(exact(law, point, 60)), rtol=1e-9)


def test_without_momentum_an_oscillation_is_damped_at_once():
    assert laws.damping_per_step(momentum=0) == np.inf


# Derivations that fix the coefficients.


def test_the_langevin_equation_from_differences_of_successive_iterates():
    """(2): (theta' - theta) / eta - beta (theta - theta_before) / eta, and the first terms that are dropped."""
    derivatives = sp.symbols("d1:5")
    after, before = (
        sum(d * (sign * eta) ** n / sp.factorial(n) for n, d in enumerate(derivatives, 1)) for sign in (1, -1)
    )
    difference = sp.expand((after + beta * before) / eta)
    d1, d2, d3, d4 = derivatives
    dropped = eta**2 / 6 * (1 - beta) * d3 + eta**3 / 24 * (1 + beta) * d4
    assert sp.expand(difference - laws.mass.expression * d2 - (1 - beta) * d1 - dropped) == 0
    assert (
        sp.simplify(2 * gamma * laws.mass.expression - (1 - beta)).subs(gamma, laws.damping_rate.expression).equals(0)
    )
    assert sp.simplify(laws.natural_frequency_law.expression**2 * laws.mass.expression - h - lam) == 0
    # sqrt(eta Sigma) dW over the mass, Sigma = sigma^2 h / B
    strength = eta * s2 * h / B / laws.mass.expression**2
    assert sp.simplify(strength - 2 * laws.velocity_diffusion.expression) == 0


def test_the_onset_of_oscillation_is_where_the_rates_meet():
    y = q.relative_learning_rate.symbol
    discriminant = laws.natural_frequency_law.expression**2 - laws.damping_rate.expression**2
    at_onset = discriminant.subs(lam, y / eta - h).subs(y, laws.oscillation_onset_langevin.expression)
    assert sp.simplify(at_onset) == 0


@pytest.mark.parametrize("ringing", [True, False])
def test_the_propagator_solves_the_oscillator(ringing):
    """G' = -A G with A = ((0, -1), (omega^2, 2 gamma)), and G(0) = 1: the cases of the displayed laws."""
    nu = sp.Symbol("nu", positive=True)
    squared = gamma**2 + nu**2 if ringing else gamma**2 - nu**2
    case = 0 if ringing else 1
    C, G12 = (laws.DISPLAYED_LAWS[name].expression.args[case][0] for name in ("damped_cosine", "propagator_12"))
    split = sp.sqrt(omega**2 - gamma**2) if ringing else sp.sqrt(gamma**2 - omega**2)
    C, G12 = (entry.subs(split, nu) for entry in (C, G12))
    G11, G21, G22 = (
        law.expression.subs({q.damped_cosine.symbol: C, q.propagator_12.symbol: G12, omega: sp.sqrt(squared)})
        for law in (laws.propagator_11, laws.propagator_21, laws.propagator_22)
    )
    assert not G12.has(omega)
    G = sp.Matrix([[G11, G12], [G21, G22]])
    A = sp.Matrix([[0, -1], [squared, 2 * gamma]])
    assert sp.simplify(G.diff(t) + A * G) == sp.zeros(2)
    assert sp.simplify(G.subs(t, 0)) == sp.eye(2)
    assert sp.simplify(G.det() - sp.exp(-2 * gamma * t)) == 0
    critical = [laws.DISPLAYED_LAWS[name].expression.args[2][0] for name in ("damped_cosine", "propagator_12")]
    assert [sp.limit(entry, nu, 0) for entry in (C, G12)] == critical


# Arguments.

GOOD = {
    "time": 0.3,
    "steps": 3,
    "start": (1.0, 0.5),
    "curvature": 0.7,
    "curvatures": [1.0, 0.2],
    "learning_rate": 0.1,
    "momentum": 0.9,
    "batch_size": 4,
    "noise_variance": 1.5,
    "weight_decay": 0.01,
}
MODE = ("curvature", "learning_rate", "momentum")
NOISE = ("batch_size", "noise_variance", "weight_decay")
SPECTRUM = ("curvatures", "learning_rate", "momentum", *NOISE)
FUNCTIONS = [
    (laws.damping_rate, ("learning_rate", "momentum")),
    (laws.natural_frequency, (*MODE, "weight_decay")),
    (laws.propagator, ("time", *MODE, "weight_decay")),
    (laws.stationary_covariance, (*MODE, *NOISE)),
    (laws.mean_and_covariance, ("time", "start", *MODE, *NOISE)),
    (laws.local_displacement, SPECTRUM),
    (laws.global_displacement, ("steps", *SPECTRUM)),
    (laws.displacement_exponent, ("steps", *SPECTRUM)),
    (laws.summed_displacement, ("steps", *SPECTRUM)),
    (laws.multiplicative_load, ("curvatures", "learning_rate", "momentum", "batch_size")),
    (laws.multiplicative_variances, ("curvatures", "learning_rate", "momentum", "batch_size", "noise_variance")),
]
BAD = [
    ("time", -0.1, "time must be a finite number >= 0, got -0.1"),
    ("steps", -1, "steps must be a finite .*number >= 0, got -1"),
    ("curvature", -1.0, "curvature must be a finite number >= 0, got -1"),
    ("learning_rate", 0.0, "learning_rate must be a finite number > 0, got 0"),
    ("momentum", 1.0, "momentum must be a finite number >= 0 and < 1, got 1"),
    ("momentum", -0.1, "momentum must be a finite number >= 0 and < 1, got -0.1"),
    ("batch_size", 0.5, "batch_size must be a finite number >= 1, got 0.5"),
    ("noise_variance", -1.0, "noise_variance must be a finite number >= 0, got -1"),
    ("weight_decay", -1.0, "weight_decay must be a finite number >= 0, got -1"),
]
VECTORS = [
    ("curvatures", [1.0, -1.0], "curvatures must be a finite number >= 0, got -1"),
    ("curvatures", [1.0, np.nan], "curvatures must be a finite number >= 0, got nan"),
    ("curvatures", 1.0, r"curvatures must be an array \(n >= 1,\), got shape \(\)"),
    ("curvatures", [], r"curvatures must be an array \(n >= 1,\), got shape \(0,\)"),
    ("curvatures", [[1.0]], r"curvatures must be an array \(n >= 1,\), got shape \(1, 1\)"),
    ("start", (1.0,), r"start must be two finite numbers \(2,\), distance and velocity"),
    ("start", (1.0, np.nan), r"start must be two finite numbers \(2,\), distance and velocity"),
]
CASES = [(f, names, *bad) for f, names in FUNCTIONS for bad in BAD if bad[0] in names]
CASES += [(f, names, *bad) for f, names in FUNCTIONS for bad in VECTORS if bad[0] in names]
CASES += [
    (f, names, n, np.nan, f"{n} must be") for f, names in FUNCTIONS for n in names if n not in ("start", "curvatures")
]


@pytest.mark.parametrize(("function", "names", "argument", "value", "message"), CASES)
def test_bad_arguments_are_named(function, names, argument, value, message):
    arguments = {name: GOOD[name] for name in names}
    for result in np.atleast_1d(np.asarray(function(**arguments)[0] if function is laws.mean_and_covariance else 0)):
        assert np.isfinite(result).all()
    with pytest.raises(ValueError, match=message):
        function(**arguments | {argument: value})


def test_unknown_choices_and_what_does_not_exist():
    mode, spectrum = ({n: GOOD[n] for n in names} for names in ((*MODE, *NOISE), SPECTRUM))
    for call in (
        lambda model: laws.stationary_covariance(**mode, model=model),
        lambda model: laws.local_displacement(**spectrum, model=model),
        lambda model: laws.global_displacement(3, **spectrum, model=model),
    ):
        with pytest.raises(ValueError, match='model must be "langevin" or "discrete", got \'exact\''):
            call("exact")
    reason = r"no stationary law: learning_rate times curvature and weight_decay is 3\.8, not below 2 \(1 \+ momentum\)"
    edge = {"learning_rate": 1.0, "momentum": 0.9, "weight_decay": 0.8}
    for call in (
        lambda: laws.stationary_covariance(**mode | edge | {"curvature": 3.0}, model="discrete"),
        lambda: laws.local_displacement(**spectrum | edge | {"curvatures": [1.0, 3.0]}, model="discrete"),
        lambda: laws.global_displacement(3, **spectrum | edge | {"curvatures": [1.0, 3.0]}, model="discrete"),
        lambda: laws.reshuffled_variance_ratio(3.0, 1.0, 0.9, 8, 2, 0.8),
    ):
        with pytest.raises(ValueError, match=reason):
            call()
    assert np.isfinite(laws.stationary_covariance(**mode | edge | {"curvature": 3.0})).all()
    with pytest.raises(ValueError, match=r"steps must be a finite whole number >= 0, got 0\.5"):
        laws.global_displacement(0.5, **spectrum, model="discrete")
    assert laws.global_displacement(0.5, **spectrum) > 0
    with pytest.raises(ValueError, match="curvatures must not all be 0"):
        laws.displacement_exponent(3, **spectrum | {"curvatures": [0.0, 0.0]})


def test_scalars_broadcast_and_vectors_do_not():
    column, row = np.full((2, 1), 0.1), np.full(3, 0.9)
    assert laws.natural_frequency(1.0, column, row).shape == (2, 3)
    assert laws.propagator([0.1, 0.2, 0.3], 1.0, column, 0.9).shape == (2, 3, 2, 2)
    assert laws.stationary_covariance(1.0, column, row, 4, 1.0, model="discrete").shape == (2, 3, 2, 2)
    mean, covariance = laws.mean_and_covariance(0.1, (1, 0), 1.0, column, row, 4, [1.0, 2.0, 3.0])
    assert (mean.shape, covariance.shape) == ((2, 3, 2), (2, 3, 2, 2))
    mean, covariance = laws.mean_and_covariance([0.1, 0.2], (1, 0), 1.0, 0.1, 0.9, 4, [[1.0], [2.0], [3.0]])
    assert (mean.shape, covariance.shape) == ((3, 2, 2), (3, 2, 2, 2))
    spectrum = [1.0, 0.5, 0.0, 0.1]
    for model in ("langevin", "discrete"):
        assert laws.local_displacement(spectrum, column, row, 4, 1.0, 0.1, model).shape == (2, 3)
        assert laws.global_displacement([1, 2, 3], spectrum, column, 0.9, 4, 1.0, model=model).shape == (2, 3)
        assert isinstance(laws.global_displacement(2, spectrum, 0.1, 0.9, 4, 1.0, model=model), float)
        assert isinstance(laws.local_displacement(spectrum, 0.1, 0.9, 4, 1.0, model=model), float)
    assert laws.displacement_exponent([1, 2, 3], spectrum, column, 0.9, 4, 1.0).shape == (2, 3)
    assert laws.multiplicative_load(spectrum, column, row, 4).shape == (2, 3)
    assert laws.multiplicative_variances(spectrum, column, row, 4, 1.0).shape == (2, 3, 4)
    assert laws.summed_displacement([[1, 2, 3]], spectrum, 0.1, 0.9, 4, 1.0).shape == (1, 3)
    assert isinstance(laws.natural_frequency(1.0, 0.1, 0.9), float)
    assert isinstance(laws.displacement_exponent(2, spectrum, 0.1, 0.9, 4, 1.0), float)


def test_beyond_float64_is_infinite():
    assert laws.stationary_covariance(1e300, 1e-300, 0.9, 1, 1e300)[1, 1] == np.inf
    assert laws.local_displacement([1e300], 1.0, 0.9, 1, 1e300) == np.inf


@mp.workdps(60)
def test_the_flat_mode_is_a_limit_of_mpmath_too():
    """Curvature 1e-30: the Langevin laws in 60 digits."""
    rate, friction = mp.mpf(0.1), 1 - mp.mpf(0.9)
    frequency = mp.sqrt(2 * mp.mpf(1e-30) / (rate * (1 + mp.mpf(0.9))))
    damping = friction / (rate * (1 + mp.mpf(0.9)))
    split = mp.sqrt(damping**2 - frequency**2)
    first = mp.exp(-damping * 5) * (mp.cosh(split * 5) + damping * mp.sinh(split * 5) / split)
    value = laws.global_displacement(50, [1e-30], 0.1, 0.9, 1, 1.0)
    exact_value = 2 * rate / (2 * friction) * (1 - first)
    np.testing.assert_allclose(value, float(exact_value), rtol=1e-9)
