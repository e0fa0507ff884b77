"""The law of growth is found again where it holds; a cost leaves out what a call takes without a step."""

import time

import numpy as np
import pytest
from bench import growth
from bench.timing import Effort

CASES = np.array(
    [(N, d, B, R) for N in (1000, 1_000_000) for d in (10, 100) for B in (1, 10) for R in (10, 1000)], dtype=np.int64
)


def law(cases, overhead, constant, per_d, per_B, per_Bd, per_Bd_outside):
    """Nanoseconds a replica-step, written out."""
    costs = []
    for N, d, B, R in cases.tolist():
        outside = 4 * N * d > 20_000_000
        costs.append(overhead / R + constant + per_d * d + per_B * B + (per_Bd + outside * per_Bd_outside) * B * d)
    return np.array(costs)


def test_the_fit_finds_a_law_again_and_predicts_where_it_was_not_fitted():
    coefficients = 44_000.0, 14.0, 1.2, 42.0, 1.8, 1.3
    found = growth.fit(CASES, law(CASES, *coefficients))
    np.testing.assert_allclose(found, coefficients, rtol=1e-8)
    unseen = np.array([(50_000, 30, 5, 200), (900_000, 7, 3, 77)])
    np.testing.assert_allclose(growth.predict(unseen, found), law(unseen, *coefficients), rtol=1e-8)


def test_no_coefficient_is_negative():
    costs = law(CASES, 1000.0, 50.0, 2.0, -3.0, 1.0, 0.5)
    assert costs.min() > 0
    found = growth.fit(CASES, costs)
    assert found.min() == 0.0
    # The best line of the others is still near: the missing term is 3 of at least 50.
    np.testing.assert_allclose(growth.predict(CASES, found), costs, rtol=0.3)


def test_the_fit_weighs_relative_errors():
    # Of two thousand-fold different costs that one constant is to fit, the small one decides.
    cases = np.array([(100, 1, 1, 1)] * 2)
    found = growth.predict(cases, growth.fit(cases, np.array([1.0, 1000.0])))
    # min over c of (c - 1)^2 + (c / 1000 - 1)^2
    np.testing.assert_allclose(found, (1 + 1e-3) / (1 + 1e-6), rtol=1e-9)


def test_a_cost_is_that_of_the_steps_alone_and_the_fit_sees_only_what_it_may(monkeypatch):
    now = 0.0

    def run(problem, batch_size, replicas, engine, steps):
        nonlocal now
        # The unseen problem, and it alone, is ten times as slow as the law.
        slow = 10 if problem.n_samples == 20 else 1
        now += 0.5 + steps * slow * (1e-4 + replicas * batch_size * problem.dimension * 1e-9)

    monkeypatch.setattr(growth, "_run", run)
    monkeypatch.setattr(time, "process_time", lambda: now)
    sizes = growth.Sizes(fitted=((10, 2, 1, 10), (10, 4, 3, 100)), unseen=((20, 3, 2, 50),), seconds=0.1)
    measured = growth.measure("batched", sizes, Effort(rounds=2, share=1.0), "cpu")
    expected = [1e5 / 10 + 2, 1e5 / 100 + 12, 10 * (1e5 / 50 + 6)]
    np.testing.assert_allclose(measured.costs, np.transpose([expected, expected]), rtol=1e-6)
    np.testing.assert_array_equal(measured.cases, [*sizes.fitted, *sizes.unseen])
    np.testing.assert_array_equal(measured.unseen, [False, False, True])
    # Two costs are what the law goes through; the third does not draw it up.
    np.testing.assert_allclose(measured.predictions[:2], expected[:2], rtol=1e-5)
    assert measured.predictions[2] < 0.2 * expected[2]


def test_an_engine_runs_on_every_device(device):
    sizes = growth.Sizes(fitted=((20, 2, 1, 3), (20, 3, 2, 5)), unseen=((30, 2, 2, 4),), seconds=1e-3)
    measured = growth.measure("batched", sizes, Effort(rounds=2, share=1.0), device)
    assert measured.engine == "batched"
    assert measured.costs.shape == (3, 2)
    assert np.isfinite(measured.costs).all()
    assert measured.predictions.shape == (3,)


def test_the_clock_of_a_gpu_waits_for_it(monkeypatch):
    waited = []
    monkeypatch.setattr("torch.cuda.synchronize", lambda: waited.append(time.perf_counter()))
    assert growth._synchronised() >= waited[0]


@pytest.mark.parametrize("sizes", [growth.CPU, growth.GPU])
def test_the_sizes_tell_all_terms_apart_and_none_is_both_fitted_and_unseen(sizes):
    terms = growth._terms(np.array(sizes.fitted))
    assert np.linalg.matrix_rank(terms / terms.max(0)) == len(growth.TERMS)
    assert not set(sizes.fitted) & set(sizes.unseen)
