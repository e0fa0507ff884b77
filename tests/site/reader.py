"""A reader of the built book: opens its pages and keeps a record of what happens while they are open."""

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Route

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# Fonts loaded, formulas typeset, and two frames drawn, in which the page's own scripts answer to that.
READY = """async () => {
  await document.fonts.ready;
  await window.MathJax?.startup?.promise;
  await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
}"""


# Live figures are built when they come near the screen: pass by each, and return.
PASS_BY = """async () => {
  for (const figure of document.querySelectorAll(".live-figure:has(> script)")) {
    figure.scrollIntoView();
    while (!figure.matches(".live-ready, :has(> .live-failed)")) {
      await new Promise(drawn => requestAnimationFrame(drawn));
    }
  }
  window.scrollTo(0, 0);
}"""


@dataclass
class Visit:
    """A page, and what happened while it was open."""

    page: Page
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)


@dataclass
class Reader:
    """Opens pages below one address; whatever they ask for elsewhere is refused and written down."""

    context: BrowserContext
    address: str

    def open(self, path: str, *, formulas: bool = True) -> Visit:
        """Open a page; without formulas, which are what takes long, where they are not what is examined."""
        visit = Visit(self.context.new_page())
        page = visit.page

        def refuse_outside(route: Route) -> None:
            if route.request.url.startswith((self.address, "data:", "blob:")):
                route.continue_()
            else:
                visit.outside.append(route.request.url)
                route.abort()

        page.route("**/*", refuse_outside)
        if not formulas:
            page.route("**/vendor/mathjax/**", lambda route: route.fulfill(content_type="text/javascript", body=""))
        page.on("console", lambda message: message.type == "error" and visit.errors.append(message.text))
        page.on("pageerror", lambda error: visit.errors.append(f"uncaught: {error}"))
        page.on("requestfailed", lambda request: visit.errors.append(f"failed: {request.url}"))
        page.on("response", lambda r: r.status >= 400 and visit.errors.append(f"{r.status}: {r.url}"))
        page.goto(self.address + path, wait_until="load")
        page.evaluate(READY)
        page.evaluate(PASS_BY)
        return visit
