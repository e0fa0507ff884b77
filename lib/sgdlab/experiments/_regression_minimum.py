"""A linear regression at its minimum: curvatures, and the covariance of the gradients of single samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlab.problems import LinearRegression

Array = NDArray[np.float64]

# Flatter directions are constant on the data but for rounding.
_FLAT = 1e-10


@dataclass(frozen=True, eq=False)
class Minimum:
    """The problem at its minimum, in the Hessian's eigenbasis without the directions in which nothing happens.

    Attributes:
        curvatures: (n,) eigenvalues.
        vectors: (n, d) eigenvectors.
        point: (d,) the minimum.
        covariance: (n, n) of the per-sample gradients.
        residual_variance: sigma^2.
    """

    curvatures: Array
    vectors: Array
    point: Array
    covariance: Array
    residual_variance: float


def minimum(regression: LinearRegression) -> Minimum:
    """Everything by linear algebra, nothing by SGD."""
    values, vectors = (tensor.numpy() for tensor in regression.eigenbasis())
    moving = values > _FLAT
    point = regression.minimum()
    gradients = regression.sample_gradients(point).numpy() @ vectors[moving].T
    covariance = gradients.T @ gradients / len(gradients)
    return Minimum(values[moving], vectors[moving], point.numpy(), covariance, 2 * float(regression.loss(point)))
