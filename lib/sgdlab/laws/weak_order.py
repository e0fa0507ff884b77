"""How near the stochastic differential equation comes to SGD at a fixed time: linear regression in one dimension.

Equation numbers are those of Mori, Ziyin, Liu, Ueda, "Power-law escape rate of SGD" (ICML 2022, arXiv:2105.09557).
"""

from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law, as_result

_eta, _h, _t = q.learning_rate.symbol, q.curvature.symbol, q.time.symbol
_LIMIT = "the limit of a small learning rate at fixed time, divided by the learning rate"
_REGRESSION = "linear regression in one dimension, fresh Gaussian inputs"

MODELS = ("sgd", "sde", "modified", "flow")

modified_curvature = Law(
    "modified_curvature",
    value=q.modified_curvature.symbol,
    expression=_h * (1 + _eta * _h / 2),
    source="Li, Tai and E 2017, for a quadratic loss",
    assumes=("second-order modified equation: the loss L + (eta / 4) |grad L|^2",),
)

weak_error_mean = Law(
    "weak_error_mean",
    value=q.weak_error_mean.symbol,
    expression=-(_h**2) * _t * sp.exp(-_h * _t) / 2,
    source="this book",
    assumes=("mean of SGD less that of eq. (4), over the start", _LIMIT, "quadratic loss"),
)

weak_error_square = Law(
    "weak_error_square",
    value=q.weak_error_square.symbol,
    expression=-(_h**2) * _t * sp.exp(-2 * _h * _t),
    source="this book",
    assumes=("mean square of SGD less that of eq. (4), over the squared start", _LIMIT, _REGRESSION),
)


def regression_moments(
    time: ArrayLike,
    start: ArrayLike,
    learning_rate: ArrayLike,
    batch_size: ArrayLike,
    curvature: ArrayLike,
    noise_variance: ArrayLike,
    model: str = "sgd",
) -> tuple[Any, Any]:
    """Mean and mean square of the distance from the minimum: linear regression in one dimension, Gaussian inputs.

    Args:
        time: t = eta k; for SGD k = t / eta should be a whole number.
        start: delta_0.
        learning_rate, batch_size, curvature, noise_variance: eta, B, h, sigma^2; everything broadcasts.
        model: "sgd", exact; "sde", eq. (4) with the exact covariance; "modified", the same with the modified loss
            L + (eta / 4) |grad L|^2 of Li, Tai and E (2017), and "flow", gradient flow without noise.

    Returns:
        float64 of the broadcast shape, both; floats where there are no axes.

    Raises:
        ValueError: names the argument and its range.

    Source: this book; the recursion of the second moments in linear regression.
    """
    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, got {model!r}")
    t, x0, eta, B, h, s2 = np.broadcast_arrays(
        q.time.check(time),
        q.displacement.check(start),
        q.learning_rate.check(learning_rate),
        q.batch_size.check(batch_size),
        q.curvature.check(curvature),
        q.noise_variance.check(noise_variance),
    )
    if model == "flow":
        return as_result(x0 * np.exp(-h * t)), as_result(x0**2 * np.exp(-2 * h * t))
    # Both are affine: the mean shrinks by `mean`, the mean square by `square` to what the constant noise upholds.
    if model == "sgd":
        factor = 1 - 2 * eta * h + (eta * h) ** 2 * (1 + 2 / B)
        mean, square = (1 - eta * h) ** (t / eta), factor ** (t / eta)
        rest = eta**2 * h * s2 / B / (1 - factor)
    else:
        drift = h if model == "sde" else np.asarray(modified_curvature(learning_rate=eta, curvature=h))
        rate = 2 * drift - 2 * eta * h**2 / B
        mean, square = np.exp(-drift * t), np.exp(-rate * t)
        rest = eta * h * s2 / B / rate
    return as_result(mean * x0), as_result(rest + (x0**2 - rest) * square)
