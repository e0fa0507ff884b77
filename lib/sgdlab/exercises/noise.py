"""Checkers for the part on noise."""

from collections.abc import Callable

from sgdlab.exercises.check import Check, check_numbers
from sgdlab.laws.minibatch_noise import covariance_without_replacement, epoch_bridge, input_kurtosis_variance

_ONE = [[1.0]]


def check_epoch_factor(answer: Callable[..., float]) -> Check:
    """Check `answer(n_batches, batch_size, n_samples)`: the factor of C in the variance of an epoch's first sums."""
    settings = [(1, 2, 8), (2, 2, 8), (4, 2, 8), (3, 100, 1600), (16, 100, 1600), (0, 5, 20)]

    def truth(n_batches: float, batch_size: float, n_samples: float) -> float:
        law = epoch_bridge(n_batches=n_batches, batch_size=batch_size, n_samples=n_samples, sample_covariance=_ONE)
        return float(law[0, 0])

    def independent(n_batches: float, batch_size: float, n_samples: float) -> float:
        law = covariance_without_replacement(batch_size=batch_size, n_samples=n_samples, sample_covariance=_ONE)
        return float(n_batches * law[0, 0])

    return check_numbers(
        answer,
        truth,
        [{"n_batches": k, "batch_size": b, "n_samples": n} for k, b, n in settings],
        {
            "That is the sum of independent batches; those of one epoch are not independent.": independent,
            "That is drawing with replacement.": lambda n_batches, batch_size, n_samples: n_batches / batch_size,
        },
    )


def check_batch_variance(answer: Callable[..., float]) -> Check:
    """Check `answer(displacement, batch_size, curvature, noise_variance, input_kurtosis)`, one dimension."""
    settings = [(0.0, 1, 1.0, 1.0, 3.0), (2.0, 4, 1.0, 1.0, 3.0), (-1.5, 2, 0.5, 2.0, 1.0), (1.0, 8, 3.0, 0.1, 9.0)]
    names = ("displacement", "batch_size", "curvature", "noise_variance", "input_kurtosis")

    def mean_square(**case: float) -> float:
        return float(input_kurtosis_variance(**(case | {"input_kurtosis": case["input_kurtosis"] + 1})))

    def decoupled(**case: float) -> float:
        return float(input_kurtosis_variance(**(case | {"input_kurtosis": 2.0})))

    return check_numbers(
        answer,
        input_kurtosis_variance,
        [dict(zip(names, setting, strict=True)) for setting in settings],
        {
            "That is the mean square of the gradient; subtract the square of its mean.": mean_square,
            "That is the decoupled law, whatever the kurtosis.": decoupled,
        },
    )
