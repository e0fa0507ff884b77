"""Trained classifiers from which long walks begin: three architectures, trained by SGD, then polished or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import nn

from sgdlab.data import load
from sgdlab.dynamics import sgd
from sgdlab.problems import Network, convolutional

# Pairs of steps that L-BFGS remembers: with few of them it stalls in the flat valleys of a network.
_MEMORY = 30


@dataclass(frozen=True)
class Start:
    """A trained network.

    Attributes:
        data, n_samples: the first samples of a data set in a random order, standardised.
        architecture: `"dense"` (tanh), `"convolutional"` or `"residual"` (ReLU).
        widths: units of the hidden layers, or channels of the stages.
        weight_decay: lambda, in the training and in all that follows.
        learning_rates: of the training, one after the other for `epochs` each, with momentum 0.9.
        batch_size, epochs: of the training, reshuffled, from Glorot's initialisation.
        iterations: of L-BFGS on the loss of all samples, weight decay included, afterwards; 0 for none.
        precision: of the network.
        seed: of data, initialisation and batches.
    """

    data: str
    n_samples: int
    architecture: str
    widths: tuple[int, ...]
    weight_decay: float
    learning_rates: tuple[float, ...]
    batch_size: int
    epochs: int
    iterations: int
    precision: str
    seed: int


class ResidualBlock(nn.Module):
    """relu(x + conv(relu(conv(x)))) with as many channels as before, 3 x 3, without normalisation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, device="meta")
        self.second = nn.Conv2d(channels, channels, 3, padding=1, device="meta")

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(B, channels, height, width) to the same shape."""
        added: torch.Tensor = inputs + self.second(torch.relu(self.first(inputs)))
        return torch.relu(added)


def residual(channels: Sequence[int], *, in_channels: int, size: int, classes: int) -> nn.Sequential:
    """A slim residual network: in each stage a convolution of stride 2 and a residual block; then the mean over places.

    It has no normalisation, so that a sample's output does not depend on the other samples.
    """
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise([in_channels, *channels]):
        layers += [nn.Conv2d(n_in, n_out, 3, stride=2, padding=1, device="meta"), nn.ReLU(), ResidualBlock(n_out)]
        size = (size + 1) // 2
    return nn.Sequential(*layers, nn.AvgPool2d(size), nn.Flatten(), nn.Linear(channels[-1], classes, device="meta"))


def dense(widths: Sequence[int]) -> nn.Sequential:
    """Linear layers with tanh between them."""
    layers: list[nn.Module] = [nn.Flatten()]
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out, device="meta"), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


@cache
def trained(start: Start) -> tuple[Network, torch.Tensor]:
    """The network with the cross-entropy loss, and its trained parameters (P,).

    Raises:
        ValueError: the architecture is none of the three.
    """
    network = _network(start)
    theta = network.initial(start.seed)
    steps = start.epochs * start.n_samples // start.batch_size
    for stage, learning_rate in enumerate(start.learning_rates):
        (theta,) = sgd(
            network,
            theta,
            learning_rate=learning_rate,
            batch_size=start.batch_size,
            steps=steps,
            seed=start.seed + stage,
            momentum=0.9,
            weight_decay=start.weight_decay,
            observe=lambda states: states,
            observe_at=[steps],
        )
    return network, _polished(network, theta[0], start.weight_decay, start.iterations)


def _network(start: Start) -> Network:
    data = load(start.data, first=start.n_samples, seed=start.seed, dtype=getattr(torch, start.precision))
    channels, size, _ = data.inputs.shape[1:]
    if start.architecture == "dense":
        module = dense([channels * size**2, *start.widths, data.classes])
    elif start.architecture == "convolutional":
        stacks = [[width] for width in start.widths]
        module = convolutional(stacks, in_channels=channels, size=size, classes=data.classes)
    elif start.architecture == "residual":
        module = residual(start.widths, in_channels=channels, size=size, classes=data.classes)
    else:
        raise ValueError(f"architecture must be dense, convolutional or residual, got {start.architecture!r}")
    return Network(module, data.inputs, data.labels, "cross-entropy")


def _polished(network: Network, theta: torch.Tensor, weight_decay: float, iterations: int) -> torch.Tensor:
    """Nearer to the minimum of the loss with weight decay, by so many iterations of L-BFGS."""
    if iterations == 0:
        return theta
    value_and_gradient = torch.func.grad_and_value(network.loss)

    def function(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        at = torch.as_tensor(point).to(theta)
        gradient, loss = torch.zeros_like(at), 0.0
        for part in network.chunks():
            slope, value = value_and_gradient(at, part)
            share = len(part) / network.n_samples
            gradient, loss = gradient + share * slope, loss + share * float(value)
        decayed = gradient + weight_decay * at
        return loss + weight_decay * float(at.double() @ at.double()) / 2, decayed.double().numpy()

    limits = {"maxiter": iterations, "maxfun": 2 * iterations, "maxcor": _MEMORY, "ftol": 0, "gtol": 0}
    found = minimize(function, theta.double().numpy(), jac=True, method="L-BFGS-B", options=limits)
    return torch.as_tensor(found.x).to(theta)
