import pytest
import sympy as sp

from sgdlab.laws import quantities as q
from sgdlab.laws.proofs import PROOF_MIME, Counterexample, compare, proves

x, y = sp.symbols("x y", real=True)
N = sp.Symbol("N", integer=True, positive=True)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((x + y) ** 2, x**2 + 2 * x * y + y**2),
        (sp.sin(x) ** 2 + sp.cos(x) ** 2, 1),
        (sp.Sum(2 * sp.IndexedBase("g")[N], (N, 1, 5)), 2 * sp.Sum(sp.IndexedBase("g")[N], (N, 1, 5))),
        (sp.Function("f")(x) * 2, sp.Function("f")(x) + sp.Function("f")(x)),
    ],
)
def test_equal_expressions_are_proved(left, right):
    assert compare(left, right) == "proved"


def test_product_rule_with_an_unknown_function():
    f = sp.Function("f")(x, y)
    hessian = sp.diff(f**2 / 2, x, y)
    assert compare(hessian, f.diff(x) * f.diff(y) + f * f.diff(x, y)) == "proved"
    with pytest.raises(Counterexample):
        compare(hessian, f.diff(x) * f.diff(y) - f * f.diff(x, y))


def test_what_sympy_cannot_reduce_is_checked_not_proved(monkeypatch):
    monkeypatch.setattr(sp, "simplify", lambda expression: expression)
    assert compare(sp.sin(x) ** 2 + sp.cos(x) ** 2, 1) == "checked"


def test_a_difference_in_the_31st_digit_is_found():
    with pytest.raises(Counterexample):
        compare(sp.exp(x), sp.exp(x) * (1 + sp.Rational(1, 10**28)))


def test_counterexample_names_the_point():
    with pytest.raises(Counterexample, match=r"x - y is not -x \+ y: at x = .*, y = "):
        compare(x - y, y - x)


def test_matrices():
    P = sp.Symbol("P", integer=True, positive=True)
    A, g = sp.MatrixSymbol("A", P, P), sp.MatrixSymbol("g", P, 1)
    assert compare((A + g * g.T) * x, x * A + x * g * g.T) == "proved"
    with pytest.raises(Counterexample):
        compare(A * A.T, A.T * A)
    with pytest.raises(Counterexample, match="different shapes"):
        compare(A, g)


def test_no_finite_point_is_an_error_not_a_proof():
    with pytest.raises(ValueError, match="found only 0 points"):
        compare(sp.oo * x, sp.oo * x)


def test_a_step_stores_what_the_page_must_print():
    proof = proves("step-square", x**2 - y**2, (x - y) * (x + y), names={"x": x})
    stored = proof._repr_mimebundle_()[PROOF_MIME]
    assert (stored["label"], stored["verdict"]) == ("step-square", "proved")
    assert sp.sympify(stored["sides"][1]) == (x - y) * (x + y)
    assert "step-square" in repr(proof)


def test_a_chain_is_proved_link_by_link():
    with pytest.raises(Counterexample, match=r"^step-chain: "):
        proves("step-chain", x, x + y - y, x + 1)


@pytest.mark.parametrize(("label", "sides"), [("square", (x, x)), ("step-one", (x,))])
def test_bad_steps_are_refused(label, sides):
    with pytest.raises(ValueError, match=r"label|sides"):
        proves(label, *sides)


def test_points_lie_in_the_domain_of_a_quantity():
    """|1 - beta| is 1 - beta for every momentum below 1, and only there."""
    beta, k = q.momentum.symbol, sp.Symbol("k", positive=True)
    assert compare(sp.Abs(1 - beta), 1 - beta) in ("proved", "checked")
    with pytest.raises(Counterexample):
        compare(sp.Abs(1 - k), 1 - k)
