r"""Second moments under the true minibatch noise of linear regression, with momentum: it grows with the distance.

Fresh Gaussian inputs: at the distance x a step has noise of covariance (sigma^2 H + H x x^T H + (x^T H x) H) / B. A
mode's variance feeds its own noise by the share q_h, and all modes together by the load S, the sum of q_h / (1 - q_h).
Without momentum it is the load of the chapters on escape.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law, as_result
from sgdlab.laws.modes import check_curvatures, of_noisy_modes

Array = NDArray[np.float64]

_eta, _h, _beta, _B = q.learning_rate.symbol, q.curvature.symbol, q.momentum.symbol, q.batch_size.symbol
_s2, _S, _q = q.noise_variance.symbol, q.load.symbol, q.mode_feedback.symbol

_REGRESSION = (
    "SGD with momentum on fresh samples of linear regression, no weight decay",
    "Gaussian inputs",
    "residuals independent of the inputs",
)

mode_feedback = Law(
    "mode_feedback",
    value=_q,
    expression=_eta * (1 + _beta) * _h / (_B * (1 - _beta) * (2 * (1 + _beta) - _eta * _h)),
    source="this book",
    assumes=(*_REGRESSION, "eta h < 2 (1 + beta)"),
    stable=lambda learning_rate, momentum, curvature, batch_size: (
        learning_rate
        * curvature
        * (1 + momentum)
        / (batch_size * (1 - momentum) * ((2 - learning_rate * curvature) + 2 * momentum))
    ),
)

mode_load_momentum = Law(
    "mode_load_momentum",
    value=q.mode_load.symbol,
    expression=_q / (1 - _q),
    source="this book",
    assumes=(*_REGRESSION, "q_h < 1"),
)

load_small_learning_rate = Law(
    "load_small_learning_rate",
    value=_S,
    expression=_eta * q.hessian_trace.symbol / (2 * _B * (1 - _beta)),
    source="this book",
    assumes=(*_REGRESSION, "eta h_max << B (1 - beta) and << 1 + beta"),
)

position_variance_multiplicative = Law(
    "position_variance_multiplicative",
    value=q.mode_variance.symbol,
    expression=_q * _s2 / (_h * (1 - _S) * (1 - _q)),
    source="this book",
    assumes=(*_REGRESSION, "every q_h < 1, and S < 1"),
)


def _feedbacks(
    curvatures: ArrayLike, learning_rate: ArrayLike, momentum: ArrayLike, batch_size: ArrayLike
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Curvatures (n,), q_h (..., n) with 0 for what diverges by itself, and whether a mode does so (...)."""
    h = check_curvatures(curvatures)
    eta, beta, size = np.broadcast_arrays(
        q.learning_rate.check(learning_rate), q.momentum.check(momentum), q.batch_size.check(batch_size)
    )
    eta, beta, size = (value[..., None] for value in (eta, beta, size))
    y, beta, size = np.broadcast_arrays(eta * h, beta, size)
    wild = (y >= 2 * (1 + beta)) | ((2 - y) + 2 * beta <= 0)
    rate = np.where(wild, 1.0, np.broadcast_to(eta, y.shape))
    tame = np.where(wild, 0.0, h)
    feedback = of_noisy_modes(mode_feedback, tame, learning_rate=rate, momentum=beta, batch_size=size)
    wild |= feedback >= 1
    return h, np.where(wild, 0.0, feedback), wild.any(axis=-1)


def multiplicative_load(
    curvatures: ArrayLike, learning_rate: ArrayLike, momentum: ArrayLike, batch_size: ArrayLike
) -> Any:
    """The load: second moments under true minibatch noise are finite where it is below 1.

    Args:
        curvatures: (n,) Hessian eigenvalues >= 0.
        learning_rate, momentum, batch_size: eta, beta, B; broadcast.

    Returns:
        float64 of the broadcast shape, a float where there are no axes; `inf` where a mode diverges by itself: q_h >= 1
        or eta h >= 2 (1 + beta).

    Raises:
        ValueError: names the argument and its range.

    Source: this book; law `mode_load_momentum`, summed over the modes.
    """
    _, feedbacks, wild = _feedbacks(curvatures, learning_rate, momentum, batch_size)
    load = np.sum(mode_load_momentum(mode_feedback=feedbacks), axis=-1)
    return as_result(np.where(wild, np.inf, load))


def multiplicative_variances(
    curvatures: ArrayLike,
    learning_rate: ArrayLike,
    momentum: ArrayLike,
    batch_size: ArrayLike,
    noise_variance: ArrayLike,
) -> NDArray[np.float64]:
    """Stationary variances of the distance along the eigendirections, under true minibatch noise.

    Args:
        curvatures: (n,) Hessian eigenvalues >= 0; a flat mode does not move.
        learning_rate, momentum, batch_size, noise_variance: eta, beta, B, sigma^2; broadcast.

    Returns:
        (..., n) float64; `inf` in every curved mode where the load is not below 1.

    Raises:
        ValueError: names the argument and its range.

    Source: this book; law `position_variance_multiplicative`.
    """
    sigma2 = q.noise_variance.check(noise_variance)[..., None]
    h, feedbacks, _ = _feedbacks(curvatures, learning_rate, momentum, batch_size)
    load = np.asarray(multiplicative_load(curvatures, learning_rate, momentum, batch_size))[..., None]
    finite = load < 1
    variances = of_noisy_modes(
        position_variance_multiplicative,
        h,
        load=np.where(finite, load, 0.0),
        mode_feedback=feedbacks,
        noise_variance=sigma2,
    )
    return np.asarray(np.where(finite | (h == 0), variances, np.inf))
