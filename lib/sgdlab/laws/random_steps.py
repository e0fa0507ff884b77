"""Nodes and weights for means over one random step of SGD, far from the minimum of a linear regression.

On fresh Gaussian inputs of covariance 1, in dimension n, a step multiplies the distance from the minimum by |M e_1|,
M = 1 - (eta / B) X^T X. With A ~ chi^2_B and Q ~ chi^2_{n-1}, independent,

    |M e_1|^2 = p + r Q,    p = (1 - (eta / B) A)^2,    r = (eta / B)^2 A.

Means over Q are taken as f(p) + E[f(p + r Q) - f(p)], which stays regular as the dimension tends to 1. The integral
over A is divided at A = B / eta, where p = 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from sgdlab.laws.quadrature import log_exprel, windows

Array = NDArray[np.float64]

# Where log(eta A / B) and log Q are searched for; for eta / B > e^-100 what lies outside has probability e^-40 at most.
_LOG_A = {"below": (-200.0, 100.0), "above": (-100.0, 60.0)}
_LOG_Q = (-100.0, 30.0)
_SEARCH_A, _SEARCH_Q = 300, 48
_NODES = 2000
_NODES_IN_PLANE = (320, 96)
_HIGH = 10.0  # the power from which on |M e_1|^power is concentrated where a step is improbable


@dataclass(frozen=True)
class RandomSteps:
    """The random steps of SGD at one learning rate, batch size and dimension, for Hessian 1."""

    learning_rate: float
    batch_size: float
    dimension: float

    def _over_a(self, side: str, x: Array) -> tuple[Array, Array, Array]:
        """log of A, of p and of A's density per unit of x, on one side of A = B / eta.

        Below it eta A / B = 1 / (1 + e^-x), above it eta A / B = 1 + e^x: both resolve p = 0.
        """
        log_scale = np.log(self.learning_rate / self.batch_size)
        if side == "below":
            log_a, log_p = -np.logaddexp(0, -x) - log_scale, -2 * np.logaddexp(0, x)
            log_jacobian = log_a + log_p / 2
        else:
            log_a, log_p = np.logaddexp(0, x) - log_scale, 2 * x
            log_jacobian = x - log_scale
        return log_a, log_p, _log_chi_squared(log_a, self.batch_size) + log_jacobian

    def nodes(self, power: float) -> tuple[Array, Array, Array]:
        """Nodes for means of |M e_1|^power: logarithms of weights, and of two values of |M e_1|^2, start and end.

        E f(|M e_1|^2) - f(1) is the sum of weight (f(end) - f(start)) over them.
        """
        parts = [self._nodes_over_a(side, power) for side in _LOG_A]
        if power >= _HIGH:  # there f(start) = 0, and one node stands for -f(1)
            parts.append((np.zeros(1), np.zeros(1), np.full(1, -np.inf)))
        if self.dimension > 1:
            parts += [self._nodes_in_plane(side, power) for side in _LOG_A]
        weights, starts, ends = (np.concatenate(part) for part in zip(*parts, strict=True))
        return weights, starts, ends

    def _nodes_over_a(self, side: str, power: float) -> tuple[Array, Array, Array]:
        """From 1 to p; for a high power from 0 to p, where A's density may lie far from the mean's peak."""
        tilts = np.array([[power], [power if power >= _HIGH else 0.0]])

        def log_integrand(x: Array) -> Array:
            _, log_p, log_density = self._over_a(side, x)
            return np.asarray(log_density + tilts / 2 * log_p)

        low, high = (np.full((2, 1), end) for end in _LOG_A[side])
        lows, highs = windows(log_integrand, low, high, _SEARCH_A)
        x = np.linspace(lows.min(), highs.max(), _NODES)
        _, log_p, log_density = self._over_a(side, x)
        start = -np.inf if power >= _HIGH else 0.0
        return log_density + np.log(x[1] - x[0]), np.full_like(x, start), log_p

    def _nodes_in_plane(self, side: str, power: float) -> tuple[Array, Array, Array]:
        """From p to p + r Q: at each A the nodes in log Q surround the peak there."""

        def log_integrand(x: Array, log_q: Array) -> Array:
            log_a, log_p, log_density = self._over_a(side, x)
            log_ratio = self._log_ratio(log_a, log_p, log_q)
            with np.errstate(divide="ignore"):
                growth = np.log(log_ratio) + log_exprel(power / 2 * log_ratio)
            return np.asarray(log_density + self._log_density_of_q(log_q) + power / 2 * log_p + growth)

        low, high = (np.full((1, 1), end) for end in _LOG_A[side])
        low, high = windows(lambda x: log_integrand(x, self._log_q_at_peak(side, x, power)), low, high, _SEARCH_A)
        x = np.linspace(low[0], high[0], _NODES_IN_PLANE[0])
        lows, highs = (np.full_like(x, end) for end in _LOG_Q)
        lows, highs = windows(lambda log_q: log_integrand(x, log_q), lows, highs, _SEARCH_Q)
        log_q = lows + (highs - lows) * np.linspace(0, 1, _NODES_IN_PLANE[1])
        log_a, log_p, log_density = self._over_a(side, x)
        log_area = np.log((x[1] - x[0]) * (log_q[:, 1:2] - log_q[:, :1]))
        weights = log_density + self._log_density_of_q(log_q) + log_area
        ends = log_p + self._log_ratio(log_a, log_p, log_q)
        return weights.ravel(), np.broadcast_to(log_p, ends.shape).ravel(), ends.ravel()

    def _log_ratio(self, log_a: Array, log_p: Array, log_q: Array) -> Array:
        """log((p + r Q) / p)."""
        log_r = 2 * np.log(self.learning_rate / self.batch_size) + log_a
        return np.asarray(np.logaddexp(0, log_r + log_q - log_p))

    def _log_q_at_peak(self, side: str, x: Array, power: float) -> Array:
        """log of the Q at which Q's density times Q (p + r Q)^(power/2 - 1) is largest: near the integrand's peak."""
        log_a, log_p, _ = self._over_a(side, x)
        p_over_r = np.exp(log_p - log_a - 2 * np.log(self.learning_rate / self.batch_size))
        half = (self.dimension - 1 + power - p_over_r) / 2
        product = (self.dimension + 1) * p_over_r
        larger = np.hypot(half, np.sqrt(product)) + np.abs(half)
        return np.asarray(np.log(np.where(half > 0, larger, product / larger)))

    def _log_density_of_q(self, log_q: Array) -> Array:
        """log of Q's density per unit of log Q."""
        return _log_chi_squared(log_q, self.dimension - 1) + log_q


def _log_chi_squared(log_value: Array, degrees: float) -> Array:
    """log of the density of chi^2 at e^log_value."""
    return np.asarray(
        (degrees / 2 - 1) * log_value - np.exp(log_value) / 2 - degrees / 2 * np.log(2) - gammaln(degrees / 2)
    )
