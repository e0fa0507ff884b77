"""Integrals of positive functions by their logarithms: nothing overflows, and the nodes find the peaks by themselves.

The trapezoidal rule converges exponentially where the integrand is analytic and vanishes at both ends
(Trefethen and Weideman, "The exponentially convergent trapezoidal rule", SIAM Review 2014).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import exprel

Array = NDArray[np.float64]

_DEPTH = 42.0  # e^-42 = 6e-19: what lies lower beneath the peak is not seen in float64
_SEARCH = 200
_NODES = tuple(250 * 2**k for k in range(7))
_AGREEMENT = 1e-8  # of two sums, the second with twice the nodes: it has then twice the digits
_AT_ONCE = 200  # integrals, so that their nodes take some MB an array
_LARGEST = np.finfo(np.float64).max


def log_exprel(x: ArrayLike) -> Array:
    """log((e^x - 1) / x), which is finite for every x: 0 at 0, x - log x far above, -log(-x) far below."""
    x = np.asarray(x, dtype=np.float64)
    return np.asarray(np.maximum(x, 0) + np.log(exprel(-np.abs(x))))


def log_integral(log_integrand: Callable[..., Array], low: float, high: float, *parameters: ArrayLike) -> Array:
    """The logarithm of the integral of e^g, g = log_integrand(x, *parameters), from low to high.

    The window on which g lies within 42 of its maximum is searched first, then summed over with more and more nodes.

    Args:
        log_integrand: has one maximum and falls off towards both ends; takes nodes x (M, K) and parameters (M, 1).
        low, high: ends at which the integrand is negligible.
        parameters: numbers or arrays, which broadcast against each other.

    Returns:
        An array of the parameters' broadcast shape.
    """
    together = np.broadcast_arrays(*(np.asarray(parameter, dtype=np.float64) for parameter in parameters))
    columns = np.stack([parameter.ravel() for parameter in together])[..., None]
    result = np.empty(columns.shape[1])
    for start in range(0, len(result), _AT_ONCE):
        piece = slice(start, start + _AT_ONCE)
        result[piece] = _log_integrals(log_integrand, low, high, columns[:, piece])
    return result.reshape(together[0].shape)


def log_beta(a: ArrayLike, b: ArrayLike) -> Array:
    """log of Euler's beta function for a, b > 0, also where the logarithms of Gamma functions would cancel."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    shifted = log_integral(_log_beta_integrand, -740, 740, a + 1, b + 1)  # of B(a + 1, b + 1), whose tails are short
    return np.asarray(shifted + np.log1p(a / b) + np.log((a + b + 1) / a))


def _log_beta_integrand(x: Array, a: Array, b: Array) -> Array:
    """In x = log(t / (1 - t)): log of t^a (1 - t)^b."""
    return np.asarray(-a * np.logaddexp(0, -x) - b * np.logaddexp(0, x))


def _log_integrals(log_integrand: Callable[..., Array], low: float, high: float, columns: Array) -> Array:
    """As `log_integral`, for parameters (number of parameters, M, 1)."""
    shape = columns.shape[1:]
    lows, highs = windows(lambda x: log_integrand(x, *columns), np.full(shape, low), np.full(shape, high), _SEARCH)
    result = np.full(shape, np.inf)
    for nodes in _NODES:
        values = log_integrand(lows + (highs - lows) * np.linspace(0, 1, nodes), *columns)
        peaks = np.maximum(values.max(axis=1, keepdims=True), -_LARGEST)  # an integral of nothing is 0, its log -inf
        spacing = (highs - lows) / (nodes - 1)
        coarser, result = result, peaks + np.log(np.exp(values - peaks).sum(axis=1, keepdims=True) * spacing)
        if np.allclose(coarser, result, rtol=1e-12, atol=_AGREEMENT):
            break
    return np.asarray(result[:, 0])


def windows(log_integrand: Callable[[Array], Array], lows: Array, highs: Array, nodes: int) -> tuple[Array, Array]:
    """Where each of M functions lies within 42 of its maximum: the ends (M, 1) of the windows, a node too wide.

    Args:
        log_integrand: takes x (M, K), one row a function; each has one maximum.
        lows, highs: (M, 1) ends of where it is sought.
        nodes: how many nodes a round of the search has.
    """
    shrinks = True
    while shrinks:
        x = lows + (highs - lows) * np.linspace(0, 1, nodes)
        values = log_integrand(x)
        seen = values >= values.max(axis=1, keepdims=True) - _DEPTH
        first = np.maximum(seen.argmax(axis=1) - 1, 0)
        last = np.minimum(nodes - seen[:, ::-1].argmax(axis=1), nodes - 1)
        ends = np.take_along_axis(x, np.stack([first, last], axis=1), axis=1)
        shrinks = bool((ends[:, 1:] - ends[:, :1] < (highs - lows) / 2).any())
        lows, highs = ends[:, :1], ends[:, 1:]
    return lows, highs
