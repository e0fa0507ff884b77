"""The compiled steps of `preferred_dimension`: minibatch SGD, and Gaussian noise by Euler-Maruyama.

L* = 1 and the curvature along the path is 1; letters are those of `preferred_dimension`.
"""

import numpy as np
from numpy.typing import NDArray

from sgdlab.dynamics.random_streams import compiled, normals, seed_stream

Array = NDArray[np.float64]

SGD, LOSS_PROPORTIONAL, FROZEN = range(3)

# How near the bottom of a valley, in t, a replica must come to have arrived there.
_CORE = 0.5


@compiled
def journey(
    counts: Array,
    dynamics: int,
    radius: float,
    noise: float,
    batch_size: int,
    dt: float,
    vectors: Array,
    steps: int,
    seed: np.uint64,
    replica: int,
) -> None:
    """One replica, L* = 1, written into counts (6,); `vectors` holds z, its gradient, and room for features."""
    z, gradient, features = vectors[0], vectors[1], vectors[2]
    states = np.empty((1, 4), np.uint64)
    seed_stream(states, 0, seed, replica)
    last = replica % 2
    x = 2 * np.pi * radius * last
    for step in range(steps):
        if dynamics == SGD:
            slope = _minibatch(x, z, gradient, features, radius, batch_size, states)
            x -= dt * slope
            for i in range(len(z)):
                z[i] -= dt * gradient[i]
        else:
            x = _euler(x, z, radius, noise, dt, states, dynamics == FROZEN)
        here = np.cos(x / (2 * radius))
        if step < steps // 10:
            continue
        counts[0 if here > 0 else 1] += dt
        counts[2 + last] += dt
        if here * (1 - 2 * last) < -np.cos(_CORE / 2):
            counts[4 + last] += 1
            last = 1 - last


@compiled
def _minibatch(
    x: float, z: Array, gradient: Array, features: Array, radius: float, batch_size: int, states: NDArray[np.uint64]
) -> float:
    """Gradient of a batch of fresh samples: in z in place, in x returned."""
    t = x / radius
    switch, turned, away = np.cos(t / 4), np.cos(t), np.sin(t)
    slope = 0.0
    gradient[:] = 0.0
    for _ in range(batch_size):
        u1, u2 = normals(states, 0)
        error, spare = normals(states, 0)
        along = 0.0
        for i in range(len(z)):
            if i % 2 == 0:
                features[i], spare = normals(states, 0)
            else:
                features[i] = spare
            along += z[i] * features[i]
        residual = radius * (u1 * (turned - 1) + u2 * away) + switch * along - np.sqrt(2.0) * error
        slope += residual * (u2 * turned - u1 * away - np.sin(t / 4) / (4 * radius) * along)
        for i in range(len(z)):
            gradient[i] += residual * switch * features[i]
    for i in range(len(z)):
        gradient[i] /= batch_size
    mean: float = slope / batch_size
    return mean


@compiled
def _euler(
    x: float, z: Array, radius: float, noise: float, dt: float, states: NDArray[np.uint64], frozen: bool
) -> float:
    """A step of Euler-Maruyama with the noise (2 L eta / B) diag(1, k, ..., k): z in place, x returned."""
    t = x / radius
    k, square = np.cos(t / 4) ** 2, 0.0
    for i in range(len(z)):
        square += z[i] * z[i]
    loss = 1 + radius**2 * (1 - np.cos(t)) + k * square / 2
    size = np.sqrt(2 * noise * dt * (1.0 if frozen else loss))
    number, spare = normals(states, 0)
    moved: float = x - dt * (radius * np.sin(t) - np.sin(t / 2) / (8 * radius) * square) + size * number
    for i in range(len(z)):
        if i % 2 == 0:
            number, spare = normals(states, 0)
        else:
            number = spare
        z[i] += -dt * k * z[i] + size * np.sqrt(k) * number
    return moved
