import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from sgdlab.laws.translator import Unreadable, translate

x, y, L, H, Lstar, eta, N, m = sp.symbols("x y L H L_star eta N m", positive=True)
NAMES = {"x": x, "y": y, "L": L, "H": H, "L^*": Lstar, r"\eta": eta, "N": N, r"\nabla L": m}


@pytest.mark.parametrize(
    ("latex", "value"),
    [
        (r"\frac12 x", x / 2),
        (r"\frac1N", 1 / N),
        (r"\frac{N-x}{x(N-1)}", (N - x) / (x * (N - 1))),
        (r"-x^2", -(x**2)),
        (r"2xy - \frac{x}{y}", 2 * x * y - x / y),
        (r"x / y \cdot 3", 3 * x / y),
        (r"L^* L", Lstar * L),
        (r"\nabla L \, L", m * L),
        (r"x^{-\frac12}", x ** sp.Rational(-1, 2)),
        (r"\sqrt{x+y}", sp.sqrt(x + y)),
        (r"\log\left(1 + e^{-x}\right)", sp.log(1 + sp.exp(-x))),
        (r"\log^2 (x)", sp.log(x) ** 2),
        (r"\lvert x - y \rvert", sp.Abs(x - y)),
        (r"2.5 \eta", sp.Rational(5, 2) * eta),
        (r"\pi\bigl[x + y\bigr]^2,", sp.pi * (x + y) ** 2),
    ],
)
def test_forms_of_the_book(latex, value):
    (side,) = translate(latex, NAMES)
    assert sp.simplify(side - value) == 0


def test_sides_and_relations():
    assert translate(r"x = y \approx \frac{y}{1}.", NAMES) == [x, y, y]


def test_sums_and_transposes():
    g = sp.IndexedBase("g")
    mu = sp.Symbol("mu", integer=True)
    names = {"N": N, r"g_\mu": g[mu], r"\mu": mu}
    assert translate(r"\frac1N \sum_{\mu=1}^{N} g_\mu^2", names) == [sp.Sum(g[mu] ** 2, (mu, 1, N)) / N]
    v = sp.MatrixSymbol("v", 3, 1)
    assert translate(r"v v^\top", {"v": v}) == [v * v.T]


def test_a_command_is_not_the_beginning_of_a_longer_one():
    with pytest.raises(Unreadable):
        translate(r"\etax", NAMES)


@pytest.mark.parametrize(
    "latex",
    [r"x + z", r"\frac{x}{y", r"x +", r"x ) y", r"\mathcal{N}", r"x = ", "", r"\frac{x}", r"x_1", r"x \leq y"],
)
def test_anything_left_unread_is_an_error(latex):
    with pytest.raises(Unreadable):
        translate(latex, NAMES)


@given(
    st.recursive(
        st.sampled_from([x, y, eta, sp.Integer(3), sp.Rational(2, 7)]),
        lambda e: st.one_of(
            st.builds(lambda a, b: a + b, e, e),
            st.builds(lambda a, b: a * b, e, e),
            st.builds(lambda a, b: a - b, e, e),
            st.builds(lambda a: a**2, e),
            st.builds(lambda a: sp.sqrt(a**2 + 1), e),
        ),
        max_leaves=8,
    )
)
def test_reads_back_what_sympy_prints(expression):
    latex = sp.latex(expression, symbol_names={eta: r"\eta"})
    (side,) = translate(latex, NAMES)
    assert sp.simplify(side - expression) == 0
