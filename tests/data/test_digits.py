import numpy as np
import pytest
from sklearn.datasets import load_digits

from sgdlab.data import load
from sgdlab.data.digits import DIGITS


def test_images_and_labels_are_scikit_learns():
    images = DIGITS.read("train")
    published = load_digits()
    assert images.pixels.dtype == np.uint8
    assert images.pixels.shape == (1797, 1, 8, 8)
    np.testing.assert_array_equal(images.pixels.reshape(1797, 64), published.data)
    np.testing.assert_array_equal(images.labels, published.target)
    assert images.source == "scikit-learn's digits (1,797 images)"


def test_the_constants_are_those_of_the_images():
    scaled = load_digits().data / 16
    assert DIGITS.mean == (pytest.approx(scaled.mean(), abs=5e-5),)
    assert DIGITS.std == (pytest.approx(scaled.std(), abs=5e-5),)
    inputs = load("digits").inputs
    assert abs(inputs.mean()) < 2e-4
    assert abs(inputs.std() - 1) < 2e-4


def test_nothing_is_fetched(data_root):
    DIGITS.fetch()
    assert list(data_root.iterdir()) == []
