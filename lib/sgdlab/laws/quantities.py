"""Every quantity of the book, once: its Python name, its letter, its unit, its domain and its words.

Argument checks, slider labels and the notation page are read from here. Units are built from two: that of the loss and
that of a parameter.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from sgdlab.laws.letters import symbol_html

_PARAMETERS = sp.Symbol("n_parameters", integer=True, positive=True)
_SHAPES = {"scalar": (), "vector": (_PARAMETERS, 1), "matrix": (_PARAMETERS, _PARAMETERS)}


@dataclass(frozen=True)
class Quantity:
    """One quantity of the book.

    Attributes:
        name: the name in code, in sliders and in error messages.
        latex: its letter on the page.
        words: what a slider or the notation page calls it.
        unit: "1", or a product of powers of "loss" and "parameter".
        lower, upper: the ends of its domain; always finite numbers themselves.
        lower_included, upper_included: whether an end belongs to the domain.
        integer: whether only whole numbers are allowed.
        kind: "scalar", "vector" (P,) or "matrix" (P, P).
        key: its short name in a page's address; the letter where that is plain, else the name.
        logarithmic: whether sliders and axes are even in its logarithm.
        counts: whether a slider stands on whole numbers, also where the laws allow others between them.
        slider: the range that a slider usually has; None where a slider must be told.
    """

    name: str
    latex: str
    words: str
    unit: str = "1"
    lower: float = -math.inf
    upper: float = math.inf
    lower_included: bool = True
    upper_included: bool = True
    integer: bool = False
    kind: str = "scalar"
    key: str = ""
    logarithmic: bool = False
    counts: bool = False
    slider: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not self.key:
            plain = self.latex.isascii() and self.latex.isalpha()
            object.__setattr__(self, "key", self.latex if plain else self.name)

    @cached_property
    def symbol(self) -> Any:
        """The SymPy symbol, with the assumptions that the domain allows."""
        if self.kind != "scalar":
            return sp.MatrixSymbol(self.name, *_SHAPES[self.kind])
        assumptions: dict[str, bool] = {"integer": True} if self.integer else {"real": True}
        if self.lower > 0 or (self.lower == 0 and not self.lower_included):
            assumptions["positive"] = True
        elif self.lower == 0:
            assumptions["nonnegative"] = True
        elif self.upper == 0 and not self.upper_included:
            assumptions["negative"] = True
        return sp.Symbol(self.name, **assumptions)

    @property
    def symbol_html(self) -> str:
        """Its letter on a page without TeX."""
        return symbol_html(self.latex)

    @property
    def range(self) -> str:
        """The domain in words, as error messages print it."""
        noun = {"scalar": "number", "vector": "array (P,)", "matrix": "array (P, P)"}[self.kind]
        limits = []
        if self.lower > -math.inf:
            limits.append(f"{'>=' if self.lower_included else '>'} {self.lower:g}")
        if self.upper < math.inf:
            limits.append(f"{'<=' if self.upper_included else '<'} {self.upper:g}")
        return f"a finite {'whole ' if self.integer else ''}{noun}" + (" " + " and ".join(limits) if limits else "")

    def check(self, value: ArrayLike) -> NDArray[np.float64]:
        """Return `value` as a float64 array.

        Raises:
            ValueError: an element is outside the domain, NaN or infinite, or the shape does not fit the kind.
        """
        try:
            array = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{self.name} must be {self.range}, got {value!r}") from error
        fits = (
            np.isfinite(array)
            & ((array >= self.lower) if self.lower_included else (array > self.lower))
            & ((array <= self.upper) if self.upper_included else (array < self.upper))
        )
        if self.integer:
            fits &= array == np.round(array)
        if not fits.all():
            raise ValueError(f"{self.name} must be {self.range}, got {array[~fits].flat[0] if array.ndim else array}")
        square = array.ndim == 2 and array.shape[0] == array.shape[1]
        if (self.kind == "vector" and array.ndim != 1) or (self.kind == "matrix" and not square):
            raise ValueError(f"{self.name} must be {self.range}, got shape {array.shape}")
        return array


learning_rate = Quantity(
    "learning_rate",
    r"\eta",
    "learning rate",
    "parameter^2/loss",
    lower=0.0,
    lower_included=False,
    key="lr",
    logarithmic=True,
    slider=(0.001, 1.0),
)
batch_size = Quantity("batch_size", "B", "batch size", lower=1.0, logarithmic=True, counts=True, slider=(1, 256))
n_samples = Quantity(
    "n_samples", "N", "number of samples", lower=2.0, integer=True, logarithmic=True, slider=(16, 4096)
)
n_parameters = Quantity("n_parameters", "P", "number of parameters", lower=1.0, integer=True)
n_batches = Quantity("n_batches", "k", "batches since the epoch began", lower=0.0, counts=True, slider=(0, 32))
curvature = Quantity(
    "curvature",
    "h",
    "Hessian eigenvalue",
    "loss/parameter^2",
    lower=0.0,
    lower_included=False,
    logarithmic=True,
    slider=(0.01, 10),
)
dimension = Quantity("dimension", "n", "effective dimension", lower=1.0, slider=(1, 10))
loss = Quantity("loss", "L", "loss", "loss", lower=0.0, logarithmic=True, slider=(0.01, 10))
minimum_loss = Quantity(
    "minimum_loss", "L^*", "loss at the minimum", "loss", lower=0.0, key="Lmin", logarithmic=True, slider=(0.01, 10)
)
loss_ratio = Quantity("loss_ratio", "c", "loss divided by the loss at the minimum", lower=1.0, slider=(1, 10))
displacement = Quantity(
    "displacement", r"\delta", "distance from the minimum in one dimension", "parameter", key="delta", slider=(-2, 2)
)
position = Quantity("position", "x", "position in a one-dimensional landscape", "parameter", slider=(-2, 2))
first_displacement = Quantity(
    "first_displacement", r"\delta_1", "distance along the first eigenvector", "parameter", key="d1", slider=(-2, 2)
)
second_displacement = Quantity(
    "second_displacement", r"\delta_2", "distance along the second eigenvector", "parameter", key="d2", slider=(-2, 2)
)
noise_variance = Quantity(
    "noise_variance",
    r"\sigma^2",
    "variance of the residuals at the minimum",
    "loss",
    lower=0,
    key="s2",
    logarithmic=True,
)
input_kurtosis = Quantity(
    "input_kurtosis", r"\kappa_x", "kurtosis of the inputs", lower=1.0, key="kappa", slider=(1, 10)
)
momentum = Quantity(
    "momentum", r"\beta", "momentum", lower=0.0, upper=1.0, upper_included=False, key="beta", slider=(0, 0.99)
)
weight_decay = Quantity(
    "weight_decay", r"\lambda", "weight decay", "loss/parameter^2", lower=0.0, key="lambda", slider=(0, 1)
)
margin = Quantity("margin", "m", "margin of a sample: logit of its label minus the other one", slider=(-6, 6))
gradient = Quantity("gradient", r"\nabla L", "gradient of the loss", "loss/parameter", kind="vector")
hessian = Quantity("hessian", "H", "Hessian of the loss at the minimum", "loss/parameter^2", kind="matrix")
sample_covariance = Quantity(
    "sample_covariance", "C", "covariance of the per-sample gradients", "loss^2/parameter^2", kind="matrix"
)
covariance = Quantity(
    "covariance", r"\Sigma", "covariance of the minibatch gradient", "loss^2/parameter^2", kind="matrix"
)
pair_covariance = Quantity(
    "pair_covariance", r"\Sigma'", "covariance between two batches of one epoch", "loss^2/parameter^2", kind="matrix"
)
summed_covariance = Quantity(
    "summed_covariance", r"\Sigma_k", "covariance of the summed noise of k batches", "loss^2/parameter^2", kind="matrix"
)
variance = Quantity(
    "variance", r"\Sigma_{xx}", "variance of the minibatch gradient in one dimension", "loss^2/parameter^2", lower=0.0
)
gradient_ratio = Quantity(
    "gradient_ratio", r"\chi", "exact noise along the gradient divided by that of the decoupled covariance", lower=0.0
)
decoupling = Quantity("decoupling", r"\rho", "decoupling ratio along the gradient", lower=0.0)
log_loss = Quantity("log_loss", "U", "logarithm of the loss, the potential after the change of time")
log_loss_curvature = Quantity(
    "log_loss_curvature", "U''", "curvature of the logarithm of the loss", "1/parameter^2", key="Ucurv"
)
saddle_curvature = Quantity(
    "saddle_curvature",
    "h^s",
    "negative Hessian eigenvalue at the saddle",
    "loss/parameter^2",
    upper=0.0,
    upper_included=False,
    key="hs",
    slider=(-10, -0.1),
)
determinant_ratio = Quantity(
    "determinant_ratio",
    "R_H",
    "determinant of the Hessian at the minimum over its absolute value at the saddle",
    lower=0.0,
    lower_included=False,
    key="RH",
    logarithmic=True,
    slider=(0.1, 10),
)
escape_exponent = Quantity("escape_exponent", "b", "exponent of the loss ratio in the escape time")
escape_rate = Quantity("escape_rate", r"\kappa", "escape rate", "loss/parameter^2", lower=0.0)
well_width = Quantity("well_width", "w_0", "width of the stationary density in the well", "parameter", lower=0.0)
barrier_integral = Quantity(
    "barrier_integral", "I_b", "integral of the inverse stationary density over the barrier", "parameter", lower=0.0
)
escape_current = Quantity(
    "escape_current", "J_e", "current over the barrier for a density of 1 in the well", "1/parameter", lower=0.0
)
barrier = Quantity(
    "barrier",
    "V_b",
    "weak-noise exponent of the passage time, the barrier of the quasi-potential",
    "parameter^2/loss",
    lower=0.0,
)
passage_time = Quantity("passage_time", "t_p", "mean first-passage time", "parameter^2/loss", lower=0.0)
passage_time_slope = Quantity(
    "passage_time_slope", "t_p'", "slope of the mean passage time in the loss ratio", "parameter^2/loss", lower=0.0
)
passage_time_bend = Quantity(
    "passage_time_bend", "t_p''", "second derivative of the mean passage time in the loss ratio", "parameter^2/loss"
)
local_exponent = Quantity("local_exponent", "b_c", "slope of the logarithm of the passage time at a loss ratio")
stationary_exponent = Quantity("stationary_exponent", r"\phi", "exponent of the stationary density", lower=0.0)
fitted_exponent = Quantity("fitted_exponent", r"\phi_f", "exponent that fits the stationary variance")
ito_parameter = Quantity(
    "ito_parameter",
    r"\alpha",
    "where in its step the noise is evaluated: 0 Ito, 1/2 Stratonovich",
    lower=0.0,
    upper=1.0,
    key="alpha",
    slider=(0, 1),
)
relative_density = Quantity("relative_density", "p_s", "stationary density divided by that at the minimum", lower=0.0)
loss_ratio_density = Quantity("loss_ratio_density", "p_c", "stationary density of the loss ratio", lower=0.0)
loss_ratio_tail = Quantity("loss_ratio_tail", "Q_c", "stationary probability of a larger loss ratio", lower=0.0)
critical_dimension = Quantity("critical_dimension", "n_c", "dimension below which a stationary law exists", lower=0.0)
mean_loss_dimension = Quantity("mean_loss_dimension", "n_L", "dimension below which the mean loss is finite")
tail_index = Quantity(
    "tail_index",
    r"\nu",
    "index of the tail of the distance from the minimum",
    lower=0.0,
    lower_included=False,
    key="nu",
)
squared_scale = Quantity("squared_scale", "s^2", "squared scale of Student's t", "parameter^2", lower=0.0, key="scale2")
excess_kurtosis = Quantity("excess_kurtosis", r"\gamma_2", "stationary excess kurtosis of the displacement")
mode_load = Quantity("mode_load", "S_h", "share of its own noise that one eigendirection makes")
load = Quantity("load", "S", "shares of all eigendirections together", lower=0.0, slider=(0, 0.99))
mean_loss = Quantity("mean_loss", "L_m", "stationary mean of the loss", "loss", lower=0.0)
mean_loss_ratio = Quantity("mean_loss_ratio", "c_m", "stationary mean of the loss ratio")
mode_variance = Quantity(
    "mode_variance", r"\sigma_h^2", "stationary variance along one eigendirection", "parameter^2", lower=0.0
)

time = Quantity("time", "t", "time, learning rate times steps", "parameter^2/loss", lower=0.0, slider=(0, 10))
diffusion = Quantity(
    "diffusion", "D", "strength of thermal noise", "loss", lower=0.0, lower_included=False, logarithmic=True
)
weak_error_mean = Quantity(
    "weak_error_mean",
    r"\Delta_1",
    "error of the mean, over learning rate and start",
    "loss/parameter^2",
    key="Delta1",
)
weak_error_square = Quantity(
    "weak_error_square",
    r"\Delta_2",
    "error of the mean square, over learning rate and squared start",
    "loss/parameter^2",
    key="Delta2",
)
modified_curvature = Quantity(
    "modified_curvature",
    r"h_{\eta}",
    "Hessian eigenvalue of the modified loss",
    "loss/parameter^2",
    lower=0.0,
    key="heta",
)
excess_share = Quantity(
    "excess_share", r"\zeta", "stationary mean of 1 - L*/L, the share of the loss that is excess", key="zeta"
)
lyapunov_exponent = Quantity(
    "lyapunov_exponent", r"\Lambda", "mean growth of the logarithm of a large distance in a step", key="Lyap"
)
mean_square_growth = Quantity(
    "mean_square_growth", "g_2", "factor of a large mean-square distance in a step", lower=0.0
)
contraction = Quantity(
    "contraction",
    "q",
    "factor of a distance in a step without noise",
    lower=0.0,
    upper=1.0,
    lower_included=False,
    upper_included=False,
    slider=(0.5, 0.999),
)
centre_variance = Quantity(
    "centre_variance", "V_c", "variance of the samples' own minima", "parameter^2", lower=0.0, logarithmic=True
)
epoch_variance = Quantity(
    "epoch_variance", r"\sigma_k^2", "variance after k batches of an epoch", "parameter^2", lower=0.0
)
reshuffling_ratio = Quantity(
    "reshuffling_ratio", "R_e", "variance at the end of a reshuffled epoch over that of independent batches", lower=0.0
)
first_curvature = Quantity(
    "first_curvature",
    "h_1",
    "first Hessian eigenvalue",
    "loss/parameter^2",
    lower=0.0,
    lower_included=False,
    logarithmic=True,
)
second_curvature = Quantity(
    "second_curvature",
    "h_2",
    "second Hessian eigenvalue",
    "loss/parameter^2",
    lower=0.0,
    lower_included=False,
    logarithmic=True,
)
third_curvature = Quantity(
    "third_curvature",
    "h_3",
    "third Hessian eigenvalue",
    "loss/parameter^2",
    lower=0.0,
    lower_included=False,
    logarithmic=True,
)
quasi_potential = Quantity(
    "quasi_potential",
    "V",
    "quasi-potential: weak-noise exponent of the stationary density",
    "parameter^2/loss",
    lower=0.0,
)
batch_step = Quantity(
    "batch_step", "a", "learning rate times the curvature that a batch sees", lower=0.0, slider=(0, 4)
)
residual_kurtosis = Quantity(
    "residual_kurtosis", r"\kappa_{\epsilon}", "excess kurtosis of the residuals", lower=-2.0, key="kappae"
)
clock = Quantity("clock", r"\tau", "clock that runs like the loss", "parameter^2", lower=0.0, key="tau")
curvature_ratio = Quantity(
    "curvature_ratio",
    "r_h",
    "Hessian eigenvalue across the path divided by the one along it",
    lower=0.0,
    upper=1.0,
    key="rh",
    slider=(0, 1),
)
direction_share = Quantity(
    "direction_share", "n_h", "what a direction adds to the effective dimension of passage", lower=0.0, upper=1.0
)

n_outliers = Quantity("n_outliers", "n_o", "number of large eigenvalues", lower=1.0, counts=True, slider=(1, 20))
n_flat = Quantity(
    "n_flat", "n_f", "number of small eigenvalues", lower=0.0, logarithmic=True, counts=True, slider=(1, 10_000)
)
participation_ratio = Quantity(
    "participation_ratio", "n_2", "participation ratio of the eigenvalues, an effective dimension", lower=1.0
)
entropy_dimension = Quantity(
    "entropy_dimension", "n_1", "exponential of the entropy of the eigenvalues, an effective dimension", lower=1.0
)
trace_dimension = Quantity(
    "trace_dimension", "n_t", "sum of the eigenvalues over the largest, an effective dimension", lower=1.0
)
growth_rate = Quantity(
    "growth_rate",
    r"\Lambda_t",
    "mean growth rate of the logarithm of a large distance",
    "loss/parameter^2",
    key="Lambdat",
)
valley_ratio = Quantity(
    "valley_ratio", "R_v", "time in the flat valley divided by that in the round one", lower=0.0, logarithmic=True
)
velocity = Quantity(
    "velocity", "w", "velocity along one eigendirection, minus the momentum buffer", "loss/parameter", slider=(-2, 2)
)
mass = Quantity("mass", r"m_{\eta}", "mass of SGD with momentum", "parameter^2/loss", lower=0.0, lower_included=False)
damping_rate = Quantity(
    "damping_rate",
    r"\gamma_w",
    "damping rate: half the friction over the mass",
    "loss/parameter^2",
    lower=0.0,
    lower_included=False,
)
natural_frequency = Quantity(
    "natural_frequency",
    r"\omega",
    "natural frequency: that of the oscillation without friction",
    "loss/parameter^2",
    lower=0.0,
)
oscillation_frequency = Quantity(
    "oscillation_frequency", r"\omega_d", "frequency of the damped oscillation", "loss/parameter^2", lower=0.0
)
slow_rate = Quantity(
    "slow_rate", r"\gamma_s", "decay rate of the slower of a mode's two solutions", "loss/parameter^2", lower=0.0
)
fast_rate = Quantity(
    "fast_rate", r"\gamma_f", "decay rate of the faster of a mode's two solutions", "loss/parameter^2", lower=0.0
)
velocity_diffusion = Quantity(
    "velocity_diffusion",
    "D_w",
    "diffusion constant of the velocity along one eigendirection",
    "loss^3/parameter^4",
    lower=0.0,
)
relative_learning_rate = Quantity(
    "relative_learning_rate",
    r"\eta_h",
    "learning rate times Hessian eigenvalue, weight decay included",
    lower=0.0,
    logarithmic=True,
    slider=(1e-4, 4),
)
oscillation_onset = Quantity(
    "oscillation_onset", r"\eta_c", "relative learning rate from which on a mode oscillates", lower=0.0
)
oscillation_end = Quantity(
    "oscillation_end", r"\eta_f", "relative learning rate from which on a mode only flips its sign", lower=0.0
)
stability_edge = Quantity(
    "stability_edge", r"\eta_s", "relative learning rate from which on a mode diverges", lower=0.0
)
damped_cosine = Quantity("damped_cosine", "C_t", "mean of the propagator's two diagonal entries")
propagator_11 = Quantity("propagator_11", "G_{11}", "distance at a later time for a unit distance at rest")
propagator_12 = Quantity(
    "propagator_12", "G_{12}", "distance at a later time for a unit velocity at the minimum", "parameter^2/loss"
)
propagator_21 = Quantity(
    "propagator_21", "G_{21}", "velocity at a later time for a unit distance at rest", "loss/parameter^2"
)
propagator_22 = Quantity("propagator_22", "G_{22}", "velocity at a later time for a unit velocity at the minimum")
velocity_variance = Quantity(
    "velocity_variance",
    r"\sigma_w^2",
    "stationary variance of the velocity along one eigendirection",
    "loss^2/parameter^2",
    lower=0.0,
)
position_velocity_covariance = Quantity(
    "position_velocity_covariance",
    r"\sigma_{hw}",
    "stationary covariance of distance and velocity along one eigendirection",
    "loss",
)
mode_temperature = Quantity("mode_temperature", "T_h", "temperature of one eigendirection", "loss", lower=0.0)
phase_space_inverse_temperature = Quantity(
    "phase_space_inverse_temperature",
    r"B_{\beta}",
    "inverse temperature of the modified loss in phase space",
    lower=0.0,
    lower_included=False,
)
modified_loss = Quantity("modified_loss", r"\Psi", "modified loss in phase space along one eigendirection", lower=0.0)
position_current = Quantity(
    "position_current",
    r"J_{\delta}",
    "stationary current along the distance, the density at the minimum being 1",
    "loss/parameter",
)
velocity_current = Quantity(
    "velocity_current",
    "J_w",
    "stationary current along the velocity, the density at the minimum being 1",
    "loss^2/parameter^3",
)
mean_square_velocity = Quantity(
    "mean_square_velocity", "w_2", "stationary mean of the squared velocity", "loss^2/parameter^2", lower=0.0
)
virial = Quantity("virial", r"\Xi", "stationary mean of position times gradient, weight decay included", "loss")
transient_11 = Quantity(
    "transient_11", "M_{11}", "variance of the distance at a time after a known start", "parameter^2", lower=0.0
)
transient_12 = Quantity(
    "transient_12", "M_{12}", "covariance of distance and velocity at a time after a known start", "loss"
)
transient_22 = Quantity(
    "transient_22", "M_{22}", "variance of the velocity at a time after a known start", "loss^2/parameter^2", lower=0.0
)
cross_noise = Quantity(
    "cross_noise",
    r"\Sigma_{12}",
    "covariance of the minibatch gradient between two eigendirections",
    "loss^2/parameter^2",
)
position_cross_covariance = Quantity(
    "position_cross_covariance",
    r"\sigma_{12}",
    "stationary covariance of the distances along two eigendirections",
    "parameter^2",
)
velocity_cross_covariance = Quantity(
    "velocity_cross_covariance",
    r"\sigma_{w12}",
    "stationary covariance of the velocities along two eigendirections",
    "loss^2/parameter^2",
)
areal_velocity = Quantity(
    "areal_velocity",
    "A_{12}",
    "mean rate at which the position sweeps area in the plane of two eigendirections",
    "loss",
)
cross_diffusion = Quantity("cross_diffusion", "D_{12}", "diffusion constant between two eigendirections", "loss")
noise_angle = Quantity(
    "noise_angle",
    r"\alpha_{\Sigma}",
    "angle from the Hessian's axes to those of the noise, in degrees",
    lower=0.0,
    upper=90.0,
)
circulation = Quantity("circulation", "Q_{12}", "antisymmetric part of drift times stationary covariance", "loss")
damping_per_step = Quantity(
    "damping_per_step", r"\gamma_{\eta}", "decay of an oscillating mode in a step of SGD", lower=0.0
)
angle_per_step = Quantity(
    "angle_per_step",
    r"\omega_{\eta}",
    "angle that an oscillating mode turns in a step of SGD",
    lower=0.0,
    upper=math.pi,
    lower_included=False,
    upper_included=False,
)
discreteness_factor = Quantity(
    "discreteness_factor", "F", "stationary variance of SGD over that of its Langevin equation", lower=1.0
)
midpoint_variance = Quantity(
    "midpoint_variance",
    r"\sigma_m^2",
    "stationary variance of the mean of two successive iterates",
    "parameter^2",
    lower=0.0,
)
steps = Quantity("steps", "j", "steps between two iterates", lower=0.0, integer=True, slider=(0, 100))
autocorrelation = Quantity(
    "autocorrelation",
    "r_j",
    "correlation of the distances along one eigendirection, j steps apart",
    lower=-1.0,
    upper=1.0,
)
velocity_correlation = Quantity(
    "velocity_correlation",
    "C_j",
    "correlation of the velocities along one eigendirection, j steps apart",
    lower=-1.0,
    upper=1.0,
)
decay_from_rest = Quantity(
    "decay_from_rest", "d_j", "distance after j steps without noise over that of the start at rest"
)
slow_rate_error = Quantity("slow_rate_error", r"\Delta_s", "slow decay rate of a model less that of SGD, per step")
hessian_trace = Quantity("hessian_trace", "h_{tr}", "trace of the Hessian", "loss/parameter^2", lower=0.0)
local_displacement = Quantity("local_displacement", "R_1^2", "mean square of a step", "parameter^2", lower=0.0)
mode_displacement = Quantity(
    "mode_displacement", "R_h^2", "mean square of the displacement along one eigendirection", "parameter^2", lower=0.0
)
displacement_exponent = Quantity("displacement_exponent", r"\psi", "running exponent of the mean-square displacement")
effective_time = Quantity(
    "effective_time",
    r"t_{\beta}",
    "time of gradient flow that momentum makes of the time t",
    "parameter^2/loss",
    lower=0.0,
)
spectral_exponent = Quantity(
    "spectral_exponent", r"\alpha_h", "exponent of a power-law density of Hessian eigenvalues", lower=0.0
)
spurious_slope = Quantity(
    "spurious_slope", r"\Delta_w", "slope that a sum of sampled velocity correlations keeps for ever"
)
mode_feedback = Quantity(
    "mode_feedback",
    "q_h",
    "part of a mode's variance that its own fluctuations feed",
    lower=0.0,
    upper=1.0,
    upper_included=False,
)
epoch_mean_share = Quantity(
    "epoch_mean_share",
    "r_e",
    "variance of the mean of an epoch's iterates over that of one iterate",
    lower=0.0,
    upper=1.0,
)
reshuffled_variance_ratio = Quantity(
    "reshuffled_variance_ratio",
    "R_m",
    "variance over reshuffled epochs divided by that of independent batches",
    lower=0.0,
)
inverse_temperature = Quantity(
    "inverse_temperature",
    r"\Phi",
    "batch size divided by learning rate and curvature",
    lower=0.0,
    lower_included=False,
    key="Phi",
)
smallest_curvature = Quantity(
    "smallest_curvature",
    "h_{min}",
    "smallest Hessian eigenvalue",
    "loss/parameter^2",
    lower=0.0,
    lower_included=False,
    logarithmic=True,
)
largest_curvature = Quantity(
    "largest_curvature",
    "h_{max}",
    "largest Hessian eigenvalue",
    "loss/parameter^2",
    lower=0.0,
    lower_included=False,
    logarithmic=True,
)
reduced_step = Quantity(
    "reduced_step",
    "R_B^2",
    "mean square of a step, times what its law divides the noise by",
    "loss^2/parameter^2",
    lower=0.0,
)
inertial_lag = Quantity(
    "inertial_lag", "j_0", "steps by which a free direction that starts at rest lags behind", lower=0.0
)

QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity for quantity in list(globals().values()) if isinstance(quantity, Quantity)
}


def names_of(*expressions: Any) -> dict[str, Any]:
    """LaTeX names of the book's quantities that occur in the expressions: `{latex: symbol}`."""
    symbols = {symbol for expression in expressions for symbol in sp.sympify(expression).free_symbols}
    return {q.latex: q.symbol for q in QUANTITIES.values() if q.symbol in symbols}
