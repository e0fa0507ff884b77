"""The noise that SGD collects in k batches at a fixed point, measured for a live figure: three ways to draw them."""

from collections.abc import Callable
from functools import cache

import numpy as np
import torch

from sgdlab.data import load
from sgdlab.measure import Estimate, batch_noise, epoch_noise, mean_of, projected_gradients
from sgdlab.problems import Network, fully_connected

N_SAMPLES = 1600
_DIRECTIONS, _EPOCHS, _BATCHES = 10, 200, 16


def summed_noise(sampling: str) -> Callable[..., Estimate]:
    """A measurement for a live figure: variance of the summed noise of k batches, over that of one with replacement.

    The network of Mori et al. (2022), sec. 5.1, at its initialisation, on 1600 digits; mean over 10 random directions,
    from 200 sums. The law `epoch_bridge` predicts it for reshuffled batches.

    Args:
        sampling: "with-replacement", "without-replacement" or "reshuffled".

    Returns:
        A function of batch_size (a divisor of 1600), n_batches (at most 16) and seed. Beyond the end of an epoch it
        gives NaN.
    """

    def measure(batch_size: float, n_batches: float, seed: int = 0) -> Estimate:
        size, k = int(batch_size), int(n_batches)
        if k * size > N_SAMPLES:
            return Estimate(np.nan, np.nan)
        noise = _epochs(sampling, size, seed)
        return mean_of(size * noise[:, :k].sum(1).square().mean(1).numpy())

    return measure


@cache
def _epochs(sampling: str, batch_size: int, seed: int) -> torch.Tensor:
    """Noises of the first batches of each epoch, shape (epochs, batches, directions); one sample's has variance 1."""
    n_batches = min(N_SAMPLES // batch_size, _BATCHES)
    if sampling == "reshuffled":
        return epoch_noise(_projections(), batch_size, _EPOCHS, seed)
    noise = batch_noise(_projections(), batch_size, sampling, _EPOCHS * n_batches, seed)
    return noise.reshape(_EPOCHS, n_batches, _DIRECTIONS)


@cache
def _projections() -> torch.Tensor:
    """Per-sample gradients along the directions, shape (N, directions), of variance 1."""
    data = load("digits", first=N_SAMPLES, dtype=torch.float64).flat()
    network = Network(fully_connected([data.inputs.shape[1], 100, 100, 1]), data.inputs, data.parity())
    generator = torch.Generator().manual_seed(0)
    directions = torch.randn(_DIRECTIONS, network.dimension, generator=generator, dtype=torch.float64)
    projections = projected_gradients(network, network.initial(seed=0)[0], directions)
    return projections / projections.std(0, correction=0)
