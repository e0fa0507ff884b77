import numpy as np
import pytest

from sgdlab.exercises import check_one_batch_barrier
from sgdlab.laws.quasi_potential import minibatch_barrier


def stationary_only(loss_ratio):
    roots = np.roots([1, 0, 2, -4 * (loss_ratio - 1), 1])
    sizes = roots.real[np.abs(roots.imag) < 1e-9]
    if not len(sizes):
        return loss_ratio - 1
    return sizes.max() / 2 + (loss_ratio - 1) / (1 + sizes.max() ** 2)


def test_the_right_barrier_is_right():
    assert check_one_batch_barrier(minibatch_barrier).right


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda loss_ratio: loss_ratio - 1, "something cheaper"),
        (lambda loss_ratio: np.log(loss_ratio), "proportional to the loss"),
        (lambda loss_ratio: np.log(2 * loss_ratio - 1) / 2, "exact covariance"),
        (
            lambda loss_ratio: loss_ratio - 1 if loss_ratio <= 2 else np.sqrt(2 * (loss_ratio - 1)) - 0.5,
            "1 + a^2, not 1 + a",
        ),
        (stationary_only, "may also be skipped"),
    ],
)
def test_a_wrong_barrier_is_named(answer, hint):
    result = check_one_batch_barrier(answer)
    assert not result.right
    assert hint in repr(result)
