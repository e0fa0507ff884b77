"""What holds for every page of the built book."""

import pytest
from reader import HTML, ROOT
from sphinx_external_toc.parsing import parse_toc_yaml

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
# The pages that are there, and those that should be. The index.html at the top only leads to the first page.
PAGES = sorted(
    {path.relative_to(HTML).as_posix() for path in (HTML / "book").rglob("*.html")}
    | {f"{name}.html" for name in parse_toc_yaml(ROOT / "_toc.yml")}
    | {"search.html"}
)
ON_EVERY_PAGE = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in PAGES]

RAW_TEX = r"""
() => {
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const raw = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement.closest("code, pre, script, style, mjx-container")) continue;
    if (/\\[a-zA-Z]+|\\[()[\]]|\$/.test(node.data)) raw.push(node.data.trim());
  }
  return raw;
}
"""

# A picture is named by words, not by a file. A drawing in a button, a link or a fold is named by the control's words,
# for which axe asks; another one may be hidden from those who cannot see it, if it says so.
UNNAMED = r"""
() => {
  const fileName = /\.(png|svg|jpe?g|gif|webp)$|^[\w-]*$/i;
  const figures = [...document.querySelectorAll("article img")].filter(image => fileName.test(image.alt.trim()));
  const images = [...document.querySelectorAll("img:not([alt])")];
  const aside = "[aria-hidden=true], [role=presentation], [role=none], mjx-container, button, a, summary";
  const named = ":is([aria-label], [aria-labelledby]):not([aria-label=''])";
  const drawings = [...document.querySelectorAll("svg, canvas")].filter(drawing =>
    !drawing.closest(aside) && !drawing.matches(named) && !drawing.querySelector(":scope > title"));
  return [...figures, ...images, ...drawings].map(element => element.outerHTML.slice(0, 200));
}
"""

# What a reader can neither see nor scroll to. Folded and hidden parts have no box.
CLIPPED = r"""
() => {
  const width = document.documentElement.clientWidth;
  const overflow = element => getComputedStyle(element).overflowX;
  const scrolls = element => {
    for (let parent = element.parentElement; parent && parent !== document.body; parent = parent.parentElement) {
      if (["auto", "scroll"].includes(overflow(parent))) return true;
    }
    return false;
  };
  const wider = element => element.scrollWidth > element.clientWidth + 1;
  const inline = element => getComputedStyle(element).display === "inline";
  const cuts = element => ["hidden", "clip"].includes(overflow(element)) && !inline(element) && wider(element);
  return [...document.querySelectorAll("main *")].filter(element => {
    const box = element.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1) return false;
    if (element.closest("svg *, mjx-assistive-mml, .visually-hidden")) return false;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    return (box.right > width + 1 || box.left < -1 || cuts(element)) && !scrolls(element);
  }).map(element => `${element.tagName} ${element.className} "${element.textContent.trim().slice(0, 60)}"`);
}
"""

# A formula may scroll. Then the keyboard must reach the box in which it does; otherwise it must not stop there.
WRONG_STOPS = r"""
() => {
  const scrolls = box => getComputedStyle(box).overflowX === "auto" && box.scrollWidth > box.clientWidth;
  const boxes = [...document.querySelectorAll("div.math > *, span.math")];
  return boxes.filter(box => scrolls(box) !== (box.tabIndex === 0)).map(box => box.outerHTML);
}
"""


@pytest.fixture(scope="module", params=ON_EVERY_PAGE)
def desk(request, at_desk):
    """Each page on a wide screen."""
    visit = at_desk.open(request.param)
    yield visit
    visit.page.close()


@pytest.fixture(scope="module", params=ON_EVERY_PAGE)
def phone(request, on_phone):
    """Each page on a phone."""
    visit = on_phone.open(request.param)
    yield visit
    visit.page.close()


def test_no_error_and_nothing_from_outside(desk):
    assert desk.errors == []
    assert desk.outside == []


def test_every_formula_is_typeset(desk):
    formulas = desk.page.locator("main .math")
    assert formulas.filter(has=desk.page.locator("mjx-container")).count() == formulas.count()
    assert desk.page.locator("mjx-merror").count() == 0
    assert desk.page.evaluate(RAW_TEX) == []


def test_no_formula_in_the_tab_order(desk):
    stops = "mjx-container[tabindex='0'], mjx-container :is([tabindex='0'], a, button, input)"
    assert desk.page.locator(stops).count() == 0
    assert desk.page.evaluate(WRONG_STOPS) == []


def test_every_picture_is_named(desk):
    assert desk.page.evaluate(UNNAMED) == []


def test_every_code_block_can_be_copied(desk):
    blocks = desk.page.locator("article div.highlight > pre").count()
    assert desk.page.locator("article div.highlight > button.copybtn").count() == blocks


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(desk, scheme):
    page = desk.page
    page.evaluate("scheme => { document.documentElement.dataset.theme = scheme; }", scheme)
    page.wait_for_timeout(300)  # the theme's colours change in a transition
    page.evaluate(AXE.read_text(encoding="utf-8"))
    # Of what is in order one element a rule is reported: twice as fast.
    options = "{ runOnly: ['wcag2a', 'wcag2aa'], resultTypes: ['violations'] }"
    result = page.evaluate(f"() => axe.run(document, {options})")
    assert result["passes"], "axe tested nothing"
    assert [f"{rule['id']}: {node['html'][:200]}" for rule in result["violations"] for node in rule["nodes"]] == []


def test_no_error_on_a_phone(phone):
    assert phone.errors == []
    assert phone.outside == []


def test_no_sideways_scroll_on_a_phone(phone):
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    phone.page.evaluate("window.scrollTo(1000, 0)")
    assert phone.page.evaluate("window.scrollX") == 0


def test_nothing_is_clipped_on_a_phone(phone):
    assert phone.page.evaluate(CLIPPED) == []


def test_no_formula_in_the_tab_order_on_a_phone(phone):
    assert phone.page.evaluate(WRONG_STOPS) == []
