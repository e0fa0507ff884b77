import base64

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sgdlab.live.grid import STEPS, decode, quantise

numbers = st.floats(-1e100, 1e100).filter(lambda x: x == 0 or abs(x) > 1e-100)
lists = st.lists(st.one_of(numbers, st.just(np.nan)), min_size=1, max_size=30)
positive = st.lists(st.floats(1e-30, 1e30), min_size=2, max_size=30)


def there_and_back(values):
    packed = quantise(values)
    return packed, decode(packed, np.shape(values))


@given(st.one_of(lists, positive))
@example([3.0, 3.0])
@example([0.0])
@example([np.nan])
def test_half_a_step_at_most_and_nan_stays(values):
    values = np.array(values)
    packed, found = there_and_back(values)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(values))
    known = np.isfinite(values)
    scale = np.log10 if packed["logarithmic"] else lambda x: x
    low, high = scale(packed["low"]), scale(packed["high"])
    rounding = 1e-14 * max(abs(low), abs(high))
    error = np.abs(scale(found[known]) - scale(values[known]))
    assert (error <= (high - low) / STEPS / 2 + rounding).all()


@given(st.one_of(lists, positive))
def test_order_is_kept(values):
    values = np.sort(np.array(values)[np.isfinite(values)])
    _, found = there_and_back(values)
    assert (np.diff(found) >= 0).all()


@given(st.one_of(lists, positive))
def test_ends_are_outward_and_have_4_digits(values):
    packed = quantise(values)
    known = np.array(values)[np.isfinite(values)]
    if known.size:
        assert packed["low"] <= known.min()
        assert packed["high"] >= known.max()
    assert all(float(f"{packed[end]:.3e}") == packed[end] for end in ("low", "high"))


@pytest.mark.parametrize(
    ("values", "logarithmic"), [([1, 20], False), ([1, 21], True), ([0, 100], False), ([-1, 100], False)]
)
def test_the_logarithm_is_chosen_for_wide_positive_ranges(values, logarithmic):
    assert quantise(values)["logarithmic"] is logarithmic


def test_the_format_is_little_endian_in_c_order():
    packed = quantise([[0, 1], [np.inf, 0.5]])
    assert base64.b64decode(packed["grid"]) == bytes([0, 0, 254, 255, 255, 255, 255, 127])
    assert decode(packed, (2, 2))[1, 1] == 0.5
