"""Files of published data sets: where they lie, whether they are what was published, and how to get them.

A checksum is written as "sha256:..." or "md5:...".
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import pooch


def root() -> Path:
    """The folder that holds the data sets in torchvision's layout.

    The environment variable SGDLAB_DATA, else the user's cache, which need not exist yet.

    Raises:
        FileNotFoundError: SGDLAB_DATA is set to something that is not a folder.
    """
    setting = os.environ.get("SGDLAB_DATA")
    if not setting:
        return Path(pooch.os_cache("sgdlab"))
    folder = Path(setting)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"SGDLAB_DATA is set to {setting!r}, which is not a folder. "
            "Create it, or unset SGDLAB_DATA to use the user's cache."
        )
    return folder


def check(content: bytes, checksum: str, *, described: str, remedy: str) -> None:
    """Raise ValueError unless the content has the checksum.

    Args:
        content: The whole file.
        checksum: The published checksum.
        described: The file, in the words of the message.
        remedy: What the reader can do, in the words of the message.
    """
    algorithm, _, expected = checksum.partition(":")
    # The checksum is compared with the published one; MD5 is all that was published for some files.
    found = hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()
    if found != expected:
        raise ValueError(
            f"{described} is corrupted or truncated ({len(content):,} bytes): "
            f"expected {algorithm} {expected}, found {found}. {remedy}"
        )


def read_checked(path: Path, checksum: str, *, name: str) -> bytes:
    """The content of a file, read once, so that what is decoded is what was checked.

    Raises:
        ValueError: The file is not the published one; the message says how to get that of data set `name` again.
    """
    content = path.read_bytes()
    remedy = f"Delete the file and run `python -m sgdlab.data {name}` to download it again."
    check(content, checksum, described=str(path), remedy=remedy)
    return content


def download(url: str, checksum: str) -> bytes:
    """The content of a published file. Nothing is left on disk.

    Raises:
        ConnectionError: The download failed or stopped early.
        ValueError: What came is not the published file.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            arrived = pooch.retrieve(url, known_hash=checksum, fname=url.rpartition("/")[2], path=folder)
        except OSError as error:  # of which every network error of pooch's downloader is one
            raise ConnectionError(
                f"could not download {url}: {error}. Nothing was written. Check the network and try again, "
                f"or put the files into {root()} yourself, in torchvision's layout."
            ) from error
        except ValueError as error:
            raise ValueError(
                f"the download of {url} is not the published file, and nothing was written. Try again. {error}"
            ) from error
        return Path(arrived).read_bytes()


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and make its folder where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Named after the process: two that download at once do not write into one another's file.
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
