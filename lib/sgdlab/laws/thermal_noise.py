"""Gradient Langevin dynamics: thermal noise, constant and the same in all directions, as a comparison for SGD's.

Equation numbers are those of Mori, Ziyin, Liu, Ueda, "Power-law escape rate of SGD" (ICML 2022, arXiv:2105.09557).
"""

import sympy as sp

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law

_D, _h = q.diffusion.symbol, q.curvature.symbol
_GLD = "gradient Langevin dynamics, eq. (5)"

relative_density_thermal = Law(
    "relative_density_thermal",
    value=q.relative_density.symbol,
    expression=sp.exp(-(q.loss.symbol - q.minimum_loss.symbol) / _D),
    source="Gibbs; Mori et al. 2022 quote the escape rate that follows from it below eq. (5)",
    assumes=(_GLD,),
)

mode_variance_thermal = Law(
    "mode_variance_thermal",
    value=q.mode_variance.symbol,
    expression=_D / _h,
    source="elementary",
    assumes=(_GLD, "quadratic loss"),
)
