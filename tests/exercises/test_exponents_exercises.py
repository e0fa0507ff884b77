import numpy as np
import pytest

from sgdlab.exercises import check_drift, check_inertial_exponent


def exponent(momentum, steps):
    return 1 + momentum * (2 + momentum) / ((1 - momentum**2) * steps)


def drift(displacements):
    """Products of different replicas."""
    count = len(displacements)
    total = displacements.sum(0)
    return (total @ total - (displacements**2).sum()) / (count * (count - 1))


@pytest.mark.parametrize(("check", "answer"), [(check_inertial_exponent, exponent), (check_drift, drift)])
def test_the_right_answer_is_right(check, answer):
    assert check(answer).right


@pytest.mark.parametrize(
    ("check", "answer", "hint"),
    [
        (check_inertial_exponent, lambda momentum, steps: 1 + 2 * momentum / ((1 - momentum**2) * steps), "at rest"),
        (
            check_inertial_exponent,
            lambda momentum, steps: 1 + (1 + momentum) / (2 * (1 - momentum) * steps),
            "Langevin",
        ),
        (check_inertial_exponent, lambda momentum, steps: exponent(momentum, steps) - 1, "tends to 1"),
        (check_drift, lambda x: (x.mean(0) ** 2).sum(), "holds 1/R"),
        (check_drift, lambda x: (x.mean(0) ** 2).sum() - x.var(0, ddof=1).sum(), "not all of it"),
        (check_drift, lambda x: (x.mean(0) ** 2).sum() - x.var(0).sum() / len(x), "too small"),
        (check_drift, lambda x: np.linalg.inv(x), "raised LinAlgError"),
        (check_drift, lambda x: 0.0, "gives 0"),
    ],
)
def test_a_wrong_answer_is_named(check, answer, hint):
    result = check(answer)
    assert not result.right
    assert hint in repr(result)


def test_the_right_drift_is_unbiased():
    draw = np.random.default_rng(2)
    found = [drift(draw.standard_normal((3, 20)) + 0.1) for _ in range(4000)]
    assert np.mean(found) == pytest.approx(0.2, abs=5 * np.std(found) / 4000**0.5)
