"""Curvature of the network of Mori et al. (2022), sec. 5.3.2 and fig. 6, at the end of its training and at a minimum.

Gauss-Newton spectrum, eq. (44), beside the Hessian. For one hidden layer of ReLU units the two differ by

    (1/N) sum_mu r_mu d^2 f_mu / (da_j dw_j) = (1/a_j) dL/dw_j

and their transposes: by nothing where the gradient is zero.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.curvature import effective_dimension, gauss_newton_spectrum, top_eigenpairs
from sgdlab.experiments import _polished_minima
from sgdlab.problems import Network

DEFINITIONS = ("participation-ratio", "entropy")


@dataclass(frozen=True)
class Config:
    """What is measured at the minima.

    Attributes:
        minima: the network and its minima.
        eigenvalues: the largest ones of Hessian and Gauss-Newton matrix, of all samples.
        every: the whole Gauss-Newton spectrum is that of one sample in so many.
    """

    minima: _polished_minima.Minima
    eigenvalues: int
    every: int


QUICK = Config(minima=_polished_minima.QUICK, eigenvalues=10, every=1)
FULL = Config(minima=_polished_minima.FULL, eigenvalues=20, every=2)


def run(config: Config, checkpoints: Path | None = None) -> dict[str, NDArray[np.floating]]:
    """Find the minima and measure the curvature before and after L-BFGS.

    Returns:
        M initialisations, 2 stages: pre-trained, polished.
        loss, gradient (M, 2): L and |grad L|.
        hessian, gauss_newton (M, 2, K): the largest eigenvalues, descending.
        gap (M, 2): spectral norm of the Hessian minus the Gauss-Newton matrix, max_j |grad_j L| / |a_j|, where grad_j
        is the gradient in the weights and the bias of hidden unit j.
        spectrum (M, N'): Gauss-Newton eigenvalues after polishing, descending, float32, of N' = N / every samples.
        trace, participation_ratio, entropy (M,): effective dimensions of it; trace is their sum over the largest.
    """
    network, *stages = _polished_minima.find(config.minima, checkpoints and checkpoints / "training.pt")
    results: dict[str, NDArray[np.floating]] = {}
    for name in ("loss", "gradient", "gap", "hessian", "gauss_newton"):
        values = [[_measure(network, theta, config)[name] for theta in replicas] for replicas in stages]
        results[name] = np.array(values, dtype=np.float64).swapaxes(0, 1)
    samples = torch.arange(0, network.n_samples, config.every)
    spectra = [gauss_newton_spectrum(network, theta, samples=samples) for theta in stages[1]]
    results["spectrum"] = np.array(spectra, dtype=np.float32)
    results["trace"] = np.array([spectrum.sum() / spectrum[0] for spectrum in spectra])
    for definition in DEFINITIONS:
        key = definition.replace("-", "_")
        results[key] = np.array([effective_dimension(spectrum, definition) for spectrum in spectra])
    return results


def gap(network: Network, theta: torch.Tensor) -> float:
    """Spectral norm of the Hessian minus the Gauss-Newton matrix, one hidden layer of ReLU units, one output.

    The difference pairs (w_j, c_j) with a_j, by the vector grad_j L / a_j: its eigenvalues are plus and minus the
    lengths of these vectors, and 0.
    """
    gradient = network.parameters(network.gradient(theta))
    weights, biases, _, _ = gradient.values()
    output = list(network.parameters(theta).values())[2][0]
    return float(((weights.square().sum(1) + biases.square()).sqrt() / output.abs()).max())


def _measure(network: Network, theta: torch.Tensor, config: Config) -> dict[str, float | NDArray[np.floating]]:
    measured: dict[str, float | NDArray[np.floating]] = {
        "loss": float(network.loss(theta)),
        "gradient": float(network.gradient(theta).norm()),
        "gap": gap(network, theta),
    }
    for operator in ("hessian", "gauss-newton"):
        values, _ = top_eigenpairs(network, theta, config.eigenvalues, config.minima.seed, operator)
        measured[operator.replace("-", "_")] = values.numpy()
    return measured
