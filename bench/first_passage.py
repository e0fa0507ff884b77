"""First passage in the batched engine: how many of the replica-steps belong to replicas still on their way."""

from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
import torch

from bench.timing import Effort, Rates, Row
from sgdlab.dynamics import first_passage, linear_regression_batched
from sgdlab.problems import gaussian_design


@dataclass(frozen=True)
class Sizes:
    """What is run; the threshold is so many times the least loss."""

    n_samples: int = 10_000
    dimension: int = 10
    batch_size: int = 1
    learning_rate: float = 0.1
    loss_ratio: float = 3.2
    replicas: int = 1000


SIZES = Sizes()


def rows(sizes: Sizes, effort: Effort) -> tuple[list[Row], Rates]:
    """The line of the table: a count, the same in every round; each round has a seed of its own."""
    shares = np.array([_useful_share(sizes, seed) for seed in range(effort.rounds)])
    return [Row(f"first passage, batched: share of useful steps, R={sizes.replicas:,}", shares, 0.75, 0.93)], {}


def _useful_share(sizes: Sizes, seed: int) -> float:
    problem = gaussian_design(sizes.n_samples, [1.0] * sizes.dimension, 1.0, seed=0, dtype=torch.float32)
    minimum = problem.minimum()
    made = 0
    step = linear_regression_batched._Ensemble.step

    def counted(ensemble: linear_regression_batched._Ensemble) -> None:
        nonlocal made
        made += len(ensemble.replicas)
        step(ensemble)

    with patch.object(linear_regression_batched._Ensemble, "step", counted):
        passage = first_passage(
            problem,
            minimum.expand(sizes.replicas, -1),
            threshold=sizes.loss_ratio * float(problem.loss(minimum)),
            learning_rate=sizes.learning_rate,
            batch_size=sizes.batch_size,
            max_steps=100_000,
            seed=seed,
            engine="batched",
        )
    return int(passage.steps.sum()) / made
