"""Expressions for live figures of displacements: short enough for a page, and held against the laws by tests."""

from typing import Any

import sympy as sp

from sgdlab.laws import quantities as q

_j, _beta = q.steps.symbol, q.momentum.symbol
_APART = 1e-12


def propagated(relative_learning_rate: Any) -> tuple[Any, Any]:
    """G_11 and G_12 / eta of the underdamped Langevin equation after j steps, laws `propagator_11` and `propagator_12`.

    Expressions of `quantities.steps` and `quantities.momentum`.

    Args:
        relative_learning_rate: eta (h + lambda), an expression.
    """
    gap, total = 1 - _beta, 1 + _beta
    # Of the frequency, in units of 1 / (eta (1 + beta)); what is added keeps a setting from being critical.
    square = 2 * total * relative_learning_rate - gap**2 + _APART
    ringing, split = sp.sqrt(square), sp.sqrt(-square)
    decay, angle = sp.exp(-gap * _j / total), ringing * _j / total
    slow, fast = (sp.exp(-(gap - sign * split) * _j / total) for sign in (1, -1))
    first = sp.Piecewise(
        (decay * (sp.cos(angle) + gap * sp.sin(angle) / ringing), square > 0),
        (((gap + split) * slow - (gap - split) * fast) / (2 * split), True),
    )
    second = sp.Piecewise(
        (decay * total * sp.sin(angle) / ringing, square > 0), (total * (slow - fast) / (2 * split), True)
    )
    return first, second


def frequency_square(relative_learning_rate: Any) -> Any:
    """The natural frequency in a step, squared: eta^2 omega^2, law `natural_frequency`."""
    return 2 * relative_learning_rate / (1 + _beta)
