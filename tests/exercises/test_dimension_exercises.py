import numpy as np
import pytest

from sgdlab.exercises import check_effective_dimensions


def right(eigenvalues):
    p = eigenvalues[eigenvalues > 0] / eigenvalues.sum()
    return 1 / np.sum(p**2), np.exp(-np.sum(p * np.log(p)))


def test_the_right_answer_is_right():
    assert check_effective_dimensions(right).right
    assert repr(check_effective_dimensions(right)).startswith("Right: ")


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda v: (1 / np.sum(v**2), right(v)[1]), "Divide the eigenvalues by their sum"),
        (lambda v: (right(v)[0], np.log(right(v)[1])), "its exponential"),
        (lambda v: (1 / right(v)[0], right(v)[1]), "inverse of the number"),
        (lambda v: right(v)[::-1], "participation ratio comes first"),
        (lambda v: (right(v)[0], np.exp(-np.sum(v / v.sum() * np.log(v / v.sum())))), "0 log 0 counts as 0"),
        (lambda v: right(v)[:1], "two numbers are wanted, your function returned 1"),
        (lambda v: None, "raised TypeError"),
        (lambda v: (0.0, 0.0), "is 0."),
    ],
)
def test_a_wrong_answer_is_named(answer, hint):
    result = check_effective_dimensions(answer)
    assert not result.right
    assert hint in repr(result)
