"""Mean time across a double well with a direction across, from the backward equation of SDE (12) in two dimensions.

L = 1 + Delta (x^2 - 1)^2 + k y^2 / 2 with Delta = c - 1, as in `double_well_escape`, which simulates the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlab.experiments._collocation import at_centre, chebyshev, even

Array = NDArray[np.float64]

# Where the plane is cut off: there the stationary density has fallen to e^-_DEPTH of that in the well, or less.
_DEPTH = 28.0
_BEHIND = -2.1


@dataclass(frozen=True)
class Config:
    """Passages in two dimensions.

    Attributes:
        loss_ratio: c, of the saddle.
        curvature_ratios: k / h, curvature across over that along the path.
        noises: values of B / (eta h).
        along, across: nodes.
    """

    loss_ratio: float
    curvature_ratios: tuple[float, ...]
    noises: tuple[float, ...]
    along: int
    across: int


QUICK = Config(loss_ratio=2.0, curvature_ratios=(0.1, 0.25, 0.5, 1.0), noises=(8.0, 12.0, 16.0), along=60, across=20)


def run(config: Config) -> dict[str, Array]:
    """The times of all ratios and noises.

    Returns:
        time (K, M): mean passage times from one minimum to the line x = 1, K ratios k / h, M noises.
        coarse (K, M): the same with five sixths of the nodes.
    """
    nodes = ((config.along, config.across), (5 * config.along // 6, 5 * config.across // 6))
    time, coarse = (
        np.array(
            [
                [passage_time(config.loss_ratio, ratio, noise, along, across) for noise in config.noises]
                for ratio in config.curvature_ratios
            ]
        )
        for along, across in nodes
    )
    return {"time": time, "coarse": coarse}


def passage_time(loss_ratio: float, curvature_ratio: float, noise: float, along: int, across: int) -> float:
    """Mean time of SDE (12) from the minimum (-1, 0) to the line x = 1, by Chebyshev collocation.

    The plane is cut off behind the minimum and at both sides, where a replica hardly ever comes; there the normal
    derivative of the time is set to 0.

    Args:
        loss_ratio: c > 1.
        curvature_ratio: k / h > 0.
        noise: B / (eta h), so large that the density across falls off within some widths of the well, k / h below 4.
        along, across: nodes in x and in y > 0.
    """
    barrier = loss_ratio - 1
    h = 8 * barrier
    k = curvature_ratio * h
    side = np.sqrt(2 / k * np.expm1(_DEPTH * curvature_ratio / noise))
    x, by_x = chebyshev(along, _BEHIND, 1.0)
    y, by_y, by_y_twice = even(across, side)
    xs, ys = (grid.ravel()[:, None] for grid in np.meshgrid(x, y, indexing="ij"))
    same_x, same_y = np.eye(along), np.eye(across)
    dx, dy = np.kron(by_x, same_y), np.kron(same_x, by_y)
    dxx, dyy = np.kron(by_x @ by_x, same_y), np.kron(same_x, by_y_twice)
    loss = 1 + barrier * (xs**2 - 1) ** 2 + k * ys**2 / 2
    spread = loss / noise * (dxx + curvature_ratio * dyy)  # (eta / B) L (h d_x^2 + k d_y^2)
    operator = spread - 4 * barrier * xs * (xs**2 - 1) * dx - k * ys * dy
    source = -np.ones(along * across)
    grid = np.arange(along * across).reshape(along, across)
    for places, condition in (
        (grid[:, 0], dy),
        (grid[-1], dx),
        (grid[0], np.eye(along * across)),
    ):
        operator[places], source[places] = condition[places], 0
    time = np.linalg.solve(operator, source).reshape(along, across)
    return float(_at(x, -1.0) @ time @ at_centre(across))


def _at(nodes: Array, place: float) -> Array:
    """Weights that give a polynomial at a place from its values at Chebyshev nodes."""
    ends = (nodes == nodes[0]) | (nodes == nodes[-1])
    weight = np.where(ends, 0.5, 1.0) * (-1.0) ** np.arange(len(nodes)) / (place - nodes)
    return np.asarray(weight / weight.sum())
