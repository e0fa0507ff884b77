"""Whether the numbers agree is tested in tests/live/test_formula.py, where node runs what is printed here."""

import pytest
import sympy as sp

from sgdlab.laws.javascript import check_identifier, javascript

x, y = sp.symbols("x y", real=True)


@pytest.mark.parametrize(
    ("expression", "printed"),
    [
        (sp.nan, "NaN"),
        (sp.oo, "Infinity"),
        (-sp.oo, "-Infinity"),
        (sp.Float(0.1 + 0.2), "0.30000000000000004"),
        (x / 3, "(1/3)*x"),
        (x**2, "Math.pow(x, 2)"),
        (sp.Piecewise((x, x > 0), (sp.nan, True)), "((x > 0) ? ( x ) : ( NaN ))"),
    ],
)
def test_what_is_printed(expression, printed):
    assert javascript(expression) == printed


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (sp.erf(x), "JavaScript lacks erf"),
        (1 + sp.gamma(x) ** 2, "JavaScript lacks gamma"),
        (sp.besselj(0, x), "JavaScript lacks besselj"),
        (sp.Function("unknown")(x), "JavaScript lacks unknown"),
        (sp.Sum(x, (y, 1, 3)), "JavaScript lacks Sum"),
        (sp.Derivative(sp.Function("g")(x), x), "JavaScript lacks Derivative"),
        (sp.I * x, "JavaScript lacks ImaginaryUnit"),
        (sp.zoo, "JavaScript lacks ComplexInfinity"),
        (sp.true, "JavaScript lacks BooleanTrue"),
        (sp.Symbol("lambda") + sp.Symbol("new"), "a variable named 'new'"),
        (sp.Symbol("L^*"), r"a variable named 'L\^\*'"),
        (sp.Piecewise((x, x > 0)), "default condition"),
    ],
)
def test_what_javascript_lacks_is_named(expression, message):
    with pytest.raises(ValueError, match=message):
        javascript(expression)


@pytest.mark.parametrize("name", ["if", "Math", "NaN", "await", "eval", "1x", "a b", "ä", ""])
def test_names_that_javascript_cannot_have(name):
    with pytest.raises(ValueError, match="JavaScript cannot have a variable named"):
        check_identifier(name)


@pytest.mark.parametrize("name", ["x", "batch_size", "newer", "_a1"])
def test_names_that_it_can_have(name):
    check_identifier(name)
