from dataclasses import replace

import numpy as np
import pytest

from sgdlab.data.mnist import FASHION_MNIST, MNIST

FILES = [f"{prefix}-{kind}-ubyte.gz" for prefix in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]


def test_missing_files_are_downloaded_once_into_torchvisions_layout(small_mnist, server, data_root, files_left):
    images = small_mnist.read("train")
    assert images.pixels.shape == (6, 1, 28, 28)
    assert images.pixels[:, 0, 0, 0].tolist() == images.labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert images.labels.dtype == np.int64
    assert images.source == "MNIST train (6 images)"
    assert files_left() == [f"data/MNIST/raw/{name}" for name in sorted(FILES[:2])]

    small_mnist.read("train")
    assert len(server.requests) == 2


def test_fetch_completes_all_parts(small_mnist, server, data_root):
    small_mnist.read("test")
    small_mnist.fetch()
    assert sorted(path.name for path in (data_root / "MNIST" / "raw").iterdir()) == sorted(FILES)
    assert len(server.requests) == 4
    assert small_mnist.read("test").source == "MNIST test (3 images)"


def test_a_file_that_was_damaged_is_neither_read_nor_replaced(small_mnist, server, data_root):
    small_mnist.fetch()
    path = data_root / "MNIST" / "raw" / FILES[0]
    damaged = path.read_bytes()[:-5]
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match=rf"{FILES[0]} is corrupted.*run `python -m sgdlab.data mnist`"):
        small_mnist.read("train")
    assert path.read_bytes() == damaged
    path.unlink()
    assert len(small_mnist.read("train").labels) == 6


@pytest.mark.parametrize("failure", ["cut", "wrong", "missing", "down"])
def test_a_download_that_fails_leaves_no_file(failure, small_mnist, server, unused_address, files_left):
    url_path = f"/mnist/{FILES[0]}"
    if failure == "cut":
        server.cut.add(url_path)
    elif failure == "wrong":
        server.files[url_path] = b"<html>We have moved</html>"
    elif failure == "missing":
        del server.files[url_path]
    address = unused_address if failure == "down" else small_mnist.address
    with pytest.raises(ValueError if failure == "wrong" else ConnectionError, match=FILES[0]):
        replace(small_mnist, address=address).read("train")
    assert files_left() == []


@pytest.mark.parametrize("published", [MNIST, FASHION_MNIST], ids=lambda published: published.name)
def test_four_files_with_different_sha256(published):
    assert sorted(published.checksums) == sorted(FILES)
    assert len(set(published.checksums.values())) == 4
    assert all(len(checksum) == len("sha256:") + 64 for checksum in published.checksums.values())


# The first labels, and how often each label occurs, as the sets' descriptions and every introduction to them have it.
@pytest.mark.full_data
@pytest.mark.parametrize(
    ("published", "first_labels", "counts"),
    [
        (MNIST, [5, 0, 4, 1, 9, 2, 1, 3, 1, 4], [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]),
        (FASHION_MNIST, [9, 0, 0, 3, 0, 2, 7, 2, 5, 5], [6000] * 10),
    ],
    ids=["mnist", "fashion-mnist"],
)
def test_the_published_train_part(published, first_labels, counts):
    images = published.read("train")
    assert images.pixels.shape == (60_000, 1, 28, 28)
    assert images.labels[:10].tolist() == first_labels
    assert np.bincount(images.labels).tolist() == counts
    assert images.source == f"{published.title} train (60,000 images)"
    assert images.pixels.mean() / 255 == pytest.approx(published.mean[0], abs=1e-4)
    assert images.pixels.std() / 255 == pytest.approx(published.std[0], abs=1e-4)


@pytest.mark.full_data
@pytest.mark.parametrize(
    ("published", "first_labels"),
    [(MNIST, [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]), (FASHION_MNIST, [9, 2, 1, 1, 6, 1, 4, 6, 5, 7])],
    ids=["mnist", "fashion-mnist"],
)
def test_the_published_test_part(published, first_labels):
    images = published.read("test")
    assert images.pixels.shape == (10_000, 1, 28, 28)
    assert images.labels[:10].tolist() == first_labels


@pytest.mark.full_data
def test_images_of_mnist_are_upright():
    """A one is taller than it is wide; a seven has more ink in its upper half."""
    images = MNIST.read("test")
    one, seven = (images.pixels[images.labels == label, 0].mean(axis=0) for label in (1, 7))
    down, across = np.indices(one.shape)
    assert np.cov(down.ravel(), aweights=one.ravel()) > 2 * np.cov(across.ravel(), aweights=one.ravel())
    assert seven[:14].sum() > 1.1 * seven[14:].sum()
