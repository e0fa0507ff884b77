"""Ways are timed in turns; the rate of each is its work over its own time."""

import numpy as np
from bench.timing import Effort, in_turns, named


class Clock:
    """Seconds that pass only when somebody says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def run(self, calls, name, seconds):
        """A way whose n-th call takes seconds[n]."""

        def way():
            self.now += seconds[calls.count(name)]
            calls.append(name)

        return way


def test_ways_take_turns_and_the_first_turn_is_not_counted():
    clock, calls = Clock(), []
    ways = {
        "slow": (12.0, clock.run(calls, "slow", [100.0, 4.0, 6.0, 3.0])),
        "fast": (5.0, clock.run(calls, "fast", [100.0, 1.0, 0.5, 0.25])),
    }
    rates = in_turns(ways, 3, clock)
    assert calls == ["slow", "fast"] * 4
    np.testing.assert_array_equal(rates["slow"], [3.0, 2.0, 4.0])
    np.testing.assert_array_equal(rates["fast"], [5.0, 10.0, 20.0])


def test_the_clock_is_the_time_of_the_processor():
    import time

    def busy():
        end = time.process_time() + 0.02
        while time.process_time() < end:
            pass

    rates = in_turns({"idle": (1.0, lambda: time.sleep(0.1)), "busy": (1.0, busy)}, 1)
    # Idle time costs nothing: 0.1 s of sleep is far less than 0.02 s of work.
    assert rates["busy"][0] <= 1 / 0.02
    assert rates["idle"][0] > 10 * rates["busy"][0]


def test_effort_makes_a_share_of_the_steps_and_at_least_one():
    assert Effort(rounds=5, share=1.0).steps(2000) == 2000
    assert Effort(rounds=1, share=0.1).steps(2000) == 200
    assert Effort(rounds=1, share=0.001).steps(20) == 1


def test_names_say_whose_rates_they_are():
    rate = np.ones(2)
    assert named({"read": rate}, "regression M") == {"regression M: read": rate}
