"""Mean-square displacements of SGD with momentum over a whole spectrum of Hessian eigenvalues."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sgdlab.laws import quantities as q
from sgdlab.laws.displacement_laws import local_displacement_langevin
from sgdlab.laws.heavy_ball import discreteness_of_modes, velocity_variance_heavy_ball
from sgdlab.laws.heavy_ball_correlation import correlation_loss
from sgdlab.laws.law import as_result
from sgdlab.laws.modes import check_curvatures, of_noisy_modes
from sgdlab.laws.phase_space_covariance import check_model, stationary_covariance
from sgdlab.laws.phase_space_noise import velocity_variance_langevin
from sgdlab.laws.phase_space_propagator import natural_frequency, oscillator

Array = NDArray[np.float64]

_REAL_STEPS = replace(q.steps, integer=False)


def _columns(*arguments: tuple[q.Quantity, ArrayLike]) -> tuple[Array, ...]:
    """Checked arguments, broadcast, with a last axis of 1 for the modes."""
    checked = np.broadcast_arrays(*(quantity.check(value) for quantity, value in arguments))
    return tuple(value[..., None] for value in checked)


def local_displacement(
    curvatures: ArrayLike,
    learning_rate: ArrayLike,
    momentum: ArrayLike,
    batch_size: ArrayLike,
    noise_variance: ArrayLike,
    weight_decay: ArrayLike = 0.0,
    model: str = "langevin",
) -> Any:
    """Stationary mean of the squared length of one step.

    Args:
        curvatures: (n,) Hessian eigenvalues >= 0.
        learning_rate, momentum, batch_size, noise_variance, weight_decay: eta, beta, B, sigma^2, lambda; broadcast.
        model: "langevin", learning rate times velocity, in which weight decay has no part; or "discrete", exact.

    Returns:
        float64 of the broadcast shape, a float where there are no axes.

    Raises:
        ValueError: names the argument and its range; or there is no stationary law.

    Source: in the form of Kunin et al. 2024, as in the authors' code; this book for "discrete".
    """
    check_model(model)
    h = check_curvatures(curvatures)
    eta, beta, size, sigma2, decay = _columns(
        (q.learning_rate, learning_rate),
        (q.momentum, momentum),
        (q.batch_size, batch_size),
        (q.noise_variance, noise_variance),
        (q.weight_decay, weight_decay),
    )
    noise = {"momentum": beta, "batch_size": size, "noise_variance": sigma2}
    if model == "langevin":
        law = local_displacement_langevin(learning_rate=eta, hessian_trace=h.sum(), **noise)
        return as_result(np.asarray(law)[..., 0])
    factor = discreteness_of_modes(h, learning_rate=eta, momentum=beta, weight_decay=decay)
    velocities = of_noisy_modes(velocity_variance_heavy_ball, h, discreteness_factor=factor, **noise)
    return as_result((eta**2 * velocities).sum(axis=-1))


def global_displacement(
    steps: ArrayLike,
    curvatures: ArrayLike,
    learning_rate: ArrayLike,
    momentum: ArrayLike,
    batch_size: ArrayLike,
    noise_variance: ArrayLike,
    weight_decay: ArrayLike = 0.0,
    model: str = "langevin",
) -> Any:
    """Mean of the squared distance that a stationary state covers in a number of steps.

    Args:
        steps: j >= 0; whole numbers for "discrete".
        curvatures: (n,) Hessian eigenvalues >= 0.
        learning_rate, momentum, batch_size, noise_variance, weight_decay: as in `local_displacement`.
        model: "langevin", at t = eta j; or "discrete", exact.

    Returns:
        float64 of the broadcast shape, a float where there are no axes.

    Raises:
        ValueError: names the argument and its range; or there is no stationary law.

    Source: this book; laws `mode_displacement` and `mode_displacement_heavy_ball`, summed over the modes.
    """
    check_model(model)
    h = check_curvatures(curvatures)
    j, eta, beta, size, sigma2, decay = _columns(
        (_REAL_STEPS if model == "langevin" else q.steps, steps),
        (q.learning_rate, learning_rate),
        (q.momentum, momentum),
        (q.batch_size, batch_size),
        (q.noise_variance, noise_variance),
        (q.weight_decay, weight_decay),
    )
    variances = stationary_covariance(h, eta, beta, size, sigma2, decay, model)[..., 0, 0]
    if model == "langevin":
        lost = oscillator(h, eta, beta, decay).relaxation(eta * j)  # the 1 - G_11 of the law, to all digits
    else:
        lost = correlation_loss(j, eta * (h + decay), beta)
    return as_result(2 * (variances * lost).sum(axis=-1))


def displacement_exponent(
    steps: ArrayLike,
    curvatures: ArrayLike,
    learning_rate: ArrayLike,
    momentum: ArrayLike,
    batch_size: ArrayLike,
    noise_variance: ArrayLike,
    weight_decay: ArrayLike = 0.0,
) -> Any:
    """The running exponent of `global_displacement`, d log (its value) / d log (steps), of the Langevin equation.

    Batch size and noise variance have no part in it.

    Args:
        steps: j >= 0; the exponent is 2 at j = 0.
        curvatures: (n,) Hessian eigenvalues >= 0, not all 0.
        learning_rate, momentum, batch_size, noise_variance, weight_decay: as in `local_displacement`.

    Returns:
        float64 of the broadcast shape, a float where there are no axes.

    Raises:
        ValueError: names the argument and its range.

    Source: this book; law `mode_exponent` for one mode.
    """
    h = check_curvatures(curvatures)
    if not h.any():
        raise ValueError("curvatures must not all be 0: without curvature there is no noise, and nothing moves")
    j, eta, beta, _, _, decay = _columns(
        (_REAL_STEPS, steps),
        (q.learning_rate, learning_rate),
        (q.momentum, momentum),
        (q.batch_size, batch_size),
        (q.noise_variance, noise_variance),
        (q.weight_decay, weight_decay),
    )
    t = eta * np.where(j > 0, j, 1.0)
    modes = oscillator(h, eta, beta, decay)
    weights = stationary_covariance(h, eta, beta, 1.0, 1.0, decay)[..., 0, 0]
    growth = t * np.asarray(natural_frequency(h, eta, beta, decay)) ** 2 * modes.impulse(t)
    exponent = (weights * growth).sum(axis=-1) / (weights * modes.relaxation(t)).sum(axis=-1)
    return as_result(np.where(j[..., 0] > 0, exponent, 2.0))


def summed_displacement(
    steps: ArrayLike,
    curvatures: ArrayLike,
    learning_rate: float,
    momentum: float,
    batch_size: float,
    noise_variance: float,
    weight_decay: float = 0.0,
) -> Any:
    """Mean-square steps plus velocity correlations of the Langevin equation at whole steps, in the paper's form.

    It is no displacement of the equation, nor of SGD: its slope does not vanish at late times, law `spurious_slope`.
    `global_displacement` has the exact values of both.

    Args:
        steps: j, whole numbers >= 0 of any shape.
        curvatures, learning_rate, momentum, batch_size, noise_variance, weight_decay: as in `local_displacement`.

    Returns:
        float64 of the shape of `steps`, a float where it has no axes.

    Raises:
        ValueError: names the argument and its range.

    Source: in the form of Kunin et al. 2024.
    """
    j, h = q.steps.check(steps), check_curvatures(curvatures)
    variances = of_noisy_modes(
        velocity_variance_langevin, h, batch_size=batch_size, momentum=momentum, noise_variance=noise_variance
    )
    lags = np.arange(int(j.max(initial=0)) + 1)
    modes = oscillator(h, learning_rate, momentum, weight_decay)
    correlation = modes.propagator(learning_rate * lags[:, None])[2] @ variances
    correlation[0] /= 2
    # j C_0 + 2 sum_{i <= j} (j - i) C_i, from the sums of C_i and of i C_i
    whole, first = np.cumsum(correlation), np.cumsum(lags * correlation)
    last = j.astype(int)
    return as_result(2 * learning_rate**2 * (j * whole[last] - first[last]))
