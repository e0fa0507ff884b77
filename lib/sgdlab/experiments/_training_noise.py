"""The strength of the gradient noise of a classifier, beside its loss, all along the training."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.curvature.layer_factors import sample_gradient_squares
from sgdlab.data import load
from sgdlab.dynamics import sgd
from sgdlab.experiments._residuals import with_residuals
from sgdlab.measure import mean_of, noise_strength
from sgdlab.problems import Network, convolutional, fully_connected
from sgdlab.problems.losses import SAMPLE_LOSSES
from sgdlab.runs import Checkpoint


@dataclass(frozen=True)
class Training:
    """What is trained, and when its noise is measured.

    Attributes:
        data, n_samples: the first samples of a data set.
        normalise: whether pixels are standardised; otherwise they lie between 0 and 1.
        hidden: widths of the hidden layers; for a convolutional network, the channels of each stack.
        loss: `"mean-square"` with one-hot targets, or `"cross-entropy"`.
        learning_rate, batch_size, epochs: of SGD with reshuffled batches, from Glorot's initialisation.
        measurements: the noise is measured at the start and after about so many of the epochs, evenly spaced in the
            logarithm; after each of them if there are no more.
        measured_samples: from so many samples, drawn anew each time; `n_samples` for the exact noise strength.
        replicas: independent initialisations, with independent batches.
        precision: of data, parameters and gradients; means over samples are in float64.
        seed: of all of it.
        device: where it runs.
    """

    data: str
    n_samples: int
    normalise: bool
    hidden: tuple[int, ...] | tuple[tuple[int, ...], ...]
    loss: str
    learning_rate: float
    batch_size: int
    epochs: int
    measurements: int
    measured_samples: int
    replicas: int
    precision: str = "float32"
    seed: int = 1
    device: str = "cpu"


@dataclass(frozen=True)
class Config:
    """The two networks of a figure."""

    dense: Training
    convolutional: Training


def run(config: Config, checkpoints: Path | None = None) -> dict[str, NDArray[np.float64]]:
    """Train both networks.

    Returns:
        What `noise_along_training` returns, under its names with the prefix dense_ or convolutional_.
    """
    return {
        f"{name}_{key}": values
        for name, training in (("dense", config.dense), ("convolutional", config.convolutional))
        for key, values in noise_along_training(training, checkpoints and checkpoints / f"{name}.pt").items()
    }


def noise_along_training(training: Training, checkpoint: Path | None = None) -> dict[str, NDArray[np.float64]]:
    """Train the replicas and measure each of them at T epochs.

    A residual is the derivative of a sample's loss with respect to its C outputs: f - y for the mean-square loss,
    softmax(f) - y for the cross-entropy. Where a file for a checkpoint is named, the run can be interrupted.

    Returns:
        epochs (T,): when, from 0 to the last.
        loss (R, T): L, from all samples. square_loss (R, T): mean of ell^2. residual (R, T): mean of |residual|^2, for
        the mean-square loss 2 L. misfit (R, T): share of the samples whose label has not the largest output.
        noise (R, T): noise strength, Mori et al. (2022), sec. 5.2, and noise_error: its standard error, 0 where all
        samples are measured.
        gradient (R, T): mean over samples and outputs of |grad f|^2, and gradient_error. Residuals that are independent
        of the gradients and of each other make the noise residual * gradient: eq. (9), there for one output.

    Raises:
        ValueError: `measured_samples` outside its range, or as `sgdlab.data.load`, `Network` and `sgd` raise.
    """
    if not 2 <= training.measured_samples <= training.n_samples:
        raise ValueError(
            f"measured_samples must be from 2 to the {training.n_samples} samples, got {training.measured_samples}"
        )
    network, labels = build(training)
    epochs = measured_epochs(training)
    steps_per_epoch = training.n_samples // training.batch_size
    generator = torch.Generator().manual_seed(training.seed)
    history = sgd(
        network,
        network.initial(training.seed, training.replicas),
        learning_rate=training.learning_rate,
        batch_size=training.batch_size,
        steps=training.epochs * steps_per_epoch,
        seed=training.seed,
        observe=lambda states: [_measure(network, theta, labels, training, generator) for theta in states],
        observe_at=[epoch * steps_per_epoch for epoch in epochs],
        checkpoint=None if checkpoint is None else Checkpoint(checkpoint, generators=[generator]),
    )
    keys = history[0][0].keys()
    measured = {key: np.array([[replica[key] for replica in states] for states in history]).T for key in keys}
    return {"epochs": np.array(epochs, dtype=np.float64)} | measured


def build(training: Training) -> tuple[Network, torch.Tensor]:
    """The network on its data, and the labels (N,)."""
    dtype = getattr(torch, training.precision)
    data = load(training.data, first=training.n_samples, normalise=training.normalise, dtype=dtype)
    channels, size, _ = data.inputs.shape[1:]
    if isinstance(training.hidden[0], tuple):
        module = convolutional(training.hidden, in_channels=channels, size=size, classes=data.classes)
    else:
        module = fully_connected([channels * size**2, *training.hidden, data.classes])
    targets = data.one_hot() if training.loss == "mean-square" else data.labels
    inputs, targets, labels = (tensor.to(training.device) for tensor in (data.inputs, targets, data.labels))
    return Network(module, inputs, targets, training.loss), labels


def measured_epochs(training: Training) -> list[int]:
    """0 and the epochs of `measurements`, without repetition."""
    if training.measurements >= training.epochs:
        return list(range(training.epochs + 1))
    spaced = np.geomspace(1, training.epochs, training.measurements).round()
    return [0, *np.unique(spaced.astype(int)).tolist()]


def _measure(
    network: Network, theta: torch.Tensor, labels: torch.Tensor, training: Training, generator: torch.Generator
) -> dict[str, float]:
    outputs = network.outputs(theta).requires_grad_()
    losses = SAMPLE_LOSSES[training.loss](outputs, network.targets)
    (residuals,) = torch.autograd.grad(losses.sum(), outputs)
    ell = losses.detach().double()

    samples = torch.randperm(network.n_samples, generator=generator)[: training.measured_samples].to(theta.device)
    everything = training.measured_samples == network.n_samples
    noise = noise_strength(network, theta, None if everything else samples)
    signs = 2 * torch.randint(2, (len(samples), network.n_outputs), generator=generator) - 1
    probe = with_residuals(network, theta, signs.to(theta), samples)
    squares = torch.cat([sample_gradient_squares(probe, theta, part) for part in probe.chunks()])
    gradient = mean_of(squares.cpu().numpy() / network.n_outputs)
    return {
        "loss": float(ell.mean()),
        "square_loss": float(ell.square().mean()),
        "residual": float(residuals.double().square().sum(1).mean()),
        "misfit": float((outputs.argmax(1) != labels).double().mean()),
        "noise": float(noise.value),
        "noise_error": float(noise.standard_error),
        "gradient": float(gradient.value),
        "gradient_error": float(gradient.standard_error),
    }
