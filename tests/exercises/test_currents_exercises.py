import numpy as np
import pytest

from sgdlab.exercises import check_areal_velocity, check_phase_space_width
from sgdlab.laws import limiting_dynamics as laws


def width(curvature, learning_rate, momentum, batch_size, noise_variance, weight_decay):
    force = 2 * (curvature + weight_decay) / (learning_rate * (1 + momentum))
    return noise_variance * curvature / (batch_size * (1 - momentum**2)) / force


def area(curvatures, noise, learning_rate, momentum):
    place = {"first_curvature": curvatures[0], "second_curvature": curvatures[1], "momentum": momentum}
    cross = laws.position_cross_covariance(
        **place, weight_decay=0, learning_rate=learning_rate, cross_noise=noise[0, 1]
    )
    return laws.areal_velocity(**place, position_cross_covariance=cross)


def overdamped(curvatures, noise, learning_rate, momentum):
    first, second = curvatures
    return laws.circulation_overdamped(
        first_curvature=first,
        second_curvature=second,
        cross_diffusion=learning_rate * noise[0, 1] / 2 / (1 - momentum) ** 2,
    )


@pytest.mark.parametrize(("check", "answer"), [(check_phase_space_width, width), (check_areal_velocity, area)])
def test_the_right_answer_is_right(check, answer):
    """The swept area by the chapter's law; the checker has it from a Lyapunov equation in four dimensions."""
    assert check(answer).right


@pytest.mark.parametrize(
    ("check", "answer", "hint"),
    [
        (check_phase_space_width, lambda **c: width(**c) / c["curvature"], "heat bath"),
        (check_phase_space_width, lambda **c: width(**c | {"weight_decay": 0.0}), "without weight decay"),
        (check_phase_space_width, lambda **c: width(**c) / (1 + c["momentum"]), "belongs to the velocity"),
        (check_phase_space_width, lambda **c: width(**c) * (1 - c["momentum"]), "without momentum"),
        (check_phase_space_width, lambda **c: width(**c) * c["batch_size"], "divided by B"),
        (check_areal_velocity, lambda *a: -area(*a), "sign"),
        (check_areal_velocity, overdamped, "without inertia"),
        (check_areal_velocity, lambda *a: 2 * area(*a), "Half of it"),
        (check_areal_velocity, lambda *a: 2 * area(*a) / np.nan, "gives nan"),
        (check_areal_velocity, lambda *a: None, "raised TypeError"),
    ],
)
def test_a_wrong_answer_is_named(check, answer, hint):
    result = check(answer)
    assert not result.right
    assert hint in repr(result)
