"""The Chromium that examines the built pages.

    python tools/browser.py

Looks for the system's, then for Playwright's own, which this command installs where there is neither.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The sandbox does not start as root in a container; the rest keeps the browser from asking the network on its own.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = """\
No Chromium: none of {names} is on PATH, and Playwright could not install its own.
Install the system's package (Debian, Ubuntu: apt-get install chromium) and run the command again."""


def find(playwright: Playwright) -> Path | None:
    """The browser's executable, or None where there is none."""
    system = (shutil.which(name) for name in NAMES)
    own = Path(playwright.chromium.executable_path)
    return next((Path(path) for path in system if path), own if own.exists() else None)


def main() -> int:
    """Say which browser the tests take, installing one where there is none; return 1 where that fails."""
    with sync_playwright() as playwright:
        browser = find(playwright)
        if browser is None:
            print(f"No Chromium on PATH ({', '.join(NAMES)}): installing Playwright's own.", flush=True)
            subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
            browser = find(playwright)
    print(f"Chromium: {browser}" if browser else MISSING.format(names=", ".join(NAMES)))
    return 0 if browser else 1


if __name__ == "__main__":
    sys.exit(main())
