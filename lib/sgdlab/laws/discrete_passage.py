r"""Exact mean first-passage times of SGD in discrete time: one dimension, fresh Gaussian inputs and residuals, h = 1.

The mean time T(delta) until delta^2 >= u = c - 1 (units sigma^2 = h = 1) obeys T = eta + K T, where K is one step of
SGD that stays inside. A batch of curvature A ~ chi^2_B / B moves delta to (1 - eta A) delta plus Gaussian noise of
variance eta^2 A / B. For comparison the same step with Gaussian noise of a variance (1 + k delta^2) eta^2 / B around
(1 - eta) delta: k = 0 frozen, 1 proportional to the loss, 2 the exact covariance.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtr

from sgdlab.laws import quantities as q
from sgdlab.laws.killed_chains import mean_steps, panels

Array = NDArray[np.float64]

GROWTH = {"frozen": 0, "loss-proportional": 1, "gaussian-inputs": 2}
_ORDER = 12


def discrete_passage_time(
    learning_rate: float, batch_size: float, loss_ratio: float, noise: str = "minibatch", resolution: int = 4
) -> float:
    """Mean time, learning rate times steps, from the minimum until the loss first is at least c L*, in one dimension.

    T is interpolated linearly between nodes that are eta / (resolution sqrt(B)) apart. The error falls with the square
    of their distance; it is removed by a second grid of half the distance, and what is left is below 1e-3 of T as long
    as T < 1e30.

    Args:
        learning_rate, batch_size, loss_ratio: eta < 1, B, c > 1. For another Hessian h pass eta h.
        noise: "minibatch", SGD itself; or Gaussian noise, "frozen", "loss-proportional" or "gaussian-inputs".
        resolution: nodes in one step's standard deviation, for the wider grid.

    Raises:
        ValueError: names the argument and its range.
    """
    for quantity, value in ((q.learning_rate, learning_rate), (q.batch_size, batch_size), (q.loss_ratio, loss_ratio)):
        quantity.check(value)
    if not learning_rate < 1:
        raise ValueError(f"learning_rate must be below 1, got {learning_rate}")
    if not loss_ratio > 1:
        raise ValueError(f"loss_ratio must be above 1, got {loss_ratio}")
    if noise not in ("minibatch", *GROWTH):
        raise ValueError(f"noise must be one of {', '.join(('minibatch', *GROWTH))}, got {noise!r}")
    reach = np.sqrt(loss_ratio - 1)
    nodes = int(np.ceil(reach * resolution * np.sqrt(batch_size) / learning_rate))
    wide, narrow = (
        np.log(learning_rate * mean_steps(*_chain(learning_rate, batch_size, reach, count, noise)))
        for count in (nodes, 2 * nodes)
    )
    return float(np.exp(narrow + (narrow - wide) / 3))


def _chain(learning_rate: float, batch_size: float, reach: float, nodes: int, noise: str) -> tuple[Array, Array]:
    """Transition (J, J) and leaving probabilities (J,) between |delta| = 0, ..., reach, J = nodes + 1."""
    at = np.linspace(0, reach, nodes + 1)
    transition, leaving = np.zeros((nodes + 1, nodes + 1)), np.zeros(nodes + 1)
    for probability, mean, deviation in _steps(learning_rate, batch_size, at, noise):
        inside, outside = _landing(at, mean[:, None], deviation[:, None])
        transition += probability * inside
        leaving += probability * outside
    return transition, leaving


def _steps(learning_rate: float, batch_size: float, at: Array, noise: str) -> Iterator[tuple[float, Array, Array]]:
    """Gaussian steps that make up the step: probability, mean (J,) and standard deviation (J,)."""
    if noise in GROWTH:
        variance = (1 + GROWTH[noise] * at**2) / batch_size
        yield 1.0, (1 - learning_rate) * at, learning_rate * np.sqrt(variance)
        return
    for curvature, probability in zip(*_curvatures(learning_rate, batch_size), strict=True):
        deviation = learning_rate * np.sqrt(curvature / batch_size)
        yield probability, (1 - learning_rate * curvature) * at, np.full_like(at, deviation)


def _curvatures(learning_rate: float, batch_size: float) -> tuple[Array, Array]:
    """Nodes and weights of A = x^2 / B, x ~ chi_B: up to eta A = 8, and 9 standard deviations of x above its mean."""
    edges = [0.0, 0.1, 0.3]
    while edges[-1] < max(np.sqrt(batch_size) + 9, np.sqrt(8 * batch_size / learning_rate)):
        edges.append(edges[-1] + max(0.5, 0.35 * edges[-1]))
    x, weights = panels(np.array(edges), _ORDER)
    log_density = (batch_size - 1) * np.log(x) - x**2 / 2 + np.log(2) * (1 - batch_size / 2) - gammaln(batch_size / 2)
    return x**2 / batch_size, weights * np.exp(log_density)


def _landing(at: Array, mean: Array, deviation: Array) -> tuple[Array, Array]:
    """Probabilities (J, J) of landing at |node|, linearly shared between neighbours, and of landing outside (J,).

    With Z a standard normal number and z = (node - mean) / deviation, a node's share is the second difference of
    E (z - Z)_+, which is E (Z - z)_+ plus something linear: on each side of the mean the smaller of the two is used.
    """
    z = (np.concatenate([-at[:0:-1], at]) - mean) / deviation
    spacing = (at[1] - at[0]) / deviation
    small = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) - np.abs(z) * ndtr(-np.abs(z))
    whole = small + np.maximum(z, 0)
    straddling = (z[:, 2:] > 0) & (z[:, :-2] < 0)
    inner = np.where(straddling, np.diff(whole, 2), np.diff(small, 2)) / spacing
    right = _end(z[:, -2], z[:, -1], small[:, -2], small[:, -1], spacing[:, 0])
    left = _end(-z[:, 1], -z[:, 0], small[:, 1], small[:, 0], spacing[:, 0])
    shares = np.maximum(np.concatenate([left[:, None], inner, right[:, None]], axis=1), 0)
    folded = shares[:, len(at) - 1 :].copy()
    folded[:, 1:] += shares[:, len(at) - 2 :: -1]
    return folded, ndtr(-z[:, -1]) + ndtr(z[:, 0])


def _end(z_in: Array, z_out: Array, small_in: Array, small_out: Array, spacing: Array) -> Array:
    """The share of the outermost node from the interval between it and its neighbour; z counts outward."""
    beyond = (small_in - small_out) / spacing - ndtr(-z_out)
    general = ndtr(z_out) - (small_out + np.maximum(z_out, 0) - small_in - np.maximum(z_in, 0)) / spacing
    return np.asarray(np.where(z_in > 0, beyond, general))
