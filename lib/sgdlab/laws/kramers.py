"""Escape by Kramers' method on the logarithm of the loss: the potential, the Laplace integrals, the rate.

Equation numbers are those of Mori, Ziyin, Liu, Ueda, "Power-law escape rate of SGD" (ICML 2022, arXiv:2105.09557).
"""

import sympy as sp

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law

_PAPER = "Mori et al. 2022"
_eta, _B, _h, _hs = q.learning_rate.symbol, q.batch_size.symbol, q.curvature.symbol, q.saddle_curvature.symbol
_n, _c, _R = q.dimension.symbol, q.loss_ratio.symbol, q.determinant_ratio.symbol
_L, _L0 = q.loss.symbol, q.minimum_loss.symbol
_phi0 = _B / (_eta * _h)
_exponent = _phi0 + 1 - _n / 2

_SDE = "the stochastic differential equation (12): Gaussian noise proportional to the loss, small learning rate"
_WEAK = "weak noise: B / (eta h) times the logarithm of the loss ratio is large"
_LAPLACE = ("the potential is quadratic where its Boltzmann weight is large", _WEAK)
_LARGEST = "quadratic loss whose largest Hessian eigenvalue is h"
_ISOTROPIC = ("isotropic quadratic loss", "the barrier is the level set L = c L*", _WEAK)

log_loss_potential = Law(
    "log_loss_potential",
    value=q.log_loss.symbol,
    expression=sp.log(_L),
    source=_PAPER + ", eq. (14)",
    assumes=(_SDE, "time is counted as tau, d tau = L dt, eq. (13)"),
)

log_loss_curvature = Law(
    "log_loss_curvature",
    value=q.log_loss_curvature.symbol,
    expression=_h / _L,
    source=_PAPER + ", eqs. (20) and (23)",
    assumes=("the gradient of the loss is zero",),
)

well_width = Law(
    "well_width",
    value=q.well_width.symbol,
    expression=sp.sqrt(2 * sp.pi * _eta * _L0 / _B),
    source=_PAPER + ", eq. (28)",
    assumes=_LAPLACE,
)

barrier_integral = Law(
    "barrier_integral",
    value=q.barrier_integral.symbol,
    expression=_c**_phi0 * sp.sqrt(2 * sp.pi * _eta * _h * _c * _L0 / (_B * sp.Abs(_hs))),
    source=_PAPER + ", eq. (36)",
    assumes=_LAPLACE,
)

escape_current = Law(
    "escape_current",
    value=q.escape_current.symbol,
    expression=_c**-_phi0 * sp.sqrt(_eta * _h * sp.Abs(_hs) / (2 * sp.pi * _B * _c * _L0)),
    source=_PAPER + ", eq. (37)",
    assumes=_LAPLACE,
)

escape_exponent = Law(
    "escape_exponent",
    value=q.escape_exponent.symbol,
    expression=_exponent,
    source=_PAPER + ", eqs. (15) and (40)",
    assumes=(_SDE,),
)

escape_rate = Law(
    "escape_rate",
    value=q.escape_rate.symbol,
    expression=sp.Abs(_hs) / (2 * sp.pi) * sp.sqrt(_R) * _c**-_exponent,
    source=_PAPER + ", eqs. (15) and (40)",
    assumes=(
        _SDE,
        "quasi-stationarity in the basin",
        "one most probable escape path, through one saddle",
        "n outlying Hessian eigenvalues, the others zero",
        "outlying eigenvectors that are constant in the basin",
        "the potential log L is a sum over them, eq. (19)",
        _WEAK,
    ),
)

barrier_loss_proportional = Law(
    "barrier_loss_proportional",
    value=q.barrier.symbol,
    expression=sp.log(_c) / _h,
    source="this book; the leading order of eq. (15), " + _PAPER,
    assumes=(_SDE, _LARGEST, *_ISOTROPIC[1:]),
)

barrier_gaussian_inputs = Law(
    "barrier_gaussian_inputs",
    value=q.barrier.symbol,
    expression=sp.log(2 * _c - 1) / (2 * _h),
    source="this book",
    assumes=("Gaussian noise of the exact covariance of linear regression with Gaussian inputs", *_ISOTROPIC),
)

barrier_frozen = Law(
    "barrier_frozen",
    value=q.barrier.symbol,
    expression=(_c - 1) / _h,
    source="this book",
    assumes=("noise of the minimum everywhere", _LARGEST, *_ISOTROPIC[1:]),
)

fresh_gaussian_residuals_barrier = Law(
    "fresh_gaussian_residuals_barrier",
    value=q.barrier.symbol,
    expression=(_c - 1) / _h,
    source="this book",
    assumes=(
        "linear regression on fresh samples, true minibatch noise, the learning rate tends to 0",
        "Gaussian residuals independent of the inputs, and inputs with bounded support, or Gaussian and c <= 2",
        "the largest Hessian eigenvalue is h",
        "the barrier is the level set L = c L*",
    ),
)
