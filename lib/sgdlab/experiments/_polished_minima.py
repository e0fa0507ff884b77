"""Minima of the full loss of the network of Mori et al. (2022), sec. 5.3.2: pre-trained by SGD, then polished."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from sgdlab.dynamics.ensemble import one_thread
from sgdlab.experiments._parity_training import parity_network, train
from sgdlab.problems import Network

# Pairs of steps that L-BFGS remembers: with few of them it stalls in the flat valleys of a network.
_MEMORY = 30


@dataclass(frozen=True)
class Minima:
    """Which network is trained, and how.

    Attributes:
        data, n_samples: the first samples of a data set, standardised, labelled +1 (even) and -1 (odd).
        hidden: units of the one hidden layer.
        learning_rate, batch_size, epochs: of the pre-training by SGD, reshuffled, from Glorot's initialisation.
        iterations: of L-BFGS on the full loss, afterwards.
        precision: of the network.
        count: initialisations.
        seed: of all of it.
    """

    data: str
    n_samples: int
    hidden: int
    learning_rate: float
    batch_size: int
    epochs: int
    iterations: int
    precision: str
    count: int
    seed: int


QUICK = Minima(
    data="digits",
    n_samples=1280,
    hidden=10,
    learning_rate=0.01,
    batch_size=16,
    epochs=10,
    iterations=400,
    precision="float64",
    count=2,
    seed=1,
)
FULL = Minima(
    data="mnist",
    n_samples=10_000,
    hidden=10,
    learning_rate=0.01,
    batch_size=100,
    epochs=20,
    iterations=600,
    precision="float32",
    count=3,
    seed=1,
)


@contextmanager
def same_digits() -> Iterator[None]:
    """One thread in PyTorch and in the linear algebra of NumPy and SciPy.

    The last digits may depend on the number of threads, and L-BFGS and SGD magnify them.
    """
    with one_thread(), threadpool_limits(1, user_api="blas"):
        yield


@cache
def find(config: Minima, checkpoint: Path | None = None) -> tuple[Network, torch.Tensor, torch.Tensor]:
    """The network, and its points (M, P) after the pre-training and after L-BFGS, of M initialisations.

    L-BFGS does not reach a gradient of 0 in a network's flat valleys; what is left of it is to be measured. The same
    call returns the same objects: two experiments of one page share them.
    """
    network = parity_network(config.data, config.n_samples, [config.hidden], config.precision)
    with same_digits():
        (trained,) = train(
            network,
            [config.epochs],
            learning_rate=config.learning_rate,
            batch_size=config.batch_size,
            replicas=config.count,
            seed=config.seed,
            checkpoint=checkpoint,
        )
        return network, trained, torch.stack([_polished(network, theta, config.iterations) for theta in trained])


def _polished(network: Network, theta: torch.Tensor, iterations: int) -> torch.Tensor:
    everything = torch.arange(network.n_samples)
    value_and_gradient = torch.func.grad_and_value(network.loss)

    def function(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        gradient, loss = value_and_gradient(torch.as_tensor(point).to(theta), everything)
        return float(loss), gradient.double().numpy()

    limits = {"maxiter": iterations, "maxfun": 2 * iterations, "maxcor": _MEMORY, "ftol": 0, "gtol": 0}
    found = minimize(function, theta.double().numpy(), jac=True, method="L-BFGS-B", options=limits)
    return torch.as_tensor(found.x).to(theta)
