"""Noise with other axes than the Hessian's: the position circulates between two eigendirections.

A stationary covariance of distance along one and velocity along the other direction is a rate at which the position
sweeps area. It breaks detailed balance, and vanishes where noise and Hessian commute.
"""

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law
from sgdlab.laws.phase_space import CODE, MODEL

_eta, _beta, _lambda = q.learning_rate.symbol, q.momentum.symbol, q.weight_decay.symbol
_h1, _h2 = q.first_curvature.symbol, q.second_curvature.symbol
_sum, _difference = _h1 + _h2 + 2 * _lambda, _h1 - _h2
_x12 = q.position_cross_covariance.symbol
_ASSUMES = (MODEL, "quadratic loss, constant noise of any covariance Sigma", "two different Hessian eigendirections")

position_cross_covariance = Law(
    "position_cross_covariance",
    value=_x12,
    expression=_eta
    * q.cross_noise.symbol
    / ((1 - _beta) * (_sum + _eta * (1 + _beta) * _difference**2 / (4 * (1 - _beta) ** 2))),
    source="this book",
    assumes=_ASSUMES,
)

velocity_cross_covariance = Law(
    "velocity_cross_covariance",
    value=q.velocity_cross_covariance.symbol,
    expression=_sum / (_eta * (1 + _beta)) * _x12,
    source="this book",
    assumes=_ASSUMES,
)

areal_velocity = Law(
    "areal_velocity",
    value=q.areal_velocity.symbol,
    expression=_difference / (2 * (1 - _beta)) * _x12,
    source="this book",
    assumes=(*_ASSUMES, "the covariance of the first distance and the second velocity, minus that of the others"),
)

circulation_overdamped = Law(
    "circulation_overdamped",
    value=q.circulation.symbol,
    expression=_difference / (_h1 + _h2) * q.cross_diffusion.symbol,
    source=CODE,
    assumes=("overdamped Langevin equation d theta = -H theta dt + sqrt(2 D) dW", "two eigendirections of H"),
)
