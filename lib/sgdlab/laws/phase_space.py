r"""SGD with momentum as an underdamped Langevin equation: its rates and frequencies in one eigendirection.

The model is m d^2 theta / dt^2 + (1 - beta) d theta / dt + lambda theta = -(minibatch gradient), with t = eta x steps.
Along a Hessian eigenvector it is a damped oscillator of distance delta and velocity w; w is minus the momentum buffer.
"""

from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from sgdlab.laws import quantities as q
from sgdlab.laws.damped_oscillator import DampedOscillator
from sgdlab.laws.law import Law

Array = NDArray[np.float64]

FORM = "in the form of Kunin et al. 2024"
CODE = FORM + ", as in the authors' code"
MODEL = "the underdamped Langevin equation: differences of successive iterates to second order in the learning rate"
ONE_MODE = "quadratic loss, one Hessian eigendirection"

_eta, _h, _beta, _lambda = q.learning_rate.symbol, q.curvature.symbol, q.momentum.symbol, q.weight_decay.symbol
_B, _s2, _t = q.batch_size.symbol, q.noise_variance.symbol, q.time.symbol
_gamma, _omega = q.damping_rate.symbol, q.natural_frequency.symbol
_C, _G12 = q.damped_cosine.symbol, q.propagator_12.symbol

mass = Law(
    "mass",
    value=q.mass.symbol,
    expression=_eta * (1 + _beta) / 2,
    source=CODE,
    assumes=(MODEL,),
)

damping_rate = Law(
    "damping_rate",
    value=_gamma,
    expression=(1 - _beta) / (_eta * (1 + _beta)),
    source=CODE,
    assumes=(MODEL,),
)

natural_frequency_law = Law(
    "natural_frequency",
    value=_omega,
    expression=sp.sqrt(2 * (_h + _lambda) / (_eta * (1 + _beta))),
    source=CODE,
    assumes=(MODEL, ONE_MODE),
)

velocity_diffusion = Law(
    "velocity_diffusion",
    value=q.velocity_diffusion.symbol,
    expression=2 * _s2 * _h / (_B * _eta * (1 + _beta) ** 2),
    source=CODE,
    assumes=(MODEL, ONE_MODE, "noise of covariance sigma^2 H / B, that of the minimum"),
)

oscillation_frequency = Law(
    "oscillation_frequency",
    value=q.oscillation_frequency.symbol,
    expression=sp.sqrt(sp.Max(0, _omega**2 - _gamma**2)),
    source=CODE,
    assumes=(MODEL, "0 where the mode does not oscillate"),
    stable=lambda damping_rate, natural_frequency: np.sqrt(
        np.maximum(0, (natural_frequency - damping_rate) * (natural_frequency + damping_rate))
    ),
)

slow_rate = Law(
    "slow_rate",
    value=q.slow_rate.symbol,
    expression=_gamma - sp.sqrt(sp.Max(0, _gamma**2 - _omega**2)),
    source=CODE,
    assumes=(MODEL, "the damping rate where the mode oscillates"),
    stable=lambda damping_rate, natural_frequency: DampedOscillator.of(damping_rate, natural_frequency).slow,
)

fast_rate = Law(
    "fast_rate",
    value=q.fast_rate.symbol,
    expression=_gamma + sp.sqrt(sp.Max(0, _gamma**2 - _omega**2)),
    source=CODE,
    assumes=(MODEL, "the damping rate where the mode oscillates"),
)

slow_rate_overdamped = Law(
    "slow_rate_overdamped",
    value=q.slow_rate.symbol,
    expression=(_h + _lambda) / (1 - _beta),
    source="elementary; the limit without mass",
    assumes=(MODEL, ONE_MODE, "eta_h << eta_c"),
)

oscillation_onset_langevin = Law(
    "oscillation_onset_langevin",
    value=q.oscillation_onset.symbol,
    expression=(1 - _beta) ** 2 / (2 * (1 + _beta)),
    source=CODE,
    assumes=(MODEL, ONE_MODE),
)

_DAMPED = (MODEL, ONE_MODE, "C_t and G_12 as in the displayed laws, one case for each damping")
propagator_11 = Law("propagator_11", q.propagator_11.symbol, _C + _gamma * _G12, CODE, _DAMPED)
propagator_21 = Law("propagator_21", q.propagator_21.symbol, -(_omega**2) * _G12, CODE, _DAMPED)
propagator_22 = Law("propagator_22", q.propagator_22.symbol, _C - _gamma * _G12, CODE, _DAMPED)


def _three_cases(name: str, value: Any, ringing: Any, overdamped: Any, critical: Any, stable: Any) -> Law:
    split = sp.sqrt(_omega**2 - _gamma**2), sp.sqrt(_gamma**2 - _omega**2)
    cases = (ringing(split[0]), _omega > _gamma), (overdamped(split[1]), _omega < _gamma), (critical, True)
    return Law(name, value, sp.Piecewise(*cases), CODE, (MODEL, ONE_MODE), stable)


def _cosine(time: Array, damping_rate: Array, natural_frequency: Array) -> Array:
    first, _, last = DampedOscillator.of(damping_rate, natural_frequency).propagator(time)
    return np.asarray((first + last) / 2)


damped_cosine = _three_cases(
    "damped_cosine",
    _C,
    lambda nu: sp.exp(-_gamma * _t) * sp.cos(nu * _t),
    lambda nu: (sp.exp(-(_gamma - nu) * _t) + sp.exp(-(_gamma + nu) * _t)) / 2,
    sp.exp(-_gamma * _t),
    _cosine,
)

propagator_12 = _three_cases(
    "propagator_12",
    _G12,
    lambda nu: sp.exp(-_gamma * _t) * sp.sin(nu * _t) / nu,
    lambda nu: (sp.exp(-(_gamma - nu) * _t) - sp.exp(-(_gamma + nu) * _t)) / (2 * nu),
    _t * sp.exp(-_gamma * _t),
    lambda time, damping_rate, natural_frequency: DampedOscillator.of(damping_rate, natural_frequency).impulse(time),
)
