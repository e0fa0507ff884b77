"""The compiled steps of linear-regression SGD on the CPU.

States are those of `RotatedRegression`. A replica's random numbers come from its own generator, seeded by (seed, number
of the replica): the result of a replica depends neither on the others nor on the number of threads.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgdlab.dynamics.random_streams import below, compiled, inlined, normals, seed_stream, uniform
from sgdlab.dynamics.row_arithmetic import add_scaled, dot, dot3, prefetch

Floats = NDArray[Any]

WITH_REPLACEMENT, WITHOUT_REPLACEMENT, RESHUFFLED, ONLINE = range(4)

# Replicas that take turns.
_GROUP = 8


@inlined
def _draw_batch(
    batch: NDArray[np.int64],
    order: NDArray[np.int64],
    states: NDArray[np.uint64],
    i: int,
    n: int,
    sampling: int,
    place: int,
) -> None:
    """Sample numbers batch[i] (B,) of a step; order[i] (N,) is a permutation of the samples, kept between the steps."""
    for b in range(batch.shape[1]):
        if sampling == WITH_REPLACEMENT:
            batch[i, b] = below(states, i, n)
        else:
            # The permutation is shuffled on from `place`, where a reshuffled epoch is (Fisher, Yates).
            here = place + b
            other = here + below(states, i, n - here)
            batch[i, b], order[i, other] = order[i, other], order[i, here]
            order[i, here] = batch[i, b]


@inlined
def _draw_samples(inputs: Floats, residuals: Floats, states: NDArray[np.uint64], i: int, online: Floats) -> None:
    """New inputs (B, d) and residuals (B,); `online` has their standard deviations (d + 1,) and the kurtosis or 0."""
    d = len(online) - 2
    kurtosis = online[d + 1]
    for b in range(len(inputs)):
        spare = 0.0
        for j in range(d):
            if kurtosis > 0.0:
                number = uniform(states, i)
                sign = (1.0 if number < 0.5 / kurtosis else 0.0) - (1.0 if number >= 1.0 - 0.5 / kurtosis else 0.0)
                inputs[b, j] = online[j] * np.sqrt(kurtosis) * sign
            elif j % 2 == 0:
                value, spare = normals(states, i)
                inputs[b, j] = online[j] * value
            else:
                inputs[b, j] = online[j] * spare
        residuals[b] = online[d] * normals(states, i)[0]


@compiled
def sgd(
    u: Floats,
    seed: np.uint64,
    first_replica: int,
    inputs: Floats,
    residuals: Floats,
    online: Floats,
    sampling: int,
    batch_size: int,
    curvatures: Floats,
    minimum: Floats,
    rates: Floats,
    steps: int,
    record_every: int,
    excess: Floats,
    barrier: float,
    passage: NDArray[np.int64],
) -> None:
    """Move the states u (R, d) in place, each until its excess loss reaches `barrier`, `steps` steps at most.

    Heavy ball: v' = momentum v + g + weight_decay (u + minimum), u' = u - learning_rate v', with `rates` = (learning
    rate, momentum, weight decay, 1/B). The excess loss after every `record_every`th step goes to `excess` (K, all
    replicas), the step of the passage to `passage` (R,), 0 before. Online, `inputs` (B, d) and `residuals` (B,) are
    written over.
    The columns are padded with zeros to a multiple of 8; `curvatures` and `minimum` are rows (1, d).
    """
    n = len(inputs)
    learning_rate, momentum, weight_decay, share = rates
    plain = momentum == 0 and weight_decay == 0
    stops = barrier < np.inf
    permuted = sampling in (WITHOUT_REPLACEMENT, RESHUFFLED)
    # A step waits for its replica's last one: a few replicas take turns, so that the processor need not.
    group = min(_GROUP, len(u))
    states = np.empty((group, 4), np.uint64)
    batch = np.empty((group, batch_size), np.int64)
    order = np.empty((group, n if permuted else 0), np.int64)
    velocity = np.empty((group, u.shape[1]), u.dtype)
    errors = np.empty(batch_size, u.dtype)
    for first in range(0, len(u), group):
        members = min(group, len(u) - first)
        velocity[:] = 0
        for i in range(members):
            seed_stream(states, i, seed, first_replica + first + i)
            for b in range(batch_size):
                batch[i, b] = b
            for place in range(order.shape[1]):
                order[i, place] = place
            if sampling != ONLINE:
                _draw_batch(batch, order, states, i, n, sampling, 0)
        place, until_record, recorded, waiting = 0, record_every, 0, members
        for step in range(1, steps + 1):
            if sampling == RESHUFFLED:
                place = place + batch_size if place + batch_size < n else 0
            until_record -= 1
            for i in range(members):
                replica = first + i
                if passage[replica] > 0:
                    continue
                if sampling == ONLINE:
                    _draw_samples(inputs, residuals, states, i, online)
                for b in range(batch_size):
                    errors[b] = share * (dot(inputs, batch[i, b], u, replica) - residuals[batch[i, b]])
                if plain:
                    for b in range(batch_size):
                        add_scaled(u, replica, -learning_rate * errors[b], inputs, batch[i, b])
                else:
                    for j in range(u.shape[1]):
                        velocity[i, j] = momentum * velocity[i, j] + weight_decay * (u[replica, j] + minimum[0, j])
                    for b in range(batch_size):
                        add_scaled(velocity, i, errors[b], inputs, batch[i, b])
                    add_scaled(u, replica, -learning_rate, velocity, i)
                if sampling != ONLINE:
                    # The batch of the next step: until this replica's next turn, the memory brings it.
                    _draw_batch(batch, order, states, i, n, sampling, place)
                    for b in range(batch_size):
                        prefetch(inputs, batch[i, b])
                if stops or until_record == 0:
                    double_loss = dot3(curvatures, 0, u, replica, u, replica)
                    if until_record == 0:
                        excess[recorded, first_replica + replica] = double_loss / 2
                    # Not "double_loss >= ...": NaN has crossed as well.
                    if stops and not double_loss < 2 * barrier:
                        passage[replica] = step
                        waiting -= 1
            if until_record == 0:
                until_record = record_every
                recorded += 1
            if waiting == 0:
                break
