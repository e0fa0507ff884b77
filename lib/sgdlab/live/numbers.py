"""Numbers as JavaScript prints them, so that a table is the same with a script and without."""

import math
from decimal import ROUND_HALF_UP, Context, Decimal

DASH = "–"
_THREE = Context(prec=3, rounding=ROUND_HALF_UP)


def three_digits(x: float) -> str:
    """What `Number(x).toPrecision(3)` is in JavaScript for a finite number; a dash for what is not finite."""
    if not math.isfinite(x):
        return DASH
    if x == 0:
        return "0.00"
    _, digits, exponent = _THREE.create_decimal(Decimal(abs(x))).normalize(_THREE).as_tuple()
    power = len(digits) - 1 + int(exponent)
    text = "".join(map(str, digits)).ljust(3, "0")
    minus = "-" if x < 0 else ""
    if power < -6 or power >= 3:
        return f"{minus}{text[0]}.{text[1:]}e{'-' if power < 0 else '+'}{abs(power)}"
    if power < 0:
        return f"{minus}0.{'0' * (-power - 1)}{text}"
    whole, rest = text[: power + 1], text[power + 1 :]
    return f"{minus}{whole}.{rest}" if rest else minus + whole


def in_short(x: float) -> str:
    """The value of a slider or a place on an axis: a whole number in full, else three digits, in JavaScript's way."""
    value = float(x) if float(x).is_integer() else float(three_digits(x))
    if value == 0:
        return "0"
    if 1e-6 <= abs(value) < 1e21:  # where JavaScript writes no power of ten
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    mantissa, _, power = repr(value).partition("e")
    return f"{mantissa}e{int(power):+d}"


def with_error(value: float, error: float) -> str:
    """A measured number and its standard error; the number alone where the error is not finite."""
    return f"{three_digits(value)} ± {three_digits(error)}" if math.isfinite(error) else three_digits(value)
