"""Pages that are made at build time: rewritten only when their text changes, so that Make sees no new work."""

import os
from pathlib import Path


def write_if_changed(path: Path, text: str) -> None:
    """Replace the file in one step, or leave it and its date alone where it already holds the text."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    new = path.with_suffix(path.suffix + ".new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)
