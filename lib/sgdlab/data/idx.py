"""The IDX format of MNIST: an array of unsigned bytes behind a header of its sizes.

Two zero bytes, the type (8: unsigned byte), the number of dimensions, then each size as a big-endian 32-bit integer
(Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits").
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTE = 8


def read_idx(compressed: bytes, *, dimensions: int) -> NDArray[np.uint8]:
    """The array in a gzip-compressed IDX file of unsigned bytes.

    Args:
        compressed: The whole file.
        dimensions: The number of axes that the array must have.

    Raises:
        ValueError: Not gzip, not IDX with so many dimensions, or a length other than the header's sizes ask for.
    """
    try:
        content = gzip.decompress(compressed)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"not a whole gzip file: {error}") from error
    magic = bytes([0, 0, UNSIGNED_BYTE, dimensions])
    header = len(magic) + 4 * dimensions
    if content[: len(magic)] != magic or len(content) < header:
        raise ValueError(
            f"not an IDX file of unsigned bytes with {dimensions} dimensions: "
            f"it must begin with {magic.hex()} and {dimensions} sizes, got {content[:header].hex()}"
        )
    shape = struct.unpack(f">{dimensions}I", content[len(magic) : header])
    if len(content) - header != math.prod(shape):
        raise ValueError(f"shape {shape} asks for {math.prod(shape)} bytes, but {len(content) - header} follow")
    return np.frombuffer(content, dtype=np.uint8, offset=header).reshape(shape)
