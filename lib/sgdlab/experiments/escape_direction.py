"""The noise of a network along its gradient, on the way out of the valley: decoupling and the kurtosis of the slopes.

The network of Mori et al. (2022), sec. 5.1, trained as in `minibatch_covariance`, is moved along the sharpest direction
of its Hessian until its loss has grown by a given ratio. If the outputs were linear in the parameters and the residuals
at the trained point independent of the slopes a = v . grad f, the one-dimensional law `input_kurtosis_variance` would
hold with the kurtosis of these slopes.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import brentq

from sgdlab.curvature import top_eigenpairs
from sgdlab.experiments import minibatch_covariance
from sgdlab.experiments._residuals import with_residuals
from sgdlab.measure import projected_gradients
from sgdlab.problems import Network


@dataclass(frozen=True)
class Config:
    """What is trained, and how far it is moved.

    Attributes:
        training: the network and its training; the seeds count up from its seed.
        loss_ratios: loss over that of the trained point, each above 1.
        replicas: independent initialisations.
    """

    training: minibatch_covariance.Config
    loss_ratios: tuple[float, ...]
    replicas: int


QUICK = Config(training=minibatch_covariance.QUICK, loss_ratios=(1.1, 1.3, 1.6, 2.0, 3.0, 4.0), replicas=4)
FULL = replace(QUICK, training=replace(minibatch_covariance.FULL, precision="float64"))


def run(config: Config, checkpoints: Path | None = None) -> dict[str, NDArray[np.float64]]:
    """Train each replica, walk up the sharpest direction, and measure along the gradient there.

    Returns:
        R replicas, C loss ratios. loss_ratio (C,). loss (R,): at the trained point.
        kurtosis (R,): of the slopes a along the sharpest direction at the trained point, E a^4 / (E a^2)^2.
        rho (R, C): decoupling ratio along the gradient. noise_ratio (R, C): variance of the per-sample gradients along
        the gradient, divided by the decoupled 2 L E a^2.
    """
    replicas = []
    for r in range(config.replicas):
        training = replace(config.training, seed=config.training.seed + r)
        replicas.append(_climb(training, config, checkpoints and checkpoints / f"training-{r}.pt"))
    measured = {key: np.array([replica[key] for replica in replicas]) for key in replicas[0]}
    return {"loss_ratio": np.array(config.loss_ratios)} | measured


def _climb(
    training: minibatch_covariance.Config, config: Config, checkpoint: Path | None
) -> dict[str, NDArray[np.float64]]:
    network, trained = minibatch_covariance.trained(training, checkpoint)
    loss = float(network.loss(trained))
    _, (sharpest,) = top_eigenpairs(network, trained, 1, training.seed)
    slopes = _slopes(network, trained, sharpest)

    def excess(distance: float, ratio: float) -> float:
        return float(network.loss(trained + distance * sharpest)) - ratio * loss

    points = []
    for ratio in config.loss_ratios:
        reach = (2 * ratio * loss / float(slopes.square().mean())) ** 0.5  # where the parabola alone has this loss
        distance = brentq(excess, 0.0, 2 * reach, args=(ratio,))
        points.append(_along_gradient(network, trained + distance * sharpest))
    rho, noise_ratio = np.array(points).T
    kurtosis = slopes.pow(4).mean() / slopes.square().mean() ** 2
    return {"loss": np.array(loss), "kurtosis": kurtosis.numpy(), "rho": rho, "noise_ratio": noise_ratio}


def _slopes(network: Network, theta: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
    """Slopes v . grad f_mu of the output along a unit vector, (N,), float64."""
    unit = with_residuals(network, theta, torch.ones_like(network.targets))
    return projected_gradients(unit, theta, direction[None])[:, 0]


def _along_gradient(network: Network, theta: torch.Tensor) -> tuple[float, float]:
    """The decoupling ratio, and the true variance over the decoupled one, along the gradient."""
    gradient = network.gradient(theta)
    slopes = _slopes(network, theta, gradient / gradient.norm())
    residuals = (network.outputs(theta) - network.targets)[:, 0].double()
    decoupled = residuals.square().mean() * slopes.square().mean()
    along = residuals * slopes
    return float(along.square().mean() / decoupled), float(along.var(correction=0) / decoupled)
