"""Exercises that check the reader's code: each tells whether the answer is right, and if not, at which input."""

from sgdlab.exercises.check import Check
from sgdlab.exercises.currents import check_areal_velocity, check_phase_space_width
from sgdlab.exercises.diffusion import check_mean_loss, check_reshuffled_variance
from sgdlab.exercises.dimension import check_effective_dimensions
from sgdlab.exercises.displacement import check_step_displacement, check_two_curvature_exponent
from sgdlab.exercises.exponents import check_drift, check_inertial_exponent
from sgdlab.exercises.heavy_ball import check_critical_batch_size, check_reshuffled_ratio
from sgdlab.exercises.langevin import check_ringing_period, check_spread
from sgdlab.exercises.log_loss import check_fitted_exponent, check_log_loss_drift
from sgdlab.exercises.noise import check_batch_variance, check_epoch_factor
from sgdlab.exercises.passage import check_escape_rate, check_passage_time
from sgdlab.exercises.true_noise import check_one_batch_barrier

__all__ = [
    "Check",
    "check_areal_velocity",
    "check_batch_variance",
    "check_critical_batch_size",
    "check_drift",
    "check_effective_dimensions",
    "check_epoch_factor",
    "check_escape_rate",
    "check_fitted_exponent",
    "check_inertial_exponent",
    "check_log_loss_drift",
    "check_mean_loss",
    "check_one_batch_barrier",
    "check_passage_time",
    "check_phase_space_width",
    "check_reshuffled_ratio",
    "check_reshuffled_variance",
    "check_ringing_period",
    "check_spread",
    "check_step_displacement",
    "check_two_curvature_exponent",
]
