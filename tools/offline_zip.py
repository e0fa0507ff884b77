"""Pack the built book into one file that is read without a network: unpack it and open index.html.

    python tools/offline_zip.py HTML_FOLDER ARCHIVE

The same pages give the same bytes.
"""

import sys
import zipfile
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(pages: Path, archive: Path) -> None:
    """Write the files of `pages` to `archive`, in a folder of the archive's name, whole or not at all."""
    if not (pages / "index.html").is_file():
        raise FileNotFoundError(f"{pages}: no built book there; make book builds it")
    temporary = archive.with_suffix(".zip.tmp")
    try:
        with zipfile.ZipFile(temporary, "w") as packed:
            for file in sorted(path for path in pages.rglob("*") if path.is_file()):
                # Source maps serve whoever debugs the theme's scripts, and are half of the site.
                if file.name.startswith(".") or file.suffix == ".map":
                    continue
                entry = zipfile.ZipInfo(f"{archive.stem}/{file.relative_to(pages).as_posix()}", EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                packed.writestr(entry, file.read_bytes())
        temporary.replace(archive)
    finally:
        temporary.unlink(missing_ok=True)


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]))
