"""Mean number of steps until a Markov chain leaves, to full relative precision however rare that is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def panels(edges: NDArray[Any], order: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights of this order on each interval between neighbouring edges, all in one row."""
    nodes, weights = np.polynomial.legendre.leggauss(order)
    middle, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    return (middle[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()


def mean_steps(transition: Array, leaving: Array) -> float:
    """Mean number of steps from state 0 until the chain leaves.

    The states are eliminated from the last to the first. Only positive numbers are added and multiplied (Grassmann,
    Taksar and Heyman 1985; O'Cinneide 1993), so that a chain that leaves with probability e^-100 is as good as any.

    Args:
        transition: (J, J) probabilities between the states.
        leaving: (J,) probabilities of leaving, each to its own relative precision; rows and these add up to 1.
    """
    between, leave, steps = transition.copy(), leaving.copy(), np.ones(len(leaving))
    for last in range(len(leaving) - 1, 0, -1):
        share = between[:last, last] / (leave[last] + between[last, :last].sum())
        between[:last, :last] += share[:, None] * between[last, :last]
        leave[:last] += share * leave[last]
        steps[:last] += share * steps[last]
    return float(steps[0] / leave[0])
