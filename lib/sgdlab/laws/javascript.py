"""SymPy expressions as JavaScript that needs nothing but `Math`."""

import re
from typing import Any

import sympy as sp
from sympy.printing.jscode import JavascriptCodePrinter

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_RESERVED = re.compile(
    "arguments|await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|false|"
    "finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|"
    "return|static|super|switch|this|throw|true|try|typeof|undefined|var|void|while|with|yield|Infinity|Math|NaN"
)
# SymPy prints other objects (sums, the imaginary unit, True) as Python, without a word.
_PRINTED = (
    *(sp.Symbol, sp.Number, sp.NumberSymbol, sp.Add, sp.Mul, sp.Pow, sp.Function, sp.Max, sp.Min, sp.Piecewise),
    *(sp.functions.elementary.piecewise.ExprCondPair, sp.core.relational.Relational, sp.And, sp.Or, sp.Not),
)


class _Printer(JavascriptCodePrinter):  # type: ignore[misc]
    def _print_NaN(self, expression: Any) -> str:  # noqa: N802 - SymPy's names
        return "NaN"

    def _print_Infinity(self, expression: Any) -> str:  # noqa: N802
        return "Infinity"

    def _print_NegativeInfinity(self, expression: Any) -> str:  # noqa: N802
        return "-Infinity"

    def _print_NumberSymbol(self, expression: Any) -> str:  # noqa: N802
        return repr(float(expression))

    def _print_Float(self, expression: Any) -> str:  # noqa: N802
        return repr(float(expression))

    def _print_not_supported(self, expression: Any) -> str:
        raise ValueError(f"JavaScript lacks {getattr(expression, 'func', type(expression)).__name__}")


def check_identifier(name: str) -> None:
    """Raise ValueError where JavaScript cannot have a variable of this name."""
    if not _IDENTIFIER.fullmatch(name) or _RESERVED.fullmatch(name):
        raise ValueError(f"JavaScript cannot have a variable named {name!r}")


def javascript(expression: Any) -> str:
    """The expression as one line of JavaScript, its variables named like the symbols.

    What is not a number is `NaN`, beyond all numbers `Infinity`.

    Raises:
        ValueError: names what JavaScript lacks (a function, a sum, the imaginary unit), or a symbol that cannot be the
            name of a variable there.
    """
    expression = sp.sympify(expression)
    for symbol in sorted(expression.free_symbols, key=str):
        check_identifier(symbol.name)
    truths = {arm.cond for piecewise in expression.atoms(sp.Piecewise) for arm in piecewise.args}
    for part in sp.preorder_traversal(expression):
        if not isinstance(part, _PRINTED) and part not in truths:
            raise ValueError(f"JavaScript lacks {type(part).__name__}")
    return " ".join(_Printer({"strict": False}).doprint(expression).split())
