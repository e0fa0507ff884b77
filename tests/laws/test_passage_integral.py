"""The elementary integral of the passage time, and the next order of the double well's rate."""

import mpmath as mp
import numpy as np
import pytest

from sgdlab.laws import power_law_escape as laws

INTEGRAL = laws.DISPLAYED_LAWS["passage_time_integral"]
SERIES = laws.DISPLAYED_LAWS["passage_time_loss_proportional"]


@pytest.mark.parametrize(
    ("dimension", "loss_ratio"),
    [(1, 1.5), (2.5, 3.0), (10, 40.0), (21.9, 5.0), (30, 100.0)],
)
def test_the_integral_is_the_hypergeometric_function(dimension, loss_ratio):
    """In 20 digits, also beyond the critical dimension, n = 22."""
    noise, u, half = mp.mpf(10), mp.mpf(loss_ratio) - 1, mp.mpf(dimension) / 2
    b = noise + 1 - half
    with mp.workdps(25):
        integral = noise / 2 * mp.quad(lambda s: (1 - s) ** (half - 1) * ((1 + u * s) ** b - 1) / (b * s), [0, 0.5, 1])
        series = noise * u / (2 * half) * mp.hyp3f2(1, 1, half - noise, 2, half + 1, -u)
    assert abs(integral / series - 1) < 1e-12
    setting = {"learning_rate": 0.1, "batch_size": 1, "curvature": 1}
    value = INTEGRAL(**setting, dimension=dimension, loss_ratio=loss_ratio)
    assert value == pytest.approx(float(integral), rel=1e-11)
    assert value == SERIES(**setting, dimension=dimension, loss_ratio=loss_ratio)


@pytest.mark.parametrize("loss_ratio", [1.2, 2.2, 10.0])
def test_the_first_correction_of_the_rate_is_that_of_the_exact_time(loss_ratio):
    """The deviation from it falls as the square of eta h / B; at c = 11/5 the correction vanishes."""
    deviations = []
    for noise in (100.0, 200.0):
        curvature = 8 * (loss_ratio - 1)
        rate = laws.escape_rate(
            learning_rate=1 / (noise * curvature),
            batch_size=1,
            curvature=curvature,
            dimension=1,
            saddle_curvature=-curvature / 2,
            determinant_ratio=2,
            loss_ratio=loss_ratio,
        )
        product = rate * laws.double_well_passage_time(1 / (noise * curvature), 1, loss_ratio)
        first = laws.double_well_correction(learning_rate=1 / noise, batch_size=1, curvature=1, loss_ratio=loss_ratio)
        deviations.append(product - first)
        assert abs(product - first) < abs(first - 1) + 1e-3
    assert deviations[0] / deviations[1] == pytest.approx(4, rel=0.25)
    assert np.isclose(laws.double_well_correction(learning_rate=0.1, batch_size=1, curvature=1, loss_ratio=2.2), 1)
