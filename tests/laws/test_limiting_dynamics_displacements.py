"""Displacements: against powers of the step's matrix, matrix exponentials, brute sums, and the theory's limits."""

import numpy as np
import pytest
import sympy as sp
from scipy.linalg import expm, solve_continuous_lyapunov, solve_discrete_lyapunov

from sgdlab.laws import limiting_dynamics as laws
from sgdlab.laws import quantities as q

SPECTRUM = np.array([1.0, 0.25, 0.0625, 0.015625])
# Mid-quantiles of the density h^-1.5 on [1e-3, 10].
POWER_LAW = (1000**0.5 - (1000**0.5 - 0.1**0.5) * (np.arange(40) + 0.5) / 40) ** -2.0
SETTINGS = [(0.1, 0.9, 8, 1.3, 0.0), (0.4, 0.0, 3, 0.7, 0.05), (0.05, 0.99, 1, 1.0, 0.001), (1.5, 0.5, 2, 1.0, 0.0)]


def brute(steps, curvatures, rate, momentum, batch, noise, decay, model):
    """E |theta_j - theta_0|^2 = 2 tr (P - M^j P), M of one step or of the time eta, P its stationary covariance."""
    total = 0.0
    for h in curvatures:
        if model == "discrete":
            M = np.array([[1 - rate * (h + decay), rate * momentum], [-(h + decay), momentum]])
            P = solve_discrete_lyapunov(M, np.outer([rate, 1], [rate, 1]) * noise * h / batch)
        else:
            inertia = rate * (1 + momentum) / 2
            A = np.array([[0, -1], [(h + decay) / inertia, (1 - momentum) / inertia]])
            P = solve_continuous_lyapunov(A, np.diag([0, rate * noise * h / batch / inertia**2]))
            M = expm(-A * rate)
        total += 2 * (P - np.linalg.matrix_power(M, steps) @ P)[0, 0]
    return total


@pytest.mark.parametrize("model", ["langevin", "discrete"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_global_displacement_is_that_of_the_process(setting, model):
    for steps in (0, 1, 2, 7, 60, 1001):
        value = laws.global_displacement(steps, SPECTRUM, *setting, model=model)
        expected = brute(steps, SPECTRUM, *setting, model)
        np.testing.assert_allclose(value, expected, rtol=1e-7, atol=1e-15)


def test_the_numbers_of_three_models():
    """eta = 0.05, B = 32, 1000 steps: the sum of the paper's form, exact, the equation's own."""
    for momentum, numbers in ((0.0, (0.09685, 0.02138, 0.02126)), (0.9, (0.51594, 0.49412, 0.49348))):
        setting = (POWER_LAW, 0.05, momentum, 32, 1.0)
        values = (
            laws.summed_displacement(1000, *setting),
            laws.global_displacement(1000, *setting, model="discrete"),
            laws.global_displacement(1000, *setting),
        )
        np.testing.assert_allclose(values, numbers, atol=6e-6)


def test_local_displacement():
    setting = (SPECTRUM, 0.1, 0.9, 8, 1.0)
    np.testing.assert_allclose(laws.local_displacement(*setting), 0.0087377, rtol=5e-6)
    np.testing.assert_allclose(laws.local_displacement(*setting, model="discrete"), 0.0089271, rtol=5e-6)
    assert laws.local_displacement(*setting, 0.3) == laws.local_displacement(*setting)
    for one in SETTINGS:
        exact = laws.local_displacement(SPECTRUM, *one, model="discrete")
        np.testing.assert_allclose(exact, laws.global_displacement(1, SPECTRUM, *one, model="discrete"), rtol=1e-12)
    slow = [laws.local_displacement(SPECTRUM, 1e-7, 0.5, 8, 1.0, model=model) for model in ("langevin", "discrete")]
    np.testing.assert_allclose(*slow, rtol=1e-6)
    variances = laws.stationary_covariance(SPECTRUM, 0.1, 0.9, 8, 1.0, 0.03, "discrete")[:, 0, 0]
    by_variance = laws.step_displacement_of_variance(
        learning_rate=0.1, curvature=SPECTRUM, weight_decay=0.03, momentum=0.9, mode_variance=variances
    )
    total = laws.local_displacement(SPECTRUM, 0.1, 0.9, 8, 1.0, 0.03, model="discrete")
    np.testing.assert_allclose(by_variance.sum(), total, rtol=1e-12)


def test_one_mode_displacement_laws():
    """2 u (1 - G_11) is the double integral of the velocity correlation, and its logarithmic slope the exponent."""
    t, gamma, omega = q.time.symbol, q.damping_rate.symbol, q.natural_frequency.symbol
    nu = sp.Symbol("nu", positive=True)
    decay = sp.exp(-gamma * t)
    G11 = decay * (sp.cos(nu * t) + gamma * sp.sin(nu * t) / nu)
    G12, G22 = decay * sp.sin(nu * t) / nu, decay * (sp.cos(nu * t) - gamma * sp.sin(nu * t) / nu)
    u = q.mode_variance.symbol
    displacement = laws.mode_displacement.expression.subs(q.propagator_11.symbol, G11)
    squared = gamma**2 + nu**2
    # Twice differentiated: the variance of the velocity, omega^2 u, times twice its correlation.
    assert sp.simplify(displacement.diff(t, 2) - 2 * squared * u * G22) == 0
    assert displacement.subs(t, 0) == 0
    assert sp.simplify(displacement.diff(t).subs(t, 0)) == 0
    slope = t * displacement.diff(t) / displacement
    law = laws.mode_exponent.expression.subs({q.propagator_12.symbol: G12, q.propagator_11.symbol: G11})
    assert sp.simplify(slope - law.subs(omega, sp.sqrt(squared))) == 0
    one = laws.mode_displacement_heavy_ball(mode_variance=0.3, autocorrelation=-0.2)
    np.testing.assert_allclose(one, 0.72, rtol=1e-14)


def test_displacement_from_a_start_at_rest():
    mean, covariance = laws.mean_and_covariance(1.7, (0.6, 0.0), 0.4, 0.1, 0.9, 8, 1.0)
    first = laws.propagator(1.7, 0.4, 0.1, 0.9)[0, 0]
    value = laws.mode_displacement_from_start(displacement=0.6, propagator_11=first, transient_11=covariance[0, 0])
    np.testing.assert_allclose(value, (mean[0] - 0.6) ** 2 + covariance[0, 0], rtol=1e-13)


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_exponent_is_the_slope_of_the_displacement(setting):
    for steps in (0.3, 5.0, 40.0, 700.0):
        around = steps * np.exp([-1e-5, 1e-5])
        slope = np.diff(np.log(laws.global_displacement(around, SPECTRUM, *setting)))[0] / 2e-5
        value = laws.displacement_exponent(steps, SPECTRUM, *setting)
        np.testing.assert_allclose(value, slope, rtol=1e-6, atol=1e-8)


def test_exponents_by_the_numbers_and_their_limits():
    values = laws.displacement_exponent([100, 1000], POWER_LAW, 0.05, 0.0, 32, 1.0)
    np.testing.assert_allclose(values, [0.526, 0.443], atol=5e-4)
    assert laws.displacement_exponent(0, SPECTRUM, 0.1, 0.9, 8, 1.0) == 2
    np.testing.assert_allclose(laws.displacement_exponent(1e-4, SPECTRUM, 0.1, 0.9, 8, 1.0), 2, rtol=1e-4)
    same = [
        laws.displacement_exponent(50, [*SPECTRUM, 0.0], 0.1, 0.9, B, s2) for B, s2 in ((1, 1.0), (64, 0.0), (8, 5))
    ]
    assert len(set(same)) == 1
    assert same[0] == pytest.approx(laws.displacement_exponent(50, SPECTRUM, 0.1, 0.9, 1, 1), rel=1e-14)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_spectrum_makes_the_exponent(momentum):
    """Density h^-a over nine decades: a - 1, in the middle of the window; never above 1 without inertia."""
    for a in (1.25, 1.5, 1.75):
        edges = np.geomspace(1e-9, 1.0, 2001)
        middle = np.sqrt(edges[1:] * edges[:-1])
        # Modes of equal weight in the logarithm, so weights h^(1 - a), taken into copies of the law for one mode.
        steps = 1e5 * (1 - momentum) / 0.01
        point = {"learning_rate": 0.01, "momentum": momentum}
        matrix = laws.propagator(0.01 * steps, middle, **point)
        frequency = laws.natural_frequency(middle, **point)
        one = laws.mode_exponent(
            time=0.01 * steps,
            natural_frequency=frequency,
            propagator_12=matrix[:, 0, 1],
            propagator_11=matrix[:, 0, 0],
        )
        moved = middle ** (1 - a) * (1 - matrix[:, 0, 0])
        exponent = (one * moved).sum() / moved.sum()
        np.testing.assert_allclose(exponent, laws.spectrum_exponent(spectral_exponent=a), atol=0.03)
        assert (one < 1 + 1e-3).all()


def test_overdamped_modes_depend_on_the_effective_time():
    setting = {"curvature": 1e-4, "weight_decay": 2e-4}
    for momentum in (0.0, 0.9):
        clock = laws.effective_time(time=100.0 * 30 * (1 - momentum), momentum=momentum)
        np.testing.assert_allclose(clock, 3000, rtol=1e-12)
        steps = clock * (1 - momentum) / 0.01
        variance = laws.stationary_covariance(1e-4, 0.01, momentum, 8, 1.0, 2e-4)[0, 0]
        law = laws.mode_displacement_overdamped(**setting, effective_time=clock, mode_variance=variance)
        exact = laws.global_displacement(steps, [1e-4], 0.01, momentum, 8, 1.0, 2e-4)
        np.testing.assert_allclose(exact, law, rtol=1e-3)
    epoch = laws.effective_time_of_epoch(learning_rate=0.1, n_samples=1000, batch_size=10, momentum=0.9)
    np.testing.assert_allclose(epoch, laws.effective_time(time=0.1 * 100, momentum=0.9), rtol=1e-14)


def test_inertia_leaves_a_slow_excess_of_the_exponent():
    for momentum in (0.5, 0.9):
        steps = 3000 / (1 - momentum)
        value = laws.displacement_exponent(steps, [1e-14], 0.1, momentum, 8, 1.0)
        law = laws.flat_exponent_langevin(momentum=momentum, steps=round(steps))
        np.testing.assert_allclose(value - 1, law - 1, rtol=2e-3)
        free = {"learning_rate": 0.1, "momentum": momentum, "variance": 1.0}
        j = round(steps)
        logs = np.log([laws.free_displacement_stationary(**free, steps=k) for k in (j - 10, j + 10)])
        slope = np.diff(logs)[0] / np.log((j + 10) / (j - 10))
        excess = laws.flat_exponent_heavy_ball(momentum=momentum, steps=j) - 1
        np.testing.assert_allclose(slope - 1, excess, rtol=2e-3)


@pytest.mark.parametrize("momentum", [0.0, 0.7, 0.9999])
def test_free_displacements_are_sums_over_the_noise(momentum):
    free = {"learning_rate": 0.3, "momentum": momentum, "variance": 2.0}
    for steps in (1, 2, 9, 60, 300):
        reach = np.array([sum(momentum**k for k in range(i)) for i in range(1, steps + 1)])
        expected = 0.09 * 2 * (reach**2).sum()
        np.testing.assert_allclose(
            laws.DISPLAYED_LAWS["free_displacement_from_rest"](**free, steps=steps), expected, rtol=1e-8
        )
        lags = np.arange(1, steps)
        correlated = steps + 2 * ((steps - lags) * momentum**lags).sum()
        expected = 0.09 * 2 * correlated / (1 - momentum**2)
        np.testing.assert_allclose(laws.free_displacement_stationary(**free, steps=steps), expected, rtol=1e-8)
    if momentum == 0.9999:  # the cube law of inertia
        np.testing.assert_allclose(
            laws.DISPLAYED_LAWS["free_displacement_from_rest"](**free, steps=300), 0.09 * 2 * 300**3 / 3, rtol=0.03
        )


# The sum of the paper's form.


def test_the_sum_is_what_it_says():
    setting = (SPECTRUM, 0.1, 0.6, 8, 1.3, 0.02)
    steps = np.arange(1, 31)
    correlation = laws.propagator(0.1 * steps[:, None], SPECTRUM, 0.1, 0.6, 0.02)[..., 1, 1] @ SPECTRUM
    expected = 30 * SPECTRUM.sum() + 2 * ((30 - steps) * correlation).sum()
    expected *= 0.01 * 1.3 / (8 * (1 - 0.36))
    np.testing.assert_allclose(laws.summed_displacement(30, *setting), expected, rtol=1e-12)
    assert laws.summed_displacement(0, *setting) == 0
    one = laws.summed_displacement([0, 1], *setting)[1]
    np.testing.assert_allclose(one, laws.local_displacement(*setting), rtol=1e-12)


@pytest.mark.parametrize(("momentum", "number"), [(0.0, 0.313), (0.5, 0.1103), (0.9, 0.01754)])
def test_the_sum_keeps_a_slope(momentum, number):
    """Where a bounded process must saturate; it vanishes with the friction in a step, as its third."""
    rate = laws.damping_rate(learning_rate=0.1, momentum=momentum)
    law = laws.spurious_slope(learning_rate=0.1, damping_rate=rate)
    np.testing.assert_allclose(law, number, rtol=1e-3)
    setting = ([0.01], 0.1, momentum, 8, 1.0)
    late = laws.summed_displacement([30_000, 60_000], *setting)
    slope = np.diff(late)[0] / 30_000 / laws.local_displacement(*setting)
    np.testing.assert_allclose(slope, law, rtol=6e-3)
    if momentum == 0.9:
        np.testing.assert_allclose(law, 0.1 * rate / 3, rtol=1e-3)
