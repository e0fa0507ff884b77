"""Exponents of the displacement of a ResNet-18, read off published pictures, against one effective time.

Kunin et al. (2024), figure 7 (ImageNet), and the same figure for CIFAR-10, as the pictures that the authors' public
notebooks hold show them: 20 values each of the learning rate, the batch size and the momentum. The values are known,
the exponents are DIGITISED from the pixels, good to 0.003 (ImageNet) and 0.004 (CIFAR-10). They are not the authors'
numbers. A run has two epochs, the exponent is that of the squared distance from the start over the second one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sgdlab.experiments._walks import slope
from sgdlab.laws.displacement_laws import effective_time_of_epoch, free_displacement_from_rest

Array = NDArray[np.float64]

_POINTS = 20
LEARNING_RATES = np.linspace(1e-5, 1e-3, _POINTS)
BATCH_SIZES = np.floor(np.linspace(32, 1024, _POINTS))
MOMENTA = np.linspace(0.8, 0.99, _POINTS)
BASE = {"learning_rate": 1e-4, "batch_size": 256.0, "momentum": 0.9}


@dataclass(frozen=True)
class Picture:
    """One published figure, digitised.

    Attributes:
        n_samples: N of the data set.
        base: exponent of the base setting, which all three panels show.
        learning_rate, batch_size, momentum: exponents (20,) of the three sweeps.
        error: half the distance between neighbouring pixels, and what the axis adds.
    """

    n_samples: int
    base: float
    learning_rate: tuple[float, ...]
    batch_size: tuple[float, ...]
    momentum: tuple[float, ...]
    error: float


IMAGENET = Picture(
    n_samples=1_281_167,
    base=0.987,
    learning_rate=(
        *(1.324, 1.029, 0.978, 0.959, 0.947, 0.940, 0.938, 0.931, 0.931, 0.926),
        *(0.922, 0.919, 0.917, 0.912, 0.910, 0.905, 0.903, 0.901, 0.896, 0.894),
    ),
    batch_size=(
        *(1.146, 1.029, 0.971, 0.968, 0.968, 0.985, 1.006, 1.011, 1.029, 1.039),
        *(1.060, 1.090, 1.092, 1.106, 1.118, 1.134, 1.139, 1.141, 1.179, 1.169),
    ),
    momentum=(
        *(1.053, 1.048, 1.041, 1.034, 1.027, 1.020, 1.015, 1.006, 1.001, 0.994),
        *(0.987, 0.980, 0.973, 0.966, 0.959, 0.952, 0.947, 0.940, 0.933, 0.912),
    ),
    error=0.003,
)
CIFAR10 = Picture(
    n_samples=50_000,
    base=1.285,
    learning_rate=(
        *(1.250, 1.289, 1.285, 1.280, 1.280, 1.276, 1.272, 1.267, 1.267, 1.263),
        *(1.263, 1.259, 1.254, 1.254, 1.254, 1.250, 1.250, 1.246, 1.246, 1.241),
    ),
    batch_size=(
        *(1.111, 1.163, 1.237, 1.163, 1.415, 1.372, 1.307, 1.402, 1.376, 1.320),
        *(1.533, 1.507, 1.293, 1.472, 1.376, 1.676, 1.546, 1.398, 1.607, 1.467),
    ),
    momentum=(
        *(1.263, 1.267, 1.267, 1.267, 1.272, 1.272, 1.276, 1.276, 1.280, 1.285),
        *(1.285, 1.289, 1.293, 1.302, 1.311, 1.324, 1.341, 1.380, 1.476, 1.798),
    ),
    error=0.004,
)
SWEEPS = ("learning_rate", "batch_size", "momentum")

# Figure 1, digitised: network, exponent, mean-square step, squared displacement after 50,000 steps at momentum 0.9.
FIGURE_1 = (
    ("ResNet-18", 1.075, 1.25e-6, 1.6),
    ("ResNet-34", 1.085, 1.56e-6, 2.0),
    ("VGG-16 with batch normalisation", 1.370, 1.7e-8, 0.15),
    ("VGG-16", 1.616, 2.8e-8, 0.09),
)


@dataclass(frozen=True)
class Config:
    """Which pictures.

    Attributes:
        imagenet, cifar10: the digitised figures.
    """

    imagenet: Picture
    cifar10: Picture


QUICK = Config(imagenet=IMAGENET, cifar10=CIFAR10)


def run(config: Config) -> dict[str, Array]:
    """Put the three sweeps on one axis.

    Returns:
        Of each picture, with the prefix imagenet_ or cifar10_, and each sweep, in the order of `SWEEPS`:
        value (3, 20): of what is changed. time (3, 20): effective time of an epoch. exponent (3, 20).
        residual (3, 20): exponent less that of the learning-rate sweep at the same time, interpolated in log time.
        inertia (20,): what inertia adds along the momentum sweep to the exponent of a flat direction, less the same at
        the base's momentum: of the walk from rest over the second epoch.
    """
    return _collapse(config.imagenet, "imagenet") | _collapse(config.cifar10, "cifar10")


def _collapse(picture: Picture, name: str) -> dict[str, Array]:
    values = {"learning_rate": LEARNING_RATES, "batch_size": BATCH_SIZES, "momentum": MOMENTA}
    times = np.array(
        [effective_time_of_epoch(n_samples=picture.n_samples, **BASE | {key: values[key]}) for key in SWEEPS]
    )
    exponents = np.array([getattr(picture, key) for key in SWEEPS])
    residuals = exponents - np.interp(np.log(times), np.log(times[0]), exponents[0])
    epoch = int(picture.n_samples // BASE["batch_size"])
    inertia = np.array([flat_exponent(momentum, epoch) for momentum in MOMENTA])
    arrays = {
        "value": np.array([values[key] for key in SWEEPS]),
        "time": times,
        "exponent": exponents,
        "residual": residuals,
        "inertia": inertia - flat_exponent(BASE["momentum"], epoch),
    }
    return {f"{name}_{key}": array for key, array in arrays.items()}


def flat_exponent(momentum: float, epoch: int) -> float:
    """Exponent of a flat direction from rest, over the second of two epochs of so many steps."""
    free = free_displacement_from_rest(
        learning_rate=1.0, momentum=momentum, variance=1.0, steps=np.arange(1, 2 * epoch + 1)
    )
    return slope(free, epoch, 2 * epoch)
