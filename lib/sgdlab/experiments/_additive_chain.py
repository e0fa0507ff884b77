"""SGD with momentum on a quadratic loss under additive noise: the iterates themselves, in the Hessian's eigenbasis.

w' = beta w - h x - xi, x' = x + eta w', with independent Gaussian xi of the variance sigma^2 h / B.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlab.laws.limiting_dynamics import stationary_covariance

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Chain:
    """One setting.

    Attributes:
        curvatures: (n,) Hessian eigenvalues, positive.
        learning_rate, momentum, batch_size, noise_variance: eta, beta, B, sigma^2.
    """

    curvatures: Array
    learning_rate: float
    momentum: float
    batch_size: float
    noise_variance: float = 1.0

    @property
    def setting(self) -> tuple[Array, float, float, float, float]:
        """The arguments of the laws, in their order."""
        return self.curvatures, self.learning_rate, self.momentum, self.batch_size, self.noise_variance

    def stationary(self, replicas: int, generator: np.random.Generator) -> tuple[Array, Array]:
        """Distances and velocities (R, n) from the exact stationary law of the iterates."""
        root = np.linalg.cholesky(stationary_covariance(*self.setting, model="discrete"))
        normal = generator.standard_normal((2, replicas, len(self.curvatures)))
        return root[:, 0, 0] * normal[0], root[:, 1, 0] * normal[0] + root[:, 1, 1] * normal[1]

    def step(self, x: Array, w: Array, generator: np.random.Generator) -> None:
        """Move distances and velocities (R, n) on by one step, in place."""
        noise = generator.standard_normal(x.shape)
        noise *= np.sqrt(self.noise_variance * self.curvatures / self.batch_size)
        w *= self.momentum
        w -= self.curvatures * x + noise
        x += self.learning_rate * w

    def squared_displacements(self, x: Array, w: Array, lags: Array, generator: np.random.Generator) -> Array:
        """|x_j - x_0|^2 of each replica at the ascending lags j >= 1, (R, L); moves x and w on to the last of them."""
        start, squares, done = x.copy(), [], 0
        for lag in lags:
            for _ in range(done, int(lag)):
                self.step(x, w, generator)
            done = int(lag)
            squares.append(((x - start) ** 2).sum(1))
        return np.stack(squares, axis=1)

    def displacement_from_rest(self, start: Array, steps: int) -> tuple[Array, Array]:
        """What the mean path and what the noise add to E |x_j - x_0|^2 for j = 1, ..., steps, exact; each (steps,).

        Args:
            start: (n,) distances from the minimum, at rest and without spread.
            steps: at least 1.
        """
        h, eta, beta = self.curvatures, self.learning_rate, self.momentum
        x, w = start.copy(), np.zeros_like(start)
        xx = xw = ww = np.zeros_like(start)
        drift, noise = np.empty(steps), np.empty(steps)
        for j in range(steps):
            w = beta * w - h * x
            x = x + eta * w
            pushed = beta * xw - h * xx  # covariance of x with the next w
            ww = beta**2 * ww - 2 * beta * h * xw + h**2 * xx + self.noise_variance * h / self.batch_size
            xx, xw = xx + 2 * eta * pushed + eta**2 * ww, pushed + eta * ww
            drift[j], noise[j] = ((x - start) ** 2).sum(), xx.sum()
        return drift, noise


def power_law_curvatures(exponent: float, smallest: float, largest: float, count: int) -> Array:
    """Mid-quantiles (count,) of a density of Hessian eigenvalues h^-exponent from `smallest` to `largest`, ascending.

    Raises:
        ValueError: the exponent is 1, or not 0 < smallest < largest.
    """
    if exponent == 1:
        raise ValueError("exponent must not be 1, where the quantiles are powers of another kind")
    if not 0 < smallest < largest:
        raise ValueError(f"smallest and largest must be 0 < smallest < largest, got {smallest} and {largest}")
    quantile = (np.arange(count) + 0.5) / count
    low, high = smallest ** (1 - exponent), largest ** (1 - exponent)
    return np.asarray((low - quantile * (low - high)) ** (1 / (1 - exponent)))
