import numpy as np
import pytest
import sympy as sp
from scipy.special import ndtr

from sgdlab.laws import quantities as q
from sgdlab.live.escapes import escapes, state

x = q.position.symbol
WALL, STEPS, REPLICAS = sp.Rational(8, 5), 150, 5000
BOTTOMS = {"low": sp.Rational(1, 16), "high": sp.Rational(3, 8)}
LOSSES = {name: bottom + (x**2 - 1) ** 2 / 8 for name, bottom in BOTTOMS.items()}
SETTING = {"learning_rate": 0.3, "batch_size": 2}


def gone(strengths):
    simulation = escapes(LOSSES, strengths, wall=WALL, replicas=REPLICAS, duration=STEPS)
    states = simulation.run(SETTING, STEPS, seed=0)
    assert simulation.steps_at(SETTING) == STEPS
    assert max(np.abs(states[f"x_{name}"]).max() for name in LOSSES) <= 1.6
    assert all((states[f"x_{name}"][states[f"gone_{name}"] == 1] >= 0).all() for name in LOSSES)
    return {name: states[f"gone_{name}"] for name in LOSSES}


def chain(strength, cells=400):
    """The share gone after all steps, from the transition matrix of the positions below 1. The curvature is 1."""
    eta, batch = SETTING["learning_rate"], SETTING["batch_size"]
    edges = np.linspace(-1.6, 1, cells + 1)
    at = (edges[1:] + edges[:-1]) / 2
    mean = at - eta * at * (at**2 - 1) / 2
    deviation = eta * np.sqrt(2 * strength(at) / batch)
    below = ndtr((edges[None] - mean[:, None]) / deviation[:, None])
    moves = np.diff(below, axis=1)
    moves[:, 0] += below[:, 0]  # the wall
    share = np.diff(ndtr((edges + 1) * 12))
    for _ in range(STEPS):
        share = share @ moves
    return 1 - share.sum()


@pytest.mark.parametrize("name", LOSSES)
def test_noise_of_the_loss_empties_a_well_as_the_exact_chain_does(name):
    bottom = float(BOTTOMS[name])
    expected = chain(lambda at: bottom + (at**2 - 1) ** 2 / 8)
    measured = gone(LOSSES)[name].mean()
    assert abs(measured - expected) < 4 * np.sqrt(expected * (1 - expected) / REPLICAS) + 0.002
    # Noise frozen at the bottom would give another share, told apart by this.
    assert name == "low" or abs(measured - chain(lambda at: np.full_like(at, bottom))) > 0.03


def test_noise_that_does_not_know_the_loss_empties_both_alike():
    one, other = gone(dict.fromkeys(LOSSES, sp.Rational(9, 32))).values()
    np.testing.assert_array_equal(one, other)
    assert 0.05 < one.mean() < 0.5


def test_the_states_carry_the_name_of_the_well():
    assert [symbol.name for symbol in state("low")] == ["x_low", "gone_low"]
