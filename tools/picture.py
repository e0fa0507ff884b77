"""Take the README's picture: the front page of the built book, its figure in motion.

python tools/picture.py
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

import browser

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / ".github" / "page.png"
FRONT_PAGE = "book/index.html"
SECONDS_OF_PLAY = 5


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
        page.locator(".live-question button").nth(1).click()
        page.wait_for_timeout(1000 * SECONDS_OF_PLAY)
        page.screenshot(path=picture)
        chromium.close()


if __name__ == "__main__":
    take(ROOT / "_build" / "html" / FRONT_PAGE, PICTURE)
