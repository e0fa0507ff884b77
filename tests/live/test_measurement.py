from types import SimpleNamespace

import numpy as np
import pytest

from sgdlab.laws import quantities as q
from sgdlab.live import Choice, Slider
from sgdlab.live.measurement import Measurement
from sgdlab.measure import Estimate

CONTROLS = [
    Slider(q.batch_size, values=[1, 2, 4], start=2),
    Choice("noise", "noise", ["a", "b"]),
    Slider(q.learning_rate, start=0.1),
]


def test_the_function_is_called_over_all_positions_with_whole_numbers_and_seed_0():
    calls = []

    def function(noise, batch_size, seed):
        calls.append((noise, batch_size, seed))
        return Estimate(batch_size + 10 * noise, 1.0)

    grid = Measurement.of("here", function, None, CONTROLS).over_all()
    assert calls == [(noise, batch, 0) for noise in (0, 1) for batch in (1, 2, 4)]
    assert all(isinstance(part, int) for call in calls for part in call)
    assert grid.spec()["over"] == ["noise", "batch_size"]
    assert grid.spec()["shape"] == [2, 3]
    value, error = grid.at({"batch_size": 2, "noise": 1, "learning_rate": 0})
    assert value == pytest.approx([14], abs=1e-3)
    assert error == [1]


def test_places_are_the_last_axis():
    grid = Measurement.of(
        "here", lambda batch_size: Estimate([batch_size, 20.0], [1, 2]), [0.5, 3], CONTROLS
    ).over_all()
    assert grid.spec()["shape"] == [3, 2]
    assert grid.spec()["at"] == [0.5, 3]
    value, error = grid.at({"batch_size": 1})
    assert value == pytest.approx([2, 20], abs=1e-3)
    assert error == pytest.approx([1, 2], abs=1e-4)


def test_without_sliders_there_is_one_setting():
    grid = Measurement.of("here", lambda: Estimate(3.0, 1.0), None, CONTROLS).over_all()
    assert grid.spec()["shape"] == []
    assert grid.at({})[0] == [3]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda size: None, "here: argument size of <lambda> is no slider; known are batch_size, noise, learning_rate"),
        (lambda **sliders: None, "argument sliders of"),
        (lambda *sliders: None, "argument sliders of"),
        (
            lambda learning_rate, batch_size, noise: None,
            r"here: \d+ settings of learning_rate \(\d+\), batch_size \(3\), noise \(2\) to measure, at most 400",
        ),
    ],
)
def test_a_function_that_cannot_be_called_is_named_before_it_is(function, message):
    with pytest.raises(ValueError, match=message):
        Measurement.of("here", function, None, CONTROLS)


@pytest.mark.parametrize(
    ("found", "at", "message"),
    [
        (3.0, None, r"here: <lambda> must return \.value and \.standard_error, got float"),
        (Estimate([1.0], [1.0]), None, r"must return arrays of shape \(\), got \(1,\) and \(1,\)"),
        (Estimate(1.0, 1.0), [1, 2], r"must return arrays of shape \(2,\), got \(\) and \(\)"),
        (SimpleNamespace(value=np.ones(2), standard_error=1), [1, 2], r"got \(2,\) and \(\)"),
    ],
)
def test_a_function_that_returns_something_else_is_named(found, at, message):
    with pytest.raises(ValueError, match=message):
        Measurement.of("here", lambda: found, at, CONTROLS).over_all()
