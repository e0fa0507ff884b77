"""The network of Mori et al. (2022), sec. 5.1, on even and odd digits, and its training."""

from collections.abc import Sequence
from pathlib import Path

import torch

from sgdlab.data import load
from sgdlab.dynamics import sgd
from sgdlab.problems import Network, fully_connected
from sgdlab.runs import Checkpoint


def parity_network(data: str, n_samples: int, hidden: Sequence[int], precision: str) -> Network:
    """A dense network on the first samples of a data set, standardised, labelled +1 (even) and -1 (odd)."""
    samples = load(data, first=n_samples, dtype=getattr(torch, precision)).flat()
    return Network(fully_connected([samples.inputs.shape[1], *hidden, 1]), samples.inputs, samples.parity())


def train(
    network: Network,
    epochs: Sequence[int],
    *,
    learning_rate: float,
    batch_size: int,
    replicas: int = 1,
    seed: int,
    checkpoint: Path | None = None,
) -> list[torch.Tensor]:
    """Train R replicas by SGD with reshuffled batches, from Glorot's initialisation.

    Where a file for a checkpoint is named, the training can be interrupted.

    Returns:
        The states (R, P) after each of the epochs, which are ascending.
    """
    steps_per_epoch = network.n_samples // batch_size
    return sgd(
        network,
        network.initial(seed, replicas),
        learning_rate=learning_rate,
        batch_size=batch_size,
        steps=epochs[-1] * steps_per_epoch,
        seed=seed,
        observe=lambda states: states,
        observe_at=[epoch * steps_per_epoch for epoch in epochs],
        checkpoint=None if checkpoint is None else Checkpoint(checkpoint),
    )
