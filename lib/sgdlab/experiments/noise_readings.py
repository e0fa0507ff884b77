"""One diffusion, several readings of its noise: the equation (12) of Mori et al. (2022) in one dimension.

Curvature 1 and L* = 1/2, so that dx = -x dt + sqrt((1 + x^2) / phi_0) dW with phi_0 = B / (eta h). The noise of a step
is evaluated at the part alpha of the way to its end: 0 Ito, 1/2 Stratonovich, 1 anti-Ito. Laws `alpha_rule_exponent`
and `excess_share_alpha_rule`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlab.measure import Estimate, stationary_mean

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        noise_ratio: phi_0.
        alphas: the readings, all with the same random numbers.
        time_step: dt; a second run with 2 dt and the same noise bounds what it costs.
        transient, duration: of time; one record each unit of time after the transient.
        replicas: for each reading.
    """

    noise_ratio: float
    alphas: tuple[float, ...]
    time_step: float
    transient: int
    duration: int
    replicas: int
    seed: int


QUICK = Config(noise_ratio=2.0, alphas=(0.0, 0.5, 1.0), time_step=0.01, transient=6, duration=14, replicas=4000, seed=1)


def run(config: Config) -> dict[str, Array]:
    """Run every reading.

    Returns:
        A readings, B bins.
        alpha (A,). share, share_error (A,): stationary mean of 1 - L*/L. share_coarse (A,): that of the run with 2 dt.
        edges (B + 1,): of bins of x. density (A, B): share of the records in each bin, over its width.
    """
    records, coarse = _records(config)
    shares = [_share(record) for record in records]
    edges = np.linspace(-6, 6, 61)
    density = [np.histogram(record, edges)[0] / (record.size * np.diff(edges)) for record in records]
    return {
        "alpha": np.array(config.alphas),
        **Estimate.stack(shares).named("share"),
        "share_coarse": np.array([_share(record).value for record in coarse]),
        "edges": edges,
        "density": np.array(density),
    }


def step(x: Array, noise: Array, alphas: Array, noise_ratio: float, time_step: float) -> Array:
    """One step of every reading: the noise's strength stands at x + alpha (x' - x), with Euler's x' for the true one.

    Args:
        x: (A, R). noise: (R,) or (A, R), Brownian increments of variance `time_step`. alphas: (A, 1).
    """
    end = x + np.sqrt((1 + x**2) / noise_ratio) * noise
    between = np.sqrt((1 + (x + alphas * (end - x)) ** 2) / noise_ratio)
    return np.asarray(x - x * time_step + between * noise)


def _records(config: Config) -> tuple[Array, Array]:
    """Places (A, R, T) at whole times after the transient, with dt and with 2 dt."""
    draw = np.random.default_rng(config.seed)
    dt, pairs = config.time_step, round(0.5 / config.time_step)
    alphas = np.array(config.alphas)[:, None]
    fine = np.zeros((len(alphas), config.replicas))
    coarse = fine.copy()
    records: tuple[list[Array], list[Array]] = ([], [])
    for unit in range(config.transient + config.duration):
        for _ in range(pairs):
            noise = draw.standard_normal((2, config.replicas)) * dt**0.5
            for half in noise:
                fine = step(fine, half, alphas, config.noise_ratio, dt)
            coarse = step(coarse, noise.sum(0), alphas, config.noise_ratio, 2 * dt)
        if unit >= config.transient:
            records[0].append(fine)
            records[1].append(coarse)
    return np.stack(records[0], axis=-1), np.stack(records[1], axis=-1)


def _share(record: Array) -> Estimate:
    """Mean of 1 - L*/L over replicas and times (R, T)."""
    return stationary_mean(record**2 / (1 + record**2))
