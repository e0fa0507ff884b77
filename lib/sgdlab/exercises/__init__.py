"""Exercises that check the reader's code: each tells whether the answer is right, and if not, at which input."""

from sgdlab.exercises.check import Check
from sgdlab.exercises.noise import check_batch_variance, check_epoch_factor

__all__ = ["Check", "check_batch_variance", "check_epoch_factor"]
