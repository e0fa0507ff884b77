"""Figure 3b of Mori et al. (2022): how long SGD takes to reach c times the least loss in linear regression.

N samples of Gaussian inputs and labels, each of variance 1, drawn with replacement; replicas start at the minimum. The
time depends on the data set by more than its own error, so that several are drawn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlab.dynamics import first_passage
from sgdlab.measure import mean_passage_time
from sgdlab.problems import gaussian_design


@dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        curves: (dimension d, loss ratios c) of each curve; all have as many loss ratios.
        data_sets: for each curve.
        n_samples: N.
        learning_rate, batch_size: of SGD.
        replicas: for each point.
        max_steps: after which a replica is given up.
        seed: of data and batches; the data of dimension d, data set k have the seed + 100 d + k.
    """

    curves: tuple[tuple[int, tuple[float, ...]], ...]
    data_sets: int
    n_samples: int
    learning_rate: float
    batch_size: int
    replicas: int
    max_steps: int
    seed: int


FULL = Config(
    curves=((1, (1.2, 1.4, 1.6, 1.8, 2.0)), (5, (1.5, 2.0, 2.5, 3.0, 3.5)), (10, (2.0, 3.0, 4.0, 6.0, 8.0))),
    data_sets=4,
    n_samples=10_000,
    learning_rate=0.1,
    batch_size=1,
    replicas=100,
    max_steps=1_000_000,
    seed=1,
)


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Run SGD from the minimum of each data set until the loss has reached each ratio.

    Returns:
        Of C curves, D data sets and K loss ratios:
        time, time_error (C, D, K): mean passage times in units of t = eta k.
        censored (C, D, K): replicas that were given up.
        curvature (C, D): largest Hessian eigenvalue of the data set.
    """
    shape = len(config.curves), config.data_sets, len(config.curves[0][1])
    time, error, censored = np.empty(shape), np.empty(shape), np.empty(shape, np.int64)
    curvature = np.empty(shape[:2])
    for curve, (dimension, loss_ratios) in enumerate(config.curves):
        for k in range(config.data_sets):
            seed = config.seed + 100 * dimension + k
            problem = gaussian_design(config.n_samples, [1.0] * dimension, 1.0, seed)
            minimum = problem.minimum()
            curvature[curve, k] = float(problem.eigenbasis()[0][0])
            for at, loss_ratio in enumerate(loss_ratios):
                passage = first_passage(
                    problem,
                    minimum.expand(config.replicas, -1),
                    threshold=loss_ratio * float(problem.loss(minimum)),
                    learning_rate=config.learning_rate,
                    batch_size=config.batch_size,
                    max_steps=config.max_steps,
                    seed=10_000 * seed + at,
                )
                mean = mean_passage_time(passage.steps.numpy() * config.learning_rate, passage.censored.numpy())
                time[curve, k, at], error[curve, k, at] = mean.value, mean.standard_error
                censored[curve, k, at] = mean.censored
    return {"time": time, "time_error": error, "censored": censored, "curvature": curvature}
