"""Exponents of power-law densities: of the whole density by maximum likelihood, and of its tail."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import digamma, polygamma

from sgdlab.measure.estimate import Estimate

# Scales are sought up to this many standard deviations: phi is 5000 there, and the density a Gaussian.
_WIDEST = 100


def power_law_exponent(samples: ArrayLike, scale: float, *, effective_samples: float | None = None) -> Estimate:
    """Exponent phi of the density P(x) ~ (1 + x^2 / s^2)^(-phi) by maximum likelihood, the scale s known.

    Mori et al. (2022), eq. (17), in one dimension: L(x) / L* = 1 + x^2 / s^2 with s^2 = 2 L* / h. The likelihood is
    largest where psi(phi) - psi(phi - 1/2) is the mean of log(1 + x^2 / s^2). The standard error is that of Fisher's
    information, psi'(phi - 1/2) - psi'(phi) for each sample: it supposes that the density has this form.

    Where nearly all samples have |x| << s, the fit measures their variance v, phi = 3/2 + s^2 / 2v, and says nothing of
    the tail: it gives this for Gaussian samples too.

    Args:
        samples: (M,), of mean 0.
        scale: s > 0, in the unit of the samples.
        effective_samples: how many independent samples they are worth, from `stationary_mean` of
            log(1 + x^2 / s^2); None for all M.

    Raises:
        ValueError: an argument outside its range.
    """
    x = _checked(samples)
    if not 0 < scale < np.inf:
        raise ValueError(f"scale must be a finite number > 0, got {scale}")
    count = _effective(effective_samples, x)
    exponent = _exponent(np.log1p((x / scale) ** 2).mean())
    return Estimate(exponent, 1 / np.sqrt(count * _information(exponent)))


def power_law_exponent_and_scale(
    samples: ArrayLike, *, effective_samples: float | None = None
) -> tuple[Estimate, Estimate]:
    """Exponent phi and scale s of P(x) ~ (1 + x^2 / s^2)^(-phi), both by maximum likelihood.

    It is Student's t density of 2 phi - 1 degrees of freedom. The standard errors are those of Fisher's information
    (that of s has (2 phi - 1) / (phi + 1) for log s, and -1 / phi off the diagonal).

    Args:
        samples, effective_samples: as in `power_law_exponent`.

    Raises:
        ValueError: an argument outside its range, or samples with tails no heavier than Gaussian ones, whose
            likelihood grows with phi without end.
    """
    x = _checked(samples)
    count = _effective(effective_samples, x)
    squares = x**2

    def score(log_square: float) -> float:
        """Derivative of the log-likelihood in log s, phi at its best for this s^2, per sample."""
        ratio = squares / np.exp(log_square)
        return float(2 * _exponent(np.log1p(ratio).mean()) * (ratio / (1 + ratio)).mean() - 1)

    # The score is positive for a small s. For a large one it has the sign of 3 - kurtosis.
    upper = np.log(squares.mean() * _WIDEST**2)
    if score(upper) > 0:
        raise ValueError("samples must have tails heavier than those of a Gaussian, these have no finite exponent")
    lower = np.log(np.median(squares))
    while score(lower) < 0:
        lower -= 1
    scale = np.exp(brentq(score, lower, upper, xtol=1e-10) / 2)
    exponent = _exponent(np.log1p(squares / scale**2).mean())
    information = np.array(
        [[_information(exponent), -1 / exponent], [-1 / exponent, (2 * exponent - 1) / (exponent + 1)]]
    )
    exponent_error, log_scale_error = np.sqrt(np.diag(np.linalg.inv(information)) / count)
    return Estimate(exponent, exponent_error), Estimate(scale, scale * log_scale_error)


def tail_index(samples: ArrayLike, tail: int) -> Estimate:
    """Index alpha of a tail P(|x| > y) ~ y^(-alpha), from the largest |x| (Hill, Ann. Statist. 3, 1163 (1975)).

    alpha = k / sum_{i <= k} log(|x|_(i) / |x|_(k+1)) with |x|_(1) the largest; the standard error is alpha / sqrt(k).
    Both suppose independent samples and an exact power law beyond the k-th. A density ~ |x|^(-2 phi) has
    alpha = 2 phi - 1.

    Samples of several scales must not be pooled: Gaussian coordinates of unequal variances then show an index, which
    is that of their scales. Nor does one k show a tail: for Gaussian samples alpha grows without end as k falls.

    Args:
        samples: (M,), of mean 0.
        tail: k, how many of them are the tail, from 1 to M - 1.

    Raises:
        ValueError: an argument outside its range, or the tail begins at 0 or holds one value only.
    """
    x = _checked(samples)
    if not 1 <= tail < len(x):
        raise ValueError(f"tail must be from 1 to {len(x) - 1}, got {tail}")
    sizes = np.partition(np.abs(x), len(x) - 1 - tail)[-1 - tail :]
    if not 0 < sizes[0] < sizes.max():
        raise ValueError(f"samples must be spread beyond the tail's beginning, got {sizes[0]} to {sizes.max()}")
    index = 1 / np.log(sizes[1:] / sizes[0]).mean()
    return Estimate(index, index / np.sqrt(tail))


def _exponent(mean_log: float) -> float:
    """The phi > 1/2 at which psi(phi) - psi(phi - 1/2) is `mean_log` > 0."""

    def excess(above_half: float) -> float:
        return float(digamma(0.5 + above_half) - digamma(above_half)) - mean_log

    # psi is concave: the difference is between 1 / 2y and 1 / y, with y = phi - 1/2.
    return 0.5 + float(brentq(excess, 0.49 / mean_log, 1.01 / mean_log, rtol=1e-14))


def _information(exponent: float) -> float:
    """Fisher's information on phi in one sample, the variance of log(1 + x^2 / s^2)."""
    return float(polygamma(1, exponent - 0.5) - polygamma(1, exponent))


def _checked(samples: ArrayLike) -> NDArray[np.float64]:
    x = np.asarray(samples, dtype=np.float64)
    if x.ndim != 1 or len(x) < 2 or not np.isfinite(x).all() or not x.any():
        raise ValueError("samples must be finite numbers (M,), M at least 2, not all 0")
    return x


def _effective(effective_samples: float | None, samples: NDArray[np.float64]) -> float:
    if effective_samples is None:
        return len(samples)
    if not 0 < effective_samples < np.inf:
        raise ValueError(f"effective_samples must be a finite number > 0, got {effective_samples}")
    return effective_samples
