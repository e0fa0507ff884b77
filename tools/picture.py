"""Take the README's picture: the first figure of a built page, with what stands around it.

    python tools/picture.py [PAGE]

PAGE is a file below _build/html; without it, the first chapter's.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

import browser

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / ".github" / "page.png"
FIRST_CHAPTER = "book/noise/minibatch_covariance.html"
BELOW_THE_BAR = "element => window.scrollTo(0, element.getBoundingClientRect().top - 70)"


def take(page_file: Path, picture: Path) -> None:
    """Photograph `page_file` as a window of 1280 by 900 pixels shows it, and write `picture`."""
    with sync_playwright() as playwright:
        executable = browser.find(playwright)
        if executable is None:
            raise FileNotFoundError("no Chromium: python tools/browser.py installs one")
        chromium = playwright.chromium.launch(executable_path=str(executable), args=browser.FLAGS)
        page = chromium.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
        page.goto(page_file.resolve().as_uri(), wait_until="load")
        page.evaluate("() => window.MathJax?.startup?.promise")
        page.locator("article figure").first.evaluate(BELOW_THE_BAR)
        page.wait_for_timeout(500)
        page.screenshot(path=picture)
        chromium.close()


if __name__ == "__main__":
    take(ROOT / "_build" / "html" / (sys.argv[1] if len(sys.argv) > 1 else FIRST_CHAPTER), PICTURE)
