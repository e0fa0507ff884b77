import math

import numpy as np
import pytest

from sgdlab.live.numbers import in_short, three_digits, with_error


def _many():
    draw = np.random.default_rng(1)
    spread = draw.choice([-1, 1], 1400) * 10.0 ** draw.uniform(-30, 30, 1400)
    usual = draw.normal(size=300) * 10.0 ** draw.integers(-8, 8, 300)
    ties = [sign * (n + 0.5) * 2.0**k for n in (100, 101, 122, 998, 999) for k in range(-12, 12) for sign in (1, -1)]
    edges = [0.0, 1e-6, 9.995e-7, 9.994e-7, 999.4, 999.5, 1e3, 1e20, 1e21, 1e22, 1e-7, 1e-5, 123456789.0, 5e-324]
    return [*spread, *usual, *ties, *edges]


def test_three_digits_are_those_of_javascript(javascript):
    numbers = _many()
    assert len(numbers) > 1900
    assert [three_digits(x) for x in numbers] == javascript("xs => xs.map(x => x.toPrecision(3))", numbers)


def test_in_short_is_the_string_of_javascript(javascript):
    numbers = _many()
    said = "xs => xs.map(x => String(Number.isInteger(x) ? x : Number(x.toPrecision(3))))"
    assert [in_short(x) for x in numbers] == javascript(said, numbers)


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_a_dash(x):
    assert three_digits(x) == "–"


def test_a_measured_number_has_its_error_if_there_is_one():
    assert with_error(0.5, 0.0125) == "0.500 ± 0.0125"
    assert with_error(0.5, math.nan) == "0.500"
