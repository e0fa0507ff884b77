"""Spectra of the decoupling approximation, at stages of a network's training.

Mori et al. (2022), eqs. (7) and (9), sec. 5.1 and fig. 1: even and odd digits, targets +1 and -1, mean-square loss.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.curvature import gram_matrix, symmetric_spectrum
from sgdlab.experiments._parity_training import parity_network, train
from sgdlab.problems import Network


@dataclass(frozen=True)
class Config:
    """What is trained, and when its spectra are computed.

    Attributes:
        data, n_samples: the first samples of a data set, standardised, labelled +1 (even) and -1 (odd).
        hidden: widths of the hidden layers.
        learning_rate, batch_size: of SGD with reshuffled batches, from Glorot's initialisation.
        stages: epochs after which the spectra are computed, ascending.
        precision: of training and gradients; Gram matrices are in float64.
        seed: of all of it.
    """

    data: str
    n_samples: int
    hidden: tuple[int, ...]
    learning_rate: float
    batch_size: int
    stages: tuple[int, ...]
    precision: str
    seed: int


QUICK = Config(
    data="digits",
    n_samples=300,
    hidden=(100, 100),
    learning_rate=0.01,
    batch_size=100,
    stages=(0, 50, 250),
    precision="float64",
    seed=1,
)
FULL = Config(
    data="mnist",
    n_samples=10_000,
    hidden=(100, 100),
    learning_rate=0.01,
    batch_size=100,
    stages=(0, 50, 500),
    precision="float32",
    seed=1,
)


def run(config: Config, checkpoints: Path | None = None) -> dict[str, NDArray[np.floating]]:
    """Train one network and compute both spectra at each stage.

    C_f = grad f grad f^T, ell = r^2/2 with r = f - y; means are over the samples.

    Returns:
        exact, decoupled (S, N): eigenvalues of mean(ell C_f) and of L mean(C_f), eq. (7), at S stages, descending,
        float32; those below N times 1e-16 of the largest are rounding errors. Those of `decoupled` are those of the
        Gauss-Newton matrix mean(C_f), eq. (11), times L.
    """
    network = build(config)
    stages = train(
        network,
        config.stages,
        learning_rate=config.learning_rate,
        batch_size=config.batch_size,
        seed=config.seed,
        checkpoint=checkpoints and checkpoints / "training.pt",
    )
    exact, decoupled = zip(*(_spectra(network, states[0]) for states in stages), strict=True)
    return {"exact": np.stack(exact), "decoupled": np.stack(decoupled)}


def build(config: Config) -> Network:
    """The network on its data."""
    return parity_network(config.data, config.n_samples, config.hidden, config.precision)


def _spectra(network: Network, theta: torch.Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Eigenvalues (N,) of mean(ell C_f) and of L mean(C_f), descending."""
    ell = network.sample_losses(theta).double()
    gram = gram_matrix(network, theta)
    decoupled = float(ell.mean()) * symmetric_spectrum(gram)
    # Both come from one Gram matrix; in place, for at N = 10,000 it takes 800 MB.
    exact = symmetric_spectrum(gram.mul_(ell.sqrt()[:, None]).mul_(ell.sqrt()))
    return exact.astype(np.float32), decoupled.astype(np.float32)
