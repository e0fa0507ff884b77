"""Give the book the address of its repository: in the configuration, the notebooks' Colab cells, README and workflows.

    python tools/rename_repository.py NEW_OWNER/NEW_NAME

The address that is replaced is the one in _config.yml.
"""

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
HOST = "https://github.com/"
WHERE = ("*.yml", "*.md", "*.cff", "LICENSE-TEXT", ".github/**/*.yml", "book/**/*.md", "book/**/*.ipynb", "lib/**/*.py")
FORM = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/[A-Za-z0-9._-]+")


def repository(root: Path) -> str:
    """The owner/name that _config.yml states."""
    configuration = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    return str(configuration["repository"]["url"]).removeprefix(HOST)


def rename(root: Path, new: str) -> list[Path]:
    """Replace the repository's owner/name by `new` in the files below `root`; return those that changed.

    Pages that live under the owner's name on github.io follow it. Raises ValueError when `new` is not owner/name.
    """
    if not FORM.fullmatch(new):
        raise ValueError(f"repository: {new!r} is not of the form owner/name")
    old = repository(root)
    old_site, new_site = (name.replace("/", ".github.io/") for name in (old, new))
    changed = []
    for path in sorted({path for pattern in WHERE for path in root.glob(pattern)}):
        text = path.read_text(encoding="utf-8")
        renamed = re.sub(rf"(?<![\w.-]){re.escape(old)}(?![\w-])", new, text).replace(old_site, new_site)
        if renamed != text:
            path.write_text(renamed, encoding="utf-8")
            changed.append(path)
    return changed


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        for file in rename(ROOT, sys.argv[1]):
            print(file.relative_to(ROOT))
    except ValueError as error:
        sys.exit(str(error))
