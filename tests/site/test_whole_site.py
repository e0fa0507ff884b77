"""What holds for the built book as a whole: its pages, links, search and buttons, and the copy to read offline."""

import zipfile
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from reader import DESKTOP, ROOT, Reader
from sphinx_external_toc.parsing import parse_toc_yaml

from offline_zip import pack
from rename_repository import repository

DOCUMENTS = list(parse_toc_yaml(ROOT / "_toc.yml"))
# Each page is read once.
pytestmark = pytest.mark.xdist_group("whole-site")
NOTEBOOKS = [name for name in DOCUMENTS if (ROOT / f"{name}.ipynb").is_file()]


@cache
def parsed(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(path: Path) -> set[str]:
    return {element["id"] for element in parsed(path).find_all(id=True)}


def broken_links(path: Path) -> list[str]:
    """The links of a page to a file or an anchor that is not in the site."""
    broken = []
    for link in parsed(path).find_all("a", href=True):
        parts = urlsplit(link["href"])
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        anchor = unquote(parts.fragment)
        if not target.is_file() or (anchor and target.suffix == ".html" and anchor not in anchors(target)):
            broken.append(link["href"])
    return broken


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_page_of_the_table_of_contents_is_built(html, document):
    assert parsed(html / f"{document}.html").find("article").find("h1")


def test_no_page_outlives_its_source(html):
    pages = {path.relative_to(html).with_suffix("").as_posix() for path in (html / "book").rglob("*.html")}
    assert pages == set(DOCUMENTS)


@pytest.mark.parametrize("page", [*DOCUMENTS, "search"])
def test_no_internal_link_is_broken(html, page):
    assert broken_links(html / f"{page}.html") == []


def test_a_broken_link_is_found(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '<h1 id="here"><a href="#here"></a><a href="#gone"></a><a href="no.html"></a><a href="page.html#x">'
    )
    assert broken_links(page) == ["#gone", "no.html", "page.html#x"]


def test_the_address_of_the_site_leads_to_its_first_page(chromium, address):
    page = chromium.new_page()
    page.goto(address)
    page.wait_for_url(f"**/{DOCUMENTS[0]}.html")
    assert page.locator("article h1").count() == 1
    page.close()


@pytest.mark.parametrize("document", NOTEBOOKS)
def test_the_search_finds_a_chapter_by_its_title(at_desk, html, document):
    title = parsed(html / f"{document}.html").find("h1")
    word = max(title.find(string=True, recursive=False).split(), key=len)
    visit = at_desk.open(f"search.html?q={word}")
    visit.page.locator(f"#search-results a[href*='{document}.html']").first.wait_for(timeout=10_000)
    assert visit.errors == []
    assert visit.outside == []
    visit.page.close()


def test_the_switch_changes_the_scheme(at_desk):
    visit = at_desk.open(f"{DOCUMENTS[0]}.html")
    root = visit.page.locator("html")
    assert root.get_attribute("data-theme") == "light"
    switch = visit.page.locator("button.theme-switch-button:visible").first
    for _ in range(3):  # auto, light, dark: the order is the theme's
        switch.click()
        if root.get_attribute("data-theme") == "dark":
            break
    assert root.get_attribute("data-theme") == "dark"
    visit.page.evaluate("localStorage.clear()")
    visit.page.close()


@pytest.mark.parametrize("document", NOTEBOOKS)
def test_every_chapter_opens_in_colab_and_binder_and_can_be_downloaded(html, document):
    place = repository(ROOT)
    branch = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["branch"]
    path = html / f"{document}.html"
    links = {link["href"] for link in parsed(path).select(".article-header-buttons a[href]")}
    assert f"https://colab.research.google.com/github/{place}/blob/{branch}/{document}.ipynb" in links
    assert f"https://mybinder.org/v2/gh/{place}/{branch}?urlpath=lab/tree/{document}.ipynb" in links
    downloads = [(path.parent / link).resolve() for link in links if link.endswith(".ipynb") and "://" not in link]
    assert [file.read_bytes() for file in downloads] == [(ROOT / f"{document}.ipynb").read_bytes()]


def test_the_zip_opens_from_a_file_without_a_network(chromium, html, tmp_path):
    pack(html, tmp_path / "book.zip")
    with zipfile.ZipFile(tmp_path / "book.zip") as packed:
        packed.extractall(tmp_path)
    context = chromium.new_context(viewport=DESKTOP)
    reader = Reader(context, f"{(tmp_path / 'book').as_uri()}/")
    for page in [*(f"{document}.html" for document in DOCUMENTS), "search.html?q=covariance"]:
        visit = reader.open(page)
        assert (page, visit.errors, visit.outside) == (page, [], [])
        assert visit.page.locator("mjx-merror").count() == 0
        assert visit.page.locator(".live-figure:has(> script):not(.live-ready)").count() == 0
        formulas = visit.page.locator("main .math")
        assert formulas.filter(has=visit.page.locator("mjx-container")).count() == formulas.count()
        fonts = "[...document.fonts].filter(font => font.status === 'error').map(font => font.family)"
        assert visit.page.evaluate(fonts) == []
        if page.startswith("search"):
            visit.page.locator("#search-results li a").first.wait_for(timeout=10_000)
        visit.page.close()
    context.close()


def test_the_zip_is_the_same_when_the_pages_are(tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "index.html").write_text("<p>first</p>")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        pack(pages, tmp_path / name / "book.zip")
        (pages / "index.html").touch()
    assert (tmp_path / "one" / "book.zip").read_bytes() == (tmp_path / "two" / "book.zip").read_bytes()


def test_nothing_is_packed_before_the_book_is_built(tmp_path):
    with pytest.raises(FileNotFoundError, match="make book"):
        pack(tmp_path, tmp_path / "book.zip")
    assert list(tmp_path.iterdir()) == []
