import hashlib
import os
import pickle
from dataclasses import replace

import numpy as np
import pytest

from sgdlab.data import files
from sgdlab.data.cifar10 import CIFAR10

FOLDER = "cifar-10-batches-py"
BATCHES = [f"data_batch_{number}" for number in range(1, 6)]


def keep(data_root, names):
    """Leave only these files in the folder."""
    for path in (data_root / FOLDER).iterdir():
        if path.name not in names:
            path.unlink()


def test_the_archive_is_downloaded_once_and_only_its_batches_are_extracted(small_cifar, server, files_left):
    images = small_cifar.read("train")
    assert images.source == "CIFAR-10 train, batches 1, 2, 3, 4, 5 of 5 (10 images)"
    assert images.remedy == ""
    assert files_left() == [f"data/{FOLDER}/{name}" for name in sorted([*BATCHES, "batches.meta", "test_batch"])]

    small_cifar.read("test")
    small_cifar.fetch()
    assert server.requests == ["/cifar.tar.gz"]


def test_pixels_are_channel_row_column(small_cifar, data_root):
    images = small_cifar.read("test")
    assert images.pixels.shape == (2, 3, 32, 32)
    assert images.pixels.dtype == np.uint8
    assert images.pixels[0].reshape(3, -1).tolist() == [[1] * 1024, [2] * 1024, [3] * 1024]
    assert images.pixels[1, 0, 0, :3].tolist() == [4, 9, 4]
    assert images.labels.tolist() == [8, 9]
    assert images.source == "CIFAR-10 test (2 images)"


def test_batches_that_are_there_are_taken_in_their_order(small_cifar, server, data_root):
    small_cifar.fetch()
    keep(data_root, ["data_batch_4", "data_batch_2"])
    images = small_cifar.read("train")
    assert images.labels.tolist() == [1, 2, 3, 4]
    assert images.source == "CIFAR-10 train, batches 2, 4 of 5 (4 images)"
    assert images.remedy == (
        "`python -m sgdlab.data cifar-10` downloads the missing data_batch_1, data_batch_3, data_batch_5."
    )
    assert len(server.requests) == 1


def test_fetch_gets_what_is_missing_and_leaves_what_is_there(small_cifar, data_root):
    small_cifar.fetch()
    keep(data_root, ["data_batch_1"])
    there = data_root / FOLDER / "data_batch_1"
    os.utime(there, (1, 1))
    small_cifar.fetch()
    assert there.stat().st_mtime == 1
    assert len(small_cifar.read("train").labels) == 10


@pytest.mark.parametrize("failure", ["cut", "wrong", "missing", "down"])
def test_a_download_that_fails_leaves_no_file(failure, small_cifar, server, unused_address, files_left):
    if failure == "cut":
        server.cut.add("/cifar.tar.gz")
    elif failure == "wrong":
        server.files["/cifar.tar.gz"] = b"<html>We have moved</html>"
    elif failure == "missing":
        server.files.clear()
    archive = unused_address + "cifar.tar.gz" if failure == "down" else small_cifar.archive
    with pytest.raises(ValueError if failure == "wrong" else ConnectionError, match=archive):
        replace(small_cifar, archive=archive).read("train")
    assert files_left() == []


def test_a_member_that_is_not_the_published_one_is_not_written(small_cifar, files_left):
    others = small_cifar.train | {"data_batch_1": "md5:" + hashlib.md5(b"published").hexdigest()}
    with pytest.raises(ValueError, match=r"data_batch_1 in http.* is corrupted.*It was not written"):
        replace(small_cifar, train=others).read("train")
    assert files_left() == []


class WritesWhenLoaded:
    """Its pickle creates a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("part", ["train", "test"])
def test_a_foreign_pickle_is_refused_before_it_is_loaded(part, data_root, tmp_path):
    (data_root / FOLDER).mkdir()
    harm = tmp_path / "harm"
    content = pickle.dumps(WritesWhenLoaded(harm))
    name = "data_batch_3" if part == "train" else "test_batch"
    (data_root / FOLDER / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name} is corrupted.*expected (md5|sha256) .*, found "):
        CIFAR10.read(part)
    assert not harm.exists()

    # The control: this pickle does its work when somebody loads it.
    pickle.loads(content)
    assert harm.exists()


@pytest.mark.full_data
def test_the_published_train_part():
    """Batch 1 begins with a frog and two trucks. The constants are those of all five batches."""
    images = CIFAR10.read("train")
    assert len(images.labels) in range(10_000, 60_000, 10_000)
    assert images.pixels.shape == (len(images.labels), 3, 32, 32)
    assert f"({len(images.labels):,} images)" in images.source
    assert images.labels[:10].tolist() == [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]
    # One mean an image, so that the standard error is that of independent images, whichever batches are there.
    means = images.pixels.mean(axis=(2, 3)) / 255
    standard_error = means.std(axis=0) / np.sqrt(len(means))
    assert (np.abs(means.mean(axis=0) - CIFAR10.mean) < 4 * standard_error).all()
    assert images.pixels.std(axis=(0, 2, 3)) / 255 == pytest.approx(CIFAR10.std, abs=1e-3)


@pytest.mark.full_data
def test_the_published_test_part():
    images = CIFAR10.read("test")
    assert images.labels[:10].tolist() == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]
    assert np.bincount(images.labels).tolist() == [1000] * 10
    assert images.source == "CIFAR-10 test (10,000 images)"


@pytest.mark.full_data
def test_channels_are_red_green_blue_and_rows_run_down():
    """Of ships and planes (labels 8 and 0) the sky above is brighter than what is below, and bluer than it is red."""
    images = CIFAR10.read("test")
    outdoors = images.pixels[np.isin(images.labels, (0, 8))].mean(axis=(0, 3))
    red, _, blue = outdoors
    assert blue[:8].mean() > red[:8].mean() + 5
    assert outdoors[:, :8].mean() > outdoors[:, -8:].mean() + 5


@pytest.mark.full_data
def test_the_class_names_are_the_published_file():
    path = files.root() / FOLDER / "batches.meta"
    content = files.read_checked(path, CIFAR10.others["batches.meta"], name="cifar-10")
    assert pickle.loads(content)["label_names"][:2] == ["airplane", "automobile"]
