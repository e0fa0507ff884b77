"""States of the same replicas of regression SGD after several numbers of steps: a seed gives a path, however long."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import regression_sgd
from sgdlab.problems import GaussianInputs, LinearRegression


def states_after(
    steps: Sequence[int],
    problem: GaussianInputs | LinearRegression,
    *,
    replicas: int,
    learning_rate: float,
    momentum: float,
    batch_size: int,
    weight_decay: float = 0.0,
    sampling: str = "with-replacement",
    seed: int,
) -> NDArray[np.float64]:
    """Run replicas from the minimum and look at them after each number of steps.

    The engine returns the states of the end. It is run once for each number of steps, on the same random numbers.

    Args:
        steps: numbers of steps (K,).
        problem, learning_rate, momentum, batch_size, weight_decay, sampling, seed: as in `regression_sgd`.
        replicas: R.

    Returns:
        (K, R, d) positions, float64.
    """
    start = problem.minimum().double().expand(replicas, -1)
    ends = [
        regression_sgd(
            problem,
            start,
            learning_rate=learning_rate,
            batch_size=batch_size,
            steps=number,
            sampling=sampling,
            seed=seed,
            momentum=momentum,
            weight_decay=weight_decay,
            record_every=number,
        ).states
        for number in steps
    ]
    return np.asarray(torch.stack(ends))
