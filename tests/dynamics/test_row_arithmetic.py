import numpy as np
import pytest

from sgdlab.dynamics import random_streams, row_arithmetic


@random_streams.compiled
def products(a, b, c):
    return row_arithmetic.dot(a, 1, b, 0), row_arithmetic.dot3(a, 1, b, 0, c, 2)


@random_streams.compiled
def sum_of_rows(a, scale, b):
    row_arithmetic.prefetch(b, 2)
    row_arithmetic.add_scaled(a, 1, scale, b, 2)


def matrices(columns, dtype, rows=3):
    return np.random.default_rng(0).standard_normal((3, rows, columns)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("columns", [8, 16, 72])
def test_row_arithmetic_is_that_of_numpy(dtype, columns):
    a, b, c = matrices(columns, dtype)
    tolerance = 20 * np.finfo(dtype).eps
    dot, dot3 = products(a, b, c)
    assert abs(dot - a[1] @ b[0]) < tolerance * np.abs(a[1] * b[0]).sum()
    assert abs(dot3 - (a[1] * b[0]) @ c[2]) < tolerance * np.abs(a[1] * b[0] * c[2]).sum()
    expected = a.copy()
    expected[1] += dtype(0.7) * b[2]
    sum_of_rows(a, dtype(0.7), b)
    np.testing.assert_allclose(a, expected, rtol=tolerance, atol=tolerance)


def test_sums_keep_infinities_and_nan():
    a, b, c = matrices(8, np.float32)
    a[1, 3], b[0, 3] = np.inf, 1.0
    assert products(a, b, c)[0] == np.inf
    a[1, 5], b[0, 5] = -np.inf, 1.0
    assert np.isnan(products(a, b, c)[0])
