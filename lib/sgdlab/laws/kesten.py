"""Lyapunov exponent and Kesten's tail index of SGD on linear regression with fresh Gaussian inputs, Hessian 1."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from sgdlab.laws import quantities as q
from sgdlab.laws.law import as_result
from sgdlab.laws.random_steps import RandomSteps


def _growth(steps: RandomSteps) -> float:
    """E log |M e_1|."""
    weights, starts, ends = steps.nodes(0.0)
    return float(np.sum(np.exp(weights) * (ends - starts)) / 2)


def _excess(steps: RandomSteps, power: float) -> Callable[[float], float]:
    """E |M e_1|^alpha - 1 as a function of alpha, on nodes chosen for one power; only its sign where it is huge."""
    weights, starts, ends = steps.nodes(power)

    def excess(alpha: float) -> float:
        logs_end, logs_start = weights + alpha / 2 * ends, weights + alpha / 2 * starts
        huge = max(0.0, float(logs_end.max()))
        return float(np.sum(np.exp(logs_end - huge) - np.exp(logs_start - huge)))

    return excess


def _index(steps: RandomSteps) -> float:
    """The root alpha > 0 of E |M e_1|^alpha = 1, which exists where the Lyapunov exponent is negative.

    The mean is convex in alpha, and 1 at 0. Nodes chosen for too large an alpha miss part of the mean at smaller ones,
    so that the root on them is still too large: the roots descend to the true one.
    """
    alpha = 2 * steps.batch_size / steps.learning_rate
    excess = _excess(steps, alpha)
    while excess(alpha) < 0:
        alpha *= 2
        excess = _excess(steps, alpha)
    while excess(alpha) > 0:
        low = alpha / 2
        while excess(low) > 0:
            low /= 2
        root = float(brentq(excess, low, alpha, xtol=1e-300, rtol=1e-12))
        if root > alpha * (1 - 1e-9):
            return root
        alpha = root
        excess = _excess(steps, alpha)
    return alpha


def _each(
    learning_rate: ArrayLike, batch_size: ArrayLike, dimension: ArrayLike
) -> tuple[list[RandomSteps], tuple[int, ...]]:
    """The steps for every set of arguments, flattened, and the arguments' broadcast shape."""
    checked = np.broadcast_arrays(
        q.learning_rate.check(learning_rate), q.batch_size.check(batch_size), q.dimension.check(dimension)
    )
    values = zip(*(argument.ravel().tolist() for argument in checked), strict=True)
    return [RandomSteps(*value) for value in values], checked[0].shape


def lyapunov_exponent(learning_rate: ArrayLike, batch_size: ArrayLike, dimension: ArrayLike) -> Any:
    """Mean growth of the logarithm of a large distance in one step of SGD, for h = 1: E log |M e_1|.

    Where it is negative, SGD on fresh Gaussian inputs has a stationary law; where it is positive, it escapes for sure.

    Args:
        learning_rate, batch_size, dimension: eta, B, n; broadcast. For another isotropic h pass eta h.

    Returns:
        float64 of the broadcast shape, per step; a float where there are no axes.

    Raises:
        ValueError: names the argument and its range.

    Source: this book.
    """
    steps, shape = _each(learning_rate, batch_size, dimension)
    with np.errstate(over="ignore"):
        return as_result(np.reshape([_growth(step) for step in steps], shape))


def kesten_index(learning_rate: ArrayLike, batch_size: ArrayLike, dimension: ArrayLike) -> Any:
    """Tail index of the distance under SGD on fresh Gaussian inputs, h = 1: the root alpha > 0 of E |M e_1|^alpha = 1.

    Args:
        learning_rate, batch_size, dimension: eta, B, n; broadcast. For another isotropic h pass eta h.

    Returns:
        float64 of the broadcast shape; a float where there are no axes.

    Raises:
        ValueError: names the argument and its range; or there is no stationary law, the Lyapunov exponent is not
            negative.

    Source: this book; Kesten (1973), Gurbuzbalaban, Simsekli and Zhu (2021).
    """
    steps, shape = _each(learning_rate, batch_size, dimension)
    with np.errstate(over="ignore"):
        for step in steps:
            exponent = _growth(step)
            if exponent >= 0:
                raise ValueError(
                    f"no stationary law: at learning_rate {step.learning_rate:g}, batch_size {step.batch_size:g} and "
                    f"dimension {step.dimension:g} the Lyapunov exponent {exponent:.3g} is not negative"
                )
        return as_result(np.reshape([_index(step) for step in steps], shape))
