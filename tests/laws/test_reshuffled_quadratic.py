"""Reshuffled epochs on parabolas: against all permutations of a few samples, and the limits."""

import itertools

import numpy as np
import pytest
import sympy as sp

from sgdlab.laws import power_law_escape as laws
from sgdlab.laws import quantities as q


def by_enumeration(centres, batch_size, keep, n_batches):
    """Stationary variance after some batches of an epoch, every order of the samples equally likely."""
    deviations = np.asarray(centres) - np.mean(centres)
    orders = np.array(list(itertools.permutations(deviations)))
    pulls = orders.reshape(len(orders), -1, batch_size).mean(axis=2)

    def noise(batches):
        return pulls[:, :batches] @ ((1 - keep) * keep ** np.arange(batches)[::-1])

    whole = pulls.shape[1]
    at_the_end = (noise(whole) ** 2).mean() / (1 - keep ** (2 * whole))
    return keep ** (2 * n_batches) * at_the_end + (noise(n_batches) ** 2).mean()


@pytest.mark.parametrize("batch_size", [1, 2, 3])
@pytest.mark.parametrize("keep", [0.97, 0.6, 0.05])
def test_the_course_of_an_epoch_is_that_of_all_permutations(batch_size, keep):
    centres = [0.3, -1.0, 2.0, 0.7, 0.1, -0.4]
    given = {"n_samples": 6, "batch_size": batch_size, "contraction": keep, "centre_variance": np.var(centres)}
    for k in range(6 // batch_size + 1):
        law = laws.reshuffled_epoch_variance(**given, n_batches=k)
        assert law == pytest.approx(by_enumeration(centres, batch_size, keep, k), rel=1e-10, abs=1e-15)


def test_independent_batches():
    """V = q^2 V + (1 - q)^2 V_c / B."""
    keep, V_c, B = q.contraction.symbol, q.centre_variance.symbol, q.batch_size.symbol
    V = laws.independent_batches_variance.expression
    assert sp.simplify(keep**2 * V + (1 - keep) ** 2 * V_c / B - V) == 0


def test_small_steps_at_any_number_of_relaxation_times():
    """(eta h)^3 V_c N (N + 1) / 24 for flat directions, and the ratio for all of them, up to 1/N and eta h."""
    rate, samples = 1e-3, np.array([20, 200, 2000, 20_000])
    given = {"batch_size": 1, "contraction": 1 - rate, "centre_variance": 1.0}
    end = laws.reshuffled_epoch_variance(**given, n_samples=samples, n_batches=0)
    assert end[0] == pytest.approx(rate**3 * 20 * 21 / 24, rel=2e-2)
    ratio = laws.reshuffling_ratio(learning_rate=rate, curvature=1, batch_size=1, n_samples=samples)
    np.testing.assert_allclose(ratio[2:], (end / laws.independent_batches_variance(**given))[2:], rtol=5e-3)
    assert laws.reshuffling_ratio(learning_rate=1, curvature=1, batch_size=1, n_samples=10**6) == pytest.approx(
        1, abs=1e-5
    )


def test_one_batch_of_all_samples_has_no_noise():
    law = laws.reshuffled_epoch_variance(
        n_samples=8, batch_size=8, contraction=0.7, centre_variance=3.0, n_batches=[0, 1]
    )
    np.testing.assert_allclose(law, 0, atol=1e-15)
