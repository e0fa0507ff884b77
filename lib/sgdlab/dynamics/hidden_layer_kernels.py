"""The compiled steps of `hidden_layer_passage`: SGD in the space of the preactivations of all samples."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sgdlab.dynamics.random_streams import below, compiled, seed_stream

Floats = NDArray[Any]

# Samples that are taken together: their preactivations and rows of the Gram matrix stay in the processor's first cache.
_BLOCK = 512


@compiled
def passage(
    gram: Floats,
    targets: Floats,
    z: Floats,
    output: Floats,
    offset: Any,
    rate: Any,
    batch: NDArray[np.int64],
    seed: np.uint64,
    replica: int,
    thresholds: NDArray[np.float64],
    crossings: NDArray[np.int64],
    losses: Floats,
    record_every: int,
) -> int:
    """Move one replica until it has reached the last threshold, or for `crossings[0]` steps; z is (H, N).

    Writes the steps of the crossings and the losses; returns how many thresholds were reached.
    """
    n = len(targets)
    states = np.empty((1, 4), np.uint64)
    seed_stream(states, 0, seed, replica)
    change = np.zeros((len(z), len(batch)), z.dtype)
    residuals = np.empty_like(targets)
    _advance(gram, targets, z, output, offset, batch, change, residuals)
    reached, steps = 0, crossings[0]
    for step in range(1, steps + 1):
        for b in range(len(batch)):
            batch[b] = below(states, 0, n)
        for j in range(len(z)):
            slope = z.dtype.type(0)
            for b in range(len(batch)):
                push = rate * residuals[batch[b]] if z[j, batch[b]] > 0 else z.dtype.type(0)
                change[j, b] = push * output[j]
                slope += push * z[j, batch[b]]
            output[j] -= slope
        for b in range(len(batch)):
            offset -= rate * residuals[batch[b]]
        loss = _advance(gram, targets, z, output, offset, batch, change, residuals)
        if step % record_every == 0:
            losses[step // record_every - 1] = loss
        while loss >= thresholds[reached]:
            crossings[reached] = step
            reached += 1
            if reached == len(thresholds):
                return reached
    return reached


@compiled
def _advance(
    gram: Floats,
    targets: Floats,
    z: Floats,
    output: Floats,
    offset: Any,
    batch: NDArray[np.int64],
    change: Floats,
    residuals: Floats,
) -> float:
    """z[j] -= sum_b change[j, b] gram[batch[b]], and the residuals f - y that follow; returns the loss."""
    total = 0.0
    for start in range(0, len(targets), _BLOCK):
        here = slice(start, min(start + _BLOCK, len(targets)))
        r, y = residuals[here], targets[here]
        for k in range(len(r)):
            r[k] = offset - y[k]
        for j in range(len(z)):
            row = z[j, here]
            for b in range(len(batch)):
                if change[j, b] != 0:
                    _subtract(row, change[j, b], gram[batch[b], here])
            _add_rectified(r, output[j], row)
        total += _sum_of_squares(r)
    return total / (2 * len(targets))


@compiled
def _subtract(row: Floats, factor: Any, other: Floats) -> None:
    for k in range(len(row)):
        row[k] -= factor * other[k]


@compiled
def _add_rectified(row: Floats, factor: Any, other: Floats) -> None:
    for k in range(len(row)):
        row[k] += factor * max(other[k], row.dtype.type(0))


@compiled
def _sum_of_squares(row: Floats) -> float:
    """In four sums, which the processor takes at once."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = len(row) // 4 * 4
    for k in range(0, whole, 4):
        a += row[k] * row[k]
        b += row[k + 1] * row[k + 1]
        c += row[k + 2] * row[k + 2]
        d += row[k + 3] * row[k + 3]
    for k in range(whole, len(row)):
        a += row[k] * row[k]
    return a + b + c + d
