"""Power-law escape: the laws of SGD with noise proportional to the loss, and what true minibatch noise does instead.

Equation numbers are those of Mori, Ziyin, Liu, Ueda, "Power-law escape rate of SGD" (ICML 2022, arXiv:2105.09557).
"""

from sgdlab.laws import double_well_passage, passage_equations, passage_times, stationary_laws, tail_indices
from sgdlab.laws.double_well_passage import double_well_passage_time
from sgdlab.laws.kesten import kesten_index, lyapunov_exponent
from sgdlab.laws.kramers import (
    barrier_frozen,
    barrier_gaussian_inputs,
    barrier_integral,
    barrier_loss_proportional,
    escape_current,
    escape_exponent,
    escape_rate,
    fresh_gaussian_residuals_barrier,
    log_loss_curvature,
    log_loss_potential,
    well_width,
)
from sgdlab.laws.passage_equations import (
    initial_passage_slope,
    local_exponent_weak_noise,
    passage_bend_frozen,
    passage_bend_gaussian_inputs,
    passage_bend_loss_proportional,
    passage_time_beyond_critical_dimension,
)
from sgdlab.laws.passage_times import mean_first_passage_time
from sgdlab.laws.second_moments import (
    mean_loss_dimension_continuous,
    mean_loss_dimension_discrete,
    mean_loss_ratio,
    mean_loss_ratio_of_load,
    mode_load_continuous,
    mode_load_discrete,
    mode_variance_continuous,
    mode_variance_discrete,
)
from sgdlab.laws.stationary_laws import (
    alpha_rule_exponent,
    critical_dimension,
    critical_dimension_gaussian_inputs,
    input_kurtosis_exponent,
    loss_ratio_tail,
    relative_density,
    relative_density_frozen,
    relative_density_gaussian_inputs,
    stationary_exponent,
)
from sgdlab.laws.tail_indices import (
    excess_kurtosis_discrete,
    excess_kurtosis_of_index,
    fitted_exponent,
    squared_scale,
    tail_index,
    tail_index_gaussian_inputs,
    tail_index_loss_proportional,
)

# Laws that a page shows from SymPy, unnumbered: their special functions are beyond the translator and JavaScript.
DISPLAYED_LAWS = {
    law.name: law
    for law in (
        *passage_times.PASSAGE_TIMES.values(),
        passage_equations.passage_time_large_ratio,
        passage_equations.passage_time_at_critical_dimension,
        passage_equations.passage_time_weak_noise,
        double_well_passage.double_well_law,
        stationary_laws.loss_ratio_density,
        stationary_laws.loss_ratio_tail_law,
        tail_indices.tail_index_weak_noise,
    )
}

__all__ = [
    "DISPLAYED_LAWS",
    "alpha_rule_exponent",
    "barrier_frozen",
    "barrier_gaussian_inputs",
    "barrier_integral",
    "barrier_loss_proportional",
    "critical_dimension",
    "critical_dimension_gaussian_inputs",
    "double_well_passage_time",
    "escape_current",
    "escape_exponent",
    "escape_rate",
    "excess_kurtosis_discrete",
    "excess_kurtosis_of_index",
    "fitted_exponent",
    "fresh_gaussian_residuals_barrier",
    "initial_passage_slope",
    "input_kurtosis_exponent",
    "kesten_index",
    "local_exponent_weak_noise",
    "log_loss_curvature",
    "log_loss_potential",
    "loss_ratio_tail",
    "lyapunov_exponent",
    "mean_first_passage_time",
    "mean_loss_dimension_continuous",
    "mean_loss_dimension_discrete",
    "mean_loss_ratio",
    "mean_loss_ratio_of_load",
    "mode_load_continuous",
    "mode_load_discrete",
    "mode_variance_continuous",
    "mode_variance_discrete",
    "passage_bend_frozen",
    "passage_bend_gaussian_inputs",
    "passage_bend_loss_proportional",
    "passage_time_beyond_critical_dimension",
    "relative_density",
    "relative_density_frozen",
    "relative_density_gaussian_inputs",
    "squared_scale",
    "stationary_exponent",
    "tail_index",
    "tail_index_gaussian_inputs",
    "tail_index_loss_proportional",
    "well_width",
]
