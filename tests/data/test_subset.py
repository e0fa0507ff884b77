import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sgdlab.data.image_set import Images
from sgdlab.data.subset import Subset

LABELS = np.tile(np.arange(10), 4)
IMAGES = Images(np.zeros((40, 1, 1, 1), dtype=np.uint8), LABELS, "forty images", "There are no more.")


def positions(first=None, seed=None, classes=None):
    return Subset(first=first, seed=seed, classes=classes).choose(IMAGES)[0].tolist()


def words(first=None, seed=None, classes=None):
    return Subset(first=first, seed=seed, classes=classes).choose(IMAGES)[1]


def test_without_arguments_every_image_in_file_order():
    assert positions() == list(range(40))


def test_first_counts_in_file_order_after_the_labels_are_chosen():
    assert positions(first=3) == [0, 1, 2]
    assert positions(first=3, classes=(7, 0)) == [0, 7, 10]


def test_seed_is_a_permutation_by_numpys_generator():
    assert positions(first=5, seed=3) == np.random.default_rng(3).permutation(40)[:5].tolist()


def test_seeds_differ():
    assert positions(seed=0) != positions(seed=1)


@given(st.integers(1, 40), st.integers(0, 2**32))
def test_subsets_of_one_seed_are_nested_and_without_repetition(first, seed):
    chosen = positions(first=first, seed=seed)
    assert chosen == positions(seed=seed)[:first]
    assert len(set(chosen)) == first


@given(st.sets(st.integers(0, 9), min_size=1), st.none() | st.integers(0, 100))
def test_classes_keep_all_images_with_these_labels_and_no_other(classes, seed):
    chosen = positions(classes=classes, seed=seed)
    assert sorted(chosen) == [i for i in range(40) if LABELS[i] in classes]


def test_a_random_subset_is_uniform():
    """Each of 40 images is in a subset of 10 with probability 1/4; chi-square of 39 degrees of freedom, 4.5 sigma."""
    seeds = 2000
    counts = np.bincount(np.concatenate([positions(first=10, seed=seed) for seed in range(seeds)]), minlength=40)
    # Drawing without replacement: the counts' covariance is p(1-p) 40/39 times the projector orthogonal to (1, ..., 1).
    chi_square = ((counts - seeds / 4) ** 2).sum() / (seeds * 0.25 * 0.75 * 40 / 39)
    assert abs(chi_square - 39) < 4.5 * np.sqrt(2 * 39)


def test_words_say_what_was_chosen():
    assert words() == "forty images"
    assert words(first=7) == "forty images; the first 7"
    assert words(first=7, seed=2, classes=(1, 0)) == (
        "forty images; labels 0, 1: 8 images; in the random order of seed 2; the first 7"
    )


def test_a_whole_set_can_be_asked_for_and_no_more():
    assert len(positions(first=40)) == 40
    with pytest.raises(ValueError, match=r"first must be from 1 to 40, .* forty images; got 41\. There are no more\."):
        positions(first=41)
    assert len(positions(first=8, classes=(0, 1))) == 8
    with pytest.raises(ValueError, match=r"first must be from 1 to 8, .* labels 0, 1: 8 images; got 9"):
        positions(first=9, classes=(0, 1))


@pytest.mark.parametrize("first", [0, -1, 2.0, True, "3"])
def test_first_outside_its_range(first):
    with pytest.raises(ValueError, match=f"first must be an integer of at least 1.*got {first!r}"):
        Subset(first=first, seed=None, classes=None)


@pytest.mark.parametrize("seed", [-1, 0.5, False])
def test_seed_outside_its_range(seed):
    with pytest.raises(ValueError, match=f"seed must be an integer of at least 0.*got {seed!r}"):
        Subset(first=None, seed=seed, classes=None)


@pytest.mark.parametrize("classes", [(), (0, 10), (-1,), (0.0,), (True,), 3, "01"])
def test_classes_outside_their_range(classes):
    with pytest.raises(ValueError, match="classes must be labels from 0 to 9.*got " + re.escape(repr(classes))):
        Subset(first=None, seed=None, classes=classes)


def test_integers_and_labels_of_numpy_are_integers():
    assert positions(first=np.int64(2), seed=np.uint8(1), classes=np.array([1, 2])) == positions(2, 1, (1, 2))
