"""CIFAR-10: five batches of training images and one of test images, each a pickle.

A pickle can run code when it is loaded, so that a file is decoded only after its checksum is found right.
"""

from __future__ import annotations

import io
import pickle
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sgdlab.data import files
from sgdlab.data.image_set import Images, ImageSet

_FOLDER = "cifar-10-batches-py"


@dataclass(frozen=True, kw_only=True)
class CifarImages(ImageSet):
    """Colour images in pickled batches, below root/cifar-10-batches-py as torchvision has them.

    Attributes:
        archive: URL of the tar file that holds all batches.
        archive_checksum: Its published checksum.
        train: The published checksum of each training batch, by file name.
        others: The same for the test batch, and for the class names that only torchvision reads.
    """

    archive: str
    archive_checksum: str
    train: Mapping[str, str]
    others: Mapping[str, str]

    def fetch(self) -> None:
        """Download the archive and extract every file that is missing. No other member is extracted."""
        checksums = {**self.train, **self.others}
        missing = [file_name for file_name in checksums if not _path(file_name).is_file()]
        if not missing:
            return
        content = files.download(self.archive, self.archive_checksum)
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for file_name in missing:
                member = archive.extractfile(f"{_FOLDER}/{file_name}")
                assert member is not None  # a regular file: the archive's checksum was right
                batch = member.read()
                described = f"{file_name} in {self.archive}"
                files.check(batch, checksums[file_name], described=described, remedy="It was not written.")
                files.write(_path(file_name), batch)

    def read(self, part: str) -> Images:
        """The images of the test part, or of those training batches that are there; all are fetched if none is."""
        published = list(self.train) if part == "train" else ["test_batch"]
        if not any(_path(file_name).is_file() for file_name in published):
            self.fetch()
        there = [file_name for file_name in published if _path(file_name).is_file()]
        batches = [self._batch(file_name) for file_name in there]
        pixels = np.concatenate([batch[b"data"] for batch in batches]).reshape(-1, 3, 32, 32)
        labels = np.concatenate([np.asarray(batch[b"labels"], dtype=np.int64) for batch in batches])
        numbers = ", ".join(file_name.removeprefix("data_batch_") for file_name in there)
        batch_words = f", batches {numbers} of {len(published)}" if part == "train" else ""
        source = f"{self.title} {part}{batch_words} ({len(pixels):,} images)"
        missing = ", ".join(file_name for file_name in published if file_name not in there)
        remedy = f"`python -m sgdlab.data {self.name}` downloads the missing {missing}." if missing else ""
        return Images(pixels, labels, source, remedy)

    def _batch(self, file_name: str) -> dict[bytes, np.ndarray | list[int]]:
        checksum = {**self.train, **self.others}[file_name]
        batch: dict[bytes, np.ndarray | list[int]] = pickle.loads(
            files.read_checked(_path(file_name), checksum, name=self.name), encoding="bytes"
        )
        return batch


def _path(file_name: str) -> Path:
    return files.root() / _FOLDER / file_name


CIFAR10 = CifarImages(
    name="cifar-10",
    title="CIFAR-10",
    parts=("train", "test"),
    brightest=255,
    mean=(0.4914, 0.4822, 0.4465),
    std=(0.2470, 0.2435, 0.2616),
    archive="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    archive_checksum="md5:c58f30108f718f92721af3b95e74349a",
    train={
        "data_batch_1": "sha256:54636561a3ce25bd3e19253c6b0d8538147b0ae398331ac4a2d86c6d987368cd",
        "data_batch_2": "sha256:766b2cef9fbc745cf056b3152224f7cf77163b330ea9a15f9392beb8b89bc5a8",
        "data_batch_3": "md5:54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "md5:634d18415352ddfa80567beed471001a",
        "data_batch_5": "md5:482c414d41f54cd18b22e5b47cb7c3cb",
    },
    others={
        "test_batch": "sha256:f53d8d457504f7cff4ea9e021afcf0e0ad8e24a91f3fc42091b8adef61157831",
        "batches.meta": "sha256:f962466ef690d46b226450fb9aadc74ba4bc64a76aa526b5827fe4bc5c7125cb",
    },
)
