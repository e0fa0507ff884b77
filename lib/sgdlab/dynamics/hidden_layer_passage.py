"""First passage of the full loss of a network with one hidden layer of ReLU units, exact at every step of SGD.

A step of SGD changes the preactivations of the N samples by multiples of rows of their Gram matrix: with
z_j(x) = w_j . x + c_j, f = sum_j a_j max(z_j, 0) + a_0 and the residuals r of a batch,

    z_j(x_nu) <- z_j(x_nu) - (eta/B) sum_(mu in batch) r_mu a_j [z_j(x_mu) > 0] (x_mu . x_nu + 1).

So the full loss costs B products of N numbers for each unit, and not one for each weight of the layer.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics.ensemble import one_thread
from sgdlab.dynamics.hidden_layer_kernels import passage
from sgdlab.dynamics.progress import progress_bar
from sgdlab.laws import quantities
from sgdlab.problems import Network

Floats = NDArray[Any]


@dataclass(frozen=True, eq=False)
class HiddenLayerPassage:
    """What `hidden_layer_passage` returns, for R replicas and C thresholds.

    Attributes:
        steps: (R, C) steps until the full loss first reached the threshold, int64; `max_steps` where it did not.
        censored: (R, C) whether it did not.
        losses: (max_steps // record_every, R) full losses after each `record_every` steps, in the network's dtype; NaN
            once the replica has reached the last threshold, where it stops.
    """

    steps: NDArray[np.int64]
    censored: NDArray[np.bool_]
    losses: Floats


def input_gram(network: Network) -> Floats:
    """Products x_mu . x_nu + 1 of the samples' inputs, (N, N), of the network's dtype, for `hidden_layer_passage`.

    It is the larger part of the work of a short run; several runs can share it.
    """
    inputs = network.inputs.flatten(1)
    # The last digits may depend on the number of threads, and SGD would magnify them.
    with one_thread():
        gram: Floats = (inputs @ inputs.T).add_(1).numpy()
    return gram


def hidden_layer_passage(
    network: Network,
    theta: torch.Tensor,
    *,
    gram: Floats | None = None,
    thresholds: Sequence[float],
    learning_rate: float,
    batch_size: int,
    max_steps: int,
    replicas: int,
    seed: int,
    record_every: int = 1,
) -> HiddenLayerPassage:
    """Run R replicas of SGD from one point until each has reached all thresholds, tested at every step.

    Batches are drawn with replacement. The result of a replica depends on (seed, number of the replica) alone, and not
    on the number of threads. Memory
    is that of the N x N Gram matrix of the inputs, and of the preactivations of as many replicas as PyTorch has
    threads.

    Args:
        network: `fully_connected([d, H, 1])` with the mean-square loss, on the CPU.
        theta: (P,) where all replicas start.
        gram: from `input_gram`; computed where it is None.
        thresholds: (C,) losses to be reached, ascending, the first above the loss at theta.
        learning_rate: eta > 0.
        batch_size: B >= 1.
        max_steps: how many steps a replica has at most, at least 1.
        replicas: R >= 1.
        seed: from 0 to 2^63 - 1.
        record_every: steps between two losses that are kept, at least 1.

    Raises:
        ValueError: an argument outside its range, before the first step.
    """
    quantities.learning_rate.check(learning_rate)
    quantities.batch_size.check(batch_size)
    for name, number in {"max_steps": max_steps, "replicas": replicas, "record_every": record_every}.items():
        if number < 1:
            raise ValueError(f"{name} must be at least 1, got {number}")
    slopes, biases, output, offset = _layers(network, theta)
    start = float(network.loss(theta))
    levels = np.asarray(thresholds, dtype=np.float64)
    # Not "levels <= start": NaN is no threshold either.
    if levels.ndim != 1 or len(levels) == 0 or not (np.diff(levels, prepend=start) > 0).all():
        raise ValueError(f"thresholds must be ascending, the first above the loss of the start, {start:g}")

    products = input_gram(network) if gram is None else gram
    with one_thread():
        preactivations = (slopes @ network.inputs.flatten(1).T + biases[:, None]).numpy()
    targets = network.targets[:, 0].numpy()
    steps = np.full((replicas, len(levels)), max_steps, dtype=np.int64)
    censored = np.ones_like(steps, dtype=np.bool_)
    losses = np.full((max_steps // record_every, replicas), np.nan, dtype=products.dtype)

    def run(replica: int) -> None:
        crossed = passage(
            products,
            targets,
            preactivations.copy(),
            output.numpy().copy(),
            offset,
            products.dtype.type(learning_rate / batch_size),
            np.zeros(batch_size, dtype=np.int64),
            np.uint64(seed),
            replica,
            levels,
            steps[replica],
            losses[:, replica],
            record_every,
        )
        censored[replica, :crossed] = False

    pool = ThreadPoolExecutor(torch.get_num_threads())
    try:
        with progress_bar("first passage", replicas, unit="replica") as bar:
            for _ in pool.map(run, range(replicas)):
                bar.update()
    finally:
        pool.shutdown(cancel_futures=True)
    return HiddenLayerPassage(steps, censored, losses)


def _layers(network: Network, theta: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, Any]:
    """Weights (H, d) and biases (H,) of the hidden layer, weights (H,) and bias of the output."""
    parameters = list(network.parameters(theta.detach()).values())
    d = network.inputs.flatten(1).shape[1]
    hidden = len(parameters[1]) if len(parameters) == 4 else 0
    kinds = [type(layer).__name__ for layer in network.module.modules() if not any(layer.children())]
    shapes = [tuple(parameter.shape) for parameter in parameters]
    if shapes != [(hidden, d), (hidden,), (1, hidden), (1,)] or kinds != ["Flatten", "Linear", "ReLU", "Linear"]:
        raise ValueError(f"network must be fully_connected([{d}, H, 1]), got layers {kinds}")
    if network.device.type != "cpu":
        raise ValueError(f"network must be on the CPU, got {network.device}")
    slopes, biases, output, offset = parameters
    return slopes, biases, output[0], offset.numpy()[0]
