r"""A damped oscillator x'' + 2 gamma x' + omega^2 x = 0 in float64, oscillating, critical or overdamped, to all digits.

The two rates are gamma +- nu, nu^2 = |omega^2 - gamma^2|. What is small, at short times and in flat modes, is a sum of
terms of one sign. For an overdamped oscillator two such sums are incomplete beta functions,

    1 - G_11 = I_x(2, gamma_s / (2 nu)),    M_11 / sigma_h^2 = I_x(3, gamma_s / nu),    x = 1 - e^(-2 nu t),

with the slow rate gamma_s = gamma - nu; at the critical point they become incomplete gamma functions.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, exprel, gammainc

Array = NDArray[np.float64]


def _one_minus_sinc(x: Array) -> Array:
    """1 - sin(x) / x for x >= 0."""
    square = np.minimum(x, 1) ** 2
    series = np.zeros_like(square)
    for n in range(18, 0, -2):  # x^2 / 3! - x^4 / 5! + ...
        series = square / (n * (n + 1)) * (1 - series)
    return np.asarray(np.where(x < 1, series, 1 - np.sinc(x / np.pi)))


@dataclass(frozen=True)
class DampedOscillator:
    """Its rates, as arrays that broadcast against each other and against times.

    Attributes:
        damping: gamma, the mean of the two rates.
        split: nu, the frequency of a ringing oscillator, half the difference of an overdamped one's rates.
        slow: gamma_s, the smaller rate of an overdamped oscillator; gamma of a ringing one.
        ringing: whether omega >= gamma.
    """

    damping: Array
    split: Array
    slow: Array
    ringing: NDArray[np.bool_]

    @classmethod
    def of(cls, damping: Any, frequency: Any) -> "DampedOscillator":
        """From gamma > 0 and the natural frequency omega >= 0."""
        gamma, omega = np.broadcast_arrays(np.asarray(damping, dtype=float), np.asarray(frequency, dtype=float))
        ringing = omega >= gamma
        split = np.sqrt(np.abs((omega - gamma) * (omega + gamma)))
        slow = np.where(ringing, gamma, omega * (omega / (gamma + split)))
        return cls(gamma, split, slow, ringing)

    def impulse(self, time: Any) -> Array:
        """G_12: the distance at `time` for a start at the minimum with velocity 1."""
        shape = np.where(self.ringing, np.sinc(self.split * time / np.pi), exprel(-2 * self.split * time))
        return np.asarray(np.exp(-self.slow * time) * time * shape)

    def propagator(self, time: Any) -> tuple[Array, Array, Array]:
        """G_11, G_12 and G_22. G_21 is -omega^2 G_12."""
        decay, impulse = np.exp(-self.slow * time), self.impulse(time)
        ringing = decay * np.cos(self.split * time)
        first = np.where(self.ringing, ringing, decay) + self.slow * impulse
        last = np.where(self.ringing, ringing, decay * np.exp(-2 * self.split * time)) - self.slow * impulse
        return np.asarray(first), impulse, np.asarray(last)

    def relaxation(self, time: Any) -> Array:
        """1 - G_11: what has gone of a distance that began at rest."""
        x, angle = self.damping * time, self.split * time
        ringing = gammainc(2, x) + np.exp(-x) * (2 * np.sin(angle / 2) ** 2 + x * _one_minus_sinc(angle))
        return np.asarray(np.where(self.ringing, ringing, self._overdamped(2, time)))

    def variance_growth(self, time: Any) -> Array:
        """M_11 / sigma_h^2: the variance of the distance, from a known start, over the stationary one."""
        x, angle = 2 * self.damping * time, self.split * time
        # 1 - sinc(angle)^2 = (1 - sinc) (1 + sinc)
        half = _one_minus_sinc(angle)
        ringing = gammainc(3, x) + np.exp(-x) * (x * _one_minus_sinc(2 * angle) + x**2 / 2 * half * (2 - half))
        return np.asarray(np.where(self.ringing, ringing, self._overdamped(3, time)))

    def velocity_growth(self, time: Any) -> Array:
        """M_22 / sigma_w^2: the variance of the velocity, from a known start, over the stationary one."""
        _, impulse, last = self.propagator(time)
        return np.asarray(-np.expm1(-2 * self.damping * time) + 2 * self.damping * impulse * last)

    def _overdamped(self, power: int, time: Any) -> Array:
        """I_x(power, b) with b = (power - 1) gamma_s / (2 nu) and x = 1 - e^(-2 nu t); elsewhere any number."""
        late = 2 * self.split * time
        x = -np.expm1(-late)
        moving = ~self.ringing & (self.slow > 0)
        b = np.divide((power - 1) * self.slow, 2 * self.split, out=np.ones_like(self.slow), where=moving)
        early = betainc(power, b, np.where(late < 1, x, 0.5))
        # 1 - (1 - x)^b (1 + b x + b (b + 1) x^2 / 2) where x would round to 1
        terms = b * x if power == 2 else b * x + b * (b + 1) * x**2 / 2
        written_out = -np.expm1(-b * late) - np.exp(-b * late) * terms
        return np.asarray(np.where(moving, np.where(late < 1, early, written_out), 0.0))
