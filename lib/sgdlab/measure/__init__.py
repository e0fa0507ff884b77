"""Estimators, each with its standard error."""

from sgdlab.measure.displacement import local_exponents, logarithmic_lags, squared_displacements
from sgdlab.measure.estimate import Estimate, covariance_of, jackknife, mean_of, variance_of
from sgdlab.measure.first_passage import MeanPassageTime, mean_passage_time, passage_time_shape, survival
from sgdlab.measure.isotropy import anisotropy, variance_exponent
from sgdlab.measure.noise import batch_noise, epoch_noise, noise_strength, projected_gradients
from sgdlab.measure.power_law import power_law_exponent, power_law_exponent_and_scale, tail_index
from sgdlab.measure.scaling import scaling_exponent
from sgdlab.measure.stationary import StationaryMean, stationary_mean

__all__ = [
    "Estimate",
    "MeanPassageTime",
    "StationaryMean",
    "anisotropy",
    "batch_noise",
    "covariance_of",
    "epoch_noise",
    "jackknife",
    "local_exponents",
    "logarithmic_lags",
    "mean_of",
    "mean_passage_time",
    "noise_strength",
    "passage_time_shape",
    "power_law_exponent",
    "power_law_exponent_and_scale",
    "projected_gradients",
    "scaling_exponent",
    "squared_displacements",
    "stationary_mean",
    "survival",
    "tail_index",
    "variance_exponent",
    "variance_of",
]
