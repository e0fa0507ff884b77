"""What true minibatch noise does in linear regression: given its inputs, SGD with Gaussian residuals is Gaussian.

A batch sees the curvature A = X^T X / B. With the inputs given, a step is theta' = (1 - eta A) theta plus Gaussian
noise of covariance eta^2 sigma^2 A / B: drift and noise carry the same A. The laws here follow from that.
"""

import sympy as sp

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law

_eta, _B, _h = q.learning_rate.symbol, q.batch_size.symbol, q.curvature.symbol
_s2, _delta, _a = q.noise_variance.symbol, q.displacement.symbol, q.batch_step.symbol
_kappa_x, _kappa_e = q.input_kurtosis.symbol, q.residual_kurtosis.symbol

_FRESH = "linear regression on fresh samples"
_GAUSSIAN = "Gaussian residuals independent of the inputs"
_WEAK = "weak noise: the learning rate tends to 0 with the batch size fixed"
_ONE = "one dimension, Gaussian inputs"

given_inputs_variance = Law(
    "given_inputs_variance",
    value=q.mode_variance.symbol,
    expression=_eta * _s2 / (_B * (2 - _a)),
    source="elementary; the stationary variance of an autoregression",
    assumes=(_FRESH, _GAUSSIAN, "every batch sees the curvature a / eta along the direction, or none; a < 2"),
)

quasi_potential_gaussian_residuals = Law(
    "quasi_potential_gaussian_residuals",
    value=q.quasi_potential.symbol,
    expression=_delta**2 / _s2,
    source="this book",
    assumes=(
        _FRESH,
        _GAUSSIAN,
        _WEAK,
        "inputs with bounded support, or Gaussian and delta^2 <= sigma^2 / h_max",
        "delta is the distance from the minimum",
    ),
)

quasi_potential_residual_kurtosis = Law(
    "quasi_potential_residual_kurtosis",
    value=q.quasi_potential.symbol,
    expression=_delta**2 / _s2 - _kappa_e * _kappa_x * _h * _delta**4 / (6 * _s2**2),
    source="this book",
    assumes=(
        _FRESH,
        _WEAK,
        "one dimension, bounded inputs and residuals, independent of each other",
        "the third moment of the inputs or that of the residuals is 0",
        "to the fourth order in delta",
    ),
)

one_batch_loss_ratio = Law(
    "one_batch_loss_ratio",
    value=q.loss_ratio.symbol,
    expression=1 + (1 + _a**2) ** 2 / (4 * _a),
    source="this book",
    assumes=(_FRESH, _GAUSSIAN, _WEAK, _ONE, "the passage uses one large batch: 2 <= c <= 24.28, a >= 1"),
)

one_batch_barrier = Law(
    "one_batch_barrier",
    value=q.barrier.symbol,
    expression=(1 + 3 * _a**2) / (4 * _a * _h),
    source="this book",
    assumes=one_batch_loss_ratio.assumes,
)


def one_batch_barrier_of(loss_ratio: sp.Expr) -> sp.Expr:
    """The two laws of one large batch with a eliminated: h V_b as an expression of the loss ratio, for c >= 2.

    (1 + a^2)^2 = 4 a (c - 1) is Ferrari's quartic with the resolvent m^3 + 2 m^2 = 2 (c - 1)^2.
    """
    u = loss_ratio - 1
    m = sp.Rational(4, 3) * sp.cosh(sp.acosh((27 * u**2 - 8) / 8) / 3) - sp.Rational(2, 3)
    a = (sp.sqrt(2 * m) + sp.sqrt(4 * sp.sqrt(2) * u / sp.sqrt(m) - 2 * m - 4)) / 2
    return a / 2 + u / (1 + a**2)
