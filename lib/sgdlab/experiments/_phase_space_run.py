"""A stationary run of SGD with momentum, watched along given directions: second moments, and equipartition."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sgdlab.dynamics import sgd
from sgdlab.measure import Estimate, mean_of
from sgdlab.problems import Network

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """How SGD runs from a minimum, and when it is watched: at every step from `transient` to `steps`."""

    learning_rate: float
    momentum: float
    weight_decay: float
    batch_size: int
    sampling: str
    replicas: int
    transient: int
    steps: int
    virial_every: int
    seed: int


def stationary_run(
    network: Network, minimum: torch.Tensor, curvatures: torch.Tensor, vectors: torch.Tensor, run: Run
) -> tuple[Array, dict[str, Array]]:
    """Watch R replicas along K eigenvectors (K, P) of curvatures (K,); distances are from the minimum (P,).

    Returns:
        The distances (T, R, K), and mean over time of each replica:
        position, midpoint, velocity (R, K): squares about the mean of all replicas, of iterates, of means of two
        successive ones, and of velocities; drift (K,): the square of this mean of the iterates.
        virial, kinetic (R,): <distance . (grad L + lambda theta)> and eta (1 + beta) / 2 <|w|^2>, all directions.
        virial_along (R, K): the first along each vector. Both are means of (h + lambda) distance^2 over all steps, and
        of what is left over the steps at which the gradient is evaluated: the first part has most of the fluctuations.
        virial_batch (R,): with the gradient of the batch, over all steps.
        excess_loss (R,): loss of all samples with weight decay, over that at the minimum, minus 1.
    """
    watch = _Watch(network, minimum, vectors, run)
    pull = curvatures.double().numpy() + run.weight_decay
    states = sgd(
        network,
        minimum.expand(run.replicas, -1),
        learning_rate=run.learning_rate,
        batch_size=run.batch_size,
        steps=run.steps,
        sampling=run.sampling,
        seed=run.seed,
        observe=watch,
        observe_at=range(run.transient, run.steps + 1),
        momentum=run.momentum,
        weight_decay=run.weight_decay,
    )
    x = np.array(states)
    mean = x.mean((0, 1))
    moments = {
        "position": ((x[1:] - mean) ** 2).mean(0),
        "midpoint": (((x[1:] + x[:-1]) / 2 - mean) ** 2).mean(0),
        "velocity": (np.diff(x, axis=0) ** 2).mean(0) / run.learning_rate**2,
        "drift": mean**2,
    }
    energy = pull * x**2
    known = energy.mean(0) - energy[:: run.virial_every].mean(0)  # (R, K)
    found = watch.means()
    found["virial_along"] = found["virial_along"] + known
    found["virial"] = found["virial"] + known.sum(1)
    return x, moments | found


class _Watch:
    """Called with the states at successive steps; keeps sums of what has no place among the distances."""

    def __init__(self, network: Network, minimum: torch.Tensor, vectors: torch.Tensor, run: Run) -> None:
        self._network, self._minimum, self._vectors, self._run = network, minimum, vectors, run
        self._values = torch.func.vmap(torch.func.grad_and_value(network.loss), in_dims=(0, None))
        self._everything = torch.arange(network.n_samples)
        self._at_minimum = float(network.loss(minimum)) + run.weight_decay / 2 * float(minimum.double().square().sum())
        self._away: torch.Tensor | None = None
        self._velocity: torch.Tensor | None = None
        self._sums: dict[str, list[Array]] = {name: [] for name in ("kinetic", "virial_batch")}
        self._rare: dict[str, list[Array]] = {name: [] for name in ("virial", "virial_along", "excess_loss")}
        self._calls = 0

    def __call__(self, theta: torch.Tensor) -> Array:
        """Distances (R, K) of the states (R, P) along the vectors."""
        run, away = self._run, theta - self._minimum
        if self._away is not None:
            velocity = (away - self._away) / run.learning_rate
            self._keep(self._sums, kinetic=run.learning_rate * (1 + run.momentum) / 2 * velocity.square().sum(1))
            if self._velocity is not None:  # the gradient of the batch, from the step that it made
                batch = run.momentum * self._velocity - velocity
                self._keep(self._sums, virial_batch=(self._away * batch).sum(1))
            self._velocity = velocity
        self._away = away
        if self._calls % run.virial_every == 0:
            gradient, loss = self._values(theta, self._everything)
            gradient = gradient + run.weight_decay * theta
            along = (away @ self._vectors.T) * (gradient @ self._vectors.T)
            loss = loss + run.weight_decay / 2 * theta.square().sum(1)
            excess = loss.double() / self._at_minimum - 1
            self._keep(self._rare, virial=(away * gradient).sum(1), virial_along=along, excess_loss=excess)
        self._calls += 1
        distances: Array = (away @ self._vectors.T).double().numpy()
        return distances

    def means(self) -> dict[str, Array]:
        """Means over time, replica by replica."""
        return {name: np.mean(values, axis=0) for name, values in (self._sums | self._rare).items()}

    def _keep(self, sums: dict[str, list[Array]], **values: torch.Tensor) -> None:
        for name, value in values.items():
            sums[name].append(value.double().numpy())


def autocorrelation(x: Array, lags: int) -> Estimate:
    """Autocorrelation (lags + 1,) of distances (T, R) about their common mean, its error from the replicas'."""
    away = x - x.mean()
    products = np.array([(away[: len(away) - lag] * away[lag:]).mean(0) for lag in range(lags + 1)]).T  # (R, lags + 1)
    # One variance for all replicas: a ratio of means, linearised.
    mean = products.mean(0) / products[:, 0].mean()
    error = mean_of((products - mean * products[:, :1]) / products[:, 0].mean()).standard_error
    return Estimate(mean, error)
