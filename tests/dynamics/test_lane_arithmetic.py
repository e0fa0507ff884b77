import numpy as np
import pytest

from sgdlab.dynamics import lane_arithmetic, random_streams
from sgdlab.dynamics.lane_arithmetic import LANES


@random_streams.compiled
def gathered(columns, place, rows, numbers):
    lane_arithmetic.gather_columns(columns, place, rows, numbers, 1)


@random_streams.compiled
def sums(total, left, right, count):
    lane_arithmetic.add_products(total, 1, left, 2, right, count)


@random_streams.compiled
def scaled(total, scale, columns, count):
    lane_arithmetic.add_scaled_columns(total, scale, 1, columns, 2, count)


@random_streams.compiled
def squares(total, weights, columns, count):
    lane_arithmetic.weighted_squares(total, weights, columns, count)


@random_streams.compiled
def words_of_all(words, states):
    lane_arithmetic.random_words(words, states)


@random_streams.compiled
def words_of_one(states, i):
    return random_streams.random_bits(states, i)


@random_streams.compiled
def seeded(states, seed):
    for lane in range(len(states)):
        random_streams.seed_stream(states, lane, np.uint64(seed), lane)


def lanes(rows, dtype, seed=0):
    return np.random.default_rng(seed).standard_normal((rows, LANES)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [8, 24])
def test_rows_become_columns(width, dtype):
    rows = np.random.default_rng(0).standard_normal((50, width)).astype(dtype)
    numbers = np.random.default_rng(1).integers(50, size=(2, LANES))
    columns, before = lanes(width + 5, dtype), lanes(width + 5, dtype)
    gathered(columns, 3, rows, numbers)
    assert np.array_equal(columns[3 : 3 + width], rows[numbers[1]].T)
    assert np.array_equal(np.delete(columns, np.s_[3 : 3 + width], 0), np.delete(before, np.s_[3 : 3 + width], 0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [1, 10])
def test_lane_arithmetic_is_that_of_numpy(count, dtype):
    left, right, weights = lanes(12, dtype), lanes(12, dtype, 1), lanes(1, dtype, 2)
    tolerance = 20 * np.finfo(dtype).eps
    total = lanes(3, dtype, 3)
    expected = total.copy()
    expected[1] += (left[2 : 2 + count] * right[:count]).sum(0)
    sums(total, left, right, count)
    np.testing.assert_allclose(total, expected, rtol=tolerance, atol=tolerance)

    moved, scale = right.copy(), lanes(2, dtype, 4)
    scaled(moved, scale, left, count)
    expected = right.copy()
    expected[:count] += scale[1] * left[2 : 2 + count]
    np.testing.assert_allclose(moved, expected, rtol=tolerance, atol=tolerance)

    square = lanes(1, dtype, 5)
    squares(square, weights, right, count)
    np.testing.assert_allclose(square[0], weights[0, :count] @ right[:count] ** 2, rtol=tolerance, atol=tolerance)


def test_every_lane_draws_the_numbers_of_its_own_generator():
    states, words = np.empty((LANES, 4), np.uint64), np.empty((1, LANES), np.uint64)
    seeded(states, 5)
    side_by_side = np.ascontiguousarray(states.T)
    for _ in range(100):
        words_of_all(words, side_by_side)
        assert words[0].tolist() == [words_of_one(states, lane) for lane in range(LANES)]
    assert np.array_equal(side_by_side, states.T)
