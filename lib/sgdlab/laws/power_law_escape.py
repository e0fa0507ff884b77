"""Power-law escape: the laws of SGD with noise proportional to the loss, and what true minibatch noise does instead.

Equation numbers are those of Mori, Ziyin, Liu, Ueda, "Power-law escape rate of SGD" (ICML 2022, arXiv:2105.09557).
"""

from sgdlab.laws import double_well_passage, passage_equations, passage_times, stationary_laws, tail_indices
from sgdlab.laws.alpha_rule import excess_share_alpha_rule
from sgdlab.laws.anisotropic_escape import direction_share
from sgdlab.laws.double_well_passage import double_well_correction, double_well_passage_time
from sgdlab.laws.effective_dimension import (
    entropy_dimension,
    growth_rate,
    participation_ratio,
    trace_dimension,
    two_level_exponent,
    valley_ratio,
    valley_ratio_frozen,
)
from sgdlab.laws.fixed_data_moments import stationary_second_moment
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
from sgdlab.laws.quasi_potential import large_batches, minibatch_barrier
from sgdlab.laws.reshuffled_quadratic import (
    independent_batches_variance,
    reshuffled_epoch_variance,
    reshuffling_ratio,
)
from sgdlab.laws.second_moments import (
    mean_loss_dimension_continuous,
    mean_loss_dimension_discrete,
    mean_loss_ratio,
    mean_loss_ratio_of_load,
    mean_square_growth,
    mode_load_continuous,
    mode_load_discrete,
    mode_load_gaussian_inputs,
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
    exponent_of_variance,
    fitted_exponent,
    squared_scale,
    tail_index,
    tail_index_gaussian_inputs,
    tail_index_loss_proportional,
)
from sgdlab.laws.thermal_noise import mode_variance_thermal, relative_density_thermal
from sgdlab.laws.true_noise import (
    given_inputs_variance,
    one_batch_barrier,
    one_batch_loss_ratio,
    quasi_potential_gaussian_residuals,
    quasi_potential_residual_kurtosis,
)
from sgdlab.laws.weak_order import modified_curvature, regression_moments, weak_error_mean, weak_error_square

# Laws that a page shows from SymPy, unnumbered: their special functions are beyond the translator and JavaScript.
DISPLAYED_LAWS = {
    law.name: law
    for law in (
        *passage_times.PASSAGE_TIMES.values(),
        passage_times.passage_time_integral,
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
    "direction_share",
    "double_well_correction",
    "double_well_passage_time",
    "entropy_dimension",
    "escape_current",
    "escape_exponent",
    "escape_rate",
    "excess_kurtosis_discrete",
    "excess_kurtosis_of_index",
    "excess_share_alpha_rule",
    "exponent_of_variance",
    "fitted_exponent",
    "fresh_gaussian_residuals_barrier",
    "given_inputs_variance",
    "growth_rate",
    "independent_batches_variance",
    "initial_passage_slope",
    "input_kurtosis_exponent",
    "kesten_index",
    "large_batches",
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
    "mean_square_growth",
    "minibatch_barrier",
    "mode_load_continuous",
    "mode_load_discrete",
    "mode_load_gaussian_inputs",
    "mode_variance_continuous",
    "mode_variance_discrete",
    "mode_variance_thermal",
    "modified_curvature",
    "one_batch_barrier",
    "one_batch_loss_ratio",
    "participation_ratio",
    "passage_bend_frozen",
    "passage_bend_gaussian_inputs",
    "passage_bend_loss_proportional",
    "passage_time_beyond_critical_dimension",
    "quasi_potential_gaussian_residuals",
    "quasi_potential_residual_kurtosis",
    "regression_moments",
    "relative_density",
    "relative_density_frozen",
    "relative_density_gaussian_inputs",
    "relative_density_thermal",
    "reshuffled_epoch_variance",
    "reshuffling_ratio",
    "squared_scale",
    "stationary_exponent",
    "stationary_second_moment",
    "tail_index",
    "tail_index_gaussian_inputs",
    "tail_index_loss_proportional",
    "trace_dimension",
    "two_level_exponent",
    "valley_ratio",
    "valley_ratio_frozen",
    "weak_error_mean",
    "weak_error_square",
    "well_width",
]
