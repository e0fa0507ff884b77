"""Fingerprints of a run's arguments: whether two runs are one and the same."""

import hashlib
import types
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from torch import nn

Fingerprint = dict[str, str]

# It gives an address, another one in each process.
_NAMELESS: Any = object.__repr__


def fingerprint(arguments: Mapping[str, Any]) -> Fingerprint:
    """Each argument in a few words, and the versions of what computes.

    Numbers and text stand for themselves; tensors, problems and functions have their SHA-256. Of a function, or what is
    called like one, its code counts and not what it refers to; of any other object its type and its attributes.
    """
    versions = {package: version(package) for package in ("sgdlab", "torch")}
    return {name: _described(value) for name, value in arguments.items()} | versions


def differences(before: Fingerprint, now: Fingerprint) -> str:
    """Which arguments are not the same, with both values, in one line; empty where all are."""
    names = [name for name in before | now if before.get(name) != now.get(name)]
    return ", ".join(
        f"{name} was {before.get(name, 'not given')} and is {now.get(name, 'not given')}" for name in names
    )


def _described(value: Any) -> str:
    if isinstance(value, float):
        return repr(float(value))  # NumPy's say so in their name
    if value is None or isinstance(value, int | str):
        return repr(value)
    if isinstance(value, torch.Tensor):
        name = f"{value.dtype} {tuple(value.shape)} on {value.device}"
    else:
        name = type(value).__qualname__
    digest = hashlib.sha256()
    for part in _parts(value):
        digest.update(part)
    return f"{name} {digest.hexdigest()}"


def _parts(value: Any) -> Iterator[Any]:
    """What a value consists of, as bytes."""
    yield type(value).__qualname__.encode()
    if isinstance(value, torch.Tensor):
        yield f"{value.dtype}{tuple(value.shape)}".encode()
        # As bytes, because NumPy, which hashing needs, does not know all of PyTorch's types.
        yield value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
    elif isinstance(value, nn.Module):
        # Its layers and what they do; the values of its parameters are never read.
        yield str(value).encode()
        for module in value.modules():
            yield from _parts(type(module).forward)
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype}{value.shape}".encode()
        yield value.tobytes()
    elif isinstance(value, Mapping):
        for key, member in value.items():
            yield repr(key).encode()
            yield from _parts(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _parts(member)
    elif isinstance(value, set | frozenset):
        yield from _parts(sorted(value, key=repr))
    elif isinstance(value, types.CodeType):
        yield value.co_code
        yield from _parts([value.co_names, value.co_consts])
    elif hasattr(value, "__code__"):
        yield from _parts(value.__code__)
    elif hasattr(value, "__qualname__"):
        # Classes, and functions without code of their own.
        yield value.__qualname__.encode()
    elif callable(value):
        yield from _parts(type(value).__call__)
    elif hasattr(value, "__dict__"):
        yield from _parts(vars(value))
    elif type(value).__repr__ is not _NAMELESS:
        yield repr(value).encode()
