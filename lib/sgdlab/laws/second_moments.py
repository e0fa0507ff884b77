"""Stationary second moments in linear regression: mean loss and equipartition, in continuous and in discrete time.

Equation numbers are those of Mori, Ziyin, Liu, Ueda, "Power-law escape rate of SGD" (ICML 2022, arXiv:2105.09557).
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law, as_result

_eta, _B, _h, _n = q.learning_rate.symbol, q.batch_size.symbol, q.curvature.symbol, q.dimension.symbol
_S, _L_m = q.load.symbol, q.mean_loss.symbol
_SPECTRUM = replace(q.curvature, name="curvatures")  # its errors name the argument

_CONTINUOUS = ("the stochastic differential equation (12), quadratic loss",)
_DISCRETE = ("SGD on fresh samples of linear regression", "Gaussian inputs", "residuals independent of the inputs")
_FINITE = "the mean loss is finite"
_ISOTROPIC = "isotropic Hessian"

mode_load_continuous = Law(
    "mode_load_continuous",
    value=q.mode_load.symbol,
    expression=_eta * _h / (2 * _B),
    source="this book, from Mori et al. 2022, eq. (12)",
    assumes=_CONTINUOUS,
)

mode_load_discrete = Law(
    "mode_load_discrete",
    value=q.mode_load.symbol,
    expression=_eta * _h / (2 * _B - _eta * _h * (_B + 1)),
    source="this book",
    assumes=(*_DISCRETE, "eta h < 2 B / (B + 1)"),
)

mode_load_gaussian_inputs = Law(
    "mode_load_gaussian_inputs",
    value=q.mode_load.symbol,
    expression=_eta * _h / (2 * _B - _eta * _h),
    source="this book, from Mori et al. 2022, eq. (4)",
    assumes=("the stochastic differential equation (4) with the exact covariance", *_DISCRETE[1:], "eta h < 2 B"),
)

mean_loss_ratio_of_load = Law(
    "mean_loss_ratio_of_load",
    value=q.mean_loss_ratio.symbol,
    expression=1 / (1 - _S),
    source="this book",
    assumes=("S is the sum of the loads of all modes", "S < 1"),
)

mode_variance_continuous = Law(
    "mode_variance_continuous",
    value=q.mode_variance.symbol,
    expression=_eta * _L_m / _B,
    source="this book, from Mori et al. 2022, eq. (12)",
    assumes=(*_CONTINUOUS, _FINITE),
)

mode_variance_discrete = Law(
    "mode_variance_discrete",
    value=q.mode_variance.symbol,
    expression=2 * _eta * _L_m / (_B * (2 - _eta * _h * (1 + 1 / _B))),
    source="this book",
    assumes=(*_DISCRETE, _FINITE),
)

mean_loss_dimension_continuous = Law(
    "mean_loss_dimension_continuous",
    value=q.mean_loss_dimension.symbol,
    expression=2 * _B / (_eta * _h),
    source="this book, from Mori et al. 2022, eq. (12)",
    assumes=(*_CONTINUOUS, _ISOTROPIC),
)

mean_loss_dimension_discrete = Law(
    "mean_loss_dimension_discrete",
    value=q.mean_loss_dimension.symbol,
    expression=_B * (2 - _eta * _h) / (_eta * _h) - 1,
    source="this book",
    assumes=(*_DISCRETE, _ISOTROPIC),
)

mean_square_growth = Law(
    "mean_square_growth",
    value=q.mean_square_growth.symbol,
    expression=1 - 2 * _eta * _h + _eta**2 * _h**2 * (1 + (_n + 1) / _B),
    source="this book",
    assumes=(*_DISCRETE, _ISOTROPIC),
)


def mean_loss_ratio(
    learning_rate: ArrayLike, batch_size: ArrayLike, curvatures: ArrayLike, time: str = "discrete"
) -> Any:
    """The stationary mean of L / L* in linear regression, 1 / (1 - S) with the load S summed over the Hessian's modes.

    Args:
        learning_rate, batch_size: eta, B; broadcast.
        curvatures: (n,) eigenvalues of the Hessian, all > 0.
        time: "discrete", exact for SGD on fresh Gaussian inputs; or "continuous", of eq. (12).

    Returns:
        float64 of the broadcast shape, a float where there are no axes; `inf` where the mean diverges: S >= 1, or in
        discrete time a mode with eta h >= 2 B / (B + 1), of which the second moment grows by itself.

    Raises:
        ValueError: names the argument and its range.

    Source: this book; for eq. (12) of Mori et al. 2022 in continuous time.
    """
    spectrum = _SPECTRUM.check(curvatures)
    if spectrum.ndim != 1 or len(spectrum) == 0:
        raise ValueError(f"curvatures must be an array (n >= 1,), got shape {spectrum.shape}")
    if time not in ("discrete", "continuous"):
        raise ValueError(f'time must be "discrete" or "continuous", got {time!r}')
    rate, size = np.broadcast_arrays(q.learning_rate.check(learning_rate), q.batch_size.check(batch_size))
    law = mode_load_discrete if time == "discrete" else mode_load_continuous
    with np.errstate(divide="ignore"):
        loads = np.asarray(law(learning_rate=rate[..., None], batch_size=size[..., None], curvature=spectrum))
    load = loads.sum(axis=-1)
    # Beyond its own stability a mode's discrete load turns negative: the formula goes on, the moment does not exist.
    finite = (load < 1) & (loads >= 0).all(axis=-1)
    ratio = mean_loss_ratio_of_load(load=np.where(finite, load, 0.0))
    return as_result(np.where(finite, ratio, np.inf))
