"""A minimum of a small network with smooth units and weight decay, found to all digits that SGD could notice."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import nn

from sgdlab.data import load
from sgdlab.experiments._polished_minima import same_digits
from sgdlab.problems import Network

Array = NDArray[np.float64]

TASKS = ("parity", "classes")
# Pairs of steps that L-BFGS remembers: with few of them it stalls in the flat valleys of a network.
_MEMORY = 30


@dataclass(frozen=True)
class Minimum:
    """Which network is trained, and how.

    Attributes:
        data, n_samples: the first samples of a data set, standardised.
        task: "parity": one output, +1 for even and -1 for odd digits, mean-square loss; "classes": one output for each
            class, cross-entropy.
        hidden: units of the one hidden layer, tanh.
        weight_decay: lambda.
        iterations: of L-BFGS on the loss of all samples with weight decay, from Glorot's initialisation.
        newton_steps: of a trust-region Newton method afterwards, at most.
        seed: of the initialisation.
    """

    data: str
    n_samples: int
    task: str
    hidden: int
    weight_decay: float
    iterations: int
    newton_steps: int
    seed: int


@cache
def find(config: Minimum) -> tuple[Network, Network, torch.Tensor]:
    """The network on its samples, the same on as many others for a test, and the minimum (P,), float64.

    The same call returns the same objects. Raises ValueError for an unknown task.
    """
    if config.task not in TASKS:
        raise ValueError(f"task must be one of {', '.join(TASKS)}, got {config.task!r}")
    data = load(config.data, first=2 * config.n_samples, dtype=torch.float64)
    inputs = data.flat().inputs
    parity = config.task == "parity"
    targets, loss, outputs = (
        (data.parity(), "mean-square", 1) if parity else (data.labels, "cross-entropy", data.classes)
    )
    module = nn.Sequential(
        nn.Linear(inputs.shape[1], config.hidden, device="meta"),
        nn.Tanh(),
        nn.Linear(config.hidden, outputs, device="meta"),
    )
    train, test = (
        Network(module, inputs[part], targets[part], loss)
        for part in (slice(config.n_samples), slice(config.n_samples, 2 * config.n_samples))
    )
    with same_digits():
        return train, test, _minimised(train, train.initial(config.seed)[0], config)


def _minimised(network: Network, start: torch.Tensor, config: Minimum) -> torch.Tensor:
    """Where L-BFGS and then Newton's method take the loss with weight decay."""
    everything = torch.arange(network.n_samples)
    value_and_gradient = torch.func.grad_and_value(network.loss)
    decay = config.weight_decay

    def function(point: Array) -> tuple[float, Array]:
        gradient, loss = value_and_gradient(torch.as_tensor(point), everything)
        return float(loss) + decay / 2 * float(point @ point), gradient.numpy() + decay * point

    limits = {"maxiter": config.iterations, "maxfun": 2 * config.iterations, "maxcor": _MEMORY, "ftol": 0, "gtol": 0}
    near = minimize(function, start.numpy(), jac=True, method="L-BFGS-B", options=limits).x
    product = _Products(network, decay)
    ends = {"maxiter": config.newton_steps, "gtol": 1e-8}
    return torch.as_tensor(minimize(function, near, jac=True, hessp=product, method="trust-ncg", options=ends).x)


class _Products:
    """Products of the Hessian with vectors; the gradient's graph is kept from one vector to the next."""

    def __init__(self, network: Network, weight_decay: float) -> None:
        self._network, self._weight_decay = network, weight_decay
        self._point: Array | None = None
        self._multiply: Callable[[torch.Tensor], torch.Tensor]

    def __call__(self, point: Array, vector: Array) -> Array:
        """(H + lambda) v at a point."""
        if self._point is None or not np.array_equal(point, self._point):
            theta = torch.as_tensor(point).clone().requires_grad_()
            loss = self._network.loss(theta, torch.arange(self._network.n_samples))
            (gradient,) = torch.autograd.grad(loss, theta, create_graph=True)
            self._point = point.copy()
            self._multiply = lambda v: torch.autograd.grad(gradient, theta, v, retain_graph=True)[0]
        product: Array = self._multiply(torch.as_tensor(vector)).numpy() + self._weight_decay * vector
        return product
