r"""From the LaTeX of a page to SymPy: a small recursive-descent translator that reads the book's forms and no others.

Names come from a table and are matched longest first, so that `\nabla L` and `L^*` can be names. Juxtaposition is a
product. The list of functions is closed. Anything left unread is an error.
"""

import re
from collections.abc import Mapping
from typing import Any

import sympy as sp

_FUNCTIONS = {
    r"\log": sp.log,
    r"\exp": sp.exp,
    r"\sin": sp.sin,
    r"\cos": sp.cos,
    r"\tanh": sp.tanh,
}
_CONSTANTS = {r"\pi": sp.pi, "e": sp.E}
_SPACE = re.compile(r"(?:\s|\\[,;:! ]|\\q?quad(?![A-Za-z])|\\(?:left|right|bigl|bigr|Bigl|Bigr)(?![A-Za-z])|&)*")
_RELATION = re.compile(r"=|\\approx(?![A-Za-z])|\\simeq(?![A-Za-z])")
_TOKEN = re.compile(r"\\[A-Za-z]+|[^\s{}]")


class Unreadable(ValueError):  # noqa: N818  (the name says what the LaTeX is)
    """LaTeX that the translator cannot read; the message shows where it stopped."""


def _name_pattern(latex: str) -> re.Pattern[str]:
    """A name as a pattern: spaces are free, and a command does not match the beginning of a longer one."""
    tokens = re.findall(r"\\[A-Za-z]+|\\.|[^\s]", latex)
    parts = [re.escape(token) + ("(?![A-Za-z])" if re.fullmatch(r"\\[A-Za-z]+", token) else "") for token in tokens]
    return re.compile(r"\s*".join(parts))


class _Reader:
    """One pass over the LaTeX, left to right."""

    def __init__(self, latex: str, names: list[tuple[re.Pattern[str], Any]]) -> None:
        self.latex = latex
        self.names = names
        self.at = 0

    def fail(self, expected: str) -> Unreadable:
        return Unreadable(f"expected {expected} at {self.latex[self.at : self.at + 30]!r} in {self.latex!r}")

    def take(self, pattern: str | re.Pattern[str]) -> str | None:
        """Skip spaces, then consume the pattern if it stands here."""
        space = _SPACE.match(self.latex, self.at)
        start = space.end() if space else self.at
        match = re.compile(pattern).match(self.latex, start)
        if match is None:
            return None
        self.at = match.end()
        return match.group()

    def need(self, pattern: str, expected: str) -> str:
        found = self.take(pattern)
        if found is None:
            raise self.fail(expected)
        return found

    def sides(self) -> list[Any]:
        sides = [self.sum()]
        while self.take(_RELATION):
            sides.append(self.sum())
        if self.take(r"\Z") is None:
            raise self.fail("the end")
        return sides

    def sum(self) -> Any:
        negative = self.take(r"[+-]") == "-"
        total = self.product()
        total = -total if negative else total
        while sign := self.take(r"[+-]"):
            total = total + self.product() if sign == "+" else total - self.product()
        return total

    def product(self) -> Any:
        result = self.power()
        while True:
            if self.take(r"/"):
                result = result / self.power()
                continue
            explicit = self.take(r"\\cdot(?![A-Za-z])|\\times(?![A-Za-z])")
            factor = self.power() if explicit else self.maybe_power()
            if factor is None:
                return result
            result = result * factor

    def power(self) -> Any:
        result = self.maybe_power()
        if result is None:
            raise self.fail("a factor")
        return result

    def maybe_power(self) -> Any:
        base = self.atom()
        while base is not None and self.take(r"\^"):
            base = base.T if self.take(r"\\top(?![A-Za-z])|\{\\top\}") else base ** self.group()
        return base

    def group(self) -> Any:
        """`{...}`, or the single token that TeX would take."""
        if self.take(r"\{"):
            value = self.sum()
            self.need(r"\}", "}")
            return value
        token = self.need(_TOKEN.pattern, "an argument")
        return _Reader(token, self.names).sides()[0]

    def atom(self) -> Any:
        for pattern, value in self.names:
            if self.take(pattern):
                return value
        if number := self.take(r"\d+(?:\.\d+)?"):
            return sp.Rational(number)
        if self.take(r"\\frac(?![A-Za-z])"):
            return self.group() / self.group()
        if self.take(r"\\sqrt(?![A-Za-z])"):
            return sp.sqrt(self.group())
        for command, function in _FUNCTIONS.items():
            if self.take(re.escape(command) + r"(?![A-Za-z])"):
                return self.call(function)
        for opening, closing in ((r"\(", r"\)"), (r"\[", r"\]"), (r"\{", r"\}")):
            if self.take(opening):
                value = self.sum()
                self.need(closing, closing)
                return value
        if self.take(r"\\lvert(?![A-Za-z])"):
            value = self.sum()
            self.need(r"\\rvert(?![A-Za-z])", r"\rvert")
            return sp.Abs(value)
        if self.take(r"\\sum(?![A-Za-z])"):
            return self.series()
        return None

    def call(self, function: Any) -> Any:
        """A function of a bracket, which may carry a power before it: `\\log^2(x)`; a bare argument is one factor."""
        exponent = self.group() if self.take(r"\^") else None
        value = function(self.power())
        return value if exponent is None else value**exponent

    def series(self) -> Any:
        """`\\sum_{i=a}^{b}` of the product that follows; the index is a name of the table."""
        self.need(r"_\{", "_{")
        index = self.power()
        self.need(r"=", "=")
        first = self.sum()
        self.need(r"\}", "}")
        self.need(r"\^", "^")
        last = self.group()
        return sp.Sum(self.product(), (index, first, last))


def translate(latex: str, names: Mapping[str, Any]) -> list[Any]:
    """Read an equation.

    Args:
        latex: sides joined by `=`, `\\approx` or `\\simeq`; a closing comma or full stop is ignored.
        names: `{latex: SymPy expression}` of everything that is not a number, a function or one of pi and e.

    Returns:
        The sides, left to right.

    Raises:
        Unreadable: something on the page is not in the table and not one of the book's forms.
    """
    table = {**_CONSTANTS, **names}
    longest_first = [(_name_pattern(name), table[name]) for name in sorted(table, key=len, reverse=True)]
    return _Reader(latex.strip().rstrip(".,;").rstrip(), longest_first).sides()
