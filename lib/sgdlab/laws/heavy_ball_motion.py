r"""How iterates of SGD with momentum move along one Hessian eigendirection: correlations, decays, and models' errors.

An oscillating mode turns by the angle omega_eta in a step; the other modes decay by the contraction q.
"""

import sympy as sp

from sgdlab.laws import quantities as q
from sgdlab.laws.heavy_ball import ADDITIVE, HEAVY_BALL, OVERDAMPED, RINGING, STATIONARY
from sgdlab.laws.law import Law

_eta, _h, _beta, _y = q.learning_rate.symbol, q.curvature.symbol, q.momentum.symbol, q.relative_learning_rate.symbol
_B, _s2, _j = q.batch_size.symbol, q.noise_variance.symbol, q.steps.symbol
_q, _phi = q.contraction.symbol, q.angle_per_step.symbol

_RINGS = (*STATIONARY, RINGING)
_DECAYS = (*STATIONARY, OVERDAMPED, "q is the contraction of the heavy ball")
_ratio = sp.sin(_j * _phi) / sp.sin(_phi)

autocorrelation_ringing = Law(
    "autocorrelation_ringing",
    value=q.autocorrelation.symbol,
    expression=_beta ** (_j / 2) * (sp.cos(_j * _phi) + (1 - _beta) / (1 + _beta) * sp.cos(_phi) * _ratio),
    source="this book",
    assumes=_RINGS,
)

autocorrelation_overdamped = Law(
    "autocorrelation_overdamped",
    value=q.autocorrelation.symbol,
    expression=(_q**_j * (_q**2 - _beta**2) - (_beta / _q) ** _j * _beta * (1 - _q**2))
    / ((_q**2 - _beta) * (1 + _beta)),
    source="this book",
    assumes=_DECAYS,
)

velocity_correlation_ringing = Law(
    "velocity_correlation_ringing",
    value=q.velocity_correlation.symbol,
    expression=_beta ** (_j / 2) * (sp.cos(_j * _phi) - (1 - _beta) / (2 * sp.sqrt(_beta)) * _ratio),
    source="this book",
    assumes=_RINGS,
)

velocity_correlation_overdamped = Law(
    "velocity_correlation_overdamped",
    value=q.velocity_correlation.symbol,
    expression=((_q - _beta) * (1 + _q) * (_beta / _q) ** _j - (1 - _q) * (_q + _beta) * _q**_j)
    / (2 * (_q**2 - _beta)),
    source="this book",
    assumes=_DECAYS,
)

decay_from_rest_ringing = Law(
    "decay_from_rest_ringing",
    value=q.decay_from_rest.symbol,
    expression=_beta ** (_j / 2) * (sp.sin((_j + 1) * _phi) - sp.sqrt(_beta) * sp.sin(_j * _phi)) / sp.sin(_phi),
    source="this book",
    assumes=(HEAVY_BALL, "no noise", RINGING),
)

decay_from_rest_overdamped = Law(
    "decay_from_rest_overdamped",
    value=q.decay_from_rest.symbol,
    expression=(_q ** (_j + 1) * (_q - _beta) - _beta * (1 - _q) * (_beta / _q) ** _j) / (_q**2 - _beta),
    source="this book",
    assumes=(HEAVY_BALL, "no noise", *_DECAYS[3:]),
)

_ERROR = (HEAVY_BALL, "the rate times eta of the model less that of SGD", "eta_h << eta_c")

slow_rate_error_langevin = Law(
    "slow_rate_error_langevin",
    value=q.slow_rate_error.symbol,
    expression=_y**3 / (6 * (1 - _beta) ** 3),
    source="this book",
    assumes=(*_ERROR, "underdamped Langevin equation"),
)

slow_rate_error_overdamped = Law(
    "slow_rate_error_overdamped",
    value=q.slow_rate_error.symbol,
    expression=-(1 + _beta) * _y**2 / (2 * (1 - _beta) ** 3),
    source="this book",
    assumes=(*_ERROR, "overdamped Langevin equation"),
)

position_variance_second_order = Law(
    "position_variance_second_order",
    value=q.mode_variance.symbol,
    expression=_eta * _s2 / (2 * _B * (1 + _eta * _h / 2)),
    source="this book, from the second-order modified equation of Li, Tai and E 2017",
    assumes=("no momentum, no weight decay", "drift of the loss L + (eta / 4) |grad L|^2, noise unchanged", ADDITIVE),
)
