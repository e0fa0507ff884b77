import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from sgdlab.data import load
from sgdlab.data.catalogue import IMAGE_SETS


@pytest.fixture
def no_reading(monkeypatch):
    """Every attempt to read or fetch a data set fails the test: bad arguments are to be found before."""

    def fail(*_):
        raise AssertionError("a data set was read before the arguments were checked")

    for kind in {type(images) for images in IMAGE_SETS.values()}:
        monkeypatch.setattr(kind, "read", fail)
        monkeypatch.setattr(kind, "fetch", fail)


def test_digits_by_default():
    data = load("digits")
    assert (data.name, data.classes, len(data)) == ("digits", 10, 1797)
    assert data.inputs.shape == (1797, 1, 8, 8)
    assert data.inputs.dtype == torch.float32
    assert data.labels.dtype == torch.int64
    assert data.labels.tolist() == load_digits().target.tolist()
    assert data.source == "scikit-learn's digits (1,797 images)"


def test_inputs_follow_their_labels_through_a_subset():
    """Every image of a random subset is found in scikit-learn's array at a place with its label, and nowhere twice."""
    data = load("digits", first=200, seed=5, classes=(3, 8), dtype=torch.float64, normalise=False).flat()
    published = load_digits()
    matches = (data.inputs.numpy()[:, None] * 16 == published.data).all(axis=2)
    places = matches.argmax(axis=1)
    assert matches.any(axis=1).all()
    assert len(set(places)) == 200
    np.testing.assert_array_equal(published.target[places], data.labels)
    assert set(data.labels.tolist()) == {3, 8}
    assert data.classes == 10
    assert data.source.endswith("labels 3, 8: 357 images; in the random order of seed 5; the first 200")


def test_the_same_arguments_give_the_same_tensors():
    one, two = (load("digits", first=50, seed=1) for _ in range(2))
    assert torch.equal(one.inputs, two.inputs)
    assert torch.equal(one.labels, two.labels)


def test_a_caller_who_writes_into_the_inputs_changes_no_later_load():
    data = load("digits", normalise=False)
    before = data.inputs.clone()
    data.inputs.zero_()
    data.labels.zero_()
    again = load("digits", normalise=False)
    assert torch.equal(again.inputs, before)
    assert again.labels.any()


def test_types_differ_by_rounding_only():
    single, double = (load("digits", dtype=dtype).inputs for dtype in (torch.float32, torch.float64))
    assert double.dtype == torch.float64
    torch.testing.assert_close(single.double(), double, rtol=0, atol=8 * torch.finfo(torch.float32).eps)


@pytest.mark.parametrize("name", ["small mnist", "small cifar"])
def test_a_missing_set_is_downloaded_and_loaded(name, small_mnist, small_cifar, data_root, monkeypatch):
    published = small_mnist if name == "small mnist" else small_cifar
    monkeypatch.setitem(IMAGE_SETS, name, published)
    data = load(name, first=2, part="test", dtype=torch.float64)
    pixel = 0 if published is small_mnist else 1
    assert data.inputs.shape == ((2, 1, 28, 28) if published is small_mnist else (2, 3, 32, 32))
    assert data.inputs[0, 0, 0, 0].item() == pytest.approx((pixel / 255 - published.mean[0]) / published.std[0])
    assert data.source == f"{published.title} test ({'3' if published is small_mnist else '2'} images); the first 2"


def test_more_images_than_there_are():
    with pytest.raises(ValueError, match=r"first must be from 1 to 1797, .*scikit-learn's digits.*; got 1798"):
        load("digits", first=1798)


def test_more_images_than_the_batches_that_are_there_hold(small_cifar, data_root, monkeypatch):
    monkeypatch.setitem(IMAGE_SETS, "cifar-10", small_cifar)
    small_cifar.fetch()
    for number in (3, 4, 5):
        (data_root / "cifar-10-batches-py" / f"data_batch_{number}").unlink()
    assert len(load("cifar-10", first=4)) == 4
    with pytest.raises(ValueError, match="first must be from 1 to 4") as error:
        load("cifar-10", first=5)
    assert "CIFAR-10 train, batches 1, 2 of 5 (4 images); got 5." in str(error.value)
    assert "`python -m sgdlab.data cifar-10` downloads the missing data_batch_3" in str(error.value)


def test_a_root_that_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("SGDLAB_DATA", str(tmp_path / "nowhere"))
    for name in ("mnist", "fashion-mnist", "cifar-10"):
        with pytest.raises(FileNotFoundError, match=r"SGDLAB_DATA is set to .*nowhere"):
            load(name)
    assert len(load("digits")) == 1797
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("imagenet", {}, "name must be one of 'digits', 'mnist', 'fashion-mnist', 'cifar-10'; got 'imagenet'"),
        ("MNIST", {}, "name must be one of"),
        ("digits", {"part": "test"}, "part must be one of 'train' for 'digits'; got 'test'"),
        ("mnist", {"part": "valid"}, "part must be one of 'train', 'test' for 'mnist'; got 'valid'"),
        ("mnist", {"classes": (1, 10)}, "classes must be labels from 0 to 9"),
        ("mnist", {"first": 0}, "first must be an integer of at least 1"),
        ("mnist", {"seed": -3}, "seed must be an integer of at least 0"),
        ("mnist", {"dtype": torch.int64}, "dtype must be a floating-point torch.dtype; got torch.int64"),
        ("mnist", {"dtype": float}, "dtype must be a floating-point torch.dtype"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_read(name, arguments, message, no_reading):
    with pytest.raises(ValueError, match=message):
        load(name, **arguments)


@pytest.mark.full_data
@pytest.mark.parametrize(
    ("name", "part", "number", "shape"),
    [
        ("mnist", "train", 60_000, (1, 28, 28)),
        ("fashion-mnist", "test", 10_000, (1, 28, 28)),
        ("cifar-10", "test", 10_000, (3, 32, 32)),
    ],
)
def test_real_sets(name, part, number, shape):
    data = load(name, part=part)
    assert len(data) == number
    assert data.inputs.shape == (number, *shape)
    assert data.inputs.dtype == torch.float32
    # The published constants standardise the train part, and the test part but for its own fluctuation.
    channels = data.inputs.double().movedim(1, 0).flatten(1)
    assert channels.mean(dim=1).abs().max() < 0.03
    assert (channels.std(dim=1) - 1).abs().max() < 0.03


@pytest.mark.full_data
def test_two_digits_of_mnist():
    data = load("mnist", classes=(0, 1))
    assert len(data) == 5923 + 6742
    assert data.parity().sum() == 5923 - 6742
