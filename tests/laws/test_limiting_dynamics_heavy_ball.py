"""The heavy ball step by step: against discrete Lyapunov equations, powers of the step's matrix, recursions, mpmath."""

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from scipy.linalg import solve_discrete_lyapunov

from sgdlab.laws import limiting_dynamics as laws
from sgdlab.laws import quantities as q
from sgdlab.laws.heavy_ball_correlation import correlation_loss, velocity_correlations

angle, contraction = laws.DISPLAYED_LAWS["angle_per_step"], laws.DISPLAYED_LAWS["contraction_heavy_ball"]


def step_matrix(relative_learning_rate, momentum):
    """(x, eta w) -> next, without noise; noise enters both alike."""
    y, b = relative_learning_rate, momentum
    return np.array([[1 - y, b], [-y, b]])


CASES = [(0.1, 0.9), (2.3, 0.9), (3.79, 0.9), (0.001, 0.9), (0.1, 0.0), (1.9, 0.0), (1e-6, 0.9999), (3.9, 0.9999)]


@pytest.mark.parametrize(("y", "momentum"), CASES)
def test_stationary_covariance_solves_the_discrete_lyapunov_equation(y, momentum):
    rate, decay, batch, noise = 0.4, 0.25 * y, 5, 1.3
    curvature = y / rate - decay
    kick = rate**2 * noise * curvature / batch
    expected = solve_discrete_lyapunov(step_matrix(y, momentum), kick * np.ones((2, 2)))
    expected /= np.outer([1, rate], [1, rate])
    value = laws.stationary_covariance(curvature, rate, momentum, batch, noise, decay, model="discrete")
    np.testing.assert_allclose(value, expected, rtol=1e-7)


def test_laws_by_sympy():
    """One step leaves (19) unchanged; midpoints have the model's variance and no covariance with the velocity."""
    e, b, h, lam, B, s2 = (
        getattr(q, n).symbol
        for n in ("learning_rate", "momentum", "curvature", "weight_decay", "batch_size", "noise_variance")
    )
    factor = laws.discreteness_factor.expression.subs(
        q.relative_learning_rate.symbol, laws.relative_learning_rate.expression
    )
    position, velocity = (
        law.expression.subs(q.discreteness_factor.symbol, factor)
        for law in (laws.position_variance_heavy_ball, laws.velocity_variance_heavy_ball)
    )
    both = laws.position_velocity_covariance_heavy_ball.expression.subs(q.velocity_variance.symbol, velocity)
    P = sp.Matrix([[position, both], [both, velocity]])
    M, G = sp.Matrix([[1 - e * (h + lam), e * b], [-(h + lam), b]]), sp.Matrix([e, 1])
    assert (M * P * M.T + G * G.T * s2 * h / B - P).applyfunc(sp.simplify) == sp.zeros(2)
    midpoint = sp.Matrix([1, -e / 2])
    assert sp.simplify((midpoint.T * P * midpoint)[0] - laws.midpoint_variance.expression) == 0
    assert laws.midpoint_variance.expression == laws.position_variance_langevin.expression
    assert sp.simplify((midpoint.T * P)[1]) == 0
    temperature = laws.mode_temperature_heavy_ball.expression.subs(q.discreteness_factor.symbol, factor)
    assert sp.simplify(temperature - (h + lam) * position) == 0
    virial = laws.equipartition.expression.subs(q.mean_square_velocity.symbol, velocity)
    assert sp.simplify(virial - (h + lam) * position) == 0


def test_thresholds_by_the_numbers():
    momenta = np.array([0, 0.5, 0.9, 0.99])
    model = [0.5, 0.0833333, 0.00263158, 2.51256e-5]
    lower, upper, edge = [1, 0.0857864, 0.00263340, 2.51258e-5], [1, 2.9142136, 3.7973666, 3.9799749], [2, 3, 3.8, 3.98]
    for law, numbers in (
        (laws.oscillation_onset_langevin, model),
        (laws.oscillation_onset_heavy_ball, lower),
        (laws.oscillation_end_heavy_ball, upper),
        (laws.stability_edge_heavy_ball, edge),
    ):
        np.testing.assert_allclose(law(momentum=momenta), numbers, rtol=3e-6)


@pytest.mark.parametrize("momentum", [0.1, 0.5, 0.9, 0.999])
def test_thresholds_separate_the_eigenvalues(momentum):
    onset, end, edge = (
        law(momentum=momentum)
        for law in (
            laws.oscillation_onset_heavy_ball,
            laws.oscillation_end_heavy_ball,
            laws.stability_edge_heavy_ball,
        )
    )
    for y in (onset * 0.99, onset * 1.01, (onset + end) / 2, end - 1e-3 * (edge - end), (end + edge) / 2):
        roots = np.linalg.eigvals(step_matrix(y, momentum)).astype(complex)
        assert (np.abs(roots.imag).max() > 0) == (onset < y < end)
        modulus = np.abs(roots).max()
        np.testing.assert_allclose(contraction(relative_learning_rate=y, momentum=momentum), modulus, rtol=1e-9)
        assert modulus < 1
        if onset < y < end:
            np.testing.assert_allclose(np.exp(-laws.damping_per_step(momentum=momentum)), modulus, rtol=1e-12)
            turned = np.abs(np.angle(roots[0]))
            np.testing.assert_allclose(angle(relative_learning_rate=y, momentum=momentum), turned, rtol=1e-9)
    assert np.abs(np.linalg.eigvals(step_matrix(edge * 1.001, momentum))).max() > 1
    assert angle(relative_learning_rate=onset * 0.9, momentum=momentum) == 0
    np.testing.assert_allclose(angle(relative_learning_rate=(end + edge) / 2, momentum=momentum), np.pi)


def correlations_by_powers(y, momentum, longest):
    """r_j, C_j and the decay from rest, by powers of the step's matrix."""
    M = step_matrix(y, momentum)
    P = solve_discrete_lyapunov(M, np.ones((2, 2)))
    powers = [np.linalg.matrix_power(M, j) for j in range(longest)]
    lagged = np.array([power @ P / np.diag(P) for power in powers])
    return lagged[:, 0, 0], lagged[:, 1, 1], np.array([power[0, 0] for power in powers])


@pytest.mark.parametrize(("y", "momentum"), [(0.1, 0.9), (3.0, 0.9), (0.3, 0.3), (0.5, 0.5)])
def test_correlations_of_a_ringing_mode(y, momentum):
    steps = np.arange(30)
    r, C, d = correlations_by_powers(y, momentum, 30)
    turn = {"momentum": momentum, "angle_per_step": angle(relative_learning_rate=y, momentum=momentum), "steps": steps}
    np.testing.assert_allclose(laws.autocorrelation_ringing(**turn), r, atol=1e-12)
    np.testing.assert_allclose(laws.velocity_correlation_ringing(**turn), C, atol=1e-12)
    np.testing.assert_allclose(laws.decay_from_rest_ringing(**turn), d, atol=1e-12)


@pytest.mark.parametrize(("y", "momentum"), [(0.002, 0.9), (0.01, 0.5), (0.6, 0.0), (0.1, 0.2)])
def test_correlations_of_an_overdamped_mode(y, momentum):
    steps = np.arange(30)
    r, C, d = correlations_by_powers(y, momentum, 30)
    slow = {"momentum": momentum, "contraction": contraction(relative_learning_rate=y, momentum=momentum)}
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(laws.autocorrelation_overdamped(**slow, steps=steps), r, atol=1e-11)
        np.testing.assert_allclose(laws.velocity_correlation_overdamped(**slow, steps=steps), C, atol=1e-11)
        np.testing.assert_allclose(laws.decay_from_rest_overdamped(**slow, steps=steps), d, atol=1e-11)
    rate = laws.slow_rate_heavy_ball(contraction=slow["contraction"], learning_rate=0.1)
    slowest = np.abs(np.linalg.eigvals(step_matrix(y, momentum))).max()
    np.testing.assert_allclose(rate * 0.1, -np.log(slowest), rtol=1e-11)


def test_the_model_has_the_wrong_sign_at_lag_one():
    """Without momentum, eta h = 0.1: the equation says 0.10618, SGD -0.05; at momentum 0.9 0.85144 and 0.85."""
    for momentum, model, exact in ((0.0, 0.10618, -0.05), (0.9, 0.85144, 0.85)):
        np.testing.assert_allclose(laws.propagator(0.1, 1.0, 0.1, momentum)[1, 1], model, rtol=1e-4)
        np.testing.assert_allclose(velocity_correlations(1, 0.1, momentum)[1], exact, rtol=1e-14)


@mp.workdps(90)
def lost_in_digits(j, y, momentum):
    """1 - r_j by a power of the recursion's matrix, in mpmath."""
    Y, b = mp.mpf(float(y)), mp.mpf(float(momentum))
    power = mp.matrix([[1 + b - Y, -b], [1, 0]]) ** int(j)
    return 1 - power[1, 0] * (1 - Y / (1 + b)) - power[1, 1]


@pytest.mark.parametrize("momentum", [0.0, 1e-9, 0.5, 0.9, 0.9999])
def test_the_loss_of_correlation_keeps_its_digits(momentum):
    """Flat modes, both double roots from both sides, next to the edge of stability."""
    onset, end = (1 - momentum**0.5) ** 2, (1 + momentum**0.5) ** 2
    near = [1 + s * 10.0**-k for k in (14, 9, 5, 2) for s in (-1, 1)]
    places = [*(onset * x for x in (1e-13, 1e-4, 0.4, 1.0)), *(onset * x for x in near), *(end * x for x in near)]
    places += [1 + momentum, 0.7, 1.7, *(2 * (1 + momentum) * (1 - x) for x in (1e-9, 1e-4))]
    for y in places:
        if not 0 < y < 2 * (1 + momentum):
            continue
        for j in (1, 2, 3, 50, 3001):
            exact = float(lost_in_digits(j, y, momentum))
            np.testing.assert_allclose(correlation_loss(j, y, momentum), exact, rtol=3e-9, err_msg=f"{j}, {y}")
    assert (correlation_loss([0, 3], 0.0, momentum) == 0).all()
    assert correlation_loss(0, 0.7, momentum) == 0


# Orders.


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@mp.workdps(60)
def test_errors_of_the_slow_rate(momentum):
    """Model less exact, in 60 digits: the underdamped equation errs at third order, the overdamped one at second."""
    b, y = mp.mpf(momentum), mp.mpf(10) ** -9
    total = 1 + b - y
    exact = -mp.log((total + mp.sqrt(total**2 - 4 * b)) / 2)
    damping = (1 - b) / (1 + b)
    underdamped = damping - mp.sqrt(damping**2 - 2 * y / (1 + b))
    point = {"relative_learning_rate": 1e-9, "momentum": momentum}
    np.testing.assert_allclose(laws.slow_rate_error_langevin(**point), float(underdamped - exact), rtol=1e-5)
    np.testing.assert_allclose(laws.slow_rate_error_overdamped(**point), float(y / (1 - b) - exact), rtol=1e-5)


def test_stationary_variance_of_the_models_without_momentum():
    """The table of exact, Langevin and second-order variances, over the Langevin one."""
    for y, exact, second, with_momentum in (
        (0.01, 1.00502513, 0.99502488, 1.00263852),
        (0.1, 1.05263158, 0.95238095, 1.02702703),
        (0.5, 1.33333333, 0.8, 1.15151515),
        (1.0, 2.0, 0.66666667, 1.35714286),
        (1.5, 4.0, 0.57142857, 1.65217391),
    ):
        np.testing.assert_allclose(laws.discreteness_factor(relative_learning_rate=y, momentum=0), exact, rtol=1e-8)
        np.testing.assert_allclose(
            laws.discreteness_factor(relative_learning_rate=y, momentum=0.9), with_momentum, rtol=1e-8
        )
        point = {"learning_rate": y, "curvature": 1, "batch_size": 4, "noise_variance": 0.3}
        langevin = laws.position_variance_langevin(**point, momentum=0, weight_decay=0)
        np.testing.assert_allclose(laws.position_variance_second_order(**point) / langevin, second, rtol=1e-7)
    # By its own equation: drift h (1 + eta h / 2), noise eta sigma^2 h / B.
    drift, noise = 2.0 * (1 + 0.3 * 2.0 / 2), 0.3 * 0.7 * 2.0 / 4
    value = laws.position_variance_second_order(learning_rate=0.3, curvature=2, batch_size=4, noise_variance=0.7)
    np.testing.assert_allclose(value, noise / (2 * drift), rtol=1e-14)
