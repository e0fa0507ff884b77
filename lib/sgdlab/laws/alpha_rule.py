"""What the reading of the stochastic integral changes in a stationary average."""

from sgdlab.laws import quantities as q
from sgdlab.laws.law import Law

_phi0 = q.batch_size.symbol / (q.learning_rate.symbol * q.curvature.symbol)

excess_share_alpha_rule = Law(
    "excess_share_alpha_rule",
    value=q.excess_share.symbol,
    expression=q.dimension.symbol / (2 * (1 + _phi0 - q.ito_parameter.symbol)),
    source="this book",
    assumes=(
        "eq. (12) of Mori et al. 2022, read with the alpha-rule; SGD is alpha = 0",
        "isotropic quadratic loss",
        "a stationary law exists: the share is below 1",
    ),
)
