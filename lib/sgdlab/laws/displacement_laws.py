"""How far SGD moves, in a stationary state and on the way to it: mean-square displacements, their running exponent."""

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from sgdlab.laws import quantities as q
from sgdlab.laws.heavy_ball import HEAVY_BALL
from sgdlab.laws.law import Law
from sgdlab.laws.phase_space import CODE, FORM, MODEL, ONE_MODE
from sgdlab.laws.phase_space_noise import MINIMUM

Array = NDArray[np.float64]

_eta, _h, _beta, _lambda = q.learning_rate.symbol, q.curvature.symbol, q.momentum.symbol, q.weight_decay.symbol
_B, _s2, _N, _t = q.batch_size.symbol, q.noise_variance.symbol, q.n_samples.symbol, q.time.symbol
_gamma, _omega, _j = q.damping_rate.symbol, q.natural_frequency.symbol, q.steps.symbol
_G11, _G12, _u = q.propagator_11.symbol, q.propagator_12.symbol, q.mode_variance.symbol
_R2, _psi, _tb = q.mode_displacement.symbol, q.displacement_exponent.symbol, q.effective_time.symbol
_noise = q.variance.symbol

_STATIONARY = (MODEL, ONE_MODE, "stationary state at the start")
_LATE = "t far above 1 / gamma_w, eta_h << eta_c: inertia is over, the mode is overdamped"
_FREE = (HEAVY_BALL, "h = lambda = 0, but noise of a constant variance: noise and Hessian are not proportional")

local_displacement_langevin = Law(
    "local_displacement_langevin",
    value=q.local_displacement.symbol,
    expression=_eta**2 * _s2 * q.hessian_trace.symbol / (_B * (1 - _beta**2)),
    source=CODE,
    assumes=(MODEL, "quadratic loss, stationary state, a step taken as learning rate times velocity", MINIMUM),
    stable=lambda learning_rate, noise_variance, hessian_trace, batch_size, momentum: (
        learning_rate**2 * noise_variance * hessian_trace / (batch_size * (1 - momentum) * (1 + momentum))
    ),
)

mode_displacement = Law(
    "mode_displacement",
    value=_R2,
    expression=2 * _u * (1 - _G11),
    source="this book; equal to the integral of the velocity correlation, " + FORM,
    assumes=_STATIONARY,
)

mode_displacement_heavy_ball = Law(
    "mode_displacement_heavy_ball",
    value=_R2,
    expression=2 * _u * (1 - q.autocorrelation.symbol),
    source="elementary",
    assumes=("any stationary state, one direction",),
)

mode_displacement_from_start = Law(
    "mode_displacement_from_start",
    value=_R2,
    expression=q.displacement.symbol**2 * (1 - _G11) ** 2 + q.transient_11.symbol,
    source="this book",
    assumes=(MODEL, ONE_MODE, "the start is at rest, at a known distance"),
)

step_displacement_of_variance = Law(
    "step_displacement_of_variance",
    value=_R2,
    expression=2 * _eta * (_h + _lambda) * _u / (1 + _beta),
    source="this book, from equipartition",
    assumes=("one step", "quadratic loss, one Hessian eigendirection, stationary state", "any noise of mean 0"),
)

mode_exponent = Law(
    "mode_exponent",
    value=_psi,
    expression=_t * _omega**2 * _G12 / (1 - _G11),
    source="this book",
    assumes=_STATIONARY,
)

effective_time = Law(
    "effective_time",
    value=_tb,
    expression=_t / (1 - _beta),
    source="elementary; the limit without mass",
    assumes=(MODEL,),
)

effective_time_of_epoch = Law(
    "effective_time_of_epoch",
    value=_tb,
    expression=_eta * _N / (_B * (1 - _beta)),
    source="this book",
    assumes=(MODEL, "t is that of one epoch"),
)

mode_displacement_overdamped = Law(
    "mode_displacement_overdamped",
    value=_R2,
    expression=2 * _u * (1 - sp.exp(-(_h + _lambda) * _tb)),
    source="this book",
    assumes=(*_STATIONARY, _LATE),
    stable=lambda mode_variance, curvature, weight_decay, effective_time: (
        -2 * mode_variance * np.expm1(-(curvature + weight_decay) * effective_time)
    ),
)

spectrum_exponent = Law(
    "spectrum_exponent",
    value=_psi,
    expression=q.spectral_exponent.symbol - 1,
    source="this book",
    assumes=(
        *_STATIONARY[::2],
        _LATE,
        "density of Hessian eigenvalues h^-alpha_h from h_min to h_max, 1 < alpha_h < 2",
        "1 / h_max << t_beta << 1 / max(h_min, lambda)",
    ),
)

flat_exponent_langevin = Law(
    "flat_exponent_langevin",
    value=_psi,
    expression=1 + (1 + _beta) / (2 * (1 - _beta) * _j),
    source="this book",
    assumes=(*_STATIONARY, "a flat mode, long after 1 / gamma_w"),
)

flat_exponent_heavy_ball = Law(
    "flat_exponent_heavy_ball",
    value=_psi,
    expression=1 + 2 * _beta / ((1 - _beta**2) * _j),
    source="this book",
    assumes=(*_FREE, "stationary velocity, long after 1 / (1 - beta) steps"),
)

free_displacement_stationary = Law(
    "free_displacement_stationary",
    value=_R2,
    expression=_eta**2
    * _noise
    / (1 - _beta**2)
    * (_j * (1 + _beta) / (1 - _beta) - 2 * _beta * (1 - _beta**_j) / (1 - _beta) ** 2),
    source="this book",
    assumes=(*_FREE, "the velocity is stationary at the start"),
)


def _from_rest(learning_rate: Array, momentum: Array, variance: Array, steps: Array) -> Array:
    """The sum over i <= j of ((1 - beta^i) / (1 - beta))^2, by powers of i log(beta) where that stays small."""
    gap, j, left = 1 - momentum, steps, momentum**steps
    written_out = j - momentum * (1 - left) / gap * (2 - momentum * (1 + left) / (1 + momentum))
    log = -np.log(np.where(momentum > 0.5, momentum, 0.5))
    squares = j * (j + 1) * (2 * j + 1) / 6
    cubes = (j * (j + 1) / 2) ** 2
    fourth = squares * (3 * j**2 + 3 * j - 1) / 5
    fifth = cubes * (2 * j**2 + 2 * j - 1) / 3
    sixth = squares * (3 * j**4 + 6 * j**3 - 3 * j + 1) / 7
    # (1 - e^-x)^2 = x^2 - x^3 + 7 x^4 / 12 - x^5 / 4 + 31 x^6 / 360 - ...
    terms = squares - log * (cubes - log * (7 / 12 * fourth - log * (fifth / 4 - log * 31 / 360 * sixth)))
    small = (momentum > 0.5) & (j * log < 0.01)
    return np.asarray(learning_rate**2 * variance * np.where(small, log**2 * terms, written_out) / gap**2)


free_displacement_from_rest = Law(
    "free_displacement_from_rest",
    value=_R2,
    expression=_eta**2
    * _noise
    / (1 - _beta) ** 2
    * (_j - 2 * _beta * (1 - _beta**_j) / (1 - _beta) + _beta**2 * (1 - _beta ** (2 * _j)) / (1 - _beta**2)),
    source="this book",
    assumes=(*_FREE, "started at rest"),
    stable=_from_rest,
)

spurious_slope = Law(
    "spurious_slope",
    value=q.spurious_slope.symbol,
    expression=1 / sp.tanh(_eta * _gamma) - 1 / (_eta * _gamma),
    source="this book",
    assumes=(
        "the mean-square step times the number of steps, plus the model's velocity correlations at whole steps",
        "eta_h << 1: the slope that remains, over the mean-square step, where it should be 0",
    ),
)
