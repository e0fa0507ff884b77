"""The digits embedded in scikit-learn: nothing to download."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

from sgdlab.data.image_set import Images, ImageSet


class Digits(ImageSet):
    """1,797 grey images of 8 x 8 pixels with values 0 to 16."""

    def fetch(self) -> None:
        """Nothing: the images are part of scikit-learn."""

    def read(self, part: str) -> Images:
        """All images; there is one part only."""
        digits = load_digits()
        pixels = digits.images.astype(np.uint8)[:, np.newaxis]
        return Images(pixels, digits.target.astype(np.int64), f"{self.title} ({len(pixels):,} images)")


DIGITS = Digits(
    name="digits", title="scikit-learn's digits", parts=("train",), brightest=16, mean=(0.3053,), std=(0.3760,)
)
