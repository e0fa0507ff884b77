"""Get data sets ready before they are needed: `python -m sgdlab.data mnist cifar-10`.

Downloads what is missing, checks what is there, and says what that is.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sgdlab.data import files
from sgdlab.data.catalogue import IMAGE_SETS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status, which is 1 where a data set could not be made ready."""
    parser = argparse.ArgumentParser(prog="python -m sgdlab.data", description="Download data sets and check them.")
    parser.add_argument("names", nargs="+", choices=list(IMAGE_SETS), metavar="NAME", help=", ".join(IMAGE_SETS))
    names = parser.parse_args(arguments).names
    try:
        print(f"Data in {files.root()}")
        for name in names:
            images = IMAGE_SETS[name]
            images.fetch()
            for part in images.parts:
                print(images.read(part).source)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
