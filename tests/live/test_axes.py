import math

import numpy as np
import pytest

from sgdlab.laws import quantities as q
from sgdlab.live import Axis


def test_a_quantity_gives_words_letter_unit_and_variable():
    assert Axis(q.learning_rate, 0.01, 1).spec() == {
        "words": "learning rate",
        "symbol": "<i>η</i>",
        "unit": "parameter²/loss",
        "name": "learning_rate",
        "low": 0.01,
        "high": 1,
        "logarithmic": True,
        "whole": False,
    }


def test_words_alone_give_no_variable():
    axis = Axis("time", 0, 20, unit="steps")
    assert (axis.spec()["name"], axis.spec()["unit"], axis.variable) == (None, "steps", None)


def test_a_logarithmic_quantity_from_0_on_has_a_linear_axis():
    assert not Axis(q.loss, 0, 3).logarithmic
    assert Axis(q.loss, 0.1, 3).logarithmic
    assert not Axis(q.loss, 0.1, 3, logarithmic=False).logarithmic


def test_samples_are_even_on_the_scale():
    np.testing.assert_allclose(Axis("x", -1.8, 1.8).samples(), np.linspace(-1.8, 1.8, 121), atol=1e-15)
    assert Axis("x", -1.8, 1.8).rows(7)[3] == 0
    np.testing.assert_allclose(Axis(q.learning_rate, 0.01, 1).samples(), np.geomspace(0.01, 1, 121), rtol=1e-14)


def test_a_whole_quantity_has_whole_samples_and_rows():
    axis = Axis(q.n_samples, 2.5, 12.5, logarithmic=False)
    assert axis.samples() == list(range(3, 13))
    assert all(x.is_integer() for x in axis.rows(7))


def test_too_many_whole_numbers_are_sampled_as_others():
    assert len(Axis(q.n_samples, 2, 60_000).samples()) == 121


def test_cells_have_their_centres_between_their_edges():
    axis = Axis("x", 0, 48)
    np.testing.assert_allclose(axis.centres(), np.arange(48) + 0.5)
    np.testing.assert_allclose(axis.edges(), np.arange(49))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("time", 1, 1), "axis time: low must be below high"),
        (("time", 0, math.inf), "axis time: low must be below high, both finite"),
        (("time", 0, 1, True), "axis time: low must be > 0"),
        ((" ", 0, 1), "an axis needs words"),
        ((q.hessian, 0, 1), "hessian is a matrix"),
    ],
)
def test_what_is_wrong_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Axis(*arguments)
