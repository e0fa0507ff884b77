"""Do the two engines of linear regression sample one process?

New Gaussian inputs of unit covariance at every step: the mean square distance from the minimum then obeys an exact
recursion, which follows from the exact covariance of the minibatch gradient (laws.gaussian_regression_covariance).
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import first_passage, regression_sgd
from sgdlab.measure import mean_of, mean_passage_time
from sgdlab.problems import GaussianInputs

ENGINES = ("compiled", "batched")

# Steps after which a replica is given up: many times the mean.
_PATIENCE = 100_000


@dataclass(frozen=True)
class Config:
    """What is run by both engines.

    Attributes:
        dimension, noise_variance: of the regression.
        learning_rate, batch_size, steps, replicas: of SGD from the minimum.
        loss_ratio, passages: first passage of the loss from its minimum to this many times it, by so many replicas.
        seed: of all of it.
    """

    dimension: int
    noise_variance: float
    learning_rate: float
    batch_size: int
    steps: int
    replicas: int
    loss_ratio: float
    passages: int
    seed: int


QUICK = Config(
    dimension=3,
    noise_variance=1.0,
    learning_rate=0.2,
    batch_size=2,
    steps=60,
    replicas=60_000,
    loss_ratio=1.8,
    passages=20_000,
    seed=1,
)


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Run both engines.

    Returns:
        Of E engines in the order of `ENGINES`, after each of K steps,
        distance, distance_error (E, K): mean of |theta - theta*|^2 over the replicas.
        passage, passage_error (E,): mean first-passage time in steps.
    """
    problem = GaussianInputs([1.0] * config.dimension, config.noise_variance)
    start = torch.zeros(1, config.dimension, dtype=torch.float64)
    distances, passages = [], []
    for engine in ENGINES:
        moved = regression_sgd(
            problem,
            start.expand(config.replicas, -1),
            learning_rate=config.learning_rate,
            batch_size=config.batch_size,
            steps=config.steps,
            seed=config.seed,
            engine=engine,
        )
        # The curvatures are 1: the loss above its minimum is half the squared distance.
        distances.append(mean_of((2 * moved.losses - config.noise_variance).T.numpy()))
        crossed = first_passage(
            problem,
            start.expand(config.passages, -1),
            threshold=config.loss_ratio * config.noise_variance / 2,
            learning_rate=config.learning_rate,
            batch_size=config.batch_size,
            max_steps=_PATIENCE,
            seed=config.seed,
            engine=engine,
        )
        passages.append(mean_passage_time(crossed.steps.numpy(), crossed.censored.numpy()))
    return {
        "distance": np.array([distance.value for distance in distances]),
        "distance_error": np.array([distance.standard_error for distance in distances]),
        "passage": np.array([passage.value for passage in passages]),
        "passage_error": np.array([passage.standard_error for passage in passages]),
    }
