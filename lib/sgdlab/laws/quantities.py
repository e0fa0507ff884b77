"""Every quantity of the book, once: its Python name, its letter, its unit, its domain and its words.

Argument checks, slider labels and the notation page are read from here. Units are built from two: that of the loss and
that of a parameter.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from sgdlab.laws.letters import symbol_html

_PARAMETERS = sp.Symbol("n_parameters", integer=True, positive=True)
_SHAPES = {"scalar": (), "vector": (_PARAMETERS, 1), "matrix": (_PARAMETERS, _PARAMETERS)}


@dataclass(frozen=True)
class Quantity:
    """One quantity of the book.

    Attributes:
        name: the name in code, in sliders and in error messages.
        latex: its letter on the page.
        words: what a slider or the notation page calls it.
        unit: "1", or a product of powers of "loss" and "parameter".
        lower, upper: the ends of its domain; always finite numbers themselves.
        lower_included, upper_included: whether an end belongs to the domain.
        integer: whether only whole numbers are allowed.
        kind: "scalar", "vector" (P,) or "matrix" (P, P).
        key: its short name in a page's address; the letter where that is plain, else the name.
        logarithmic: whether sliders and axes are even in its logarithm.
        counts: whether a slider stands on whole numbers, also where the laws allow others between them.
        slider: the range that a slider usually has; None where a slider must be told.
    """

    name: str
    latex: str
    words: str
    unit: str = "1"
    lower: float = -math.inf
    upper: float = math.inf
    lower_included: bool = True
    upper_included: bool = True
    integer: bool = False
    kind: str = "scalar"
    key: str = ""
    logarithmic: bool = False
    counts: bool = False
    slider: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not self.key:
            plain = self.latex.isascii() and self.latex.isalpha()
            object.__setattr__(self, "key", self.latex if plain else self.name)

    @cached_property
    def symbol(self) -> Any:
        """The SymPy symbol, with the assumptions that the domain allows."""
        if self.kind != "scalar":
            return sp.MatrixSymbol(self.name, *_SHAPES[self.kind])
        assumptions: dict[str, bool] = {"integer": True} if self.integer else {"real": True}
        if self.lower > 0 or (self.lower == 0 and not self.lower_included):
            assumptions["positive"] = True
        elif self.lower == 0:
            assumptions["nonnegative"] = True
        elif self.upper == 0 and not self.upper_included:
            assumptions["negative"] = True
        return sp.Symbol(self.name, **assumptions)

    @property
    def symbol_html(self) -> str:
        """Its letter on a page without TeX."""
        return symbol_html(self.latex)

    @property
    def range(self) -> str:
        """The domain in words, as error messages print it."""
        noun = {"scalar": "number", "vector": "array (P,)", "matrix": "array (P, P)"}[self.kind]
        limits = []
        if self.lower > -math.inf:
            limits.append(f"{'>=' if self.lower_included else '>'} {self.lower:g}")
        if self.upper < math.inf:
            limits.append(f"{'<=' if self.upper_included else '<'} {self.upper:g}")
        return f"a finite {'whole ' if self.integer else ''}{noun}" + (" " + " and ".join(limits) if limits else "")

    def check(self, value: ArrayLike) -> NDArray[np.float64]:
        """Return `value` as a float64 array.

        Raises:
            ValueError: an element is outside the domain, NaN or infinite, or the shape does not fit the kind.
        """
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{self.name} must be {self.range}, got {value!r}") from error
        fits = (
            np.isfinite(array)
            & ((array >= self.lower) if self.lower_included else (array > self.lower))
            & ((array <= self.upper) if self.upper_included else (array < self.upper))
        )
        if self.integer:
            fits &= array == np.round(array)
        if not fits.all():
            raise ValueError(f"{self.name} must be {self.range}, got {array[~fits].flat[0] if array.ndim else array}")
        square = array.ndim == 2 and array.shape[0] == array.shape[1]
        if (self.kind == "vector" and array.ndim != 1) or (self.kind == "matrix" and not square):
            raise ValueError(f"{self.name} must be {self.range}, got shape {array.shape}")
        return array


learning_rate = Quantity(
    "learning_rate",
    r"\eta",
    "learning rate",
    "parameter^2/loss",
    lower=0.0,
    lower_included=False,
    key="lr",
    logarithmic=True,
    slider=(0.001, 1.0),
)
batch_size = Quantity("batch_size", "B", "batch size", lower=1.0, logarithmic=True, counts=True, slider=(1, 256))
n_samples = Quantity(
    "n_samples", "N", "number of samples", lower=2.0, integer=True, logarithmic=True, slider=(16, 4096)
)
n_parameters = Quantity("n_parameters", "P", "number of parameters", lower=1.0, integer=True)
n_batches = Quantity("n_batches", "k", "batches since the epoch began", lower=0.0, counts=True, slider=(0, 32))
curvature = Quantity(
    "curvature",
    "h",
    "Hessian eigenvalue",
    "loss/parameter^2",
    lower=0.0,
    lower_included=False,
    logarithmic=True,
    slider=(0.01, 10),
)
dimension = Quantity("dimension", "n", "effective dimension", lower=1.0, slider=(1, 10))
loss = Quantity("loss", "L", "loss", "loss", lower=0.0, logarithmic=True, slider=(0.01, 10))
minimum_loss = Quantity(
    "minimum_loss", "L^*", "loss at the minimum", "loss", lower=0.0, key="Lmin", logarithmic=True, slider=(0.01, 10)
)
loss_ratio = Quantity("loss_ratio", "c", "loss divided by the loss at the minimum", lower=1.0, slider=(1, 10))
displacement = Quantity(
    "displacement", r"\delta", "distance from the minimum in one dimension", "parameter", key="delta", slider=(-2, 2)
)
position = Quantity("position", "x", "position in a one-dimensional landscape", "parameter", slider=(-2, 2))
first_displacement = Quantity(
    "first_displacement", r"\delta_1", "distance along the first eigenvector", "parameter", key="d1", slider=(-2, 2)
)
second_displacement = Quantity(
    "second_displacement", r"\delta_2", "distance along the second eigenvector", "parameter", key="d2", slider=(-2, 2)
)
noise_variance = Quantity(
    "noise_variance",
    r"\sigma^2",
    "variance of the residuals at the minimum",
    "loss",
    lower=0,
    key="s2",
    logarithmic=True,
)
input_kurtosis = Quantity(
    "input_kurtosis", r"\kappa_x", "kurtosis of the inputs", lower=1.0, key="kappa", slider=(1, 10)
)
momentum = Quantity(
    "momentum", r"\beta", "momentum", lower=0.0, upper=1.0, upper_included=False, key="beta", slider=(0, 0.99)
)
weight_decay = Quantity(
    "weight_decay", r"\lambda", "weight decay", "loss/parameter^2", lower=0.0, key="lambda", slider=(0, 1)
)
margin = Quantity("margin", "m", "margin of a sample: logit of its label minus the other one", slider=(-6, 6))
gradient = Quantity("gradient", r"\nabla L", "gradient of the loss", "loss/parameter", kind="vector")
hessian = Quantity("hessian", "H", "Hessian of the loss at the minimum", "loss/parameter^2", kind="matrix")
sample_covariance = Quantity(
    "sample_covariance", "C", "covariance of the per-sample gradients", "loss^2/parameter^2", kind="matrix"
)
covariance = Quantity(
    "covariance", r"\Sigma", "covariance of the minibatch gradient", "loss^2/parameter^2", kind="matrix"
)
pair_covariance = Quantity(
    "pair_covariance", r"\Sigma'", "covariance between two batches of one epoch", "loss^2/parameter^2", kind="matrix"
)
summed_covariance = Quantity(
    "summed_covariance", r"\Sigma_k", "covariance of the summed noise of k batches", "loss^2/parameter^2", kind="matrix"
)
variance = Quantity(
    "variance", r"\Sigma_{xx}", "variance of the minibatch gradient in one dimension", "loss^2/parameter^2", lower=0.0
)
gradient_ratio = Quantity(
    "gradient_ratio", r"\chi", "exact noise along the gradient divided by that of the decoupled covariance", lower=0.0
)
decoupling = Quantity("decoupling", r"\rho", "decoupling ratio along the gradient", lower=0.0)
log_loss = Quantity("log_loss", "U", "logarithm of the loss, the potential after the change of time")
log_loss_curvature = Quantity(
    "log_loss_curvature", "U''", "curvature of the logarithm of the loss", "1/parameter^2", key="Ucurv"
)
saddle_curvature = Quantity(
    "saddle_curvature",
    "h^s",
    "negative Hessian eigenvalue at the saddle",
    "loss/parameter^2",
    upper=0.0,
    upper_included=False,
    key="hs",
    slider=(-10, -0.1),
)
determinant_ratio = Quantity(
    "determinant_ratio",
    "R_H",
    "determinant of the Hessian at the minimum over its absolute value at the saddle",
    lower=0.0,
    lower_included=False,
    key="RH",
    logarithmic=True,
    slider=(0.1, 10),
)
escape_exponent = Quantity("escape_exponent", "b", "exponent of the loss ratio in the escape time")
escape_rate = Quantity("escape_rate", r"\kappa", "escape rate", "loss/parameter^2", lower=0.0)
well_width = Quantity("well_width", "w_0", "width of the stationary density in the well", "parameter", lower=0.0)
barrier_integral = Quantity(
    "barrier_integral", "I_b", "integral of the inverse stationary density over the barrier", "parameter", lower=0.0
)
escape_current = Quantity(
    "escape_current", "J_e", "current over the barrier for a density of 1 in the well", "1/parameter", lower=0.0
)
barrier = Quantity(
    "barrier",
    "V_b",
    "weak-noise exponent of the passage time, the barrier of the quasi-potential",
    "parameter^2/loss",
    lower=0.0,
)
passage_time = Quantity("passage_time", "t_p", "mean first-passage time", "parameter^2/loss", lower=0.0)
passage_time_slope = Quantity(
    "passage_time_slope", "t_p'", "slope of the mean passage time in the loss ratio", "parameter^2/loss", lower=0.0
)
passage_time_bend = Quantity(
    "passage_time_bend", "t_p''", "second derivative of the mean passage time in the loss ratio", "parameter^2/loss"
)
local_exponent = Quantity("local_exponent", "b_c", "slope of the logarithm of the passage time at a loss ratio")
stationary_exponent = Quantity("stationary_exponent", r"\phi", "exponent of the stationary density", lower=0.0)
fitted_exponent = Quantity("fitted_exponent", r"\phi_f", "exponent that fits the stationary variance")
ito_parameter = Quantity(
    "ito_parameter",
    r"\alpha",
    "where in its step the noise is evaluated: 0 Ito, 1/2 Stratonovich",
    lower=0.0,
    upper=1.0,
    key="alpha",
    slider=(0, 1),
)
relative_density = Quantity("relative_density", "p_s", "stationary density divided by that at the minimum", lower=0.0)
loss_ratio_density = Quantity("loss_ratio_density", "p_c", "stationary density of the loss ratio", lower=0.0)
loss_ratio_tail = Quantity("loss_ratio_tail", "Q_c", "stationary probability of a larger loss ratio", lower=0.0)
critical_dimension = Quantity("critical_dimension", "n_c", "dimension below which a stationary law exists", lower=0.0)
mean_loss_dimension = Quantity("mean_loss_dimension", "n_L", "dimension below which the mean loss is finite")
tail_index = Quantity(
    "tail_index",
    r"\nu",
    "index of the tail of the distance from the minimum",
    lower=0.0,
    lower_included=False,
    key="nu",
)
squared_scale = Quantity("squared_scale", "s^2", "squared scale of Student's t", "parameter^2", lower=0.0, key="scale2")
excess_kurtosis = Quantity("excess_kurtosis", r"\gamma_2", "stationary excess kurtosis of the displacement")
mode_load = Quantity("mode_load", "S_h", "share of its own noise that one eigendirection makes")
load = Quantity("load", "S", "shares of all eigendirections together", lower=0.0, slider=(0, 0.99))
mean_loss = Quantity("mean_loss", "L_m", "stationary mean of the loss", "loss", lower=0.0)
mean_loss_ratio = Quantity("mean_loss_ratio", "c_m", "stationary mean of the loss ratio")
mode_variance = Quantity(
    "mode_variance", r"\sigma_h^2", "stationary variance along one eigendirection", "parameter^2", lower=0.0
)

QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity for quantity in list(globals().values()) if isinstance(quantity, Quantity)
}


def names_of(*expressions: Any) -> dict[str, Any]:
    """LaTeX names of the book's quantities that occur in the expressions: `{latex: symbol}`."""
    symbols = {symbol for expression in expressions for symbol in sp.sympify(expression).free_symbols}
    return {q.latex: q.symbol for q in QUANTITIES.values() if q.symbol in symbols}
