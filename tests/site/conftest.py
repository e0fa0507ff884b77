"""The built book in Chromium, without a network: a server on localhost and one browser a run."""

import functools
import http.server
import threading

import pytest
from playwright.sync_api import sync_playwright
from reader import DESKTOP, HTML, PHONE, Reader

import browser as system_browser


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and does not report each request."""

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="session")
def html():
    """The folder of the built book."""
    assert (HTML / "index.html").is_file(), "no built book: make book builds it, and make site examines it"
    return HTML


@pytest.fixture(scope="session")
def address(html):
    """The address at which the built book is served."""
    handler = functools.partial(QuietHandler, directory=str(html))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def chromium():
    """One browser for the whole run."""
    with sync_playwright() as playwright:
        executable = system_browser.find(playwright)
        assert executable, "no Chromium: python tools/browser.py installs one"
        browser = playwright.chromium.launch(executable_path=str(executable), args=system_browser.FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def at_desk(chromium, address):
    """A reader with a wide screen and the light scheme."""
    context = chromium.new_context(viewport=DESKTOP, color_scheme="light")
    yield Reader(context, address)
    context.close()


@pytest.fixture(scope="session")
def on_phone(chromium, address):
    """A reader with a screen of 390 pixels."""
    context = chromium.new_context(viewport=PHONE, color_scheme="light", has_touch=True)
    yield Reader(context, address)
    context.close()
