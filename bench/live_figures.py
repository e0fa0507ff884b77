"""How fast the live figures answer, in Chromium, without a network: `make bench`.

For each page with live figures: the time until the first of them is drawn, and the longest task of the page; then, at
once, while the page's formulas are still being typeset, from a key press on its first slider to the frame that shows it
(median and largest of 40). For each figure: the same once all is drawn, and its weight.
"""

import functools
import http.server
import importlib
import json
import sys
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "site")]
# What the tests of the site know: where Chromium is, and which figures there are.
system_browser = importlib.import_module("browser")
FIGURES = importlib.import_module("live_figures").FIGURES

WATCH = """
window.longest = 0;
window.drawn = new Promise(resolve => new MutationObserver(() => {
  if (document.querySelector(".live-ready")) resolve(performance.now());
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] }));
new PerformanceObserver(list => {
  for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
}).observe({ type: "longtask", buffered: true });
"""
KEY_TO_FRAME = """async figure => {
  const slider = figure.querySelector("input[type=range]");
  const times = [];
  for (let i = 0; i < 40; i++) {
    const key = i % 10 < 5 ? "ArrowRight" : "ArrowLeft";
    const start = performance.now();
    slider.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    await new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)));
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}"""


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and does not report each request."""

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def main() -> None:
    """Print the table."""
    handler = functools.partial(QuietHandler, directory=str(ROOT / "_build" / "html"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        executable = system_browser.find(playwright)
        chromium = playwright.chromium.launch(executable_path=str(executable), args=system_browser.FLAGS)
        for document in sorted({figure.document for figure in FIGURES}):
            page = chromium.new_page(viewport={"width": 1280, "height": 900})
            page.add_init_script(WATCH)
            page.goto(f"http://127.0.0.1:{server.server_port}/{document}.html", wait_until="commit")
            drawn, *at_once = page.evaluate(
                f"async () => [await drawn, ...await ({KEY_TO_FRAME})(document.querySelector('.live-ready'))]"
            )
            page.wait_for_load_state()
            page.evaluate("window.MathJax?.startup?.promise")
            figures = [figure for figure in FIGURES if figure.document == document]
            for figure in figures:
                page.locator(f"#live-{figure.name}").scroll_into_view_if_needed()
                page.wait_for_selector(f"#live-{figure.name}.live-ready")
            print(f"{document}: drawn after {drawn:.0f} ms, longest task {page.evaluate('longest'):.0f} ms;", end=" ")
            print(f"key to frame at once {at_once[20]:.0f} ms, at most {at_once[-1]:.0f} ms")
            for figure in figures:
                times = page.locator(f"#live-{figure.name}").evaluate(KEY_TO_FRAME)
                weight = len(json.dumps(figure.spec)) / 1024
                print(f"  {figure.name}: key to frame {times[20]:.0f} ms, at most {times[-1]:.0f} ms; {weight:.1f} kB")
            page.close()
        chromium.close()
    server.shutdown()


if __name__ == "__main__":
    main()
