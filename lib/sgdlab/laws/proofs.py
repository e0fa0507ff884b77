"""Equality of expressions, settled by SymPy, and the steps of a derivation that a page rests on."""

import html
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from sgdlab.laws.quantities import QUANTITIES

POINTS = 20
DIGITS = 30
_MATRIX_SIZE = 3
PROOF_MIME = "application/vnd.sgdlab.proof+json"
_SETTLED = {
    "proved": "Proved: SymPy reduces the difference of the sides to zero",
    "checked": f"Checked: the sides agree to {DIGITS} digits at {POINTS} random points",
}


class Counterexample(ValueError):  # noqa: N818  (it is one; the name says what it carries)
    """Two expressions that should be equal differ; the message holds a point at which they do."""


def _number(symbol: sp.Symbol, draw: random.Random) -> sp.Rational:
    """A random value inside the domain of a quantity; of another symbol, one that its assumptions allow."""
    quantity = QUANTITIES.get(symbol.name)
    if symbol.is_negative:
        return -sp.Rational(draw.randint(100, 10_000), 1000)
    lower = sp.Rational(quantity.lower) if quantity and quantity.lower > -math.inf else sp.Integer(0)
    if symbol.is_integer:
        return lower + draw.randint(1, 6)
    if quantity and quantity.upper < math.inf:
        return lower + (sp.Rational(quantity.upper) - lower) * sp.Rational(draw.randint(1, 999), 1000)
    value = sp.Rational(draw.randint(4, 160), 16)
    return lower + value if symbol.is_nonnegative or draw.random() < 0.5 else -value


def _numeric(expressions: tuple[Any, ...], draw: random.Random) -> tuple[dict[Any, Any], list[Any]]:
    """Put random numbers for everything unknown: symbols, matrices, sums' terms, undefined functions, derivatives."""
    point: dict[Any, Any] = {}

    def put(expression: Any, atoms: set[Any], value: Any) -> Any:
        for atom in sorted(atoms, key=str):
            point.setdefault(atom, value(atom))
        return expression.xreplace({atom: point[atom] for atom in atoms})

    values = []
    for expression in expressions:
        free = {s for s in expression.free_symbols if isinstance(s, sp.Symbol) and not isinstance(s, sp.Dummy)}
        scalars = free - {indexed.base.label for indexed in expression.atoms(sp.Indexed)}
        calls = expression.atoms(AppliedUndef, sp.Derivative, sp.Subs)
        # xreplace works from the outside in, so that f(x) inside a derivative of f(x) goes with the derivative.
        expression = put(expression, calls, lambda call: _number(sp.Dummy(real=True), draw))
        matrix_sizes = {
            s for m in expression.atoms(sp.MatrixSymbol) for n in m.shape for s in sp.sympify(n).free_symbols
        }
        expression = expression.subs(dict.fromkeys(matrix_sizes, _MATRIX_SIZE))
        expression = put(expression, scalars - matrix_sizes, lambda symbol: _number(symbol, draw)).doit()
        expression = put(
            expression,
            expression.atoms(sp.MatrixSymbol),
            lambda m: sp.ImmutableMatrix(*m.shape, lambda i, j: _number(sp.Dummy(real=True), draw)),
        ).doit()
        expression = put(expression, expression.atoms(sp.Indexed), lambda i: _number(sp.Dummy(real=True), draw))
        explicit = expression.as_explicit() if hasattr(expression, "as_explicit") else expression
        values.append(explicit.evalf(DIGITS + 10))
    return point, values


def _is_finite(value: Any) -> bool:
    entries = list(value) if hasattr(value, "shape") else [value]
    return all(entry.is_number and entry.is_finite for entry in entries)


def _agree(left: Any, right: Any) -> bool:
    if hasattr(left, "shape") or hasattr(right, "shape"):
        if getattr(left, "shape", None) != getattr(right, "shape", None):
            return False
        return all(_agree(a, b) for a, b in zip(left, right, strict=True))
    return bool(abs(left - right) <= sp.Float(10) ** (-DIGITS) * max(abs(left), abs(right)))


def _vanishes(difference: Any) -> bool:
    """Whether SymPy reduces the difference to 0."""
    difference = difference.doit().expand()
    if getattr(difference, "is_ZeroMatrix", False) or difference == 0:
        return True
    return bool(sp.simplify(difference) == 0)


def compare(left: Any, right: Any) -> str:
    """Settle whether two expressions are equal.

    Returns:
        "proved" when SymPy reduces the difference to 0; "checked" when it cannot, but 20 random points of the symbols'
        domains agree to 30 digits.

    Raises:
        Counterexample: a point at which the two differ.
        ValueError: no point could be found at which both are finite numbers.
    """
    left, right = sp.sympify(left), sp.sympify(right)
    shapes = {getattr(side, "shape", ()) for side in (left, right)}
    if len(shapes) > 1:
        raise Counterexample(f"{left} and {right} have different shapes")
    draw = random.Random(0)
    agreed = 0
    for _ in range(5 * POINTS):
        point, (a, b) = _numeric((left, right), draw)
        if not (_is_finite(a) and _is_finite(b)):
            continue
        if not _agree(a, b):
            where = ", ".join(f"{atom} = {value}" for atom, value in sorted(point.items(), key=lambda kv: str(kv[0])))
            raise Counterexample(f"{left} is not {right}: at {where} they are {_short(a)} and {_short(b)}")
        agreed += 1
        if agreed == POINTS:
            break
    else:
        raise ValueError(f"found only {agreed} points at which both {left} and {right} are finite numbers")
    return "proved" if _vanishes(left - right) else "checked"


def _short(value: Any) -> str:
    return str(value.evalf(6) if not hasattr(value, "shape") else value.applyfunc(lambda entry: entry.evalf(6)))


@dataclass(frozen=True)
class Proof:
    """A step that holds: its label, its sides, the LaTeX names of its own symbols, and how it was settled."""

    label: str
    sides: tuple[Any, ...]
    names: Mapping[str, Any]
    verdict: str

    def __repr__(self) -> str:
        return f"{self.label}: {' = '.join(map(str, self.sides))} ({self.verdict})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        equation, settled = html.escape(" = ".join(map(str, self.sides))), _SETTLED[self.verdict]
        return {
            "text/plain": repr(self),
            "text/html": f'<details class="proof"><summary>{settled}</summary><code>{equation}</code></details>',
            PROOF_MIME: {
                "label": self.label,
                "sides": [sp.srepr(side) for side in self.sides],
                "names": {latex: sp.srepr(symbol) for latex, symbol in self.names.items()},
                "verdict": self.verdict,
            },
        }


def proves(label: str, *sides: Any, names: Mapping[str, Any] | None = None) -> Proof:
    """Prove a step of a derivation: each side equals the next.

    The equation of the same label on the page is read and compared with these sides by the tests.

    Args:
        label: the equation's label on the page, "step-NAME".
        sides: two or more expressions, in the order in which the page prints them.
        names: LaTeX names of symbols that are not quantities of the book: `{latex: expression}`.

    Raises:
        Counterexample: two neighbouring sides differ; names the label and a point.
        ValueError: the label does not begin with "step-", or there are fewer than two sides.
    """
    if not label.startswith("step-"):
        raise ValueError(f"label must begin with 'step-', got {label!r}")
    if len(sides) < 2:
        raise ValueError(f"sides must be two or more expressions, got {len(sides)} in {label}")
    expressions = tuple(sp.sympify(side) for side in sides)
    try:
        verdicts = {compare(left, right) for left, right in pairwise(expressions)}
    except Counterexample as error:
        raise Counterexample(f"{label}: {error}") from None
    return Proof(label, expressions, dict(names or {}), "proved" if verdicts == {"proved"} else "checked")
