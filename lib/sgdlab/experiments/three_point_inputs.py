"""For a live figure: the stationary density of SGD whose inputs lie on three points, -sqrt(k), 0 and sqrt(k).

The gradient noise grows with the loss as its kurtosis k says (law `input_kurtosis_variance`). The density does not
know it.
"""

import numpy as np
import torch

from sgdlab.dynamics import regression_sgd
from sgdlab.measure import Estimate
from sgdlab.problems import GaussianInputs

LEARNING_RATE = 0.1
LOSS_RATIOS = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8)
KURTOSES = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)

_REPLICAS, _TRANSIENT, _STEPS, _EVERY = 2000, 200, 2000, 20
_HALF_WIDTH = 0.025  # of a bin of |delta|, in units of sigma / sqrt(h)


def relative_density(input_kurtosis: float, seed: int = 0) -> Estimate:
    """Density of the displacement at each of LOSS_RATIOS (9,) divided by that at the minimum; B = 1, h = sigma^2 = 1.

    A histogram with bins around |delta| = sqrt(c - 1). The errors take each recorded position of each replica as
    independent; between two of them lie 20 steps, two relaxation times.
    """
    moved = regression_sgd(
        GaussianInputs([1.0], 1.0, kurtosis=input_kurtosis),
        torch.zeros(_REPLICAS, 1, dtype=torch.float64),
        learning_rate=LEARNING_RATE,
        batch_size=1,
        steps=_TRANSIENT + _STEPS,
        record_every=_EVERY,
        seed=1 + seed,
    )
    distances = np.sqrt(np.maximum(2 * moved.losses[_TRANSIENT // _EVERY :].numpy().ravel() - 1, 0))
    centres = np.sqrt(np.array(LOSS_RATIOS) - 1)
    counts = np.array([(np.abs(distances - centre) < _HALF_WIDTH).sum() for centre in centres], dtype=float)
    counts[0] *= 2  # its bin is cut in half by 0
    density = counts / counts[0]
    relative_error = np.sqrt(1 / np.maximum(counts, 1) + 1 / counts[0])
    relative_error[0] = 0  # divided by itself
    return Estimate(np.where(counts > 0, density, np.nan), density * relative_error)
