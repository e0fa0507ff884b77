"""Real data sets, checked by checksum: scikit-learn's digits, MNIST, Fashion-MNIST and CIFAR-10."""

from sgdlab.data.catalogue import load
from sgdlab.data.dataset import Dataset

__all__ = ["Dataset", "load"]
