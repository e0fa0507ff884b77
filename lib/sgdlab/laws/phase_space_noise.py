r"""Noise in phase space: the stationary law of distance and velocity, the way to it from a known start, and currents.

An eigendirection has the stationary density exp(-B_beta Psi) with the modified loss Psi; equipartition ties its two
variances. All noise here is that of the minimum, of covariance sigma^2 H / B in a step.
"""

import sympy as sp

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law
from sgdlab.laws.phase_space import CODE, MODEL, ONE_MODE

_eta, _h, _beta, _lambda = q.learning_rate.symbol, q.curvature.symbol, q.momentum.symbol, q.weight_decay.symbol
_B, _s2, _t = q.batch_size.symbol, q.noise_variance.symbol, q.time.symbol
_gamma, _omega = q.damping_rate.symbol, q.natural_frequency.symbol
_delta, _w, _p = q.displacement.symbol, q.velocity.symbol, q.relative_density.symbol
_G11, _G12, _G21, _G22 = (getattr(q, f"propagator_{ij}").symbol for ij in (11, 12, 21, 22))
_u, _v = q.mode_variance.symbol, q.velocity_variance.symbol

MINIMUM = "noise of covariance sigma^2 H / B, that of the minimum"
_ASSUMES = (MODEL, ONE_MODE, MINIMUM)

position_variance_langevin = Law(
    "position_variance_langevin",
    value=_u,
    expression=_eta * _s2 * _h / (2 * _B * (1 - _beta) * (_h + _lambda)),
    source=CODE,
    assumes=_ASSUMES,
)

velocity_variance_langevin = Law(
    "velocity_variance_langevin",
    value=_v,
    expression=_s2 * _h / (_B * (1 - _beta**2)),
    source=CODE,
    assumes=_ASSUMES,
    stable=lambda noise_variance, curvature, batch_size, momentum: (
        noise_variance * curvature / (batch_size * (1 - momentum) * (1 + momentum))
    ),
)

mode_temperature = Law(
    "mode_temperature",
    value=q.mode_temperature.symbol,
    expression=_eta * _s2 * _h / (2 * _B * (1 - _beta)),
    source="this book",
    assumes=(*_ASSUMES, "h + lambda times the variance of the distance, and mass times that of the velocity"),
)

phase_space_inverse_temperature = Law(
    "phase_space_inverse_temperature",
    value=q.phase_space_inverse_temperature.symbol,
    expression=_B * (1 - _beta**2),
    source=CODE,
    assumes=_ASSUMES,
)

modified_loss = Law(
    "modified_loss",
    value=q.modified_loss.symbol,
    expression=(1 + _lambda / _h) * _delta**2 / (_eta * (1 + _beta) * _s2) + _w**2 / (2 * _s2 * _h),
    source=CODE,
    assumes=(*_ASSUMES, "sigma^2 > 0"),
)

relative_density_phase_space = Law(
    "relative_density_phase_space",
    value=_p,
    expression=sp.exp(-q.phase_space_inverse_temperature.symbol * q.modified_loss.symbol),
    source=CODE,
    assumes=(*_ASSUMES, "the stationary density of distance and velocity"),
)

position_current = Law(
    "position_current",
    value=q.position_current.symbol,
    expression=_w * _p,
    source=CODE,
    assumes=(*_ASSUMES, "stationary state"),
)

velocity_current = Law(
    "velocity_current",
    value=q.velocity_current.symbol,
    expression=-(_omega**2) * _delta * _p,
    source=CODE,
    assumes=(*_ASSUMES, "stationary state"),
)

_KNOWN = (*_ASSUMES, "distance and velocity are known at the start")

transient_11 = Law(
    "transient_11",
    value=q.transient_11.symbol,
    expression=_u * (1 - _G11**2) - _v * _G12**2,
    source=CODE,
    assumes=_KNOWN,
)

transient_12 = Law(
    "transient_12",
    value=q.transient_12.symbol,
    expression=2 * _gamma * _v * _G12**2,
    source="this book",
    assumes=_KNOWN,
)

transient_22 = Law(
    "transient_22",
    value=q.transient_22.symbol,
    expression=_v * (1 - _G22**2) - _u * _G21**2,
    source=CODE,
    assumes=_KNOWN,
)

transient_11_early = Law(
    "transient_11_early",
    value=q.transient_11.symbol,
    expression=4 * _gamma * _v * _t**3 / 3,
    source="this book",
    assumes=(*_KNOWN, "t is far below 1 / gamma_w and 1 / omega"),
)
