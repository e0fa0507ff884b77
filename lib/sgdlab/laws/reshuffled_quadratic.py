"""SGD on parabolas of one curvature with a minimum for each sample: independent batches and reshuffled epochs.

The loss of sample mu is (h / 2) (theta - c_mu)^2; every batch multiplies the distance by q = 1 - eta h. Variances are
those of theta about the mean of the c_mu, whose variance is V_c; an epoch has N / B batches.
"""

import sympy as sp

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law

_eta, _h, _B, _N = q.learning_rate.symbol, q.curvature.symbol, q.batch_size.symbol, q.n_samples.symbol
_k, _q, _V = q.n_batches.symbol, q.contraction.symbol, q.centre_variance.symbol
_TOY = "parabolas of one curvature, stationary state"
_RESHUFFLED = (_TOY, "random reshuffling, N / B batches an epoch")

independent_batches_variance = Law(
    "independent_batches_variance",
    value=q.mode_variance.symbol,
    expression=_V / _B * (1 - _q) / (1 + _q),
    source="elementary",
    assumes=(_TOY, "every batch is drawn with replacement"),
)

reshuffled_epoch_variance = Law(
    "reshuffled_epoch_variance",
    value=q.epoch_variance.symbol,
    expression=_V
    / (_N - 1)
    * (
        _N / _B * (1 - _q) / (1 + _q)
        - _q ** (2 * _k) * (1 - _q ** (_N / _B)) / (1 + _q ** (_N / _B))
        - (1 - _q**_k) ** 2
    ),
    source="this book",
    assumes=(*_RESHUFFLED, "after k of these batches"),
)

reshuffling_ratio = Law(
    "reshuffling_ratio",
    value=q.reshuffling_ratio.symbol,
    expression=1 - 2 * _B / (_eta * _h * _N) * sp.tanh(_eta * _h * _N / (2 * _B)),
    source="this book",
    assumes=(*_RESHUFFLED, "eta h << 1, B << N, at any number of relaxation times an epoch"),
)
