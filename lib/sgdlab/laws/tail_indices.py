"""The tail of the distance from the minimum, and what the fourth moment sees of it.

Equation numbers are those of Mori, Ziyin, Liu, Ueda, "Power-law escape rate of SGD" (ICML 2022, arXiv:2105.09557).
"""

from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from sgdlab.laws import quantities as q
from sgdlab.laws.kesten import kesten_index
from sgdlab.laws.law import Law
from sgdlab.laws.stationary_laws import critical_dimension, critical_dimension_gaussian_inputs, require_stationary

_PAPER = "Mori et al. 2022"
_eta, _B, _h = q.learning_rate.symbol, q.batch_size.symbol, q.curvature.symbol
_n, _L0, _nu = q.dimension.symbol, q.minimum_loss.symbol, q.tail_index.symbol
_y = _eta * _h
_phi0 = _B / _y
_index = 2 * _phi0 + 2 - _n
_KESTEN = 1 / (2 * sp.LambertW(sp.exp(-1)))  # 1.7956

_SDE = "the stochastic differential equation (12)"
_QUADRATIC = "isotropic quadratic loss"
_EXACT = "Gaussian noise of the exact covariance of linear regression with Gaussian inputs, small learning rate"
_DISCRETE = "SGD on fresh samples of linear regression in one dimension, Gaussian inputs and residuals"

tail_index_loss_proportional = Law(
    "tail_index_loss_proportional",
    value=q.tail_index.symbol,
    expression=_index,
    source="this book; degrees of freedom of the Student t law that eq. (17) gives, " + _PAPER,
    assumes=(_SDE, _QUADRATIC, "n < n_c"),
)

tail_index_gaussian_inputs = Law(
    "tail_index_gaussian_inputs",
    value=q.tail_index.symbol,
    expression=_phi0 + (3 - _n) / 2,
    source="this book",
    assumes=(_EXACT, _QUADRATIC, "n < 2 B / (eta h) + 3"),
)

tail_index_weak_noise = Law(
    "tail_index_weak_noise",
    value=q.tail_index.symbol,
    expression=_KESTEN * _phi0,
    source="this book; Kesten's index as the learning rate tends to 0",
    assumes=("SGD on fresh samples of linear regression, Gaussian inputs", _QUADRATIC, "eta h << 1, n << B / (eta h)"),
    stable=lambda learning_rate, batch_size, curvature: float(_KESTEN) * batch_size / (learning_rate * curvature),
)

squared_scale = Law(
    "squared_scale",
    value=q.squared_scale.symbol,
    expression=2 * _L0 / (_h * _index),
    source="this book; eq. (17) as a Student t law, " + _PAPER,
    assumes=(_SDE, _QUADRATIC, "n < n_c"),
)

exponent_of_variance = Law(
    "exponent_of_variance",
    value=q.fitted_exponent.symbol,
    expression=sp.Rational(3, 2) + _L0 / (_h * q.mode_variance.symbol),
    source="this book; the exponent whose Student t law has this variance, eq. (17) of " + _PAPER,
    assumes=("one dimension, quadratic loss", "h variance << L*: most samples have a loss close to L*"),
)

fitted_exponent = Law(
    "fitted_exponent",
    value=q.fitted_exponent.symbol,
    expression=_phi0 - (_B - 1) / 2,
    source="this book",
    assumes=(_DISCRETE, "eta h < 2 B / (B + 2)", "the fit of L^-phi sees the stationary variance, not the tail"),
)

excess_kurtosis_of_index = Law(
    "excess_kurtosis_of_index",
    value=q.excess_kurtosis.symbol,
    expression=6 / (_nu - 4),
    source="elementary; of Student's t law",
    assumes=("one of the two diffusions on quadratic loss in one dimension", "nu > 4"),
)

excess_kurtosis_discrete = Law(
    "excess_kurtosis_discrete",
    value=q.excess_kurtosis.symbol,
    expression=6
    * _y**3
    * (_B + 2)
    * (_B + 6)
    / (4 * _B**3 - (_B + 2) * _y * (6 * _B**2 - (_B + 4) * _y * (4 * _B - (_B + 6) * _y))),
    source="this book",
    assumes=(_DISCRETE, "the fourth moment is finite: the denominator is positive"),
)

_DIFFUSIONS = {
    "loss-proportional": (tail_index_loss_proportional, critical_dimension),
    "gaussian-inputs": (tail_index_gaussian_inputs, critical_dimension_gaussian_inputs),
}


def tail_index(learning_rate: ArrayLike, batch_size: ArrayLike, dimension: ArrayLike, model: str) -> Any:
    """Index nu of the tail of the distance from the minimum, P(distance > r) ~ r^-nu, for Hessian 1.

    Args:
        learning_rate, batch_size, dimension: eta, B, n; broadcast. For another isotropic h pass eta h.
        model: "loss-proportional", eq. (12); "gaussian-inputs", diffusion of the exact covariance; "discrete", SGD
            itself on fresh Gaussian inputs, `kesten_index`.

    Returns:
        float64 of the broadcast shape; a float where there are no axes.

    Raises:
        ValueError: names the argument and its range; or there is no stationary law, and why.

    Source: this book; for eq. (12) of Mori et al. 2022 a consequence of its eq. (17).
    """
    if model == "discrete":
        return kesten_index(learning_rate, batch_size, dimension)
    if model not in _DIFFUSIONS:
        raise ValueError(f"model must be one of {sorted([*_DIFFUSIONS, 'discrete'])}, got {model!r}")
    law, critical = _DIFFUSIONS[model]
    arguments = {"learning_rate": learning_rate, "batch_size": batch_size, "curvature": 1.0}
    require_stationary(q.dimension.check(dimension), np.asarray(critical(**arguments)))
    return law(**arguments, dimension=dimension)
