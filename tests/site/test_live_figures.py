"""Every live figure of the book in its page: what it plots, how it is moved, and what is left without a script."""

import gzip
import json
import re

import numpy as np
import pytest
from bs4 import BeautifulSoup
from live_figures import FIGURES, LiveFigure, explorer_of, set_by_keyboard
from reader import DESKTOP, PHONE, Reader

from sgdlab.live.bundle import bundle, page_script, style

ALL = [
    pytest.param(f, id=f"{f.document}:{f.name}", marks=pytest.mark.xdist_group(f"live-{f.document}")) for f in FIGURES
]
WITH_SIMULATION = [case for case in ALL if case.values[0].spec["simulations"]]
WITH_CLOCK = [c for c in ALL if any(s["duration"] is not None for s in c.values[0].spec["simulations"])]
PLOTTED, POSITIONS = "figure => figure.figure.plotted", "figure => figure.figure.positions"
LARGEST_SCRIPT, LARGEST_FIGURE = 12 * 1024, 60 * 1024


@pytest.fixture(scope="module")
def pages(at_desk):
    """Each document in a page of its own, opened once."""
    visits = {}

    def visit(document):
        if document not in visits:
            visits[document] = at_desk.open(f"{document}.html", formulas=False)
        return visits[document]

    yield visit
    for opened in visits.values():
        opened.page.close()


@pytest.fixture(params=ALL)
def live(request, pages):
    """A figure in its page, at its start."""
    figure: LiveFigure = request.param
    visit = pages(figure.document)
    root = visit.page.locator(f"#live-{figure.name}")
    root.evaluate("figure => figure.figure.reset()")
    yield figure, root
    assert visit.errors == []


def same(plotted, expected):
    """Within 1e-3, undefined where the law is undefined; what is 0 but for rounding is compared with the largest."""
    plotted, expected = np.array(plotted, dtype=float), np.asarray(expected, dtype=float).ravel()
    scale = np.abs(expected[np.isfinite(expected)]).max(initial=0)
    np.testing.assert_allclose(plotted, expected, rtol=1e-3, atol=1e-9 * scale)


def test_there_are_live_figures():
    assert {figure.document for figure in FIGURES} >= {"book/index", "book/noise/minibatch_covariance"}


def test_the_page_plots_what_the_law_predicts(live):
    figure, root = live
    for positions in figure.five_settings():
        set_by_keyboard(root, figure, positions)
        plotted = root.evaluate(PLOTTED)
        predicted = explorer_of(figure).values(figure.setting(positions))
        assert predicted.keys() == plotted.keys()
        for view, marks in predicted.items():
            for mark, columns in marks.items():
                for column, expected in columns.items():
                    same(plotted[view][mark][column], expected)


def test_the_tables_are_those_of_python(live):
    _, root = live
    stored = root.locator("> details.live-numbers").evaluate("details => details.innerHTML")
    drawn = root.locator(".live-tables").evaluate("tables => tables.innerHTML")
    read = [
        [
            [cell.get_text() for cell in row.find_all(["th", "td"])]
            for row in BeautifulSoup(html, "html.parser").select("tr")
        ]
        for html in (stored, drawn)
    ]
    assert read[0]
    assert read[0] == read[1]


@pytest.mark.parametrize("figure", WITH_SIMULATION)
def test_simulations_agree_in_distribution(figure, pages):
    """Mean and variance of each state, 4,000 replicas, at the start and at the last of the five settings."""
    root = pages(figure.document).page.locator(f"#live-{figure.name}")
    simulate = """(figure, [number, setting, seed, steps]) => {
      const ensemble = figure.figure.ensembles[number];
      ensemble.reset(setting, { seed, replicas: 4000 });
      if (steps) ensemble.advance(steps);
      return ensemble.states.map(state => [...state]);
    }"""
    for positions in (figure.five_settings()[0], figure.five_settings()[-1]):
        setting = figure.setting(positions)
        for number, simulation in enumerate(explorer_of(figure).simulations):
            steps = simulation.steps_at(setting)
            clock = simulation.duration is not None
            states = root.evaluate(simulate, [number, setting, 5, steps if clock else 0])
            expected = simulation.run(setting, steps, seed=6, replicas=4000)
            for drawn, reference in zip(states, expected.values(), strict=True):
                compare_moments(np.array(drawn), np.asarray(reference))


def compare_moments(one, other):
    """Two samples of one law: means and variances within four standard errors of their difference."""
    for power in (lambda x: x, lambda x: (x - x.mean()) ** 2):
        a, b = power(one), power(other)
        error = np.hypot(a.std() / len(a) ** 0.5, b.std() / len(b) ** 0.5)
        assert abs(a.mean() - b.mean()) <= 4 * error + 1e-12


def test_samples_of_two_laws_are_told_apart():
    rng = np.random.default_rng(0)
    with pytest.raises(AssertionError):
        compare_moments(rng.normal(size=4000), rng.normal(scale=1.1, size=4000))


def test_what_is_not_defined_is_a_gap_with_words(pages):
    """k = 16 batches of 200 are more than one epoch of 1600."""
    root = pages("book/noise/minibatch_covariance").page.locator("#live-batches")
    root.evaluate("figure => figure.figure.choose({ batch_size: 200, n_batches: 16 })")
    bars = root.evaluate(PLOTTED)["The sum of k batches"]
    assert np.isnan([bar["y"] for bar in bars.values()]).all()
    assert root.locator(".live-frame .live-bar").count() == 0
    assert root.locator(".live-frame rect[fill*='hatch']").count() == 3
    assert "no more batches" in root.locator(".live-gap").first.text_content()


def test_the_numbers_at_the_cursor(pages):
    """Over a plot the legend shows the values of the curves at the line."""
    root = pages("book/noise/noise_proportional_to_loss").page.locator("#live-kurtosis")
    root.evaluate("figure => figure.figure.reset()")
    frame = root.locator(".live-frame")
    frame.scroll_into_view_if_needed()
    frame.hover(position={"x": 300, "y": 100})
    words = root.evaluate("""figure => {
      const { marks, frame } = figure.figure.panels[0];
      const x = frame.x.value(300);
      const exact = marks.find(mark => mark.words === "exact").data;
      const near = exact.x.reduce((best, value, i) => Math.abs(value - x) < Math.abs(exact.x[best] - x) ? i : best, 0);
      return ` exact ${Number(exact.y[near].toPrecision(3))}`;
    }""")
    assert words in root.locator(".live-legend li").all_text_contents()
    root.page.mouse.move(0, 0)
    assert " exact " in root.locator(".live-legend li").all_text_contents()


def test_a_curve_is_drawn_to_the_scale_of_its_axes(pages):
    """From the ticks, as a reader would: a line through their labels and places turns pixels back into numbers."""
    root = pages("book/noise/noise_proportional_to_loss").page.locator("#live-kurtosis")
    root.evaluate("figure => figure.figure.reset()")

    def axis(anchor, place):
        ticks = root.locator(f".live-frame text[text-anchor={anchor}]").all()
        at = [float(tick.get_attribute(place)) - (4 if place == "y" else 0) for tick in ticks]
        return np.polyfit(at, [float(tick.text_content()) for tick in ticks], 1)

    d = root.locator(".live-frame path.live-line.live-c0").get_attribute("d")
    pixels = np.array([point.split(",") for point in re.split("[ML]", d)[1:]], dtype=float)
    x, y = np.polyval(axis("middle", "x"), pixels[:, 0]), np.polyval(axis("end", "y"), pixels[:, 1])
    plotted = next(iter(root.evaluate(PLOTTED).values()))["exact"]
    np.testing.assert_allclose(x, plotted["x"], atol=1e-3)
    np.testing.assert_allclose(y, plotted["y"], atol=1e-3)


def test_a_point_is_dragged(pages):
    """The pointer moves both sliders; the address follows when it lets go."""
    root = pages("book/noise/noise_proportional_to_loss").page.locator("#live-ellipse")
    root.evaluate("figure => figure.figure.reset()")
    frame = root.locator(".live-frame").first
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    root.page.mouse.move(box["x"] + 200, box["y"] + 150)
    root.page.mouse.down()
    root.page.mouse.move(box["x"] + 100, box["y"] + 250, steps=4)
    root.page.mouse.up()
    expected = root.evaluate("""figure => {
      const { x, y } = figure.figure.panels[0].frame;
      return [x.value(100), y.value(250)];
    }""")
    setting = root.evaluate("figure => figure.figure.setting")
    assert [setting["first_displacement"], setting["second_displacement"]] == pytest.approx(expected, abs=0.05)


def test_every_control_has_a_name_and_a_value(live):
    figure, root = live
    snapshot = root.aria_snapshot()
    for control in figure.spec["controls"]:
        if control["kind"] == "choice":
            assert f'group "{control["words"]}"' in snapshot
        else:
            assert f'slider "{control["words"]}' in snapshot
            slider = root.locator(f"input[name='{control['key']}']")
            assert float(slider.get_attribute("aria-valuetext")) == pytest.approx(
                control["values"][control["start"]], rel=5e-3
            )


def test_reset_returns_to_the_start(live):
    figure, root = live
    before = root.evaluate(PLOTTED)
    set_by_keyboard(root, figure, figure.five_settings()[2])
    assert root.evaluate(POSITIONS) == figure.five_settings()[2]
    root.get_by_role("button", name="Reset").click()
    np.testing.assert_equal(root.evaluate(PLOTTED), before)


def test_the_address_carries_the_setting(live, at_desk):
    figure, root = live
    positions = figure.five_settings()[3]
    set_by_keyboard(root, figure, positions)
    root.page.wait_for_function("location.hash.includes('=')")
    root.page.wait_for_timeout(400)  # a setting goes into the address when it has settled
    copy = at_desk.open(f"{figure.document}.html{root.evaluate('() => location.hash')}", formulas=False)
    there = copy.page.locator(f"#live-{figure.name}")
    assert there.evaluate(POSITIONS) == positions
    copy.page.close()


def test_a_surprise_says_what_it_shows(live):
    figure, root = live
    for surprise in figure.spec["surprises"]:
        root.get_by_role("button", name="Surprise me").click()
        assert root.locator(".live-note").text_content() == surprise["words"]
        assert root.evaluate(POSITIONS).items() >= surprise["setting"].items()


@pytest.mark.parametrize("figure", WITH_CLOCK)
def test_play_pause_and_no_motion(figure, pages, chromium, address):
    visit = pages(figure.document)
    root = visit.page.locator(f"#live-{figure.name}")
    clock = "figure => figure.figure.ensembles[0].time"
    root.get_by_role("button", name="Play").click()
    visit.page.wait_for_function(
        "name => document.querySelector(name).figure.ensembles[0].time > 0", arg=f"#live-{figure.name}"
    )
    root.get_by_role("button", name="Pause").click()
    stopped = root.evaluate(clock)
    visit.page.wait_for_timeout(100)
    assert root.evaluate(clock) == stopped

    context = chromium.new_context(viewport=DESKTOP, reduced_motion="reduce")
    still = Reader(context, address).open(f"{figure.document}.html", formulas=False)
    root = still.page.locator(f"#live-{figure.name}")
    root.get_by_role("button", name="Play").click()
    root.get_by_role("button", name="Again").wait_for()
    assert root.evaluate("figure => figure.figure.ensembles.every(ensemble => ensemble.ended)")
    context.close()


def test_a_figure_that_is_built_before_its_style_is_drawn_with_it(chromium, address):
    figure = next(figure for figure in FIGURES if figure.name == "example-law")
    page = chromium.new_page(viewport=DESKTOP)
    page.route("**/live.css*", lambda route: route.abort())
    page.goto(f"{address}{figure.document}.html")
    root = page.locator(f"#live-{figure.name}")
    root.scroll_into_view_if_needed()
    page.wait_for_selector(f"#live-{figure.name}.live-ready")
    assert root.locator(".live-frame .live-line").count() == 0
    page.add_style_tag(content=style())
    root.locator(".live-frame .live-line").first.wait_for()
    assert page.locator(".live-failed").count() == 0
    page.close()


@pytest.mark.parametrize("figure", WITH_CLOCK)
def test_paper_shows_the_end(figure, pages):
    root = pages(figure.document).page.locator(f"#live-{figure.name}")
    root.get_by_role("button", name="Reset").click()
    assert root.evaluate("figure => figure.figure.ensembles[0].time") == 0
    root.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert root.evaluate("figure => figure.figure.ensembles.every(ensemble => ensemble.ended)")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_without_a_script_a_picture_and_a_table_remain(viewport, chromium, address):
    context = chromium.new_context(viewport=viewport, java_script_enabled=False)
    page = context.new_page()
    for document in sorted({figure.document for figure in FIGURES}):
        page.goto(f"{address}{document}.html")
        for figure in [f for f in FIGURES if f.document == document]:
            root = page.locator(f"#live-{figure.name}")
            picture = root.locator("> img")
            assert picture.is_visible()
            assert picture.get_attribute("alt") == figure.spec["alt"]
            assert picture.bounding_box()["width"] <= viewport["width"]
            root.locator("summary").click()
            assert root.locator("table").first.is_visible()
    context.close()


@pytest.mark.parametrize("figure", ALL)
def test_a_figure_is_light(figure, html):
    """Bytes of a figure in its page, picture apart; and of the script, compressed as servers do."""
    assert len(json.dumps(figure.spec)) < LARGEST_FIGURE
    assert len(gzip.compress(page_script().encode(), 6)) < LARGEST_SCRIPT
    assert (html / "_static" / "live.js").read_text(encoding="utf-8") == page_script()


def page_with(spec: str) -> str:
    """A page of its own with one figure."""
    return (
        f'<!doctype html><html lang="en" data-theme="light"><title>t</title><style>{style()}</style><body>'
        '<div class="live-figure" id="live-x"><img alt="picture"><details class="live-numbers" open>'
        "<summary>n</summary><table><tr><td>numbers</td></tr></table></details>"
        f'<script type="application/json">{spec}</script></div>'
        f"<script>{page_script()}</script>"
    )


BROKEN = {
    "no JSON": lambda spec: "{",
    "another version": lambda spec: json.dumps(spec | {"version": 99}),
    "an unknown view": lambda spec: json.dumps(spec | {"views": [spec["views"][0] | {"kind": "sphere"}]}),
    "an expression that does not parse": lambda spec: json.dumps(spec).replace('"value":', '"value": "1 +", "was":'),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_spec_that_cannot_be_read_says_so_and_leaves_the_table(chromium, fault):
    spec = next(f for f in FIGURES if f.name == "batches").spec
    page = chromium.new_page()
    errors = []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.set_content(page_with(BROKEN[fault](spec)))
    page.get_by_role("alert").wait_for()
    assert "could not be drawn" in page.get_by_role("alert").text_content()
    assert page.locator("table").is_visible()
    assert errors, "a failure is an error on the console, for which every page is tested"
    page.close()


def test_the_module_is_that_of_the_page():
    """One script in two dresses: a notebook loads what the page runs."""
    module = bundle().removesuffix("export default { render };\n")
    assert module in page_script()
    assert "import " not in module
    assert "\nexport" not in module
