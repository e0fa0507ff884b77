"""One path of the SDE with noise proportional to the loss, against time t and against tau, which runs like the loss.

Mori et al. (2022), eqs. (12)-(14): d tau = L dt. One dimension, h = 1, L* = 1, batch size 1: near the minimum the two
times agree.
"""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import langevin
from sgdlab.measure import Estimate, jackknife, mean_of
from sgdlab.problems import Quadratic

Array = NDArray[np.float64]

_BOWL = Quadratic([1.0], 1.0)


@dataclass(frozen=True)
class Config:
    """Paths and where their increments are taken.

    Attributes:
        learning_rate: eta, the inverse of B / (eta h).
        time_step: of Euler-Maruyama.
        transient, duration: times t; paths begin at the minimum, and are kept from the one to the other.
        interval: of an increment, in t and in tau.
        loss_ratios: edges of the bins of L / L* in which increments are averaged.
        replicas: number of paths.
        blocks: of the jackknife, over paths.
        seed: of the noise.
    """

    learning_rate: float
    time_step: float
    transient: float
    duration: float
    interval: float
    loss_ratios: tuple[float, ...]
    replicas: int
    blocks: int
    seed: int


QUICK = Config(
    learning_rate=0.5,
    time_step=0.001,
    transient=4.0,
    duration=6.0,
    interval=0.01,
    loss_ratios=(1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 12.0),
    replicas=1000,
    blocks=50,
    seed=1,
)


def run(config: Config) -> dict[str, Array]:
    """Compare increments over equal intervals of t with those over equal intervals of tau, of the same paths.

    Squared increments are divided by those of pure noise at the minimum over the same interval, 2 eta h L* dt / B and
    2 eta h d tau / B. The clock is `time` for t and `clock` for tau.

    Returns:
        For each clock, b bins; the standard error stands under the name with _error.
        time_square, clock_square (b,): mean squared increment of the intervals that begin in a bin.
        time_ratio, clock_ratio (b,): mean of L / L* at their beginnings.
        time_kurtosis, clock_kurtosis: of all increments.
        time_memory, clock_memory: correlation of a squared increment with the next one.
    """
    path = _paths(config)
    elapsed = _clock(path, config.time_step)
    results: dict[str, Array] = {}
    for name, time in (("time", np.broadcast_to(_times(config), path.shape)), ("clock", elapsed)):
        starts, squares, followed = [], [], []
        for theta, own in zip(path.T, time.T, strict=True):
            # Steps at which this clock has passed another interval, or several; an interval is as long as they say.
            ticks = np.unique(np.searchsorted(own, np.arange(0, own[-1], config.interval)))
            scaled = np.diff(theta[ticks]) / np.sqrt(2 * config.learning_rate * np.diff(own[ticks]))
            starts.append(1 + theta[ticks[:-1]] ** 2 / 2)
            squares.append(scaled**2)
            followed.append(_sums(scaled**2))
        results |= _binned(name, np.concatenate(starts), np.concatenate(squares), config.loss_ratios)
        sums = np.array(followed)
        results |= jackknife(_kurtosis, sums, blocks=config.blocks).named(f"{name}_kurtosis")
        results |= jackknife(_memory, sums, blocks=config.blocks).named(f"{name}_memory")
    return results


@cache
def path_in_both_times(learning_rate: float, seed: int, places: int, interval: float) -> dict[str, Array]:
    """One path from the minimum at equal intervals of each time, for a live figure.

    Returns:
        time, clock (places + 1,): displacement after 0, 1, 2, ... intervals of t, and of tau.
    """
    duration = places * interval
    config = Config(learning_rate, interval / 25, 0.0, duration, interval, (1.0, 2.0), 1, 2, seed)
    path = _paths(config)[:, 0]
    elapsed = _clock(path[:, None], config.time_step)[:, 0]  # at least t: the loss is at least 1
    ticks = interval * np.arange(places + 1)
    return {
        "time": path[np.searchsorted(_times(config)[:, 0], ticks - config.time_step / 2)],
        "clock": path[np.minimum(np.searchsorted(elapsed, ticks - config.time_step / 2), len(path) - 1)],
    }


def _paths(config: Config) -> Array:
    """Displacements (K, R) after each time step, the transient left out."""
    first, last = (round(time / config.time_step) for time in (config.transient, config.transient + config.duration))
    states = langevin(
        _BOWL,
        torch.zeros(config.replicas, 1, dtype=torch.float64),
        learning_rate=config.learning_rate,
        batch_size=1,
        noise="loss-proportional",
        steps=last,
        time_step=config.time_step,
        seed=config.seed,
        observe=lambda theta: theta[:, 0],
        observe_at=range(first, last + 1),
    )
    return torch.stack(states).numpy()


def _times(config: Config) -> Array:
    """Time t (K, 1) since the transient."""
    return config.time_step * np.arange(round(config.duration / config.time_step) + 1.0)[:, None]


def _clock(path: Array, time_step: float) -> Array:
    """Time tau (K, R) along paths: the sum of L dt, L at the beginning of each step as in the noise."""
    losses = 1 + path[:-1] ** 2 / 2
    return np.concatenate([np.zeros((1, path.shape[1])), np.cumsum(losses * time_step, axis=0)])


def _binned(name: str, ratios: Array, squares: Array, edges: tuple[float, ...]) -> dict[str, Array]:
    """Mean squared increments and mean loss ratio in each bin of the loss ratio."""
    bins = [(ratios >= low) & (ratios < high) for low, high in pairwise(edges)]
    means = Estimate.stack([mean_of(squares[inside]) for inside in bins])
    return means.named(f"{name}_square") | {f"{name}_ratio": np.array([ratios[inside].mean() for inside in bins])}


def _sums(squares: Array) -> Array:
    """What the kurtosis and the correlation of one path's squared increments need: count, sums, sum of products."""
    products = squares[:-1] @ squares[1:]
    return np.array([len(squares), squares.sum(), squares @ squares, len(squares) - 1, products])


def _kurtosis(sums: Array) -> float:
    """Of the increments of paths (R, 5)."""
    count, first, second, _, _ = sums.sum(axis=0)
    return float(second / count / (first / count) ** 2)


def _memory(sums: Array) -> float:
    """Correlation of neighbouring squared increments of paths (R, 5)."""
    count, first, second, pairs, products = sums.sum(axis=0)
    mean = first / count
    return float((products / pairs - mean**2) / (second / count - mean**2))
