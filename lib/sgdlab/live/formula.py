"""An author's expression, ready for both sides: JavaScript for the page and NumPy for Python."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from sgdlab.laws.javascript import javascript
from sgdlab.laws.law import Law

# The parameter of a Path, from 0 to 2 pi.
angle = sp.Symbol("angle", real=True)


class Formula:
    """A scalar law, a SymPy expression or a number.

    Attributes:
        where: what it belongs to, for messages.
        expression: in SymPy.
        javascript: in JavaScript.

    Raises:
        ValueError: it is none of these, or JavaScript lacks something that it uses; the message begins with `where`.
    """

    def __init__(self, where: str, value: Any) -> None:
        self.where = where
        self.expression = value.expression if isinstance(value, Law) else value
        if not isinstance(self.expression, str):  # SymPy would read code out of a text
            self.expression = sp.sympify(self.expression)
        if not isinstance(self.expression, sp.Expr) or isinstance(self.expression, sp.MatrixExpr):
            raise ValueError(f"{where} must be a scalar law, a SymPy expression or a number, got {value!r}")
        try:
            self.javascript = javascript(self.expression)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None

    @cached_property
    def symbols(self) -> list[Any]:
        """Its variables, by name."""
        return sorted(self.expression.free_symbols, key=lambda symbol: str(symbol.name))

    def require(self, known: Iterable[Any]) -> None:
        """Raise ValueError where a variable is not among `known`; it lists these."""
        known = list(known)
        for symbol in self.symbols:
            if symbol not in known:
                names = sorted(str(other) for other in known)
                twin = " (one of the same name is known, but it has other assumptions)" if str(symbol) in names else ""
                raise ValueError(f"{self.where}: unknown symbol {symbol}{twin}; known are {', '.join(names) or 'none'}")

    @cached_property
    def _function(self) -> Any:
        return sp.lambdify(self.symbols, self.expression, ["scipy", "numpy"])

    def __call__(self, setting: Mapping[str, ArrayLike], /, **own: ArrayLike) -> NDArray[np.float64]:
        """Its value at a setting; `own` variables go before those of the setting, and their shape is the result's.

        NaN where it is not defined.

        Raises:
            ValueError: the setting lacks a variable, or NumPy cannot compute it in float64.
        """
        values = {**setting, **own}
        if missing := [s.name for s in self.symbols if s.name not in values]:
            raise ValueError(f"{self.where}: the setting lacks {', '.join(missing)}")
        shape = np.broadcast_shapes(*(np.shape(value) for value in own.values()))
        # All of one shape: SymPy's conditions and maxima do not broadcast. One axis at least: no Python numbers inside.
        full = shape or (1,)
        arrays = [np.broadcast_to(np.asarray(values[s.name], dtype=np.float64), full) for s in self.symbols]
        try:
            with np.errstate(all="ignore"):
                result = np.asarray(self._function(*arrays))
            if np.iscomplexobj(result):
                raise TypeError("it is complex")
            return np.broadcast_to(result.astype(np.float64), full).reshape(shape)
        except (NameError, OverflowError, TypeError) as error:
            raise ValueError(f"{self.where} cannot be computed: {error}") from error
