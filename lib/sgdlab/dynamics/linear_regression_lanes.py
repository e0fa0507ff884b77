"""The compiled steps of plain SGD on small batches of few dimensions, sixteen replicas side by side.

The process and its random numbers are those of `linear_regression_kernels`; the order of the sums is another. There a
short row leaves most of a vector instruction empty, and its sum across the row costs more than its products.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgdlab.dynamics.lane_arithmetic import (
    LANES,
    add_products,
    add_scaled_columns,
    gather_columns,
    random_words,
    weighted_squares,
)
from sgdlab.dynamics.random_streams import below, below_from, compiled, seed_stream
from sgdlab.dynamics.row_arithmetic import prefetch

Floats = NDArray[Any]


@compiled
def sgd(
    u: Floats,
    seed: np.uint64,
    first_replica: int,
    inputs: Floats,
    residuals: Floats,
    dimension: int,
    batch_size: int,
    curvatures: Floats,
    rate: float,
    steps: int,
    record_every: int,
    excess: Floats,
    barrier: float,
    passage: NDArray[np.int64],
) -> None:
    """Move the states u (R, columns) in place, each until its excess loss reaches `barrier`, `steps` steps at most.

    As `linear_regression_kernels.sgd`, for batches drawn with replacement; `rate` is the learning rate over B, of the
    states' dtype. Of the columns, a multiple of 8, those beyond `dimension` are zero.
    """
    columns = u.shape[1]
    # A lane without a replica draws as well; from the state 0 a generator would never leave.
    states = np.ones((4, LANES), np.uint64)
    words = np.empty((1, LANES), np.uint64)
    batch = np.zeros((batch_size, LANES), np.int64)
    x = np.empty((batch_size * columns, LANES), u.dtype)
    v = np.zeros((columns, LANES), u.dtype)
    errors = np.empty((batch_size, LANES), u.dtype)
    rates = np.zeros(LANES, u.dtype)
    double_loss = np.empty((1, LANES), u.dtype)
    # A lane takes the next replica when its own has come to its end; -1 when there is none.
    replica = np.full(LANES, -1)
    age = np.full(LANES, steps)
    until_record = np.empty(LANES, np.int64)
    recorded = np.empty(LANES, np.int64)
    taken, finished = 0, 0
    stops = barrier < np.inf
    while True:
        for g in range(LANES):
            if age[g] < steps:
                continue
            if replica[g] >= 0:
                u[replica[g]] = v[:, g]
                finished += 1
            replica[g], rates[g], age[g] = -1, 0, 0
            until_record[g], recorded[g] = record_every, 0
            if taken < len(u):
                replica[g], rates[g] = taken, -rate
                v[:, g] = u[taken]
                seed_stream(states.T, g, seed, first_replica + taken)
                for b in range(batch_size):
                    batch[b, g] = below(states.T, g, len(inputs))
                taken += 1
        if finished == len(u):
            break
        for b in range(batch_size):
            gather_columns(x, b * columns, inputs, batch, b)
            for g in range(LANES):
                errors[b, g] = -residuals[batch[b, g]]
        # The batches of the next step: while this one is computed, the memory brings them.
        for b in range(batch_size):
            random_words(words, states)
            for g in range(LANES):
                batch[b, g] = below_from(words[0, g], states.T, g, len(inputs))
                prefetch(inputs, batch[b, g])
        for b in range(batch_size):
            add_products(errors, b, x, b * columns, v, dimension)
            for g in range(LANES):
                errors[b, g] *= rates[g]
        for b in range(batch_size):
            add_scaled_columns(v, errors, b, x, b * columns, dimension)
        weighted_squares(double_loss, curvatures, v, dimension)
        for g in range(LANES):
            if replica[g] < 0:
                continue
            age[g] += 1
            until_record[g] -= 1
            if until_record[g] == 0:
                excess[recorded[g], first_replica + replica[g]] = double_loss[0, g] / 2
                until_record[g] = record_every
                recorded[g] += 1
            # Not "double_loss >= ...": NaN has crossed as well.
            if stops and not double_loss[0, g] < 2 * barrier:
                passage[replica[g]] = age[g]
                age[g] = steps
