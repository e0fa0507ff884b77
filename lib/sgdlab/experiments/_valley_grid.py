"""Eq. (12) in the two valleys of `preferred_dimension`, exactly but for a grid: stationary law and passage times.

The state is (x, rho): the place along the path, between the bottoms of two neighbouring valleys (the others are mirror
images), and the distance from it in n - 1 dimensions. With Q = L P the probability current is

    J_x = -(d_x log L) Q - epsilon d_x Q,    J_rho = -k ((rho / L) Q + epsilon d_rho Q),    epsilon = eta / B,

and finite volumes with exponentially fitted currents (Scharfetter and Gummel 1969) keep every rate positive.
"""

from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.linalg import spsolve

Array = NDArray[np.float64]

# The radius is cut off at so many widths of the conditional Gaussian at the saddle; cells widen outwards.
_REACH, _STRETCH = 60.0, 6.0


def valley_grid(
    noise: float, loss_ratio: float, dimension: float, along: int = 140, across: int = 90
) -> tuple[float, float, float]:
    """Solve on a grid for L* = 1 and curvature 1 along the path.

    Args:
        noise: B / (eta h).
        loss_ratio: c at the saddle.
        dimension: n of the round valley, above 1.
        along, across: cells.

    Returns:
        The stationary time in the flat valley over that in the round one; the mean times from the bottom of the round
        valley to that of the flat one, and back.
    """
    radius_squared, epsilon = (loss_ratio - 1) / 2, 1 / noise
    angle = (np.arange(along) + 0.5) * 2 * np.pi / along
    width = radius_squared**0.5 * 2 * np.pi / along
    far = _REACH * np.sqrt(epsilon * loss_ratio)
    faces = far * np.sinh(_STRETCH * np.linspace(0, 1, across + 1)) / np.sinh(_STRETCH)
    rho = (faces[1:] + faces[:-1]) / 2
    volume = width * (faces[1:] ** (dimension - 1) - faces[:-1] ** (dimension - 1)) / (dimension - 1)
    across_curvature = np.cos(angle / 4)[:, None] ** 2
    loss = 1 + radius_squared * (1 - np.cos(angle))[:, None] + across_curvature * rho**2 / 2

    cell = np.arange(along * across).reshape(along, across)
    climb = np.diff(np.log(loss), axis=0) / epsilon
    forward = _Link(cell[:-1], cell[1:], epsilon / width**2 * volume, climb)
    outwards = np.diff(rho**2) / (loss[:, 1:] + loss[:, :-1]) / epsilon
    surface = width * faces[1:-1] ** (dimension - 2) / np.diff(rho)
    sideways = _Link(cell[:, :-1], cell[:, 1:], epsilon * across_curvature * surface, outwards)
    rates = sum((link.matrix(cell.size) for link in (forward, sideways)), sparse.csc_matrix((cell.size,) * 2))
    generator = (rates @ sparse.diags((loss / volume).ravel())).tocsc()

    density = np.concatenate([[1.0], spsolve(generator[1:, 1:], -generator[1:, [0]].toarray().ravel())])
    stationary = density.reshape(along, across).sum(1)
    flat = angle > np.pi
    out = _passage_time(generator, cell[-1], cell[0, 0])
    back = _passage_time(generator, cell[0], cell[-1, 0])
    return float(stationary[flat].sum() / stationary[~flat].sum()), out, back


class _Link:
    """Currents between neighbouring cells: conductance times (Ber(u) Q_from - Ber(-u) Q_to), Ber(u) = u / (e^u - 1)."""

    def __init__(self, source: NDArray[np.int64], target: NDArray[np.int64], conductance: Any, climb: Array) -> None:
        self._source, self._target = source.ravel(), target.ravel()
        weight = np.broadcast_to(conductance, climb.shape)
        self._up, self._down = (weight * _bernoulli(climb)).ravel(), (weight * _bernoulli(-climb)).ravel()

    def matrix(self, cells: int) -> Any:
        """d/dt of the cells' probabilities as a matrix that acts on Q."""
        a, b, up, down = self._source, self._target, self._up, self._down
        rows, columns = np.concatenate([b, a, a, b]), np.concatenate([a, a, b, b])
        return sparse.csc_matrix((np.concatenate([up, -up, down, -down]), (rows, columns)), shape=(cells, cells))


def _bernoulli(x: Array) -> Array:
    return np.where(np.abs(x) < 1e-8, 1 - x / 2, x / np.expm1(np.clip(x, -600, 600)))


def _passage_time(generator: Any, target: NDArray[np.int64], start: int) -> float:
    """Mean time from a cell to one of the target's, by the backward equation."""
    waiting = np.ones(generator.shape[0], bool)
    waiting[target] = False
    times = np.zeros(generator.shape[0])
    times[waiting] = spsolve(generator.T.tocsc()[waiting][:, waiting].tocsc(), -np.ones(waiting.sum()))
    return float(times[start])
