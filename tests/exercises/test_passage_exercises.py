import math

import pytest

from sgdlab.exercises import check_escape_rate, check_passage_time


def rate(learning_rate, batch_size, curvature, saddle_curvature, loss_ratio, power=0.5):
    noise = batch_size / (learning_rate * curvature)
    return math.sqrt(curvature * -saddle_curvature) / (2 * math.pi) * loss_ratio ** -(noise + power)


def time(learning_rate, batch_size, curvature, loss_ratio):
    noise = round(batch_size / (learning_rate * curvature))
    return sum((loss_ratio**k - 1) / k for k in range(1, noise + 1)) / (2 * curvature)


@pytest.mark.parametrize(("check", "answer"), [(check_escape_rate, rate), (check_passage_time, time)])
def test_the_right_answer_is_right(check, answer):
    assert check(answer).right


@pytest.mark.parametrize(
    ("check", "answer", "hint"),
    [
        (check_escape_rate, lambda **c: rate(**c, power=0.0), "the curvature of log L"),
        (check_escape_rate, lambda **c: rate(**c, power=-0.5), "The clock runs at the speed"),
        (
            check_escape_rate,
            lambda **c: (
                rate(**c, power=0.5)
                * c["loss_ratio"] ** (c["batch_size"] / (c["learning_rate"] * c["curvature"]) + 0.5)
                * math.exp(-c["batch_size"] / (c["learning_rate"] * c["curvature"]) * (c["loss_ratio"] - 1))
            ),
            "thermal particle",
        ),
        (check_passage_time, lambda **c: time(**c) / c["learning_rate"], "time in steps"),
        (
            check_passage_time,
            lambda **c: (
                c["loss_ratio"] ** (n := round(c["batch_size"] / (c["learning_rate"] * c["curvature"])))
                / (2 * c["curvature"] * n)
            ),
            "the last term",
        ),
        (check_passage_time, lambda **c: 0.0, "gives 0"),
    ],
)
def test_a_wrong_answer_is_named(check, answer, hint):
    result = check(answer)
    assert not result.right
    assert hint in repr(result)
