"""How far a trained network moves: steps and displacements against learning rate, batch size and momentum.

Figures 7 and 8 of Kunin et al. (2024) on networks that a laptop trains. A run leaves the trained point at rest; the
exponent is that of its second epoch. What theory needs, the covariance of the per-sample gradients and the Hessian, is
measured at the trained point, and nothing is fitted.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.curvature import hessian_vector_product
from sgdlab.experiments._noise_spectrum import exact_spectrum, lanczos_spectra
from sgdlab.experiments._polished_minima import same_digits
from sgdlab.experiments._walk_rows import Plan, Surroundings, run_setting
from sgdlab.experiments._walk_starts import Start, trained
from sgdlab.experiments._walks import Setting
from sgdlab.measure import Estimate, mean_of, noise_strength
from sgdlab.problems import Network


@dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        start: the trained network.
        base: the setting from which one hyperparameter at a time is changed.
        learning_rates, batch_sizes, momenta: the other values of each; every batch size divides the samples.
        stopped_after: epochs of each stage of the training that another run of the base setting leaves, not polished.
        replicas: of each setting.
        probes: of Hutchinson's estimate of the Hessian's trace.
        quadrature: sharpest eigenvectors, random vectors and depth of the noise spectrum; None for every eigenvector.
        measured_replicas, measured_samples: the noise on the way is measured where so many replicas are, from so many
            random samples.
        seed: of the first setting's runs; the others count up from it.
    """

    start: Start
    base: Setting
    learning_rates: tuple[float, ...]
    batch_sizes: tuple[int, ...]
    momenta: tuple[float, ...]
    stopped_after: int
    replicas: int
    probes: int
    quadrature: tuple[int, int, int] | None
    measured_replicas: int
    measured_samples: int
    seed: int


QUICK = Config(
    start=Start(
        data="digits",
        n_samples=1280,
        architecture="dense",
        widths=(12,),
        weight_decay=1e-2,
        learning_rates=(0.05, 0.002),
        batch_size=32,
        epochs=8,
        iterations=200,
        precision="float64",
        seed=1,
    ),
    base=Setting(learning_rate=0.001, batch_size=8, momentum=0.9),
    learning_rates=(0.004,),
    batch_sizes=(32,),
    momenta=(0.975,),
    stopped_after=2,
    replicas=24,
    probes=64,
    quadrature=None,
    measured_replicas=4,
    measured_samples=1280,
    seed=1,
)
# The same network: more settings, and replicas enough to tell two hundredths of an exponent.
FULL = replace(
    QUICK,
    learning_rates=(0.00025, 0.0005, 0.002, 0.004),
    batch_sizes=(2, 4, 16, 32),
    momenta=(0.6, 0.8, 0.95, 0.975),
    replicas=256,
    measured_replicas=16,
)


def settings(config: Config) -> list[Setting]:
    """The base setting, the three sweeps, the base setting reshuffled."""
    base = config.base
    return [
        base,
        *(replace(base, learning_rate=eta) for eta in config.learning_rates),
        *(replace(base, batch_size=size) for size in config.batch_sizes),
        *(replace(base, momentum=beta) for beta in config.momenta),
        replace(base, sampling="reshuffled"),
    ]


def run(config: Config) -> dict[str, NDArray[np.float64]]:
    """Train, measure the trained point, run every setting.

    Returns:
        At the trained point: loss (), without weight decay; gradient_square (): of the loss with weight decay;
        noise (): Tr C of the per-sample gradients; hessian_trace, hessian_trace_error (): weight decay not included.
        Of S settings, in the order of `settings`, and last the base setting from the point where training stopped:
        learning_rate, batch_size, momentum, reshuffled, stopped (S,).
        exponent (S,): of the second epoch. window_exponent (S,): over the steps of the base setting's second epoch.
        predicted_exponent, predicted_window_exponent (S,): of the walk from a quadratic minimum; 0 for the last
        setting, which leaves no minimum. Each with its _error.
        step, step_error (S,): mean-square step of the second epoch, times B (1 - beta^2) / eta^2. predicted_step (S,).
        noise_seen (S,): Tr C where replicas are in the second epoch. left_out (S,): there, B (E|g|^2 + 2 beta E v.g).
        Each with its _error.
        drift_share (S,): |E Delta|^2 / E |Delta|^2 after the second epoch.
        curve_steps, curve, predicted_curve (S, T): mean-square displacements. step_curve (S, T): as `step`.
    """
    plan = Plan(
        weight_decay=config.start.weight_decay,
        window=config.start.n_samples // config.base.batch_size,
        replicas=config.replicas,
        measured_replicas=config.measured_replicas,
        measured_samples=config.measured_samples,
        seed=config.seed,
    )
    with same_digits():
        network, theta = trained(config.start)
        around, trace = _surroundings(network, theta, config)
        gradient = network.gradient(theta) + plan.weight_decay * theta
        rows = [
            run_setting(network, theta, setting, replace(plan, seed=plan.seed + row), around)
            for row, setting in enumerate(settings(config))
        ]
        left, early = trained(replace(config.start, epochs=config.stopped_after, iterations=0))
        rows.append(run_setting(left, early, config.base, replace(plan, seed=plan.seed + len(rows)), None))
        point = {
            "loss": np.array(float(network.loss(theta))),
            "gradient_square": np.array(float(gradient.double().square().sum())),
            "noise": np.array(float(noise_strength(network, theta).value)),
            **trace.named("hessian_trace"),
        }
    named = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    return point | {"stopped": np.eye(len(rows))[-1]} | named


def _surroundings(network: Network, theta: torch.Tensor, config: Config) -> tuple[Surroundings, Estimate]:
    """Noise and Hessian at the trained point; the Hessian's trace by Hutchinson's random signs."""
    generator = torch.Generator().manual_seed(config.seed)
    signs = 2.0 * torch.randint(2, (config.probes, network.dimension), generator=generator).to(theta) - 1
    traces = [float(probe @ hessian_vector_product(network, theta, probe)) for probe in signs]
    if config.quadrature is None:
        curvatures, noises = (values[None] for values in exact_spectrum(network, theta))
    else:
        curvatures, noises = lanczos_spectra(network, theta, *config.quadrature, config.seed)
    return Surroundings(curvatures, noises), mean_of(traces)
