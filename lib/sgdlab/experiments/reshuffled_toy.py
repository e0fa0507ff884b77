"""SGD on parabolas of one curvature with a minimum for each sample: independent batches and reshuffled epochs.

Laws `independent_batches_variance` and `reshuffled_epoch_variance`. A sample's loss (h / 2) (theta - c)^2 is linear
regression with the constant input sqrt(h).
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import regression_sgd
from sgdlab.measure import mean_of
from sgdlab.problems import LinearRegression


@dataclass(frozen=True)
class Config:
    """What is run, with curvature 1.

    Attributes:
        n_samples, batch_size: N, B.
        learning_rate: eta.
        epochs: that are run from the mean of the minima before one more, which is measured.
        replicas: each with its own batches, on the same samples.
    """

    n_samples: int
    batch_size: int
    learning_rate: float
    epochs: int
    replicas: int
    seed: int


QUICK = Config(n_samples=20, batch_size=1, learning_rate=0.02, epochs=20, replicas=20_000, seed=1)
SAMPLINGS = ("with-replacement", "reshuffled")


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Run both kinds of batches and measure along one epoch.

    Returns:
        K batches an epoch.
        batch (K + 1,): batches since the epoch began. centre_variance (): V_c of these samples.
        with_replacement, reshuffled (K + 1,), with _error: mean square of theta about the mean of the minima.
    """
    problem = samples(config)
    batches = config.n_samples // config.batch_size
    start = problem.minimum().expand(config.replicas, 1)
    least = problem.loss(problem.minimum())
    results = {"batch": np.arange(batches + 1.0), "centre_variance": problem.targets.var(correction=0).numpy()}
    for sampling in SAMPLINGS:
        moved = regression_sgd(
            problem,
            start,
            learning_rate=config.learning_rate,
            batch_size=config.batch_size,
            steps=(config.epochs + 1) * batches,
            sampling=sampling,
            seed=config.seed,
        )
        squares = 2 * (moved.losses[-batches - 1 :] - least)
        results |= mean_of(squares.T.numpy()).named(sampling.replace("-", "_"))
    return results


def samples(config: Config) -> LinearRegression:
    """The samples: constant inputs 1, standard normal targets, the minima c_mu."""
    generator = torch.Generator().manual_seed(config.seed)
    centres = torch.randn(config.n_samples, generator=generator, dtype=torch.float64)
    return LinearRegression(torch.ones(config.n_samples, 1, dtype=torch.float64), centres)
