"""Mean first-passage times for live figures: the elementary integral of the laws, by Gauss' rule.

JavaScript has no hypergeometric functions. With 1 - s = v^2 the integral of `sgdlab.laws.passage_times` has a smooth
integrand for whole dimensions, and a fixed number of nodes is enough.
"""

from typing import Any

import numpy as np
import sympy as sp

from sgdlab.laws import quantities as q

_NODES = 20
# A power of exactly 0 has a logarithm as its limit. This shift of it changes no time by more than 1e-6.
_SHIFT = 1e-7

_noise = q.batch_size.symbol / (q.learning_rate.symbol * q.curvature.symbol)
_h, _n, _u = q.curvature.symbol, q.dimension.symbol, q.loss_ratio.symbol - 1


def passage_time(noise: str) -> Any:
    """An expression for the mean time from the minimum to L = c L* on an isotropic quadratic, within 1 part in 500.

    Args:
        noise: "loss-proportional", "frozen" or "gaussian-inputs", as in `laws.mean_first_passage_time`.
    """
    growth, rate = _growth(noise)
    return _noise / (2 * _h * rate) * _integral(lambda s: (growth(s) - 1) / s)


def local_exponent(noise: str) -> Any:
    """An expression for the slope of log t_p in log c, within 1 part in 500."""
    growth, rate = _growth(noise)
    times = _integral(lambda s: (growth(s) - 1) / s)
    if noise == "frozen":
        slopes = _integral(growth)
    else:
        factor = 1 if noise == "loss-proportional" else 2
        slopes = _integral(lambda s: growth(s) / (1 + factor * s * _u))
    return (1 + _u) * rate * slopes / times


def _growth(noise: str) -> tuple[Any, Any]:
    """How the integrand grows with s, and the rate of that growth in s (c - 1) at 0."""
    if noise == "frozen":
        return lambda s: sp.exp(_noise * _u * s), _noise
    if noise == "loss-proportional":
        power = _noise + 1 - _n / 2 + _SHIFT
        return lambda s: (1 + s * _u) ** power, power
    if noise == "gaussian-inputs":
        power = _noise / 2 + (3 - _n) / 4 + _SHIFT
        return lambda s: (1 + 2 * s * _u) ** power, 2 * power
    raise ValueError(f"noise must be loss-proportional, frozen or gaussian-inputs, got {noise!r}")


def _integral(term: Any) -> Any:
    """Integral of (1 - s)^(n/2 - 1) term(s) over s from 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    places = (nodes + 1) / 2  # v
    return sum(
        float(weight) * float(v) ** (_n - 1) * term(float(1 - v**2)) for v, weight in zip(places, weights, strict=True)
    )
