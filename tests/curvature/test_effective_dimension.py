"""Spectra whose effective dimension is known, and what both definitions have in common."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from sgdlab.curvature import effective_dimension, gauss_newton_spectrum, gram_matrix
from sgdlab.measure import jackknife
from sgdlab.problems import Network, fully_connected

DEFINITIONS = ("participation-ratio", "entropy")
both = pytest.mark.parametrize("definition", DEFINITIONS)
sizes = st.floats(0, 1e3, allow_subnormal=False)
spectra = st.lists(sizes, min_size=2, max_size=12).filter(lambda values: max(values) > 1e-3)


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def dense(n=12, dtype=torch.float64, device="cpu"):
    return Network(
        fully_connected([4, 6, 3, 1]), random(n, 4).to(device, dtype), random(n, 1, seed=1).to(device, dtype)
    )


def point(network):
    return network.initial(seed=0)[0] + 0.1 * random(network.dimension, seed=2).to(network.inputs)


@both
@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_equal_eigenvalues_count_one_each(definition, scale):
    for n in (1, 2, 7, 1000):
        assert effective_dimension(np.full(n, scale), definition) == pytest.approx(n, rel=1e-13)


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
def test_geometric_spectra_have_closed_forms(q):
    spectrum = q ** np.arange(500)
    assert effective_dimension(spectrum, "participation-ratio") == pytest.approx((1 + q) / (1 - q), rel=1e-12)
    assert effective_dimension(spectrum, "entropy") == pytest.approx(q ** (-q / (1 - q)) / (1 - q), rel=1e-12)


def test_inverse_squares_have_the_participation_ratio_of_two_values_of_zeta():
    spectrum = 1 / np.arange(1, 1_000_001) ** 2
    # zeta(2)^2 / zeta(4) = (pi^2 / 6)^2 / (pi^4 / 90); the sum lacks 1e-6 of zeta(2).
    assert effective_dimension(spectrum, "participation-ratio") == pytest.approx(2.5, rel=2e-6)


@both
def test_one_dominant_eigenvalue_gives_one(definition):
    assert effective_dimension([3.0, 0.0, 0.0], definition) == 1
    excess = [effective_dimension([1.0] + [small] * 5, definition) - 1 for small in (1e-2, 1e-5, 1e-8)]
    assert excess[0] > excess[1] > excess[2] > 0
    # 10 s for the participation ratio, 5 s (1 - log s) for the entropy.
    assert excess[2] == pytest.approx(
        1e-7 if definition == "participation-ratio" else 5e-8 * (1 + 8 * math.log(10)), 1e-5
    )


@both
@settings(deadline=None)
@given(spectra, st.floats(1e-100, 1e100), st.integers(2, 4), st.randoms(use_true_random=False))
def test_order_unit_and_zeros_do_not_count_and_copies_multiply(definition, spectrum, unit, copies, shuffler):
    n = effective_dimension(spectrum, definition)
    shuffled = [unit * value for value in spectrum] + [0.0, 0.0]
    shuffler.shuffle(shuffled)
    assert effective_dimension(shuffled, definition) == pytest.approx(n, rel=1e-11)
    assert effective_dimension(spectrum * copies, definition) == pytest.approx(copies * n, rel=1e-11)


@both
@settings(deadline=None)
@given(spectra, st.data())
def test_a_transfer_from_a_larger_to_a_smaller_eigenvalue_never_lowers_it(definition, spectrum, data):
    # Schur concavity.
    i, j = (data.draw(st.integers(0, len(spectrum) - 1)) for _ in range(2))
    share = data.draw(st.floats(0, 1))
    levelled = list(spectrum)
    if i != j:
        levelled[i] += share * (spectrum[j] - spectrum[i])
        levelled[j] += share * (spectrum[i] - spectrum[j])
    assert effective_dimension(levelled, definition) >= effective_dimension(spectrum, definition) * (1 - 1e-12)


@both
@settings(deadline=None)
@given(spectra)
def test_of_the_leading_eigenvalues_alone_it_is_too_small(definition, spectrum):
    descending = sorted(spectrum, reverse=True)
    ns = [effective_dimension(descending[:k], definition) for k in range(1, len(descending) + 1)]
    assert all(after >= before * (1 - 1e-12) for before, after in itertools.pairwise(ns))


@settings(deadline=None)
@given(spectra)
def test_renyi_s_order_of_the_definitions(spectrum):
    ratio, entropy = (effective_dimension(spectrum, definition) for definition in DEFINITIONS)
    from_largest = sum(spectrum) / max(spectrum)
    bounds = [1, from_largest, ratio, entropy, sum(value > 0 for value in spectrum)]
    assert all(larger >= smaller * (1 - 1e-12) for smaller, larger in itertools.pairwise(bounds))
    assert ratio <= from_largest**2 * (1 + 1e-12)


def test_the_two_definitions_differ():
    # Ten outliers of 1 over a bulk of a thousand that share the trace of one of them.
    spectrum = np.concatenate([np.ones(10), np.full(1000, 1e-3)])
    assert effective_dimension(spectrum, "participation-ratio") == pytest.approx(121 / 10.001, rel=1e-12)
    assert effective_dimension(spectrum, "entropy") == pytest.approx(11 * 1000 ** (1 / 11), rel=1e-12)


@pytest.mark.parametrize("n", [12, 90])
def test_of_a_network_it_is_that_of_the_explicit_matrix(n):
    # Fewer samples than the 55 parameters, and more.
    network = dense(n)
    theta = point(network)
    jacobian = torch.func.jacrev(network.outputs)(theta)[:, 0]
    matrix = jacobian.T @ jacobian / n
    spectrum = gauss_newton_spectrum(network, theta)
    ratio = effective_dimension(spectrum, "participation-ratio")
    assert ratio == pytest.approx(float(matrix.trace() ** 2 / (matrix @ matrix).trace()), rel=1e-11)
    explicit = torch.linalg.eigvalsh(matrix)
    assert explicit[0] < 0 or spectrum[-1] < 0
    for definition in DEFINITIONS:
        expected = effective_dimension(spectrum, definition)
        assert effective_dimension(explicit, definition) == pytest.approx(expected, rel=1e-11)


def test_tensors_of_any_device_and_single_precision(device):
    network = dense(30, torch.float32, device)
    jacobian = torch.func.jacrev(network.outputs)(point(network))[:, 0]
    single = torch.linalg.eigvalsh(jacobian.T @ jacobian)
    assert single.min() < 0
    spectrum = gauss_newton_spectrum(dense(30), point(dense(30)))
    for definition in DEFINITIONS:
        n = effective_dimension(single.requires_grad_(), definition)
        assert n == pytest.approx(effective_dimension(spectrum, definition), rel=1e-4)


@both
def test_rounding_below_zero_counts_as_zero_and_negative_curvature_is_refused(definition):
    assert effective_dimension([2.0, 1.0, -1e-16], definition) == effective_dimension([2.0, 1.0], definition)
    network = dense()
    hessian = torch.linalg.eigvalsh(torch.func.hessian(network.loss)(point(network)))
    for spectrum in (hessian, [1.0, -1e-6], np.float32([1, -1e-5])):
        with pytest.raises(ValueError, match=r"eigenvalues must be at least 0, got -.*use the Gauss-Newton spectrum"):
            effective_dimension(spectrum, definition)


@both
def test_its_error_from_the_choice_of_samples_is_by_jackknife_over_the_gram_matrix(definition):
    trials, n, spectrum = 100, 80, torch.tensor([2.0, 1.0, 0.5, 0.1], dtype=torch.float64)
    theta = torch.zeros(4, dtype=torch.float64)
    estimates = []
    for seed in range(trials):
        network = Network(nn.Linear(4, 1, bias=False), random(n, 4, seed=seed) * spectrum.sqrt(), random(n, 1))
        gram = gram_matrix(network, theta)

        def of_samples(samples, gram=gram):
            chosen = samples.astype(int)
            return effective_dimension(np.linalg.eigvalsh(gram[chosen][:, chosen]), definition)

        estimates.append(jackknife(of_samples, np.arange(n), blocks=20))
    values = np.array([estimate.value for estimate in estimates])
    ratio = np.mean([estimate.standard_error**2 for estimate in estimates]) / values.var(ddof=1)
    # The variance of 100 values is known to 14 %.
    assert abs(ratio - 1) < 4 * math.sqrt(2 / trials)
    # From so few samples it is too small, the participation ratio by its square / n, but by less than its error.
    assert 0 < effective_dimension(spectrum, definition) - values.mean() < values.std()


@pytest.mark.parametrize("wrong", [1.0, [[1.0, 2.0]], [1.0, math.nan], [1.0, math.inf]])
def test_what_is_no_spectrum_is_refused(wrong):
    with pytest.raises(ValueError, match=r"eigenvalues must be finite numbers \(P,\), got shape"):
        effective_dimension(wrong, "entropy")


@pytest.mark.parametrize("wrong", [[], [0.0, 0.0], [-1.0]])
def test_spectra_without_weight_are_refused(wrong):
    with pytest.raises(ValueError, match="eigenvalues must hold one above 0"):
        effective_dimension(wrong, "entropy")


def test_other_definitions_are_refused():
    with pytest.raises(ValueError, match=r"definition must be one of .*, got 'rank'"):
        effective_dimension([1.0], "rank")
