"""MNIST and Fashion-MNIST: two data sets of one format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sgdlab.data import files
from sgdlab.data.idx import read_idx
from sgdlab.data.image_set import Images, ImageSet

_PREFIX = {"train": "train", "test": "t10k"}


@dataclass(frozen=True, kw_only=True)
class IdxImages(ImageSet):
    """Grey images in four IDX files, below root/folder/raw as torchvision has them.

    Attributes:
        folder: The data set's folder in the root.
        address: What stands before a file's name in its URL.
        checksums: The published checksum of each file, by file name.
    """

    folder: str
    address: str
    checksums: Mapping[str, str]

    def fetch(self) -> None:
        """Download every file that is missing."""
        for file_name in self.checksums:
            self._fetch_file(file_name)

    def read(self, part: str) -> Images:
        """The images of one part."""
        pixels = read_idx(self._content(f"{_PREFIX[part]}-images-idx3-ubyte.gz"), dimensions=3)
        labels = read_idx(self._content(f"{_PREFIX[part]}-labels-idx1-ubyte.gz"), dimensions=1)
        return Images(pixels[:, np.newaxis], labels.astype(np.int64), f"{self.title} {part} ({len(pixels):,} images)")

    def _fetch_file(self, file_name: str) -> None:
        path = files.root() / self.folder / "raw" / file_name
        if not path.is_file():
            files.write(path, files.download(self.address + file_name, self.checksums[file_name]))

    def _content(self, file_name: str) -> bytes:
        self._fetch_file(file_name)
        path = files.root() / self.folder / "raw" / file_name
        return files.read_checked(path, self.checksums[file_name], name=self.name)


MNIST = IdxImages(
    name="mnist",
    title="MNIST",
    parts=("train", "test"),
    brightest=255,
    mean=(0.1307,),
    std=(0.3081,),
    folder="MNIST",
    address="https://ossci-datasets.s3.amazonaws.com/mnist/",
    checksums={
        "train-images-idx3-ubyte.gz": "sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte.gz": "sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "t10k-images-idx3-ubyte.gz": "sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte.gz": "sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
)

FASHION_MNIST = IdxImages(
    name="fashion-mnist",
    title="Fashion-MNIST",
    parts=("train", "test"),
    brightest=255,
    mean=(0.2860,),
    std=(0.3530,),
    folder="FashionMNIST",
    address="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    checksums={
        "train-images-idx3-ubyte.gz": "sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte.gz": "sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte.gz": "sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte.gz": "sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
)
