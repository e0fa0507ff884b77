import math
from itertools import pairwise

import pytest

from sgdlab.laws import quantities as q
from sgdlab.laws.quantities import Quantity
from sgdlab.live import Choice, Slider

slope = Quantity("slope", "a", "slope")


def test_positions_of_a_logarithmic_quantity():
    slider = Slider(q.learning_rate, 0.001, 1, start=0.1)
    positions = slider.positions
    assert (positions[0], positions[-1]) == (0.001, 1)
    assert list(positions) == sorted(set(positions))
    assert all(float(f"{x:.2e}") == x for x in positions)
    ratios = [b / a for a, b in pairwise(positions)]
    assert max(ratios) / min(ratios) < 1.02
    assert positions[slider.start_index] == 0.1


def test_positions_of_a_linear_quantity():
    slider = Slider(q.momentum, 0, 0.96, start=0.5)
    assert len(slider.positions) == 122, "121 even ones, and the start"
    assert slider.positions[1] == 0.008
    assert slider.positions[slider.start_index] == 0.5


def test_the_ends_are_positions_whatever_their_digits():
    positions = Slider(slope, 0.12345, 1.98765, start=1).positions
    assert (positions[0], positions[-1]) == (0.12345, 1.98765)


@pytest.mark.parametrize(
    "slider", [Slider(q.n_samples, start=64), Slider(q.batch_size, start=8), Slider(slope, 1, 9, start=2, whole=True)]
)
def test_what_counts_stands_on_whole_numbers(slider):
    assert all(x.is_integer() for x in slider.positions)


def test_few_whole_numbers_are_all_there():
    assert Slider(q.n_batches, 0, 16, start=3).positions == tuple(range(17))


def test_the_usual_range_is_that_of_the_quantity():
    positions = Slider(q.learning_rate, start=0.1).positions
    assert (positions[0], positions[-1]) == q.learning_rate.slider


def test_given_values_are_kept():
    slider = Slider(q.batch_size, values=[1, 4, 64], start=4)
    assert slider.positions == (1, 4, 64)
    assert slider.start_index == 1
    assert slider.spec()["values"] == [1, 4, 64]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Slider(q.batch_size, 0.5, 8, start=1), r"batch_size must be .* >= 1, got 0\.5"),
        (lambda: Slider(q.learning_rate, 1, 0.1, start=0.5), "slider learning_rate: low must be below high"),
        (lambda: Slider(q.learning_rate, 0.1, 1, start=2), r"learning_rate must be from 0\.1 to 1, got 2"),
        (lambda: Slider(q.learning_rate, 0.1, 1, start=math.nan), "learning_rate must be"),
        (lambda: Slider(slope, start=2), "slider slope: low and high must be given"),
        (lambda: Slider(q.batch_size, 1.5, 8, start=2), "slider batch_size: low and high must be whole numbers"),
        (lambda: Slider(q.batch_size, values=[1, 2], start=3), r"batch_size must be one of its values \[1, 2\], got 3"),
        (lambda: Slider(q.batch_size, values=[2, 1], start=1), "slider batch_size: values must be .* ascending"),
        (lambda: Slider(q.batch_size, values=[2], start=2), "slider batch_size: values must be at least 2"),
        (lambda: Slider(q.batch_size, values=[0, 1], start=1), "batch_size must be .* >= 1, got 0"),
        (lambda: Slider(q.batch_size, 1, 2, values=[1, 2], start=1), "not both"),
        (lambda: Slider(q.hessian, 1, 2, start=1), "hessian is a matrix"),
        (lambda: Slider(Quantity("new", "a", "a"), 1, 2, start=1), "JavaScript cannot have a variable named 'new'"),
        (lambda: Choice("two words", "noise", ["a", "b"]), "JavaScript cannot have a variable named 'two words'"),
        (lambda: Choice("noise", "noise", ["a"]), "choice noise: options must be at least 2"),
        (lambda: Choice("noise", "noise", ["a", "a"]), "choice noise: options must be .* all different"),
        (lambda: Choice("noise", "noise", ["a", "b"], start=2), "noise must be from 0 to 1, got 2"),
    ],
)
def test_what_is_wrong_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_choice_is_an_index():
    choice = Choice("noise", "noise", ["thermal", "of the loss"], start=1)
    assert choice.symbol.is_integer
    assert choice.positions == (0, 1)
    assert choice.index_of("of the loss") == choice.index_of(1) == choice.spec()["start"] == 1
