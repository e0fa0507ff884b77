"""Estimators, each with its standard error."""

from sgdlab.measure.estimate import Estimate, covariance_of, jackknife, mean_of, variance_of
from sgdlab.measure.noise import batch_noise, epoch_noise, noise_strength, projected_gradients
from sgdlab.measure.scaling import scaling_exponent

__all__ = [
    "Estimate",
    "batch_noise",
    "covariance_of",
    "epoch_noise",
    "jackknife",
    "mean_of",
    "noise_strength",
    "projected_gradients",
    "scaling_exponent",
    "variance_of",
]
