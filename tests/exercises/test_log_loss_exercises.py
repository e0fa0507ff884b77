import pytest

from sgdlab.exercises import check_fitted_exponent, check_log_loss_drift


def drift(displacement, curvature, minimum_loss):
    return -curvature * displacement / (minimum_loss + curvature * displacement**2 / 2)


def exponent(learning_rate, batch_size, curvature):
    return batch_size / (learning_rate * curvature) - (batch_size - 1) / 2


@pytest.mark.parametrize(("check", "answer"), [(check_log_loss_drift, drift), (check_fitted_exponent, exponent)])
def test_the_right_answer_is_right(check, answer):
    assert check(answer).right


@pytest.mark.parametrize(
    ("check", "answer", "hint"),
    [
        (check_log_loss_drift, lambda displacement, curvature, minimum_loss: -curvature * displacement, "unit of t"),
        (
            check_log_loss_drift,
            lambda displacement, curvature, minimum_loss: -curvature * displacement / minimum_loss,
            "at the minimum",
        ),
        (check_log_loss_drift, lambda **case: -drift(**case), "leads down"),
        (
            check_fitted_exponent,
            lambda learning_rate, batch_size, curvature: 1 + batch_size / (learning_rate * curvature),
            "finite steps",
        ),
        (
            check_fitted_exponent,
            lambda learning_rate, batch_size, curvature: 1.5 + batch_size / (learning_rate * curvature),
            "does not grow",
        ),
        (check_fitted_exponent, lambda **_: None, "raised TypeError"),
    ],
)
def test_a_wrong_answer_is_named(check, answer, hint):
    result = check(answer)
    assert not result.right
    assert hint in repr(result)
