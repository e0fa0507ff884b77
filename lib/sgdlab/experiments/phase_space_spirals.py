"""Spirals in phase space: SGD with momentum on linear regression, along Hessian eigenvectors of real images.

Figure 2 of Kunin et al. (2024): position and velocity along the first eigenvector for three momenta, against laws
`propagator_11` and `propagator_21`. The output is one of the ten of a linear classifier with the mean-square loss, the
start PyTorch's. Distances are from the exact minimum, not from a mean of late iterates. Batches are drawn with
replacement: then the mean over them is gradient descent with momentum, whatever their size.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.data import load
from sgdlab.dynamics import sgd
from sgdlab.dynamics.ensemble import one_thread
from sgdlab.experiments._ringing_fit import ringing_fit
from sgdlab.laws.limiting_dynamics import oscillation_onset_heavy_ball
from sgdlab.measure import Estimate, jackknife
from sgdlab.problems import LinearRegression

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Path:
    """A momentum, and for how many steps it is followed."""

    momentum: float
    steps: int


@dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        data: name of the data set; all its training images that are there.
        label: the class whose output is learned, 1 for its images and 0 for the others.
        relative_learning_rate: eta times the first eigenvalue.
        batch_size: drawn with replacement.
        eigenvectors: numbers of the eigenvectors along which SGD is watched, from 0, in descending order of curvature.
        paths: momenta.
        shown: steps that are kept of single runs.
        replicas: runs from the same start.
        precision: of the runs.
        seed: of the start, and of the batches of the first momentum; the others' count up from it.
    """

    data: str
    label: int
    relative_learning_rate: float
    batch_size: int
    eigenvectors: tuple[int, ...]
    paths: tuple[Path, ...]
    shown: int
    replicas: int
    precision: str
    seed: int


QUICK = Config(
    data="digits",
    label=0,
    relative_learning_rate=0.009196,  # of the paper: 1e-5 times 919.6
    batch_size=64,
    eigenvectors=(0, 4),
    paths=(Path(0.9, 80), Path(0.99, 600), Path(0.999, 3000)),
    shown=360,
    replicas=32,
    precision="float64",
    seed=2,
)
FULL = replace(QUICK, data="cifar-10", batch_size=512, replicas=8, precision="float32")


def run(config: Config) -> dict[str, Array]:
    """Train, and watch.

    Returns:
        M momenta, E eigenvectors. curvature (E,), start (E,): eigenvalues, and distances from the minimum at the start,
        all made positive by the signs of the eigenvectors.
        n_samples, learning_rate (): N and eta.
        position_m (E, K + 1), velocity_m (E, K + 1): the first run with momentum number m, for K = `shown` steps or all
        that there are; velocities are (theta_k - theta_{k-1}) / eta.
        damping, angle (M, E), each with its standard error under the name with _error: decay and angle in a step, of
        the fit `ringing_fit` to the mean over the runs; 0 for a mode below the onset of oscillation.
    """
    problem = _problem(config)
    values, vectors = problem.eigenbasis()
    start, chosen = _start(problem.dimension, config.seed), list(config.eigenvectors)
    curvatures, along = values[chosen], vectors[chosen]
    distances = along @ problem.gradient(start) / curvatures
    along, distances = along * torch.sign(distances)[:, None], distances.abs()
    rate = config.relative_learning_rate / float(values[0])
    results = {
        "n_samples": np.array(problem.n_samples),
        "learning_rate": np.array(rate),
        "curvature": curvatures.numpy(),
        "start": distances.numpy(),
    }
    fits = []
    for number, path in enumerate(config.paths):
        positions = _watch(problem, start, along, rate, path, config) + results["start"]
        velocities = np.diff(positions, axis=1, prepend=positions[:, :1]) / rate
        shown = slice(config.shown + 1)
        results |= {f"position_{number}": positions[0, shown].T, f"velocity_{number}": velocities[0, shown].T}
        fits.append([_fitted(positions[:, :, e], rate * h, path.momentum) for e, h in enumerate(results["curvature"])])
    fitted = Estimate.stack(fits)
    for column, name in enumerate(("damping", "angle")):
        results[name] = np.asarray(fitted.value)[..., column]
        results[f"{name}_error"] = np.asarray(fitted.standard_error)[..., column]
    return results


def _problem(config: Config) -> LinearRegression:
    data = load(config.data, dtype=torch.float64).flat()
    return LinearRegression(data.inputs, data.one_hot()[:, config.label])


def _start(dimension: int, seed: int) -> torch.Tensor:
    """PyTorch's initial weights of a linear layer, uniform up to 1 / sqrt(d), shape (d,)."""
    uniform = torch.rand(dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    weights: torch.Tensor = (2 * uniform - 1) / dimension**0.5
    return weights


def _watch(
    problem: LinearRegression,
    start: torch.Tensor,
    along: torch.Tensor,
    learning_rate: float,
    path: Path,
    config: Config,
) -> Array:
    """Distances from the start along the directions (E, d) after 0, 1, ... steps, shape (R, K + 1, E)."""
    precision = getattr(torch, config.precision)
    directions, origin = along.to(precision), start.to(precision)
    with one_thread():
        projections = sgd(
            LinearRegression(problem.inputs.to(precision), problem.targets.to(precision)),
            origin.expand(config.replicas, -1),
            learning_rate=learning_rate,
            batch_size=config.batch_size,
            steps=path.steps,
            sampling="with-replacement",
            seed=config.seed + config.paths.index(path),
            observe=lambda states: (states - origin) @ directions.T,
            observe_at=range(path.steps + 1),
            momentum=path.momentum,
            allow_divergence=True,  # spares it another eigenbasis; rate times the largest eigenvalue is far below 2
        )
    return np.asarray(torch.stack(projections, 1).double().numpy())


def _fitted(positions: Array, relative_learning_rate: float, momentum: float) -> Estimate:
    """Decay and angle in a step, (2,), of the mean over runs (R, K + 1); 0 for a mode that does not ring."""
    if relative_learning_rate <= oscillation_onset_heavy_ball(momentum=momentum):
        return Estimate(np.zeros(2), np.zeros(2))
    return jackknife(lambda some: ringing_fit(some.mean(0)), positions, blocks=len(positions))
