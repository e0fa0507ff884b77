"""Random numbers in compiled functions: many independent streams, each with a generator of its own."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., Any])

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_LOW = np.uint64(0xFFFFFFFF)
_TO_UNIT = 2.0**-53


def compiled(function: Function) -> Function:
    """Compile at the first call of each process, free of the interpreter's lock.

    The machine code is not stored: Numba would take it up again after a change in a module that it was built from.
    """
    return cast(Function, numba.njit(nogil=True)(function))


def inlined(function: Function) -> Function:
    """Compile into the compiled functions that call this one: a call of Numba's copies every field of every array."""
    return cast(Function, numba.njit(nogil=True, forceinline=True)(function))


@inlined
def mix(z: np.uint64) -> Any:
    """The output function of splitmix64 (Steele, Lea, Flood 2014), a bijection."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@inlined
def seed_stream(states: NDArray[np.uint64], i: int, seed: np.uint64, replica: int) -> None:
    """Set generator states[i] (4,): four outputs of splitmix64 from a start of its own for each (seed, replica)."""
    start = mix(mix(seed + _GOLDEN) + np.uint64(replica))
    for word in range(4):
        start += _GOLDEN
        states[i, word] = mix(start)


@inlined
def random_bits(states: NDArray[np.uint64], i: int) -> Any:
    """The next 64 bits of the xoshiro256++ generator states[i] (Blackman, Vigna 2021)."""
    s0, s1, s2, s3 = states[i, 0], states[i, 1], states[i, 2], states[i, 3]
    total = s0 + s3
    states[i, 2] = s2 ^ s0 ^ (s1 << np.uint64(17))
    s3 ^= s1
    states[i, 0] = s0 ^ s3
    states[i, 1] = s1 ^ s2 ^ s0
    states[i, 3] = (s3 << np.uint64(45)) | (s3 >> np.uint64(19))
    return ((total << np.uint64(23)) | (total >> np.uint64(41))) + s0


@inlined
def below(states: NDArray[np.uint64], i: int, n: int) -> Any:
    """A whole number from 0 to n - 1, n < 2^32, each equally likely (Lemire 2019)."""
    return below_from(random_bits(states, i), states, i, n)


@inlined
def below_from(bits: np.uint64, states: NDArray[np.uint64], i: int, n: int) -> Any:
    """As `below`, from 64 bits that generator states[i] gave already."""
    bound = np.uint64(n)
    product = (bits >> np.uint64(32)) * bound
    if (product & _LOW) < bound:
        rejected = (_LOW - bound + np.uint64(1)) % bound
        while (product & _LOW) < rejected:
            product = (random_bits(states, i) >> np.uint64(32)) * bound
    return np.int64(product >> np.uint64(32))


@inlined
def uniform(states: NDArray[np.uint64], i: int) -> float:
    """Uniform on [0, 1)."""
    return np.float64(random_bits(states, i) >> np.uint64(11)) * _TO_UNIT


@inlined
def normals(states: NDArray[np.uint64], i: int) -> tuple[float, float]:
    """Two independent standard normal numbers (Marsaglia's polar method)."""
    while True:
        x, y = 2.0 * uniform(states, i) - 1.0, 2.0 * uniform(states, i) - 1.0
        square = x * x + y * y
        if 0.0 < square < 1.0:
            factor = np.sqrt(-2.0 * np.log(square) / square)
            return x * factor, y * factor
