"""Decay and angle in a step of a series that rings: a damped oscillation, fitted by least squares."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

Array = NDArray[np.float64]


def ringing_fit(series: Array) -> Array:
    """Fit e^(-a j) (A cos(phi j) + C sin(phi j)) to x_j and return (a, phi).

    Amplitude and phase are linear and solved for at each (a, phi). The fit begins at the roots of the best two-step
    recursion of the series, and knows nothing of SGD.

    Args:
        series: (K + 1,) x_j for j = 0, 1, ...

    Raises:
        ValueError: the best two-step recursion of the series does not oscillate.
    """
    pairs = np.stack([series[1:-1], series[:-2]], axis=1)
    (first, second), *_ = np.linalg.lstsq(pairs, series[2:], rcond=None)
    if first**2 + 4 * second >= 0:
        raise ValueError("series must oscillate; its best two-step recursion has real roots")
    root = np.roots([1.0, -first, -second])[0]
    steps = np.arange(len(series))

    def residuals(at: Array) -> Array:
        damping, angle = at
        columns = np.exp(-damping * steps)[:, None] * np.stack([np.cos(angle * steps), np.sin(angle * steps)], axis=1)
        amplitudes, *_ = np.linalg.lstsq(columns, series, rcond=None)
        return np.asarray(columns @ amplitudes - series)

    start = [-np.log(abs(root)), abs(np.angle(root))]
    return np.asarray(least_squares(residuals, start, x_scale=start, xtol=1e-14, ftol=1e-14, gtol=1e-14).x)
