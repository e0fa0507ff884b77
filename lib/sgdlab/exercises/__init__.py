"""Exercises that check the reader's code: each tells whether the answer is right, and if not, at which input."""

from sgdlab.exercises.check import Check
from sgdlab.exercises.diffusion import check_mean_loss, check_reshuffled_variance
from sgdlab.exercises.dimension import check_effective_dimensions
from sgdlab.exercises.log_loss import check_fitted_exponent, check_log_loss_drift
from sgdlab.exercises.noise import check_batch_variance, check_epoch_factor
from sgdlab.exercises.passage import check_escape_rate, check_passage_time
from sgdlab.exercises.true_noise import check_one_batch_barrier

__all__ = [
    "Check",
    "check_batch_variance",
    "check_effective_dimensions",
    "check_epoch_factor",
    "check_escape_rate",
    "check_fitted_exponent",
    "check_log_loss_drift",
    "check_mean_loss",
    "check_one_batch_barrier",
    "check_passage_time",
    "check_reshuffled_variance",
]
