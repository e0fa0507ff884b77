"""First passage simulated with Euler-Maruyama: crossings between the steps, censored times, two time steps.

Euler-Maruyama looks at a path only at its steps. A path that crosses a barrier within a step and comes back is missed,
an error of the order of the root of the time step. Between two steps on one side of the barrier the path is therefore
taken for a Brownian bridge, which crosses with probability exp(-2 a b / (s^2 dt)): a and b are the distances from the
barrier, s^2 dt the variance of the step. What is left is of the order of the step itself (Gobet, Stoch. Proc. Appl. 87,
167 (2000)), and two steps show it.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sgdlab.dynamics.random_streams import compiled, uniform
from sgdlab.measure import Estimate, MeanPassageTime, mean_passage_time

# Beyond this exponent a bridge crosses with a probability below 1e-17.
_CERTAIN = 40.0


def at_two_steps(
    simulate: Callable[[int, int], MeanPassageTime], settings: int, coarsening: int
) -> dict[str, NDArray[np.float64]]:
    """Mean times of all settings with two time steps, as the experiments store them.

    Args:
        simulate: takes the number of a setting, and 1 or `coarsening`, by which the time step is multiplied.
        settings: how many, S.
        coarsening: the larger time step over the smaller.

    Returns:
        time, time_error (S,) with the smaller step; coarse_time, coarse_time_error (S,) with the larger; and
        censored (S,), how many replicas were given up, with the smaller step.
    """
    fine, coarse = ([simulate(number, factor) for number in range(settings)] for factor in (1, coarsening))
    return {
        **_stacked(fine).named("time"),
        **_stacked(coarse).named("coarse_time"),
        "censored": np.array([mean.censored for mean in fine]),
    }


def _stacked(means: list[MeanPassageTime]) -> Estimate:
    return Estimate.stack([Estimate(mean.value, mean.standard_error) for mean in means])


def check_simulation(time_step: float, limit: float, max_time: float, replicas: int, seed: int) -> None:
    """Raise ValueError unless each is in its range; `limit` is that of the time step."""
    if not 0 < time_step < limit:
        raise ValueError(f"time_step must be above 0 and below {limit:.4g}, got {time_step}")
    if not time_step <= max_time < np.inf:
        raise ValueError(f"max_time must be at least the time step, got {max_time}")
    if replicas < 1 or seed < 0:
        raise ValueError(f"replicas must be at least 1 and seed at least 0, got {replicas} and {seed}")


def estimated(steps: NDArray[np.int64], time_step: float, max_steps: int) -> MeanPassageTime:
    """The mean time of replicas that crossed in their step (R,), 0 where they were given up after `max_steps`."""
    censored = steps == 0
    return mean_passage_time(np.where(censored, max_steps, steps) * time_step, censored)


@compiled
def bridge_crosses(before: float, after: float, variance: float, generators: NDArray[np.uint64], i: int) -> bool:
    """Whether a Brownian bridge between two distances from a barrier, both positive, touches it on its way."""
    exponent = 2.0 * before * after / variance
    return bool(exponent < _CERTAIN and uniform(generators, i) < np.exp(-exponent))
