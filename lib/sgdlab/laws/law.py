"""A law: one SymPy expression, from which the page, the function, the live figure and the test are made."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from sgdlab.laws.javascript import javascript
from sgdlab.laws.proofs import Counterexample, compare
from sgdlab.laws.quantities import QUANTITIES, Quantity, names_of


def as_result(value: ArrayLike) -> Any:
    """float64 as the laws return it: an array, or a float where it has no axes."""
    array = np.asarray(value, dtype=np.float64)
    return array if array.ndim else float(array)


@dataclass(frozen=True)
class Law:
    """A closed form over the book's quantities.

    Attributes:
        name: its label on a page is `law-NAME`.
        value: what it predicts; the left side of the printed equation.
        expression: a scalar or a matrix expression over symbols of `quantities`.
        source: the publication and the equation's number there.
        assumes: what must hold for it, in words.
        stable: a second evaluation (NumPy arrays by name, float64) where the plain one loses digits.
    """

    name: str
    value: Any
    expression: Any
    source: str
    assumes: tuple[str, ...] = ()
    stable: Callable[..., NDArray[np.float64]] | None = None

    @cached_property
    def arguments(self) -> tuple[Quantity, ...]:
        """The quantities that the expression needs, in the order of `quantities`."""
        names = {symbol.name for symbol in self.expression.free_symbols}
        unknown = names - QUANTITIES.keys()
        if unknown:
            raise ValueError(f"law {self.name} uses symbols that are no quantities: {sorted(unknown)}")
        return tuple(quantity for quantity in QUANTITIES.values() if quantity.name in names)

    def latex(self) -> str:
        """The equation as a page may print it."""
        names = {symbol: latex for latex, symbol in names_of(self.value, self.expression).items()}
        # SymPy prints the arguments of its own beta function without their LaTeX names.
        expression = self.expression.replace(sp.beta, sp.Function(r"\mathrm{B}"))
        left, right = (sp.latex(side, symbol_names=names) for side in (self.value, expression))
        return f"{left} = {right}".replace("^{T}", r"^\top")

    def __repr__(self) -> str:
        return f"<law {self.name}>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def javascript(self) -> str:
        """The expression as JavaScript, its variables named like the arguments. Raises ValueError for a matrix law."""
        if getattr(self.expression, "shape", ()) != ():
            raise ValueError(f"law {self.name} is a matrix; JavaScript is made from scalar laws")
        return javascript(self.expression)

    def verify(self, expression: Any) -> str:
        """Compare an expression with the law: "proved" or "checked", see `proofs.compare`.

        Raises:
            Counterexample: they differ; names the law and a point.
        """
        try:
            return compare(self.expression, expression)
        except Counterexample as error:
            raise Counterexample(f"law {self.name}: {error}") from None

    @cached_property
    def _evaluate(self) -> Callable[..., NDArray[np.float64]]:
        """The expression as a function of float64 arrays: scalars broadcast, matrices stand on the last two axes."""
        order = [quantity.symbol for quantity in self.arguments]
        if getattr(self.expression, "shape", ()) == ():
            scalar_law: Callable[..., NDArray[np.float64]] = sp.lambdify(order, self.expression, ["scipy", "numpy"])
            return scalar_law
        scalars = [symbol for symbol in order if not hasattr(symbol, "shape")]
        terms = []
        for term in sp.MatAdd.make_args(self.expression.expand()):
            factor, matrices = term.as_coeff_matrices()
            matrix = sp.lambdify([s for s in order if hasattr(s, "shape")], sp.MatMul(*matrices).doit(), "numpy")
            terms.append((sp.lambdify(scalars, factor, ["scipy", "numpy"]), matrix))

        def evaluate(*values: NDArray[np.float64]) -> NDArray[np.float64]:
            numbers = [v for v, s in zip(values, order, strict=True) if not hasattr(s, "shape")]
            matrices = [v for v, s in zip(values, order, strict=True) if hasattr(s, "shape")]
            products = [np.asarray(f(*numbers))[..., None, None] * m(*matrices) for f, m in terms]
            return np.asarray(sum(products))

        return evaluate

    def __call__(self, **arguments: ArrayLike) -> Any:
        """Evaluate the law in float64.

        Scalar arguments broadcast; a vector (P,) or matrix (P, P) argument takes no part in the broadcast.
        Values beyond float64 are `inf`.

        Returns:
            float64, of the broadcast shape, followed by (P, P) for a matrix law; a float where there are no axes.

        Raises:
            TypeError: an argument is missing or unknown.
            ValueError: an argument is outside its domain, NaN, or of a wrong shape; the message names it.
        """
        names = [quantity.name for quantity in self.arguments]
        if set(arguments) != set(names):
            raise TypeError(f"law {self.name} takes the keyword arguments {names}, got {sorted(arguments)}")
        checked = {quantity.name: quantity.check(arguments[quantity.name]) for quantity in self.arguments}
        sizes = {name: value.shape[0] for name, value in checked.items() if QUANTITIES[name].kind != "scalar"}
        if len(set(sizes.values())) > 1:
            raise ValueError(f"{' and '.join(sizes)} must belong to the same number of parameters P, got {sizes}")
        with np.errstate(over="ignore"):
            if self.stable is not None:
                return as_result(self.stable(**checked))
            columns = [v[:, None] if QUANTITIES[name].kind == "vector" else v for name, v in checked.items()]
            return as_result(self._evaluate(*columns))
