"""Replicas of SGD that leave one point at rest: how far they are after each step, and how much of that is common."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import sgd
from sgdlab.measure import Estimate, jackknife
from sgdlab.problems import Network

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """How SGD is run.

    Attributes:
        learning_rate, batch_size, momentum: eta, B, beta.
        sampling: as in `sgdlab.dynamics.batches`.
    """

    learning_rate: float
    batch_size: int
    momentum: float
    sampling: str = "with-replacement"


@dataclass(frozen=True, eq=False)
class Walk:
    """R replicas over K steps.

    Attributes:
        displacements: (R, K), squared distances from the start after 1, ..., K steps.
        steps: (R, K), squared lengths of the steps.
        drift: (K,), squared length of the mean displacement, without the bias of few replicas; it can be negative.
        places, buffers: (T, M, P), the first M replicas and their v' = (theta - theta') / eta, after T of the steps.
    """

    displacements: Array
    steps: Array
    drift: Array
    places: torch.Tensor
    buffers: torch.Tensor


class _Odometer:
    """Looks at the replicas after each step, and keeps the first of them at some."""

    def __init__(self, start: torch.Tensor, learning_rate: float, keep_at: Collection[int], kept: int) -> None:
        self._start, self._last, self._learning_rate = start, start, learning_rate
        self._keep_at, self._kept, self._steps = keep_at, kept, 0
        self.places: list[torch.Tensor] = []
        self.buffers: list[torch.Tensor] = []

    def __call__(self, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        away, move = (states - self._start).double(), states - self._last
        self._last, self._steps = states, self._steps + 1
        if self._steps in self._keep_at:
            self.places.append(states[: self._kept].clone())
            self.buffers.append(-move[: self._kept] / self._learning_rate)
        return away.square().sum(1), move.double().square().sum(1), away.sum(0).square().sum()


def walk(
    network: Network,
    start: torch.Tensor,
    setting: Setting,
    *,
    weight_decay: float,
    steps: int,
    replicas: int,
    keep_at: Collection[int],
    kept: int,
    seed: int,
) -> Walk:
    """Run R replicas from one point (P,), their buffers empty; the first `kept` are kept after the steps `keep_at`."""
    begin = start.expand(replicas, -1)
    odometer = _Odometer(begin, setting.learning_rate, keep_at, kept)
    seen = sgd(
        network,
        begin,
        learning_rate=setting.learning_rate,
        batch_size=setting.batch_size,
        momentum=setting.momentum,
        sampling=setting.sampling,
        weight_decay=weight_decay,
        steps=steps,
        seed=seed,
        observe=odometer,
        observe_at=range(1, steps + 1),
    )
    displacements, lengths, common = (torch.stack(kind).numpy() for kind in zip(*seen, strict=True))
    # |sum of R displacements|^2 counts each with itself: only pairs of different replicas tell what is common.
    drift = (common - displacements.sum(1)) / (replicas * (replicas - 1))
    return Walk(displacements.T, lengths.T, drift, torch.stack(odometer.places), torch.stack(odometer.buffers))


def exponent(displacements: Array, first: int, last: int) -> Estimate:
    """Slope of log mean-square displacement against log steps over steps first + 1, ..., last.

    The line is fitted by least squares to every step, as in the paper's figure 7; there to one run, here to the mean of
    the replicas (R, K), whose logarithm has less bias. The error is by jackknife over the replicas.
    """
    return jackknife(lambda some: slope(some.mean(0), first, last), displacements, blocks=len(displacements))


def slope(displacement: Array, first: int, last: int) -> float:
    """The same of one curve (K,): least squares over steps first + 1, ..., last."""
    steps = np.arange(first + 1, last + 1)
    return float(np.polyfit(np.log(steps), np.log(displacement[first:last]), 1)[0])
