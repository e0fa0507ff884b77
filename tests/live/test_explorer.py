import base64
import json
import re
import threading

import matplotlib
import numpy as np
import pytest
import sympy as sp
from bs4 import BeautifulSoup
from figures import EPOCH, B, N, everything, x

from sgdlab.laws import quantities as q
from sgdlab.live import Axis, Bar, Bars, Curve, Plot, Points, Simulation, Slider, Swarm, explore
from sgdlab.live.grid import decode
from sgdlab.measure import Estimate

BATCHES = Slider(q.batch_size, values=[1, 2, 4], start=2)


@pytest.fixture(scope="module")
def figure():
    return everything()


@pytest.fixture(scope="module")
def spec(figure):
    return json.loads(figure.spec)


def marks_of(spec, view):
    return {mark["words"]: mark for mark in spec["views"][view].get("marks", spec["views"][view].get("bars"))}


def test_the_spec_holds_everything_in_the_order_of_the_format(spec):
    assert list(spec) == (
        "version name alt controls simulations grids views surprises question runnable".split()  # noqa: SIM905
    )
    assert [control["key"] for control in spec["controls"]] == ["B", "k", "noise"]
    assert spec["surprises"] == [{"setting": {"batch_size": 3, "noise": 1}, "words": "Nothing is left."}]
    assert spec["question"] == {"words": "Which?", "options": ["this", "that"], "answer": 1, "why": "So it is."}
    assert (spec["version"], spec["name"], spec["runnable"]) == (1, "everything", True)


def test_marks_carry_javascript_and_the_numbers_of_colour_simulation_and_grid(spec):
    assert marks_of(spec, 0)["with replacement"] == {
        "words": "with replacement",
        "colour": 0,
        "grid": 0,
        "value": "1/batch_size",
        "undefined": "not defined here",
    }
    assert marks_of(spec, 0)["reshuffled"]["grid"] is None
    assert marks_of(spec, 1)["with replacement"]["y"] == "n_batches/batch_size"
    assert marks_of(spec, 1)["SGD"] == {"kind": "points", "words": "SGD", "colour": 2, "grid": 1}
    assert marks_of(spec, 2)["replicas"]["simulation"] == marks_of(spec, 3)["replicas"]["simulation"] == 0
    assert marks_of(spec, 4)["drag me"] == {"kind": "handle", "words": "drag me", "x": "n_batches", "y": "batch_size"}
    assert marks_of(spec, 4)["loss"].items() >= {"low": 0.1, "high": 10, "logarithmic": True}.items()


def test_the_same_words_have_the_same_colour_in_order_of_appearance(spec):
    colours = {}
    for view in range(5):
        for words, mark in marks_of(spec, view).items():
            if mark.get("kind") != "handle":
                assert colours.setdefault(words, mark["colour"]) == mark["colour"]
    assert list(colours.values()) == list(range(len(colours)))


def test_the_grids_hold_what_was_measured(spec):
    grid = spec["grids"][1]
    assert (grid["over"], grid["shape"], grid["at"]) == (["batch_size"], [4, 3], [2, 4, 8])
    np.testing.assert_allclose(decode(grid["error"], (4, 3))[2], [0.02, 0.04, 0.08], rtol=1e-3)


def test_values_are_what_the_formulas_predict_where_the_script_samples(figure):
    found = figure.values({"batch_size": 10, "n_batches": 9})
    bar, curve, here = (
        found["One sum"]["reshuffled"],
        found["Against time"]["reshuffled"],
        found["Against time"]["here"],
    )
    np.testing.assert_array_equal(bar["y"], [np.nan])
    np.testing.assert_array_equal(here["x"], [9])
    np.testing.assert_array_equal(here["y"], [np.nan])
    np.testing.assert_allclose(curve["x"], np.linspace(0, 16, 121))
    times = np.linspace(0, 16, 121)
    expected = np.where(times * 10 <= N, times * (N - times * 10) / 10 / (N - 1), np.nan)
    np.testing.assert_allclose(curve["y"], expected, atol=1e-12)
    path = found["Map"]["reshuffled"]
    np.testing.assert_allclose(path["x"], 10 / 8 * np.cos(np.linspace(0, 2 * np.pi, 121)), atol=1e-12)
    heat = found["Map"]["loss"]["value"].reshape(48, 48)
    displacement = -2 + 4 * (np.arange(48) + 0.5) / 48
    margin = 10 ** (2 * (np.arange(48) + 0.5) / 48)
    np.testing.assert_allclose(heat, displacement**2 + np.log(margin)[:, None], rtol=1e-12)
    assert set(found) == {"One sum", "Against time", "Two valleys", "Mean", "Map"}
    assert set(found["Map"]) == {"reshuffled", "loss"}
    assert found["Mean"] == {}


def test_values_of_a_law_follow_the_whole_numbers_of_its_axis():
    figure = explore(
        "whole",
        Plot(Axis(q.n_samples, 2, 9, logarithmic=False), Axis("y", 0, 9), Curve(q.n_samples.symbol, "N"), words="view"),
        sliders=[],
        alt="a line",
    )
    np.testing.assert_array_equal(figure.values({})["view"]["N"]["x"], range(2, 10))


def test_javascript_predicts_the_same(figure, spec, javascript):
    settings = [{"batch_size": b, "n_batches": k, "noise": n} for b in (1, 4, 10) for k in (1, 9, 16) for n in (0, 1)]
    bars = [bar["value"] for bar in spec["views"][0]["bars"]]
    source = f"settings => settings.map(({{batch_size, n_batches, noise}}) => [{', '.join(bars)}].map(String))"
    for setting, printed in zip(settings, javascript(source, settings), strict=True):
        predicted = [bar["y"][0] for bar in figure.values(setting)["One sum"].values()]
        np.testing.assert_allclose([float(text) for text in printed], predicted, rtol=1e-14)


def test_the_same_call_gives_the_same_bytes(figure):
    again = everything()
    assert again._repr_html_() == figure._repr_html_()
    assert again.spec == figure.spec
    assert repr(again) == repr(figure) == 'explore("everything")'


def test_the_html_is_that_of_the_page(figure, spec):
    html = figure._repr_html_()
    root = BeautifulSoup(html, "html.parser").find(class_="live-figure")
    assert root["id"] == "live-everything"
    assert [child.name for child in root.find_all(recursive=False)] == ["img", "details", "script"]
    assert root.img["alt"] == 'Bars & "lines" <b>'
    assert base64.b64decode(root.img["src"].removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    assert root.summary.get_text() == "Numbers at batch size 4, batches since the epoch began 6, noise thermal"
    assert json.loads(root.script.string) == spec
    assert len(html.encode()) < 60_000


def test_words_cannot_end_the_script():
    figure = everything(alt="</script><!-- & <script>")
    root = BeautifulSoup(figure._repr_html_(), "html.parser").find(class_="live-figure")
    assert json.loads(root.script.string)["alt"] == root.img["alt"] == "</script><!-- & <script>"
    assert "<!--" not in root.script.string


def test_the_mime_bundle_has_the_page_the_words_and_the_widget(figure):
    data, _ = figure._repr_mimebundle_()
    assert data["text/plain"] == 'explore("everything")'
    assert data["text/html"] == figure._repr_html_()
    assert set(data) == {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"}


def test_the_widget_has_the_script_and_the_style(figure):
    assert "export default" in figure._esm
    assert ".live-figure" in figure._css


class Page:
    """What a page would hear."""

    def __init__(self, figure, monkeypatch):
        self.figure, self.heard, self.ended = figure, [], threading.Event()
        monkeypatch.setattr(figure._runner, "_send", self._hear)
        monkeypatch.setattr(figure, "send", self._hear)

    def _hear(self, message):
        self.heard.append(message)
        if message["kind"] in ("idle", "failed", "stopped"):
            self.ended.set()

    def says(self, message):
        self.figure._handle_custom_msg(message, [])
        assert self.ended.wait(timeout=10)
        return self.heard


def test_the_page_runs_the_measurements(monkeypatch):
    heard = Page(everything(), monkeypatch).says(
        {"kind": "run", "setting": {"batch_size": 2, "n_batches": 6, "noise": 0}}
    )
    assert [(message["kind"], message.get("grid")) for message in heard] == [
        ("running", None),
        ("points", 0),
        ("points", 1),
        ("idle", None),
    ]
    assert heard[1]["setting"] == {"batch_size": 2, "n_batches": 6, "noise": 0}
    assert heard[2]["at"] == [2, 4, 8]
    json.dumps(heard, allow_nan=False)


def test_a_setting_that_cannot_be_is_refused(monkeypatch):
    heard = Page(everything(), monkeypatch).says({"kind": "run", "setting": {"batch_size": 0.5}})
    assert heard == [{"kind": "failed", "words": "ValueError: batch_size must be a finite number >= 1, got 0.5"}]


def test_the_page_stops_them(monkeypatch):
    started = threading.Event()

    def forever(batch_size, seed):
        while seed:
            started.set()
        return Estimate(1.0, 0.1)

    figure = explore(
        "slow", Bars(Axis("y", 0, 1), Bar(1, "one", measured=forever), words="v"), sliders=[BATCHES], alt="a bar"
    )
    page = Page(figure, monkeypatch)
    figure._handle_custom_msg({"kind": "run", "setting": {"batch_size": 2}}, [])
    assert started.wait(timeout=5)
    assert page.says({"kind": "stop"}) == [{"kind": "running"}, {"kind": "stopped"}]


def test_a_figure_too_large_for_a_page_names_its_parts():
    at = np.linspace(0.1, 15.9, 100)
    draw = np.random.default_rng(0)
    points = [
        Points(lambda n_batches: Estimate(draw.random(100), draw.random(100)), f"set {i}", at=at) for i in range(2)
    ]
    with pytest.raises(
        ValueError, match=r"^figure large: \d+ bytes, at most 60000; picture \d+, numbers \d+, spec \d+$"
    ):
        explore(
            "large",
            Plot(Axis(q.n_batches, 0, 16), Axis("y", 0, 1), *points, words="v"),
            sliders=[Slider(q.n_batches, 0, 100, start=3)],
            alt="points",
        )


def _plot(*marks, x_axis=None, words="v"):
    return Plot(x_axis or Axis(q.n_batches, 0, 16), Axis("y", 0, 1), *marks, words=words)


def _never(**_):
    raise AssertionError("measured before everything was checked")


def _measured(batch_size):
    return _never()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Batch noise"}, "name must be lower-case letters, digits and hyphens, got 'Batch noise'"),
        ({"alt": " "}, "figure try: alt must say what is to be seen"),
        ({"views": []}, "figure try has no view"),
        ({"views": [Curve(1, "c")]}, "figure try: a view is Plot or Bars"),
        ({"views": [_plot(Curve(1, "c")), _plot(Curve(1, "d"))]}, "figure try: each view needs its own words"),
        ({"sliders": [BATCHES, BATCHES]}, "two have the name batch_size"),
        ({"sliders": [BATCHES, Slider(q.Quantity("other", "B", "b"), 0, 1, start=0)]}, "two have the key B"),
        ({"sliders": [Slider(q.Quantity("angle", "a", "a"), 0, 1, start=0)]}, r"angle \(a\) is a name that is taken"),
        ({"sliders": [Slider(q.Quantity("seed", "a", "a"), 0, 1, start=0)]}, r"seed \(a\) is a name that is taken"),
        ({"views": [_plot(*(Curve(1, f"c{i}") for i in range(8)))]}, "figure try: 9 colours are needed, there are 7"),
        (
            {"views": [_plot(Curve(q.loss.symbol, "c"))]},
            '^Curve "c", y: unknown symbol loss; known are batch_size, n_batches$',
        ),
        ({"views": [_plot(Curve(1, "c"), x_axis=Axis("time", 0, 1))]}, 'Curve "c": axis "time" has words alone'),
        (
            {"views": [Bars(Axis("y", 0, 1), Bar(EPOCH, "b", measured=_measured), words="v")]},
            '^Bar "b", value: unknown symbol n_batches; known are batch_size$',
        ),
        (
            {"views": [_plot(Points(lambda loss: None, "p", at=[1]))]},
            'Points "p": argument loss of <lambda> is no slider',
        ),
        (
            {"views": [Bars(Axis("y", 0, 1), Bar(sp.Integer(10) ** 400 * B, "b"), words="v")]},
            'Bar "b", value cannot be computed',
        ),
        ({"surprises": [({"loss": 1}, "w")]}, "surprises: no slider is named loss; there are batch_size"),
        ({"surprises": [({"batch_size": 3}, "w")]}, "batch_size must be one of its values"),
        (
            {"views": [_plot(Swarm(Simulation({x: 0}, {x: q.loss.symbol}, replicas=1, duration=1), x, x, "s"))]},
            "simulation: step of x: unknown symbol loss",
        ),
        (
            {"views": [_plot(Swarm(Simulation({x: 0}, {x: x}, replicas=1, duration=1), x, q.loss.symbol, "s"))]},
            'Swarm "s", y: unknown symbol loss; known are batch_size, x',
        ),
        (
            {"views": [_plot(Swarm(Simulation({x: 0}, {x: x}, replicas=1, duration=1, time_step=1e-7), x, x, "s"))]},
            "there must be 1 to 100000",
        ),
    ],
)
def test_what_is_wrong_is_named_before_anything_is_measured(changes, message):
    views = changes.get("views", [_plot(Curve(1, "c"))])
    bars = Bars(Axis("y", 0, 1), Bar(1, "measured", measured=_measured), words="measured")
    arguments = {"sliders": [BATCHES], "alt": "alt"} | {key: changes[key] for key in changes.keys() - {"views", "name"}}
    with pytest.raises(ValueError, match=re.compile(message)):
        explore(changes.get("name", "try"), *([bars] if views else []), *views, **arguments)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"loss": 1}, "no slider is named loss; there are batch_size, n_batches, noise"),
        ({"noise": 2}, "noise must be from 0 to 1, got 2"),
        ({"batch_size": np.nan}, "batch_size must be"),
    ],
)
def test_values_at_a_setting_that_cannot_be(figure, setting, message):
    with pytest.raises(ValueError, match=message):
        figure.values(setting)


def test_no_setting_of_matplotlib_is_changed_and_none_changes_it(figure):
    with matplotlib.rc_context({"lines.linewidth": 7, "axes.labelpad": 30}):
        before = dict(matplotlib.rcParams)
        assert everything()._repr_html_() == figure._repr_html_()
        assert dict(matplotlib.rcParams) == before
