"""Equipartition on linear regression, for small and large learning rates, with independent and with reshuffled batches.

Law `equipartition`, mode by mode. The data are real images, their principal components, and so is the noise: it grows
with the distance from the minimum, and is not quite proportional to the Hessian.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.data import load
from sgdlab.dynamics import sgd
from sgdlab.measure import Estimate, jackknife
from sgdlab.problems import LinearRegression

Array = NDArray[np.float64]

SAMPLINGS = ("with-replacement", "reshuffled")


@dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        data, n_samples: the first samples of a data set, labelled +1 (even) and -1 (odd).
        components: leading principal components of the images that are kept.
        sharpest: learning rates, in units of 1 / h_1.
        momentum, batch_size: of SGD; the batch size divides the number of samples.
        replicas, transient, steps, every: of each run; a pair of successive iterates is kept every so many steps.
        seed: of the batches.
    """

    data: str
    n_samples: int
    components: int
    sharpest: tuple[float, ...]
    momentum: float
    batch_size: int
    replicas: int
    transient: int
    steps: int
    every: int
    seed: int


QUICK = Config(
    data="digits",
    n_samples=256,
    components=6,
    sharpest=(0.1, 1.0),
    momentum=0.5,
    batch_size=32,
    replicas=120,
    transient=200,
    steps=800,
    every=5,
    seed=1,
)


def problem(config: Config) -> LinearRegression:
    """Parity of the images, from their principal components, which are the eigenvectors of the Hessian."""
    data = load(config.data, first=config.n_samples, dtype=torch.float64)
    pixels = data.flat().inputs
    _, _, axes = torch.linalg.svd(pixels, full_matrices=False)
    return LinearRegression(pixels @ axes[: config.components].T, data.parity()[:, 0])


def run(config: Config) -> dict[str, Array]:
    """Run every learning rate with both samplings, from the minimum.

    Returns:
        S learning rates, two samplings as in SAMPLINGS, R replicas, d components.
        curvature (d,), noise (d,): Hessian eigenvalues, and variance of the samples' gradients at the minimum.
        learning_rate (S,).
        virial (S, 2, R, d): distance times gradient, mean over time. square_velocity (S, 2, R, d): of the velocity.
        virial_batch (S, 2, R, d): with the gradient of the batch in place of that of the loss.
    """
    regression = problem(config)
    curvature, vectors = regression.eigenbasis()
    minimum = regression.minimum()
    noise = (regression.sample_gradients(minimum) @ vectors.T).var(0, correction=0)
    rates = np.array(config.sharpest) / float(curvature[0])
    found = [
        [_moments(regression, minimum, curvature, vectors, config, rate, sampling) for sampling in SAMPLINGS]
        for rate in rates
    ]
    names = ("virial", "square_velocity", "virial_batch")
    stacked = np.array(found)  # (S, 2, 3, R, d)
    return {
        "curvature": curvature.numpy(),
        "noise": noise.numpy(),
        "learning_rate": rates,
        **{name: stacked[:, :, place] for place, name in enumerate(names)},
    }


def equipartition_ratio(virial: Array, square_velocity: Array, learning_rate: float, momentum: float) -> Estimate:
    """Virial over eta (1 + beta) / 2 times the mean square velocity, of replicas (R, d), summed over directions.

    1 where equipartition holds; the error is by jackknife over the replicas.
    """
    sums = np.stack([virial.sum(1), learning_rate * (1 + momentum) / 2 * square_velocity.sum(1)], axis=1)
    return jackknife(lambda some: some[:, 0].mean() / some[:, 1].mean(), sums, blocks=min(len(sums), 50))


def _moments(
    regression: LinearRegression,
    minimum: torch.Tensor,
    curvature: torch.Tensor,
    vectors: torch.Tensor,
    config: Config,
    learning_rate: float,
    sampling: str,
) -> list[Array]:
    """Means over time of distance x gradient, velocity^2, distance x gradient of the next batch, each (R, d)."""
    places = np.arange(config.transient, config.steps - 1, config.every)
    states = sgd(
        regression,
        minimum.expand(config.replicas, -1),
        learning_rate=learning_rate,
        batch_size=config.batch_size,
        steps=config.steps,
        sampling=sampling,
        seed=config.seed,
        observe=partial(_along, minimum=minimum, vectors=vectors),
        observe_at=sorted({int(place) + lag for place in places for lag in (-1, 0, 1)}),
        momentum=config.momentum,
    )
    before, now, after = torch.stack(states).unflatten(0, (len(places), 3)).unbind(1)
    velocity, next_velocity = (now - before) / learning_rate, (after - now) / learning_rate
    batch = config.momentum * velocity - next_velocity  # the gradient of the batch, from the step that it made
    means = (curvature * now**2).mean(0), velocity.square().mean(0), (now * batch).mean(0)
    return [mean.numpy() for mean in means]


def _along(theta: torch.Tensor, minimum: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    return (theta - minimum) @ vectors.T
