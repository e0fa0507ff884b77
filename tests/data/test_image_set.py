import numpy as np
import pytest
import torch

from sgdlab.data.catalogue import IMAGE_SETS
from sgdlab.data.cifar10 import CIFAR10


def pixels():
    return np.random.default_rng(0).integers(0, 256, size=(5, 3, 4, 4), dtype=np.uint8)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_inputs_are_standardised_channel_by_channel(dtype):
    inputs = CIFAR10.inputs(pixels(), dtype=dtype, normalise=True)
    assert inputs.dtype == dtype
    for channel, (mean, std) in enumerate(zip(CIFAR10.mean, CIFAR10.std, strict=True)):
        expected = (pixels()[:, channel] / 255 - mean) / std
        np.testing.assert_allclose(inputs[:, channel].numpy(), expected, rtol=0, atol=8 * torch.finfo(dtype).eps)


def test_without_normalisation_inputs_lie_between_0_and_1():
    inputs = CIFAR10.inputs(pixels(), dtype=torch.float64, normalise=False)
    np.testing.assert_array_equal(inputs.numpy(), pixels() / 255)
    extremes = np.array([0, 255], dtype=np.uint8).reshape(2, 1, 1, 1)
    assert CIFAR10.inputs(extremes, dtype=torch.float32, normalise=False).flatten().tolist() == [0, 1]


def test_pixels_are_left_as_they_are():
    given = pixels()
    CIFAR10.inputs(given, dtype=torch.float32, normalise=True)
    np.testing.assert_array_equal(given, pixels())


@pytest.mark.parametrize("name", IMAGE_SETS)
def test_each_set_has_one_mean_and_one_deviation_a_channel(name):
    images = IMAGE_SETS[name]
    assert images.name == name
    assert len(images.mean) == len(images.std) == (3 if name == "cifar-10" else 1)
