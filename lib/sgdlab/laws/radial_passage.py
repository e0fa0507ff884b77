r"""Exact mean first-passage times of SGD with B = 1 in several dimensions, fresh Gaussian inputs and residuals, h = 1.

The problem is isotropic, so the distance r = |delta| is a Markov chain by itself. With x the input along delta, y the
length of its other part, y^2 ~ chi^2_{d-1}, and e = r x - eps the error of the sample (unit sigma^2 = 1),

    r'^2 = (r - eta x e)^2 + (eta e)^2 y^2.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc

from sgdlab.laws import quantities as q
from sgdlab.laws.killed_chains import mean_steps, panels

Array = NDArray[np.float64]

_INPUTS = np.array([0, 0.25, 0.6, 1, 1.5, 2, 3, 4, 5.5, 7.5, 10])
_RESIDUALS = np.array([-7, -5, -3.5, -2.5, -1.5, -0.75, 0, 0.75, 1.5, 2.5, 3.5, 5, 7])
_ORDER = 8


def radial_passage_times(learning_rate: float, dimension: int, largest_ratio: float, cells: int) -> tuple[Array, Array]:
    """Mean times, learning rate times steps, from the minimum until L >= c L*, for batches of one sample.

    The logarithm of the distance is rounded to cells; distances below sqrt(eta) / 3 are one state. The error falls with
    the square of the cells' width and is removed by a second grid of half the width.

    Args:
        learning_rate: eta; for another Hessian h pass eta h.
        dimension: n >= 2.
        largest_ratio: the largest c, above 1 + eta / 9.
        cells: C >= 2, how many the wider grid has, up to the largest c.

    Returns:
        The loss ratios c at the upper edges of these cells (C,), ascending, and the times (C,).

    Raises:
        ValueError: names the argument and its range.
    """
    q.learning_rate.check(learning_rate)
    if dimension < 2:
        raise ValueError(f"dimension must be at least 2, got {dimension}")
    smallest = float(np.sqrt(learning_rate)) / 3
    if not 1 + smallest**2 < largest_ratio < np.inf:
        raise ValueError(f"largest_ratio must be a finite number above {1 + smallest**2:g}, got {largest_ratio}")
    if cells < 2:
        raise ValueError(f"cells must be at least 2, got {cells}")
    ends = smallest, float(np.sqrt(largest_ratio - 1))
    wide, narrow = (
        np.log(learning_rate * _mean_steps(learning_rate, dimension, ends, cells, parts)) for parts in (1, 2)
    )
    return 1 + np.geomspace(*ends, cells + 1)[1:] ** 2, np.exp(narrow + (narrow - wide) / 3)


def _mean_steps(learning_rate: float, dimension: int, ends: tuple[float, float], cells: int, parts: int) -> Array:
    """Mean steps until each upper edge of the wider grid's cells (C,), each of them divided into so many parts."""
    edges = np.geomspace(*ends, cells * parts + 1)
    beyond, total = _survival(learning_rate, dimension, edges)
    transition = np.concatenate([total - beyond[:, :1], -np.diff(beyond, axis=1)], axis=1)
    lasts = range(parts, cells * parts + 1, parts)
    return np.array([mean_steps(transition[: i + 1, : i + 1], beyond[: i + 1, i]) for i in lasts])


def _survival(learning_rate: float, dimension: int, edges: Array) -> tuple[Array, float]:
    """P(r' > edge) from each cell (J, J), the first of which holds the minimum, and the sum of all probabilities."""
    at = np.concatenate([edges[:1] / 2, np.sqrt(edges[1:] * edges[:-1])])
    x, x_weights = panels(_INPUTS, _ORDER)
    residual, residual_weights = panels(_RESIDUALS, _ORDER)
    x_probability = 2 * x_weights * np.exp(-(x**2) / 2)  # (x, residual) and (-x, -residual) are one
    probability = np.outer(x_probability, residual_weights * np.exp(-(residual**2) / 2)).ravel() / (2 * np.pi)
    # The survival function of y, tabulated once.
    length = np.linspace(0, 25, 6001)
    log_survival = np.log(np.maximum(gammaincc((dimension - 1) / 2, length**2 / 2), 1e-300))
    beyond = np.empty((len(at), len(at)))
    for i, r in enumerate(at):
        error = (r * x[:, None] - residual).ravel()
        along = r - learning_rate * np.repeat(x, len(residual)) * error
        y = np.sqrt(np.maximum(edges**2 - along[:, None] ** 2, 0)) / (learning_rate * np.abs(error))[:, None]
        beyond[i] = probability @ np.exp(np.interp(y, length, log_survival, right=-700))
    return beyond, float(probability.sum())
