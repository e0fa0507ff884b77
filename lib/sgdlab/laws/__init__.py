"""What theory predicts: quantities, laws, and the proofs that tie pages to them."""

from functools import cache

from sgdlab.laws.law import Law


@cache
def all_laws() -> dict[str, Law]:
    """Every law of the library by name."""
    from sgdlab.laws import limiting_dynamics, minibatch_noise, power_law_escape

    modules = (minibatch_noise, power_law_escape, limiting_dynamics)
    laws = [value for module in modules for value in vars(module).values() if isinstance(value, Law)]
    names = [law.name for law in laws]
    if len(set(names)) < len(names):
        raise ValueError(f"two laws share a name: {sorted(names)}")
    return dict(zip(names, laws, strict=True))


def find(name: str) -> Law:
    """The law of this name. Raises ValueError where there is none."""
    try:
        return all_laws()[name]
    except KeyError:
        raise ValueError(f"no law is named {name!r}; there are {sorted(all_laws())}") from None
