"""Effective dimension: how many eigenvalues of a spectrum count."""

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.special import entr

_DEFINITIONS = ("participation-ratio", "entropy")


def effective_dimension(eigenvalues: ArrayLike | torch.Tensor, definition: str) -> float:
    """Effective dimension n of a spectrum, from the weights p_i = lambda_i / sum_j lambda_j.

    - `"participation-ratio"`: n = 1 / sum_i p_i^2;
    - `"entropy"`: n = exp(-sum_i p_i log p_i), never below the participation ratio.

    Either is k for k equal eigenvalues, and at least 1. Mori et al. (2022), app. E, take the number of outliers from
    such weights of the Gauss-Newton spectrum, eq. (45), as a heuristic; which formula is theirs could not be confirmed,
    so that neither is the default. The error that n has from the choice of the samples is by `jackknife` over them,
    with the spectra of what they leave of the `gram_matrix`; from few samples n is too small.

    Args:
        eigenvalues: (P,) in any order and unit; those that are 0 may be left out, as `gauss_newton_spectrum` does. Of
            the leading ones alone n is too small. Those below 0 by rounding, at most P times the precision of their
            dtype times the largest, count as 0.
        definition: one of the two.

    Raises:
        ValueError: another definition or shape, numbers that are not finite, none above 0, or some below 0 by more than
            rounding, as those of a Hessian: the weights need a spectrum without them, as the Gauss-Newton matrix has.
    """
    if definition not in _DEFINITIONS:
        raise ValueError(f"definition must be one of {_DEFINITIONS}, got {definition!r}")
    values = np.asarray(eigenvalues.detach().cpu() if isinstance(eigenvalues, torch.Tensor) else eigenvalues)
    precision = np.finfo(values.dtype if np.issubdtype(values.dtype, np.floating) else np.float64).eps
    values = values.astype(np.float64)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ValueError(f"eigenvalues must be finite numbers (P,), got shape {values.shape}")
    largest = values.max(initial=0)
    if largest == 0:
        raise ValueError("eigenvalues must hold one above 0")
    if values.min() < -len(values) * precision * largest:
        raise ValueError(
            f"eigenvalues must be at least 0, got {values.min()}: for a Hessian use the Gauss-Newton spectrum"
        )
    weights = np.maximum(values, 0)
    weights /= weights.sum()
    if definition == "participation-ratio":
        return float(1 / (weights**2).sum())
    return float(np.exp(entr(weights).sum()))
