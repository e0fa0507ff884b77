"""The exact Gaussian law of Langevin dynamics with frozen noise on a quadratic landscape, mode by mode."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlab.problems.quadratic import Quadratic

# Gauss-Legendre rule on [0, 1].
_NODES, _WEIGHTS = (np.polynomial.legendre.leggauss(8) + np.array([[1.0], [0.0]])) / 2


@dataclass(frozen=True, eq=False)
class Transition:
    """Gaussian law of a state z after some time, given where it started: mean centre + P (z - centre), covariance Q.

    Each of the d modes has a state of its own: (position,) or (position, velocity), of k numbers. All float64.

    Attributes:
        centre: (d, k) where the mean comes to rest.
        propagator: (d, k, k) P.
        covariance: (d, k, k) Q.
    """

    centre: NDArray[np.float64]
    propagator: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @property
    def factor(self) -> NDArray[np.float64]:
        """Lower triangular F with F F^T = Q, (d, k, k); zero for a mode without noise."""
        factor = np.zeros_like(self.covariance)
        noisy = self.covariance[:, 0, 0] > 0
        factor[noisy] = np.linalg.cholesky(self.covariance[noisy])
        return factor


def overdamped_transition(landscape: Quadratic, *, learning_rate: float, batch_size: float, time: float) -> Transition:
    """Law of the position x of each mode after `time`: dx = -h (x - x*) dt + sqrt(2 eta L* h / B) dW.

    P = e^{-h t} and Q = (eta L* / B) (1 - e^{-2 h t}): in the end every mode of positive curvature h has one variance.
    """
    h = landscape.curvatures.double().cpu().numpy()
    covariance = -learning_rate * landscape.minimum_loss / batch_size * np.expm1(-2 * h * time)
    centre = landscape.minimum.double().cpu().numpy()
    return Transition(centre[:, None], np.exp(-h * time)[:, None, None], covariance[:, None, None])


def underdamped_transition(
    landscape: Quadratic,
    *,
    learning_rate: float,
    batch_size: float,
    momentum: float,
    weight_decay: float = 0.0,
    time: float,
) -> Transition:
    """Law of position and velocity (x, w) of each mode after `time`, for the dynamics of `underdamped_langevin`.

    Kunin et al. (2024), the underdamped Langevin equation of SGD with momentum beta; per mode of curvature h
    dx = w dt, dw = -(omega^2 (x - centre) + 2 gamma w) dt + s dW with gamma = (1 - beta) / (eta (1 + beta)),
    omega^2 = 2 (h + lambda) / (eta (1 + beta)) and s^2 = 8 L* h / (eta B (1 + beta)^2). P is its propagator and
    Q = s^2 int_0^t P(tau) e e^T P(tau)^T dtau with e = (0, 1), in every regime of damping to nearly all digits.
    """
    rho = landscape.curvatures.double().cpu().numpy()
    gamma, omega = damping_and_frequency(landscape, learning_rate, momentum, weight_decay)
    strength = 8 * landscape.minimum_loss * rho / (learning_rate * batch_size * (1 + momentum) ** 2)

    # The ridge solution. A mode without restoring force rests nowhere: any centre gives its law.
    pull = rho + weight_decay
    share = np.divide(rho, pull, out=np.ones_like(rho), where=pull > 0)
    centre = np.stack([share * landscape.minimum.double().cpu().numpy(), np.zeros_like(rho)], 1)

    # Closed forms of Q cancel to nothing for short times and slow modes. Here nothing cancels: the integral over a part
    # of the time in which no mode moves much, and then Q(2 t) = Q(t) + P(t) Q(t) P(t)^T.
    doublings = max(0, int(np.ceil(np.log2(2 * time * max(gamma, omega.max())))))
    part = time / 2**doublings
    covariance = np.zeros((len(rho), 2, 2))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        impulse = _propagator(gamma, omega, part * node)[:, :, 1]
        covariance += (strength * weight * part)[:, None, None] * impulse[:, :, None] * impulse[:, None, :]
    for doubling in range(doublings):
        step = _propagator(gamma, omega, part * 2**doubling)
        covariance += step @ covariance @ step.transpose(0, 2, 1)
    return Transition(centre, _propagator(gamma, omega, time), covariance)


def damping_and_frequency(
    landscape: Quadratic, learning_rate: float, momentum: float, weight_decay: float
) -> tuple[float, NDArray[np.float64]]:
    """gamma = (1 - beta) / (eta (1 + beta)) and omega = sqrt(2 (h + lambda) / (eta (1 + beta))) (d,) of the modes."""
    gamma = (1 - momentum) / (learning_rate * (1 + momentum))
    rho = landscape.curvatures.double().cpu().numpy()
    return gamma, np.sqrt(2 * (rho + weight_decay) / (learning_rate * (1 + momentum)))


def _propagator(gamma: float, omega: NDArray[np.float64], time: float) -> NDArray[np.float64]:
    """Propagator of x'' + 2 gamma x' + omega^2 x = 0, shape (d, 2, 2): ringing, critical and overdamped modes."""
    nu = np.sqrt(np.abs(omega**2 - gamma**2))
    ringing = omega > gamma
    # The two rates of an overdamped mode, gamma +- nu, the slow one without cancellation.
    fast = np.where(ringing, gamma, gamma + nu)
    slow = np.where(ringing, gamma, omega**2 / (gamma + nu))
    decay = np.exp(-fast * time) * np.where(ringing, np.cos(nu * time), 1.0)
    # sin(nu t) / nu and (1 - e^{-2 nu t}) / (2 nu), smooth at nu = 0.
    angle = 2 * nu * time
    fade = np.divide(-np.expm1(-angle), angle, out=np.ones_like(nu), where=angle > 0)
    s = time * np.exp(-slow * time) * np.where(ringing, np.sinc(nu * time / np.pi), fade)
    return np.stack([np.stack([decay + fast * s, s], -1), np.stack([-(omega**2) * s, decay - slow * s], -1)], -2)
