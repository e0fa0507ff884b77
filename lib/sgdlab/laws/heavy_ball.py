r"""SGD with momentum as it is, step by step: exact laws of the heavy ball along one Hessian eigendirection.

w_{k+1} = beta w_k - (minibatch gradient + lambda theta_k) and theta_{k+1} = theta_k + eta w_{k+1}, with additive noise.
Only momentum and the relative learning rate eta_h = eta (h + lambda) decide how a mode moves.
"""

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law

Array = NDArray[np.float64]

_eta, _h, _beta, _lambda = q.learning_rate.symbol, q.curvature.symbol, q.momentum.symbol, q.weight_decay.symbol
_B, _s2, _y = q.batch_size.symbol, q.noise_variance.symbol, q.relative_learning_rate.symbol
_F, _q, _phi = q.discreteness_factor.symbol, q.contraction.symbol, q.angle_per_step.symbol

HEAVY_BALL = "SGD with momentum, quadratic loss, one Hessian eigendirection"
ADDITIVE = "noise of covariance sigma^2 H / B, that of the minimum, independent from step to step"
_STABLE = "0 < eta_h < 2 (1 + beta)"
RINGING = "eta_c < eta_h < eta_f"
OVERDAMPED = "eta_h < eta_c"
STATIONARY = (HEAVY_BALL, ADDITIVE, _STABLE)
_LIU = "this book; equal to Liu, Ziyin and Ueda 2021 where noise and Hessian commute"

relative_learning_rate = Law(
    "relative_learning_rate",
    value=_y,
    expression=_eta * (_h + _lambda),
    source="definition",
    assumes=(HEAVY_BALL,),
)

oscillation_onset_heavy_ball = Law(
    "oscillation_onset_heavy_ball",
    value=q.oscillation_onset.symbol,
    expression=(1 - sp.sqrt(_beta)) ** 2,
    source="this book",
    assumes=(HEAVY_BALL,),
    stable=lambda momentum: ((1 - momentum) / (1 + np.sqrt(momentum))) ** 2,
)

oscillation_end_heavy_ball = Law(
    "oscillation_end_heavy_ball",
    value=q.oscillation_end.symbol,
    expression=(1 + sp.sqrt(_beta)) ** 2,
    source="this book",
    assumes=(HEAVY_BALL,),
)

stability_edge_heavy_ball = Law(
    "stability_edge_heavy_ball",
    value=q.stability_edge.symbol,
    expression=2 * (1 + _beta),
    source="elementary; Polyak 1964",
    assumes=(HEAVY_BALL,),
)


def _minus_half_log(momentum: Array) -> Array:
    with np.errstate(divide="ignore"):  # without momentum no mode oscillates: it is forgotten at once
        return np.asarray(-np.log(momentum) / 2)


damping_per_step = Law(
    "damping_per_step",
    value=q.damping_per_step.symbol,
    expression=-sp.log(_beta) / 2,
    source="this book",
    assumes=(HEAVY_BALL, RINGING),
    stable=_minus_half_log,
)


def _angle(relative_learning_rate: Array, momentum: Array) -> Array:
    root, y = np.sqrt(momentum), relative_learning_rate
    height = (y - ((1 - momentum) / (1 + root)) ** 2) * ((1 + root) ** 2 - y)
    return np.asarray(np.arctan2(np.sqrt(np.maximum(height, 0)), (1 - y) + momentum))


angle_per_step = Law(
    "angle_per_step",
    value=_phi,
    expression=sp.acos((1 + _beta - _y) / (2 * sp.sqrt(_beta))),
    source="this book",
    assumes=(HEAVY_BALL, RINGING + "; evaluated, 0 below and pi above"),
    stable=_angle,
)

_sum = 1 + _beta - _y
contraction_heavy_ball = Law(
    "contraction_heavy_ball",
    value=_q,
    expression=sp.Max(sp.sqrt(_beta), (sp.Abs(_sum) + sp.sqrt(sp.Max(0, _sum**2 - 4 * _beta))) / 2),
    source="this book",
    assumes=(HEAVY_BALL, "the larger modulus of the roots z of z^2 - (1 + beta - eta_h) z + beta"),
)

slow_rate_heavy_ball = Law(
    "slow_rate_heavy_ball",
    value=q.slow_rate.symbol,
    expression=-sp.log(_q) / _eta,
    source="this book",
    assumes=(HEAVY_BALL, OVERDAMPED, "q is the contraction of the heavy ball"),
)

discreteness_factor = Law(
    "discreteness_factor",
    value=_F,
    expression=1 / (1 - _y / (2 * (1 + _beta))),
    source=_LIU,
    assumes=STATIONARY,
    # Next to the edge 2 - eta_h is exact.
    stable=lambda relative_learning_rate, momentum: 2 * (1 + momentum) / ((2 - relative_learning_rate) + 2 * momentum),
)

position_variance_heavy_ball = Law(
    "position_variance_heavy_ball",
    value=q.mode_variance.symbol,
    expression=_eta * _s2 * _h * _F / (2 * _B * (1 - _beta) * (_h + _lambda)),
    source=_LIU,
    assumes=STATIONARY,
)

velocity_variance_heavy_ball = Law(
    "velocity_variance_heavy_ball",
    value=q.velocity_variance.symbol,
    expression=_s2 * _h * _F / (_B * (1 - _beta**2)),
    source=_LIU,
    assumes=STATIONARY,
    stable=lambda noise_variance, curvature, discreteness_factor, batch_size, momentum: (
        noise_variance * curvature * discreteness_factor / (batch_size * (1 - momentum) * (1 + momentum))
    ),
)

position_velocity_covariance_heavy_ball = Law(
    "position_velocity_covariance_heavy_ball",
    value=q.position_velocity_covariance.symbol,
    expression=_eta * q.velocity_variance.symbol / 2,
    source=_LIU,
    assumes=(HEAVY_BALL, "stationary state; any noise"),
)

midpoint_variance = Law(
    "midpoint_variance",
    value=q.midpoint_variance.symbol,
    expression=_eta * _s2 * _h / (2 * _B * (1 - _beta) * (_h + _lambda)),
    source="this book",
    assumes=STATIONARY,
)

mode_temperature_heavy_ball = Law(
    "mode_temperature_heavy_ball",
    value=q.mode_temperature.symbol,
    expression=_eta * _s2 * _h * _F / (2 * _B * (1 - _beta)),
    source="this book",
    assumes=STATIONARY,
)

equipartition = Law(
    "equipartition",
    value=q.virial.symbol,
    expression=_eta * (1 + _beta) / 2 * q.mean_square_velocity.symbol,
    source="Yaida 2019, the first fluctuation-dissipation relation",
    assumes=(
        "SGD with momentum, any loss and learning rate",
        "a stationary state with finite second moments",
        "the mean of the minibatch gradient, given the past, is the gradient: no reshuffled epochs",
    ),
)


def discreteness_of_modes(
    curvature: Array, *, learning_rate: ArrayLike, momentum: ArrayLike, weight_decay: ArrayLike
) -> Array:
    """The discreteness factor of modes of curvature >= 0.

    Raises:
        ValueError: there is no stationary law, eta (h + lambda) >= 2 (1 + beta).
    """
    eta, beta = q.learning_rate.check(learning_rate), q.momentum.check(momentum)
    y, beta = np.broadcast_arrays(eta * (curvature + q.weight_decay.check(weight_decay)), beta)
    diverges = (y >= 2 * (1 + beta)) | ((2 - y) + 2 * beta <= 0)
    if diverges.any():
        raise ValueError(
            f"no stationary law: learning_rate times curvature and weight_decay is {y[diverges][0]:g}, "
            f"not below 2 (1 + momentum) = {2 * (1 + beta[diverges][0]):g}"
        )
    return np.asarray(discreteness_factor(relative_learning_rate=y, momentum=beta))
