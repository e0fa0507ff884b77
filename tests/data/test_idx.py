import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sgdlab.data.idx import read_idx

# A 2 x 3 array, byte by byte as the format's description has it.
HEADER = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3])
BODY = bytes([1, 2, 3, 4, 5, 255])


def test_the_bytes_of_the_format():
    array = read_idx(gzip.compress(HEADER + BODY), dimensions=2)
    assert array.dtype == np.uint8
    assert array.tolist() == [[1, 2, 3], [4, 5, 255]]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4), st.integers(0, 2**32))
def test_any_array_is_read_back(shape, seed):
    array = np.random.default_rng(seed).integers(0, 256, size=shape, dtype=np.uint8)
    content = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *shape) + array.tobytes()
    np.testing.assert_array_equal(read_idx(gzip.compress(content), dimensions=array.ndim), array)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes([0, 0, 8, 2]),
        bytes([0, 0, 8, 3]) + HEADER[4:] + BODY,  # three dimensions
        bytes([0, 0, 13, 2]) + HEADER[4:] + BODY,  # float32
        bytes([1, 0, 8, 2]) + HEADER[4:] + BODY,
    ],
)
def test_wrong_magic_or_missing_sizes(content):
    with pytest.raises(ValueError, match="not an IDX file of unsigned bytes with 2 dimensions"):
        read_idx(gzip.compress(content), dimensions=2)


@pytest.mark.parametrize("body", [BODY[:-1], BODY + b"\0"])
def test_length_must_be_that_of_the_sizes(body):
    with pytest.raises(ValueError, match=rf"shape \(2, 3\) asks for 6 bytes, but {len(body)} follow"):
        read_idx(gzip.compress(HEADER + body), dimensions=2)


def test_what_is_no_whole_gzip_file():
    compressed = gzip.compress(HEADER + BODY)
    damaged = bytearray(compressed)
    damaged[12] ^= 0xFF
    for content in (HEADER + BODY, compressed[:-3], compressed[:11], bytes(damaged)):
        with pytest.raises(ValueError, match="not a whole gzip file"):
            read_idx(content, dimensions=2)
