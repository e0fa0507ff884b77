"""The logarithm of the Gamma function in elementary functions: JavaScript has no other."""

from typing import Any

import sympy as sp

_SHIFT = 8
_STIRLING = (sp.Rational(1, 12), -sp.Rational(1, 360), sp.Rational(1, 1260))


def log_gamma(z: Any) -> Any:
    """An expression for log Gamma(z), z > 0, within 3e-10 of it.

    Stirling's series with three corrections at z + 8, and the recurrence Gamma(z + 1) = z Gamma(z) back to z
    (Abramowitz and Stegun, eqs. 6.1.15 and 6.1.41).
    """
    far = z + _SHIFT
    series = (far - sp.Rational(1, 2)) * sp.log(far) - far + sp.log(2 * sp.pi) / 2
    corrections = sum(term / far ** (2 * k + 1) for k, term in enumerate(_STIRLING))
    return series + corrections - sum(sp.log(z + k) for k in range(_SHIFT))
