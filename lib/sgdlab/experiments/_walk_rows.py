"""One setting of SGD away from a trained point: what is measured along its walk, and what theory says without a fit."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.experiments._walks import Setting, Walk, exponent, slope, walk
from sgdlab.laws.walk_from_minimum import walk_from_minimum
from sgdlab.measure import Estimate, mean_of, noise_strength
from sgdlab.problems import Network

Array = NDArray[np.float64]
Row = dict[str, Array | float]

# Epochs of a run, the exponent is that of the last one; points of its curves, and where they begin.
EPOCHS = 2
_POINTS = 40
_FIRST = 1 / 20
# In the second epoch, so often and evenly, the gradients of some replicas are measured.
_SNAPSHOTS = 3


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The quadratic loss and the noise that theory takes for those around a trained point.

    Attributes:
        curvatures, noises: (V, M), V spectra of M Hessian eigenvalues, without weight decay, and of the noise there.
    """

    curvatures: Array
    noises: Array


@dataclass(frozen=True)
class Plan:
    """What all settings share.

    Attributes:
        weight_decay: of SGD.
        window: the exponent is also measured over steps window + 1 to 2 window.
        replicas, measured_replicas, measured_samples, seed: as in `network_displacement.Config`.
    """

    weight_decay: float
    window: int
    replicas: int
    measured_replicas: int
    measured_samples: int
    seed: int


def run_setting(
    network: Network, theta: torch.Tensor, setting: Setting, plan: Plan, around: Surroundings | None
) -> Row:
    """Walk from theta (P,), and predict the walk; without surroundings the predictions are 0."""
    epoch = network.n_samples // setting.batch_size
    steps = EPOCHS * max(epoch, plan.window)
    walked = walk(
        network,
        theta,
        setting,
        weight_decay=plan.weight_decay,
        steps=steps,
        replicas=plan.replicas,
        keep_at=[round(epoch * (1 + (part + 0.5) / _SNAPSHOTS)) for part in range(_SNAPSHOTS)],
        kept=plan.measured_replicas,
        seed=plan.seed,
    )
    last = EPOCHS * epoch
    scale = setting.batch_size * (1 - setting.momentum**2) / setting.learning_rate**2
    seen = _seen(epoch)
    squares, mean = walked.displacements, walked.displacements.mean(0)
    return {
        "learning_rate": setting.learning_rate,
        "batch_size": setting.batch_size,
        "momentum": setting.momentum,
        "reshuffled": float(setting.sampling == "reshuffled"),
        **exponent(squares, epoch, last).named("exponent"),
        **exponent(squares, plan.window, EPOCHS * plan.window).named("window_exponent"),
        **mean_of(scale * walked.steps[:, epoch:last].mean(1)).named("step"),
        "drift_share": float(walked.drift[last - 1] / mean[last - 1]),
        **_predicted(network, setting, plan, around, steps),
        **_measured_on_the_way(network, walked, setting, plan),
        "curve_steps": seen.astype(float),
        "curve": mean[seen - 1],
        "step_curve": scale * walked.steps.mean(0)[seen - 1],
    }


def _seen(epoch: int) -> NDArray[np.int64]:
    """Steps at which a curve is kept, evenly in the logarithm."""
    return np.maximum(np.rint(epoch * np.geomspace(_FIRST, EPOCHS, _POINTS)).astype(np.int64), 1)


def _predicted(network: Network, setting: Setting, plan: Plan, around: Surroundings | None, steps: int) -> Row:
    """The walk from a quadratic minimum, averaged over the spectra; their scatter is its error."""
    epoch = network.n_samples // setting.batch_size
    last = EPOCHS * epoch
    if around is None:
        zero = Estimate(0.0, 0.0)
        return {
            **zero.named("predicted_exponent"),
            **zero.named("predicted_window_exponent"),
            "predicted_step": 0.0,
            "predicted_curve": np.zeros(_POINTS),
        }
    walks = [
        walk_from_minimum(
            steps,
            curvatures + plan.weight_decay,
            noises,
            setting.learning_rate,
            setting.momentum,
            setting.batch_size,
            network.n_samples if setting.sampling == "reshuffled" else None,
        )
        for curvatures, noises in zip(around.curvatures, around.noises, strict=True)
    ]
    scale = setting.batch_size * (1 - setting.momentum**2) / setting.learning_rate**2
    displacement = np.mean([one.displacement for one in walks], axis=0)
    whole = _mean_of([slope(one.displacement, epoch, last) for one in walks])
    window = _mean_of([slope(one.displacement, plan.window, EPOCHS * plan.window) for one in walks])
    return {
        **whole.named("predicted_exponent"),
        **window.named("predicted_window_exponent"),
        "predicted_step": float(scale * np.mean([one.step[epoch:last].mean() for one in walks])),
        "predicted_curve": displacement[_seen(epoch) - 1],
    }


def _mean_of(values: list[float]) -> Estimate:
    return mean_of(values) if len(values) > 1 else Estimate(values[0], 0.0)


def _measured_on_the_way(network: Network, walked: Walk, setting: Setting, plan: Plan) -> Row:
    """The noise where replicas are, and what their mean gradients add to the square of the buffer."""
    generator = torch.Generator().manual_seed(plan.seed)
    n, m = network.n_samples, plan.measured_samples
    noises, left_out = [], []
    for theta, buffer in zip(walked.places.flatten(0, 1), walked.buffers.flatten(0, 1), strict=True):
        samples = torch.randperm(n, generator=generator)[:m]
        noise = float(noise_strength(network, theta, None if m == n else samples).value)
        gradient = (network.gradient(theta, samples) + plan.weight_decay * theta).double()
        # The square of a mean over some of the samples holds their noise.
        square = float(gradient.square().sum()) - noise * (n - m) / (m * (n - 1))
        left_out.append(square + 2 * setting.momentum * float(buffer.double() @ gradient))
        noises.append(noise)
    shape = walked.places.shape[:2]
    return {
        **mean_of(np.reshape(noises, shape).mean(0)).named("noise_seen"),
        **mean_of(setting.batch_size * np.reshape(left_out, shape).mean(0)).named("left_out"),
    }
