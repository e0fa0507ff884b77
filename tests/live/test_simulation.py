import numpy as np
import pytest
import sympy as sp

from sgdlab.laws import quantities as q
from sgdlab.live import Simulation, standard_normal

x, v = sp.symbols("x v", real=True)
eta, B = q.learning_rate.symbol, q.batch_size.symbol


def make(start=None, step=None, **others):
    return Simulation(
        start or {x: 0}, step or {x: x + standard_normal(1)}, **({"replicas": 400, "duration": 10} | others)
    )


def test_all_states_change_at_once():
    swap = Simulation({x: 1, v: 2}, {x: v, v: x}, replicas=3, duration=5)
    states = swap.run({}, 1)
    np.testing.assert_array_equal(states["x"], [2, 2, 2])
    np.testing.assert_array_equal(states["v"], [1, 1, 1])


def test_a_random_walk_has_the_variance_of_its_steps():
    # Var of a sample variance of R normals: 2 sigma^4 / (R - 1); five standard errors.
    found = make(replicas=4000).run({}, 9)["x"]
    assert abs(found.var(ddof=1) - 9) < 5 * 9 * np.sqrt(2 / 3999)
    assert abs(found.mean()) < 5 * np.sqrt(9 / 4000)


def test_random_numbers_are_independent_and_follow_the_seed():
    two = Simulation({x: 0, v: 0}, {x: standard_normal(1), v: standard_normal(2)}, replicas=2000, duration=1)
    states = two.run({}, 1)
    assert abs(np.corrcoef(states["x"], states["v"])[0, 1]) < 5 / np.sqrt(2000)
    np.testing.assert_array_equal(states["x"], two.run({}, 1)["x"])
    assert (states["x"] != two.run({}, 1, seed=2)["x"]).all()
    assert two.run({}, 1, replicas=7)["x"].shape == (7,)


def test_a_start_may_be_drawn_and_depend_on_sliders():
    drawn = make(start={x: eta * standard_normal(2)}).run({"learning_rate": 10}, 0)["x"]
    assert drawn.std() == pytest.approx(10, rel=0.2)


def test_the_number_of_steps():
    assert make(time_step=eta).steps_at({"learning_rate": 0.1}) == 100
    assert make(time_step=3).steps_at({}) == 4
    assert make(duration=None, steps=B / 2).steps_at({"batch_size": 5}) == 3


def test_the_spec_speaks_javascript():
    simulation = make(step={x: x - eta * x + standard_normal(2) / B}, time_step=eta, seed=3)
    assert simulation.spec() == {
        "states": ["x"],
        "start": ["0"],
        "step": ["-learning_rate*x + x + normal_2/batch_size"],
        "normals": 2,
        "replicas": 400,
        "seed": 3,
        "time_step": "learning_rate",
        "duration": 10,
        "frames": 240,
        "steps": None,
    }


@pytest.mark.parametrize(
    ("make_it", "message"),
    [
        (lambda: Simulation({}, {}, replicas=1, duration=1), "start must map SymPy symbols"),
        (lambda: Simulation({"x": 1}, {"x": 1}, replicas=1, duration=1), "start must map SymPy symbols"),
        (lambda: make(step={v: 1}), r"step must have the states of start, \['x'\], got \['v'\]"),
        (lambda: make(start={sp.Symbol("var"): 1}, step={sp.Symbol("var"): 1}), "variable named 'var'"),
        (lambda: make(replicas=0), "replicas must be a whole number from 1 to 5000, got 0"),
        (lambda: make(replicas=5001), "replicas must be"),
        (lambda: make(frames=0), "frames must be"),
        (lambda: make(steps=3), "either duration, or steps"),
        (lambda: make(duration=None), "either duration, or steps"),
        (lambda: make(duration=0), "duration must be > 0"),
        (lambda: make(step={x: sp.erf(x)}), "simulation: step of x: JavaScript lacks erf"),
        (lambda: make().run({}, -1), "steps must be a whole number >= 0, got -1"),
        (lambda: make(time_step=eta).run({}, 1), "the setting lacks learning_rate"),
        (lambda: make(time_step=-1).steps_at({}), "time_step must be > 0"),
        (lambda: make(time_step=1e-9).steps_at({}), "1e.10 steps at {}; there must be 1 to 100000"),
        (lambda: make(duration=None, steps=0 * x - 1).steps_at({}), "-1 steps"),
        (lambda: standard_normal(0), "number must be a whole number >= 1, got 0"),
        (
            lambda: make(step={x: B}).require([]),
            "step of x: unknown symbol batch_size; known are normal_1, x|known are x",
        ),
        (lambda: make(start={x: v}).require([]), "start of x: unknown symbol v"),
        (lambda: make(time_step=x).require([]), "time_step: unknown symbol x; known are none"),
        (lambda: make().require([x]), "the state x has the name of a slider"),
    ],
)
def test_what_is_wrong_is_named(make_it, message):
    with pytest.raises(ValueError, match=message):
        make_it()
