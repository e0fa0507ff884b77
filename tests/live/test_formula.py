import json

import numpy as np
import pytest
import sympy as sp

from sgdlab.laws import quantities as q
from sgdlab.laws.minibatch_noise import covariance_with_replacement, decoupling_ratio
from sgdlab.live.formula import Formula

x, y = sp.symbols("x y", real=True)
EXPRESSIONS = [
    *(x**2 * y - x / 3, x**-1.5 + sp.sqrt(y), sp.Float(0.1) * x + sp.Rational(1, 3) ** sp.Rational(2, 3) - 1e-20 * y),
    *(2 * sp.Mod(x, 3) * y, -((x - y) ** 2) / 3, sp.exp(-(x**2)) * sp.log(y) + sp.EulerGamma + sp.GoldenRatio + sp.E),
    *(sp.Max(x, y, 1) - sp.Min(x, 2 * y, 3), sp.Abs(x - y) + sp.sign(x - 1), sp.floor(x) + sp.ceiling(y) / 7),
    *(sp.tanh(x) / sp.cosh(y) + sp.atan2(x, y), sp.cbrt(x) + sp.pi * sp.sec(y / 9), sp.Float(0.1) + 0.2 + x * 1e30),
    sp.Piecewise((x, (x > 1) & (y < 2)), (y, sp.Eq(x, y) | (x > 3)), (sp.nan, True)) * 3,
    sp.Piecewise((sp.oo, x > 3), (-sp.oo, x > 2), (1 / (y - 2), True)),
    (x + sp.Piecewise((1, y < 2), (2, True))) ** 2 / sp.Piecewise((y, ~((x < 2) | (y > 3))), (7, True)),
    sp.Integer(3),
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_numpy_and_javascript_agree(expression, javascript):
    formula = Formula("test", expression)
    draw = np.random.default_rng(2)
    points = {name: [*draw.uniform(0.1, 4, 60), 2.0] for name in "xy"}
    source = f"({{x, y}}) => x.map((_, i) => String((({{x, y}}) => {formula.javascript})({{x: x[i], y: y[i]}})))"
    printed = [float(text.replace("Infinity", "inf")) for text in javascript(source, points)]
    np.testing.assert_allclose(printed, formula({}, **points), rtol=1e-14)
    assert json.dumps(formula.javascript)  # one line of text
    assert "\n" not in formula.javascript


def test_a_law_and_a_number_are_formulas():
    assert Formula("a law", decoupling_ratio)({"loss_ratio": 2}) == 2
    assert Formula("a number", 1)({}) == 1


def test_own_variables_go_before_the_setting_and_give_the_shape():
    formula = Formula("test", x + 1)
    assert formula({"x": 1}).shape == ()
    np.testing.assert_allclose(formula({"x": 1}, x=[1, 2]), [2, 3])
    np.testing.assert_allclose(Formula("constant", 4)({}, x=[1, 2]), [4, 4])


@pytest.mark.parametrize("expression", [1 / (x - 1), sp.sqrt(x - 2), sp.log(x - 2)])
def test_what_does_not_exist_is_not_finite_and_no_warning(expression, recwarn):
    assert not np.isfinite(Formula("test", expression)({"x": 1}))
    assert not recwarn.list


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (covariance_with_replacement, "^here must be a scalar law"),
        ("x + 1", "^here must be a scalar law, a SymPy expression or a number, got 'x"),
        (x > 1, "^here must be a scalar law"),
        (sp.erf(x), "^here: JavaScript lacks erf"),
        (sp.I * x, "^here: JavaScript lacks ImaginaryUnit"),
        (sp.Symbol("if") + 1, "^here: JavaScript cannot have a variable named 'if'"),
    ],
)
def test_what_is_no_formula_is_named(value, message):
    with pytest.raises(ValueError, match=message):
        Formula("here", value)


def test_numbers_of_a_setting_broadcast_inside_conditions_and_maxima():
    expression = sp.Piecewise((sp.Max(x, y), (x > 1) & (y < 2)), (sp.nan, True))
    np.testing.assert_array_equal(Formula("test", expression)({"y": 1.5}, x=[0, 1.2, 3]), [np.nan, 1.5, 3])


def test_what_float64_cannot_hold_is_named():
    with pytest.raises(ValueError, match=r"^here cannot be computed: "):
        Formula("here", sp.Integer(10) ** 400 * x)({"x": 1})


def test_a_complex_value_is_named():
    formula = Formula("here", x**2)
    formula._function = lambda *arrays: np.array([1j])
    with pytest.raises(ValueError, match=r"^here cannot be computed: it is complex"):
        formula({"x": 1})


def test_unknown_symbols_and_missing_values_are_named():
    with pytest.raises(ValueError, match=r"^here: unknown symbol y; known are x$"):
        Formula("here", x + y).require([x])
    with pytest.raises(ValueError, match=r"batch_size .one of the same name is known, but it has other assumptions"):
        Formula("here", sp.Symbol("batch_size")).require([q.batch_size.symbol])
    with pytest.raises(ValueError, match=r"^here: the setting lacks y"):
        Formula("here", x + y)({"x": 1})
