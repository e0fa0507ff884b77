"""How far a run has come, for the reader."""

import os

from tqdm.auto import tqdm


def progress_bar(name: str, total: int, *, initial: int = 0, unit: str = "step") -> tqdm:
    """A bar that shows after two seconds; TQDM_DISABLE in the environment keeps it away."""
    # tqdm itself reads TQDM_DISABLE, but not in its notebook form.
    silent = "TQDM_DISABLE" in os.environ
    return tqdm(total=total, initial=initial, desc=name, unit=unit, delay=2, disable=silent)
