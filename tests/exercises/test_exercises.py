import pytest

from sgdlab.exercises import check_batch_variance, check_epoch_factor


def epoch_factor(n_batches, batch_size, n_samples):
    return n_batches * (n_samples - n_batches * batch_size) / (batch_size * (n_samples - 1))


def batch_variance(displacement, batch_size, curvature, noise_variance, input_kurtosis):
    mean = curvature * displacement
    mean_square = input_kurtosis * curvature**2 * displacement**2 + curvature * noise_variance
    return (mean_square - mean**2) / batch_size


@pytest.mark.parametrize(
    ("check", "answer"), [(check_epoch_factor, epoch_factor), (check_batch_variance, batch_variance)]
)
def test_the_right_answer_is_right(check, answer):
    assert check(answer).right
    assert repr(check(answer)).startswith("Right: ")


@pytest.mark.parametrize(
    ("check", "answer", "hint"),
    [
        (check_epoch_factor, lambda n_batches, batch_size, n_samples: n_batches / batch_size, "with replacement"),
        (
            check_epoch_factor,
            lambda n_batches, batch_size, n_samples: n_batches * epoch_factor(1, batch_size, n_samples),
            "not independent",
        ),
        (check_epoch_factor, lambda n_batches, batch_size, n_samples: None, "raised TypeError"),
        (check_epoch_factor, lambda **_: 0.0, "gives 0"),
        (check_batch_variance, lambda **c: batch_variance(**(c | {"input_kurtosis": 2.0})), "decoupled"),
        (
            check_batch_variance,
            lambda **c: batch_variance(**(c | {"input_kurtosis": c["input_kurtosis"] + 1})),
            "subtract the square of its mean",
        ),
    ],
)
def test_a_wrong_answer_is_named(check, answer, hint):
    result = check(answer)
    assert not result.right
    assert hint in repr(result)
