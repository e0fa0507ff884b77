import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sgdlab.verdict import Claim


def claim(**changes):
    values = {
        "name": "a",
        "equation": "law-a",
        "predicted": 1.0,
        "measured": 1.0,
        "standard_error": 0.01,
        "expected": "agrees",
    }
    return Claim(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "agrees"),
        ({"measured": 1.039}, "agrees"),
        ({"measured": 1.041}, "differs"),
        ({"measured": 1.041, "bias_bound": 0.005}, "agrees"),
        ({"standard_error": 0.0126}, "undecided"),  # 4 x 0.0126 is not below half of 10 %
        ({"standard_error": 0.0124}, "agrees"),
        ({"standard_error": 0.1, "alternative": 2.0, "alternative_name": "b"}, "agrees"),
        ({"standard_error": 0.125, "alternative": 2.0, "alternative_name": "b"}, "undecided"),
        ({"standard_error": 0.125, "measured": 2.0, "alternative": 2.0, "alternative_name": "b"}, "differs"),
        ({"predicted": 0.0, "measured": 0.0, "alternative": 0.2, "alternative_name": "b"}, "agrees"),
        ({"predicted": -2.0, "measured": -2.0, "standard_error": 0.02}, "agrees"),
    ],
)
def test_the_rule(changes, verdict):
    assert claim(**changes).verdict == verdict


@given(st.floats(0.1, 10), st.floats(0, 1), st.floats(-3, 3))
def test_agreement_excludes_the_alternative(predicted, error, deviation):
    """Where a claim agrees, the same measurement held against the alternative differs."""
    measured = predicted + deviation * error
    agreed = claim(
        predicted=predicted,
        measured=measured,
        standard_error=error,
        alternative=2 * predicted,
        alternative_name="double",
    )
    if agreed.verdict == "agrees":
        assert claim(predicted=2 * predicted, measured=measured, standard_error=error).verdict == "differs"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"measured": math.nan}, "measured must be a finite number"),
        ({"standard_error": -1.0}, "standard_error must be a finite number >= 0"),
        ({"bias_bound": math.inf}, "bias_bound must be"),
        ({"expected": "true"}, "expected must be one of"),
        ({"predicted": 0.0}, "alternative must be given"),
        ({"alternative": 2.0}, "given together"),
        ({"alternative": 1.0, "alternative_name": "same"}, "must differ"),
    ],
)
def test_bad_claims_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        claim(**changes)
