import itertools
import math

import pytest
import torch

from sgdlab.dynamics import batches

SAMPLINGS = ("with-replacement", "without-replacement", "reshuffled")


def drawn(n, b, **arguments):
    """All steps at once, (steps, R, B)."""
    return torch.stack(list(batches(n, b, **({"steps": 3, "sampling": "with-replacement", "seed": 0} | arguments))))


def frequencies(sets, cells):
    """Largest deviation of the cells' counts from uniform, in standard errors of one count."""
    counts = torch.zeros(cells)
    counts.index_add_(0, sets, torch.ones(len(sets)))
    p = 1 / cells
    return ((counts - len(sets) * p) / math.sqrt(len(sets) * p * (1 - p))).abs().max()


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_a_step_gives_each_replica_its_batch(sampling):
    indices = drawn(12, 4, sampling=sampling, steps=7, replicas=5)
    assert indices.shape == (7, 5, 4)
    assert indices.dtype == torch.int64
    assert indices.min() >= 0
    assert indices.max() < 12


def test_with_replacement_every_sequence_is_equally_likely():
    pairs = drawn(4, 2, steps=1, replicas=40_000)[0]
    assert frequencies(4 * pairs[:, 0] + pairs[:, 1], 16) < 4


@pytest.mark.parametrize("sampling", ["without-replacement", "reshuffled"])
def test_without_replacement_every_set_is_equally_likely(sampling):
    indices = drawn(4, 2, steps=1, replicas=40_000, sampling=sampling)[0].sort(1).values
    assert (indices[:, 0] < indices[:, 1]).all()
    sets = {pair: cell for cell, pair in enumerate(itertools.combinations(range(4), 2))}
    assert frequencies(torch.tensor([sets[tuple(pair)] for pair in indices.tolist()]), 6) < 4


def test_a_reshuffled_epoch_shows_each_sample_once_in_any_order():
    epochs = drawn(4, 2, steps=4, replicas=60_000, sampling="reshuffled")
    for first, second in (epochs[:2], epochs[2:]):
        order = torch.cat([first, second], 1)
        assert (order.sort(1).values == torch.arange(4)).all()
        permutations = {order: cell for cell, order in enumerate(itertools.permutations(range(4)))}
        assert frequencies(torch.tensor([permutations[tuple(row)] for row in order.tolist()]), 24) < 4


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_replicas_and_epochs_are_independent(sampling):
    indices = drawn(2, 1, steps=4, replicas=40_000, sampling=sampling)[:, :, 0].double() - 0.5
    covariance = 4 * indices @ indices.T / indices.shape[1]
    # Steps 0, 1 are one epoch of two samples: there each decides the other.
    expected = torch.eye(4, dtype=torch.float64)
    if sampling == "reshuffled":
        expected[0, 1] = expected[1, 0] = expected[2, 3] = expected[3, 2] = -1
    assert (covariance - expected).abs().max() < 4 / math.sqrt(40_000)
    neighbours = 4 * (indices[:, ::2] * indices[:, 1::2]).mean(1)
    assert neighbours.abs().max() < 4 / math.sqrt(20_000)


def test_an_epoch_may_stay_unfinished():
    indices = drawn(6, 2, steps=4, sampling="reshuffled")[:, 0]
    assert indices[:3].flatten().sort().values.tolist() == list(range(6))
    assert len(indices) == 4


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_the_seed_alone_decides(sampling, monkeypatch):
    def stream(seed):
        return drawn(30, 5, sampling=sampling, steps=8, replicas=9, seed=seed)

    reference, state, threads = stream(0), torch.get_rng_state(), torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert torch.equal(stream(0), reference)
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(stream(1), reference)
    # Nor does the memory that the draw may use.
    monkeypatch.setitem(batches.__globals__, "_BYTES", 24 * 30 * 2)
    assert torch.equal(stream(0), reference)


def test_a_whole_batch_without_replacement_is_a_permutation():
    indices = drawn(9, 9, sampling="without-replacement")
    assert (indices.sort(-1).values == torch.arange(9)).all()


def test_no_step_is_no_batch():
    assert list(batches(3, 1, steps=0, sampling="reshuffled", seed=0)) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_samples": 0}, "n_samples must be at least 1"),
        ({"replicas": 0}, "replicas must be at least 1, got 0"),
        ({"steps": -1}, "steps must be at least 0, got -1"),
        ({"batch_size": 0}, "batch_size must be a whole number >= 1, got 0"),
        ({"batch_size": 1.5}, "batch_size must be a whole number >= 1, got 1.5"),
        ({"batch_size": 7, "sampling": "without-replacement"}, "at most the 6 samples without-replacement, got 7"),
        ({"batch_size": 7, "sampling": "reshuffled"}, "at most the 6 samples"),
        ({"batch_size": 4, "sampling": "reshuffled"}, "must divide the 6 samples of a reshuffled epoch, got 4"),
        ({"sampling": "bootstrap"}, "sampling must be one of with-replacement, without-replacement, reshuffled"),
    ],
)
def test_arguments_outside_their_range_are_refused_at_once(change, message):
    good = {"n_samples": 6, "batch_size": 2, "steps": 3, "sampling": "with-replacement", "seed": 0}
    with pytest.raises(ValueError, match=message):
        batches(**(good | change))


def test_a_batch_with_replacement_may_exceed_the_data():
    assert drawn(2, 5, steps=1).shape == (1, 1, 5)


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("taken", [0, 1, 3, 4, 7, 11])
def test_a_stream_goes_on_where_another_one_was_left(sampling, taken):
    # Epochs of three batches.
    arguments = {"steps": 11, "sampling": sampling, "seed": 3, "replicas": 2}
    stream = batches(12, 4, **arguments)
    for _ in range(taken):
        next(stream)
    state, other = stream.state_dict(), batches(12, 4, **arguments)
    other.load_state_dict(state)
    left, again = list(other), list(stream)
    assert len(left) == len(again) == 11 - taken
    assert all(torch.equal(*pair) for pair in zip(left, again, strict=True))
    # The state is that of the moment at which it was taken.
    third = batches(12, 4, **arguments)
    third.load_state_dict(state)
    assert all(torch.equal(*pair) for pair in zip(third, left, strict=True))
