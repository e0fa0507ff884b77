"""Covariances of distance and velocity in one eigendirection: stationary, and on the way there from a known start."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlab.laws import quantities as q
from sgdlab.laws.heavy_ball import (
    discreteness_of_modes,
    position_variance_heavy_ball,
    position_velocity_covariance_heavy_ball,
    velocity_variance_heavy_ball,
)
from sgdlab.laws.modes import check_curvature, of_noisy_modes, two_by_two
from sgdlab.laws.phase_space import damping_rate
from sgdlab.laws.phase_space_noise import position_variance_langevin, transient_12, velocity_variance_langevin
from sgdlab.laws.phase_space_propagator import oscillator, propagator

MODELS = ("langevin", "discrete")


def check_model(model: str) -> None:
    """Raise ValueError unless the model is one of `MODELS`."""
    if model not in MODELS:
        raise ValueError(f'model must be "langevin" or "discrete", got {model!r}')


def stationary_covariance(
    curvature: ArrayLike,
    learning_rate: ArrayLike,
    momentum: ArrayLike,
    batch_size: ArrayLike,
    noise_variance: ArrayLike,
    weight_decay: ArrayLike = 0.0,
    model: str = "langevin",
) -> NDArray[np.float64]:
    """Stationary covariance of (distance, velocity) along an eigendirection, under the noise of the minimum.

    Args:
        curvature: h >= 0; a flat mode has no noise.
        learning_rate, momentum, batch_size, noise_variance, weight_decay: eta, beta, B, sigma^2, lambda; everything
            broadcasts.
        model: "langevin", or "discrete", exact for the iterates of SGD and minus the momentum buffer.

    Returns:
        (..., 2, 2) float64.

    Raises:
        ValueError: names the argument and its range; or there is no stationary law: the iterates of SGD diverge from
            eta (h + lambda) = 2 (1 + beta) on.

    Source: in the form of Kunin et al. 2024, as in the authors' code; this book for the iterates.
    """
    check_model(model)
    noise = {"momentum": momentum, "batch_size": batch_size, "noise_variance": noise_variance}
    place = {"learning_rate": learning_rate, "weight_decay": weight_decay}
    h = check_curvature(curvature)
    if model == "langevin":
        position = of_noisy_modes(position_variance_langevin, h, **noise, **place)
        velocity, both = of_noisy_modes(velocity_variance_langevin, h, **noise), np.zeros(())
    else:
        noise["discreteness_factor"] = discreteness_of_modes(h, momentum=momentum, **place)
        position = of_noisy_modes(position_variance_heavy_ball, h, **noise, **place)
        velocity = of_noisy_modes(velocity_variance_heavy_ball, h, **noise)
        both = position_velocity_covariance_heavy_ball(learning_rate=learning_rate, velocity_variance=velocity)
    return two_by_two(position, both, both, velocity)


def mean_and_covariance(
    time: ArrayLike,
    start: ArrayLike,
    curvature: ArrayLike,
    learning_rate: ArrayLike,
    momentum: ArrayLike,
    batch_size: ArrayLike,
    noise_variance: ArrayLike,
    weight_decay: ArrayLike = 0.0,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and covariance of (distance, velocity) at a time after a known start, under the Langevin equation.

    Args:
        time: t = eta x steps >= 0.
        start: (2,) distance and velocity at t = 0.
        curvature, learning_rate, momentum, batch_size, noise_variance, weight_decay: as in `stationary_covariance`.

    Returns:
        The mean (..., 2) and the covariance (..., 2, 2), float64.

    Raises:
        ValueError: names the argument and its range.

    Source: in the form of Kunin et al. 2024, as in the authors' code; laws `transient_11` to `transient_22`.
    """
    origin = np.asarray(start, dtype=np.float64)
    if origin.shape != (2,) or not np.isfinite(origin).all():
        raise ValueError(f"start must be two finite numbers (2,), distance and velocity, got {start!r}")
    t = q.time.check(time)
    place = (curvature, learning_rate, momentum)
    final = stationary_covariance(*place, batch_size, noise_variance, weight_decay)
    position, velocity = final[..., 0, 0], final[..., 1, 1]
    mode = oscillator(*place, weight_decay)
    both = transient_12(
        damping_rate=damping_rate(learning_rate=learning_rate, momentum=momentum),
        velocity_variance=velocity,
        propagator_12=mode.impulse(t),
    )
    covariance = two_by_two(
        position * mode.variance_growth(t), np.asarray(both), np.asarray(both), velocity * mode.velocity_growth(t)
    )
    mean = propagator(t, *place, weight_decay) @ origin
    shape = np.broadcast_shapes(mean.shape[:-1], covariance.shape[:-2])
    return np.broadcast_to(mean, (*shape, 2)).copy(), np.broadcast_to(covariance, (*shape, 2, 2)).copy()
