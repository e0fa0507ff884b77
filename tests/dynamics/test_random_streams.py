import numpy as np
import pytest

from sgdlab.dynamics import random_streams


@random_streams.compiled
def whole_numbers(seed, n, count):
    states = np.empty((2, 4), np.uint64)
    random_streams.seed_stream(states, 1, np.uint64(seed), 0)
    numbers = np.empty(count, np.int64)
    for place in range(count):
        numbers[place] = random_streams.below(states, 1, n)
    return numbers


def test_generators_give_their_published_numbers():
    # The state 1, 2, 3, 4 of xoshiro256++, by hand: rotate(1 + 4, 23) + 1, and what follows.
    states = np.array([[9, 9, 9, 9], [1, 2, 3, 4]], np.uint64)
    numbers = [int(random_streams.random_bits(states, 1)) for _ in range(4)]
    assert numbers == [41943041, 58720359, 3588806011781223, 3591011842654386]
    assert (states[0] == 9).all()
    # splitmix64 from 0: the output function of the first multiple of the golden ratio.
    assert int(random_streams.mix(np.uint64(0x9E3779B97F4A7C15))) == 0xE220A8397B1DCDAF


def test_every_seed_and_replica_has_a_stream_of_its_own():
    states = np.empty((1, 4), np.uint64)
    starts = set()
    for seed in (0, 1, 2**63 - 1):
        for replica in range(100):
            random_streams.seed_stream(states, 0, np.uint64(seed), replica)
            starts.add(tuple(states[0].tolist()))
    assert len(starts) == 300


@pytest.mark.parametrize("n", [1, 7, 1000])
def test_whole_numbers_are_equally_likely(n):
    count, cells = 140_000, min(n, 7)
    numbers = whole_numbers(0, n, count)
    assert numbers.min() >= 0
    assert numbers.max() < n
    counts = np.bincount(numbers * cells // n, minlength=cells)
    expected = count / cells
    assert (np.abs(counts - expected) <= 4 * np.sqrt(expected)).all()


def test_whole_numbers_beyond_half_the_range_are_equally_likely():
    # Of n = 3e9 numbers, 2^32 - n belong to two of the 2^32 draws: without rejection their share would be 0.60.
    n, count, draws = 3_000_000_000, 20_000, np.uint64(2**32)
    numbers = whole_numbers(0, n, count).astype(np.uint64)
    first, last = (((numbers + np.uint64(k)) * draws + np.uint64(n - 1)) // np.uint64(n) for k in (0, 1))
    share, expected = (last - first == 2).mean(), 2**32 / n - 1
    assert abs(share - expected) <= 4 * np.sqrt(expected * (1 - expected) / count)
