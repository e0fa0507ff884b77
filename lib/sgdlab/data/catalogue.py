"""The data sets by name, and the one function that loads them."""

from __future__ import annotations

from collections.abc import Collection

import torch

from sgdlab.data.cifar10 import CIFAR10
from sgdlab.data.dataset import Dataset
from sgdlab.data.digits import DIGITS
from sgdlab.data.image_set import ImageSet
from sgdlab.data.mnist import FASHION_MNIST, MNIST
from sgdlab.data.subset import Subset

IMAGE_SETS: dict[str, ImageSet] = {images.name: images for images in (DIGITS, MNIST, FASHION_MNIST, CIFAR10)}


def image_set(name: str) -> ImageSet:
    """The data set of this name. Raises ValueError where there is none."""
    if name not in IMAGE_SETS:
        raise ValueError(f"name must be one of {', '.join(map(repr, IMAGE_SETS))}; got {name!r}")
    return IMAGE_SETS[name]


def load(
    name: str,
    *,
    part: str = "train",
    first: int | None = None,
    seed: int | None = None,
    classes: Collection[int] | None = None,
    dtype: torch.dtype = torch.float32,
    normalise: bool = True,
) -> Dataset:
    """Load a data set or a deterministic subset of it.

    | name | parts | inputs | pixels | mean | standard deviation |
    | --- | --- | --- | --- | --- | --- |
    | digits | train 1,797 | (N, 1, 8, 8) | 0 to 16 | 0.3053 | 0.3760 |
    | mnist | train 60,000; test 10,000 | (N, 1, 28, 28) | 0 to 255 | 0.1307 | 0.3081 |
    | fashion-mnist | train 60,000; test 10,000 | (N, 1, 28, 28) | 0 to 255 | 0.2860 | 0.3530 |
    | cifar-10, red | train 50,000; test 10,000 | (N, 3, 32, 32) | 0 to 255 | 0.4914 | 0.2470 |
    | cifar-10, green | | | | 0.4822 | 0.2435 |
    | cifar-10, blue | | | | 0.4465 | 0.2616 |

    Pixels are divided by the largest pixel value, 16 or 255, then standardised channel by channel:
    (pixel - mean) / standard deviation. The constants are those of the whole train part, also for a subset and for
    the test part. The digits are embedded in scikit-learn. The other sets are read from the folder that the
    environment variable SGDLAB_DATA names, in torchvision's layout, else from the user's cache, and downloaded there
    where they are missing. Of CIFAR-10's five training batches those that are there are taken; the `source` of the
    result names them. All are downloaded where there is none.

    Args:
        name: "digits", "mnist", "fashion-mnist" or "cifar-10".
        part: "train" or "test"; the digits have "train" only.
        first: Keep the first so many images, after `classes`; None keeps all.
        seed: None for file order; otherwise the images are put into a random order with this seed before `first` is
            applied. A subset is the same wherever the same images are there.
        classes: Keep these labels only, from 0 to 9. Labels are not renumbered.
        dtype: Floating-point type of the inputs.
        normalise: Standardise; otherwise the inputs lie between 0 and 1.

    Returns:
        The data set, with int64 labels and with a `source` that says in words what was loaded.

    Raises:
        ValueError: An argument outside its range; a subset larger than the set; a file or a download whose checksum
            is not the published one.
        FileNotFoundError: SGDLAB_DATA is set to something that is not a folder.
        ConnectionError: A file is missing and could not be downloaded.
    """
    published = image_set(name)
    if part not in published.parts:
        raise ValueError(f"part must be one of {', '.join(map(repr, published.parts))} for {name!r}; got {part!r}")
    if not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
        raise ValueError(f"dtype must be a floating-point torch.dtype; got {dtype!r}")
    subset = Subset(first=first, seed=seed, classes=classes)

    images = published.read(part)
    chosen, source = subset.choose(images)
    return Dataset(
        name=name,
        inputs=published.inputs(images.pixels[chosen], dtype=dtype, normalise=normalise),
        labels=torch.from_numpy(images.labels[chosen]),
        classes=10,
        source=source,
    )
