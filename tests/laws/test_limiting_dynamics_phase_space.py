"""The Langevin equation in phase space: against matrix exponentials, Lyapunov and Fokker-Planck equations, mpmath."""

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from scipy.linalg import expm, solve_continuous_lyapunov

from sgdlab.laws import limiting_dynamics as laws
from sgdlab.laws import quantities as q

eta, h, beta, lam = (getattr(q, n).symbol for n in ("learning_rate", "curvature", "momentum", "weight_decay"))
B, s2, t = (getattr(q, n).symbol for n in ("batch_size", "noise_variance", "time"))
delta, w = q.displacement.symbol, q.velocity.symbol
gamma, omega = q.damping_rate.symbol, q.natural_frequency.symbol
u, v, D_w = q.mode_variance.symbol, q.velocity_variance.symbol, q.velocity_diffusion.symbol
G11, G12, G21, G22 = (getattr(q, f"propagator_{ij}").symbol for ij in (11, 12, 21, 22))

SETTINGS = [  # curvature, learning rate, momentum, weight decay
    (1.0, 0.1, 0.9, 0.0),
    (0.02, 0.1, 0.9, 0.001),
    (3.0, 0.5, 0.0, 0.3),
    (1e-4, 0.1, 0.5, 0.02),
    (0.7, 1.3, 0.9999, 0.0),
    (1e-9, 1.3, 0.9999, 1e-10),
]


def drift_and_noise(curvature, learning_rate, momentum, weight_decay, noise=1.0):
    """(4) of SGD with momentum: dz = -A z dt + noise of covariance N dt, written from the equation's coefficients."""
    inertia = learning_rate * (1 + momentum) / 2
    A = np.array([[0, -1], [(curvature + weight_decay) / inertia, (1 - momentum) / inertia]])
    return A, np.diag([0, (2 / (np.sqrt(learning_rate) * (1 + momentum))) ** 2 * noise * curvature])


@mp.workdps(160)
def in_digits(time, curvature, learning_rate, momentum, weight_decay):
    """Propagator and growth of the covariance from a known start, in mpmath, by complex rates."""
    T, h_, e, b, lam_ = (mp.mpf(float(x)) for x in (time, curvature, learning_rate, momentum, weight_decay))
    g = (1 - b) / (e * (1 + b))
    squared = 2 * (h_ + lam_) / (e * (1 + b))
    split = mp.sqrt(mp.mpc(g * g - squared)) + mp.mpf(10) ** -54  # never quite critical
    slow, fast = g - split, g + split
    one, other = mp.exp(-slow * T), mp.exp(-fast * T)
    P = [
        [(fast * one - slow * other) / (fast - slow), (one - other) / (fast - slow)],
        [-squared * (one - other) / (fast - slow), (fast * other - slow * one) / (fast - slow)],
    ]
    P = mp.matrix([[mp.re(x) for x in row] for row in P])
    grown = [1 - P[0, 0] ** 2 - squared * P[0, 1] ** 2, 2 * g * P[0, 1] ** 2, 1 - P[1, 1] ** 2 - squared * P[0, 1] ** 2]
    return P, grown


@pytest.mark.parametrize("setting", SETTINGS)
def test_propagator_is_the_matrix_exponential(setting):
    A, _ = drift_and_noise(*setting)
    for steps in (0.3, 1, 7, 200):
        time = steps * setting[1]
        np.testing.assert_allclose(laws.propagator(time, *setting), expm(-A * time), rtol=1e-9, atol=1e-13)
    whole, part = laws.propagator(3.0, *setting), laws.propagator(1.0, *setting)
    np.testing.assert_allclose(whole, part @ part @ part, rtol=1e-11, atol=1e-14)
    np.testing.assert_array_equal(laws.propagator(0, *setting), np.eye(2))


# Relative learning rates from far below the critical point to far above, and next to it on both sides.
NEAR = [1e-12, 1e-6, 0.3, *(1 + s * 10.0**-k for k in (15, 12, 9, 6, 3) for s in (-1, 1)), 1.0, 30.0, 1e4]


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 0.9999])
def test_no_digits_are_lost_near_the_critical_point_in_flat_modes_or_at_short_times(momentum):
    onset = laws.oscillation_onset_langevin(momentum=momentum)
    stretch = (1 + momentum) / (1 - momentum)
    for ratio in NEAR:
        curvature = ratio * onset / 0.1
        for steps in (1e-3, 0.1, 0.9, 1.1 * stretch, 20 * stretch):
            time = 0.1 * steps
            exact, grown = in_digits(time, curvature, 0.1, momentum, 0.0)
            value = laws.propagator(time, curvature, 0.1, momentum)
            expected = np.array(exact.tolist(), dtype=float)
            scale = np.abs(expected)
            if ratio > 1:  # next to a zero of the oscillation the digits are those of its amplitude
                frequency = laws.natural_frequency(curvature, 0.1, momentum)
                scale = np.exp(-laws.damping_rate(learning_rate=0.1, momentum=momentum) * time) * np.array(
                    [[1, 1 / frequency], [frequency, 1]]
                )
            assert (np.abs(value - expected) <= 1e-10 * np.maximum(scale, np.abs(expected))).all()
            final = laws.stationary_covariance(curvature, 0.1, momentum, 8, 1.5)
            got = laws.mean_and_covariance(time, (0, 0), curvature, 0.1, momentum, 8, 1.5)[1]
            variances = np.array([final[0, 0], final[1, 1], final[1, 1]]) * np.array(grown, dtype=float)
            np.testing.assert_allclose(got[[0, 0, 1], [0, 1, 1]], variances, rtol=1e-10)


def test_the_displayed_laws_evaluate_to_the_propagator():
    setting = {"learning_rate": 0.1, "momentum": 0.9}
    for curvature in (0.001, 0.0263157894736842, 0.5):
        rate = laws.damping_rate(**setting)
        frequency = laws.natural_frequency(curvature, **setting)
        arguments = {"time": 0.7, "damping_rate": rate, "natural_frequency": frequency}
        cosine, impulse = (laws.DISPLAYED_LAWS[n](**arguments) for n in ("damped_cosine", "propagator_12"))
        entries = [
            [laws.propagator_11(damped_cosine=cosine, damping_rate=rate, propagator_12=impulse), impulse],
            [
                laws.propagator_21(natural_frequency=frequency, propagator_12=impulse),
                laws.propagator_22(damped_cosine=cosine, damping_rate=rate, propagator_12=impulse),
            ],
        ]
        np.testing.assert_allclose(laws.propagator(0.7, curvature, **setting), entries, rtol=1e-12)


@pytest.mark.parametrize("setting", SETTINGS)
def test_rates_are_the_eigenvalues_of_the_drift(setting):
    curvature, rate, momentum, decay = setting
    eigenvalues = np.linalg.eigvals(drift_and_noise(*setting)[0]).astype(complex)
    pair = {
        "damping_rate": laws.damping_rate(learning_rate=rate, momentum=momentum),
        "natural_frequency": laws.natural_frequency(curvature, rate, momentum, decay),
    }
    slow, fast, turn = (laws.DISPLAYED_LAWS[n](**pair) for n in ("slow_rate", "fast_rate", "oscillation_frequency"))
    np.testing.assert_allclose([slow, fast], np.sort(eigenvalues.real), rtol=1e-9)
    np.testing.assert_allclose(turn, np.abs(eigenvalues.imag).max(), rtol=1e-9)


def test_rates_and_frequencies_by_the_numbers():
    """Periods of 75.6, 65.4, 65.5 steps and decays of 19, 199, 1999 steps for the largest eigenvalue of CIFAR-10."""
    for momentum, period, decay in ((0.9, 75.6, 19), (0.99, 65.4, 199), (0.999, 65.5, 1999)):
        rate = laws.damping_rate(learning_rate=1e-5, momentum=momentum)
        frequency = laws.DISPLAYED_LAWS["oscillation_frequency"](
            damping_rate=rate, natural_frequency=laws.natural_frequency(919.6, 1e-5, momentum)
        )
        assert round(2 * np.pi / frequency / 1e-5, 1) == period
        np.testing.assert_allclose(1 / (rate * 1e-5), decay, rtol=1e-12)
    np.testing.assert_allclose(laws.oscillation_onset_langevin(momentum=0.9) / 0.1, 0.0263158, rtol=1e-6)
    slow = laws.DISPLAYED_LAWS["slow_rate"](
        damping_rate=laws.damping_rate(learning_rate=0.1, momentum=0.9),
        natural_frequency=laws.natural_frequency(1e-5, 0.1, 0.9, 2e-5),
    )
    setting = {"curvature": 1e-5, "momentum": 0.9, "weight_decay": 2e-5}
    np.testing.assert_allclose(slow, laws.slow_rate_overdamped(**setting), rtol=1e-3)


# Stationary law.


@pytest.mark.parametrize("setting", SETTINGS)
def test_stationary_covariance_solves_the_lyapunov_equation(setting):
    A, noise = drift_and_noise(*setting, noise=1.7 / 8)
    expected = solve_continuous_lyapunov(A, noise)
    value = laws.stationary_covariance(*setting[:3], 8, 1.7, setting[3])
    np.testing.assert_allclose(np.diag(value), np.diag(expected), rtol=1e-9)
    assert value[0, 1] == value[1, 0] == 0


def test_isotropy_of_the_position_and_the_flat_mode():
    """Without weight decay the variance is the same for every curvature > 0, and 0 at 0; with it half at h = lambda."""
    position = laws.stationary_covariance([0.0, 1e-300, 1e-9, 1.0, 50.0], 0.1, 0.9, 8, 1.0)[:, 0, 0]
    np.testing.assert_allclose(position, [0, *[0.1 / (2 * 8 * 0.1)] * 4], rtol=1e-14)
    position = laws.stationary_covariance([0.0, 1e-300, 0.02, 1e9], 0.1, 0.9, 8, 1.0, 0.02)[:, 0, 0]
    np.testing.assert_allclose(position / 0.0625, [0, 5e-299, 0.5, 1], rtol=1e-10)


def test_every_mode_has_its_temperature():
    """Half the mass times <w^2> is half of h + lambda times <delta^2>: in the equation, and of iterates with F."""
    point = {"learning_rate": 0.3, "momentum": 0.7, "batch_size": 3, "noise_variance": 1.2}
    inertia = laws.mass(learning_rate=0.3, momentum=0.7)
    factor = laws.discreteness_factor(relative_learning_rate=0.3 * 2.4, momentum=0.7)
    for model, temperature in (
        ("langevin", laws.mode_temperature(curvature=2.1, **point)),
        ("discrete", laws.mode_temperature_heavy_ball(curvature=2.1, discreteness_factor=factor, **point)),
    ):
        covariance = laws.stationary_covariance(2.1, **point, weight_decay=0.3, model=model)
        np.testing.assert_allclose([2.4 * covariance[0, 0], inertia * covariance[1, 1]], temperature, rtol=1e-13)


def test_the_modified_loss_is_the_exponent_of_the_stationary_gaussian():
    position, velocity = laws.position_variance_langevin.expression, laws.velocity_variance_langevin.expression
    exponent = laws.phase_space_inverse_temperature.expression * laws.modified_loss.expression
    assert sp.simplify(exponent - delta**2 / (2 * position) - w**2 / (2 * velocity)) == 0
    assert sp.simplify(laws.velocity_diffusion.expression - 2 * laws.damping_rate.expression * velocity) == 0


def test_the_current_of_the_stationary_density():
    """J = drift p - D_w dp/dw; it has no divergence and runs along the level sets of the modified loss."""
    density = sp.exp(-(delta**2) / (2 * u) - w**2 / (2 * v))
    tie = {u: v / omega**2}
    drift = -(omega**2) * delta - 2 * gamma * w
    current = [(w * density).subs(tie), (drift * density - 2 * gamma * v * density.diff(w)).subs(tie)]
    p = q.relative_density.symbol
    for entry, law in zip(current, (laws.position_current, laws.velocity_current), strict=True):
        assert sp.simplify(entry - law.expression.subs(p, density.subs(tie))) == 0
    assert sp.simplify(current[0].diff(delta) + current[1].diff(w)) == 0
    psi = sp.log(density.subs(tie))
    assert sp.simplify(current[0] * psi.diff(delta) + current[1] * psi.diff(w)) == 0
    assert laws.relative_density_phase_space.expression == sp.exp(
        -q.phase_space_inverse_temperature.symbol * q.modified_loss.symbol
    )


# The way there.


def test_transient_laws_are_what_the_propagator_leaves_of_the_stationary_covariance():
    P, final = sp.Matrix([[G11, G12], [G21, G22]]), sp.diag(u, v)
    grown = final - P * final * P.T
    assert sp.expand(grown[0, 0] - laws.transient_11.expression) == 0
    assert sp.expand(grown[1, 1] - laws.transient_22.expression) == 0
    ties = {G21: -(omega**2) * G12, G22: G11 - 2 * gamma * G12, u: v / omega**2}
    assert sp.simplify((grown[0, 1] - laws.transient_12.expression).subs(ties)) == 0


@pytest.mark.parametrize("setting", SETTINGS)
def test_mean_and_covariance_obey_their_equation(setting):
    """By Van Loan's exponential of the drift and the noise together."""
    A, noise = drift_and_noise(*setting, noise=1.7 / 8)
    time = 6 * setting[1]
    block = expm(np.block([[A, noise], [np.zeros((2, 2)), -A.T]]) * time)
    P = block[2:, 2:].T
    mean, covariance = laws.mean_and_covariance(time, (0.4, -1.1), *setting[:3], 8, 1.7, setting[3])
    np.testing.assert_allclose(mean, P @ [0.4, -1.1], rtol=1e-9)
    spread = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(
        covariance / np.outer(spread, spread), P @ block[:2, 2:] / np.outer(spread, spread), atol=1e-8
    )


def test_short_times_are_those_of_random_acceleration():
    point = {"learning_rate": 0.1, "momentum": 0.9}
    time = 1e-5
    covariance = laws.mean_and_covariance(time, (0, 0), 0.7, **point, batch_size=8, noise_variance=1.0)[1]
    velocity = laws.stationary_covariance(0.7, **point, batch_size=8, noise_variance=1.0)[1, 1]
    rate = laws.damping_rate(**point)
    early = laws.transient_11_early(time=time, damping_rate=rate, velocity_variance=velocity)
    np.testing.assert_allclose(covariance[0, 0], early, rtol=1e-4)
    np.testing.assert_allclose(covariance[0, 1], 2 * rate * velocity * time**2, rtol=1e-4)
    np.testing.assert_allclose(covariance[1, 1], 4 * rate * velocity * time, rtol=1e-4)


def test_late_the_start_is_forgotten_and_a_mode_without_noise_keeps_its_mean():
    arguments = (0.7, 0.1, 0.9, 8, 1.0, 0.05)
    mean, covariance = laws.mean_and_covariance(500.0, (1, 2), *arguments)
    np.testing.assert_allclose(covariance, laws.stationary_covariance(*arguments), atol=1e-12)
    np.testing.assert_allclose(mean, 0, atol=1e-12)
    mean, covariance = laws.mean_and_covariance(1e4, (1, 2), 0.0, 0.1, 0.9, 8, 1.0)
    np.testing.assert_allclose(mean, [1 + 2 * 0.1 * 1.9 / (2 * 0.1), 0], rtol=1e-12)  # 1 + w_0 / (2 gamma)
    assert not covariance.any()


# Noise with other axes.


def test_noise_that_does_not_commute_with_the_hessian():
    learning_rate, momentum, decay = 0.13, 0.7, 0.2
    curvatures, noise = np.array([0.4, 1.7]), np.array([[2.0, 0.6], [0.6, 0.5]])
    inertia = learning_rate * (1 + momentum) / 2
    A = np.block(
        [
            [np.zeros((2, 2)), -np.eye(2)],
            [np.diag(curvatures + decay) / inertia, (1 - momentum) / inertia * np.eye(2)],
        ]
    )
    diffusion = np.zeros((4, 4))
    diffusion[2:, 2:] = learning_rate * noise / inertia**2
    expected = solve_continuous_lyapunov(A, diffusion)
    setting = {"learning_rate": learning_rate, "momentum": momentum, "weight_decay": decay}
    setting |= {"first_curvature": 0.4, "second_curvature": 1.7}
    position = laws.position_cross_covariance(**setting, cross_noise=0.6)
    np.testing.assert_allclose(position, expected[0, 1], rtol=1e-12)
    velocity = laws.velocity_cross_covariance(**setting, position_cross_covariance=position)
    np.testing.assert_allclose(velocity, expected[2, 3], rtol=1e-12)
    del setting["learning_rate"], setting["weight_decay"]
    area = laws.areal_velocity(**setting, position_cross_covariance=position)
    np.testing.assert_allclose([area, -area], [expected[0, 3], expected[1, 2]], rtol=1e-12)
    # One direction with itself: the variance, noise Sigma = sigma^2 h / B.
    both = {q.first_curvature.symbol: h, q.second_curvature.symbol: h, q.cross_noise.symbol: s2 * h / B}
    itself = laws.position_cross_covariance.expression.subs(both)
    assert sp.simplify(itself - laws.position_variance_langevin.expression) == 0


def test_circulation_of_the_overdamped_equation():
    """Figure 3: drift with eigenvalues 4 and 1, diffusion with other axes; Q = (drift) (covariance) - D."""
    diffusion = np.array([[4.0, 1.3], [1.3, 1.0]])
    drift = np.diag([4.0, 1.0])
    circulation = drift @ solve_continuous_lyapunov(drift, 2 * diffusion) - diffusion
    value = laws.circulation_overdamped(first_curvature=4, second_curvature=1, cross_diffusion=1.3)
    np.testing.assert_allclose(circulation, [[0, value], [-value, 0]], atol=1e-12)
