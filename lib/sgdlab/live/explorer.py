"""A live figure: one object that a page shows without a kernel, and a notebook with one."""

import base64
import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

import anywidget
import traitlets

from sgdlab.live import bundle
from sgdlab.live.compose import compose
from sgdlab.live.controls import Control
from sgdlab.live.mark import Arrays
from sgdlab.live.picture import picture
from sgdlab.live.runner import Runner
from sgdlab.live.scene import Scene
from sgdlab.live.simulation import Simulation
from sgdlab.live.tables import setting_in_words, tables
from sgdlab.live.views import Question, View

MOST_BYTES = 60_000


class Explorer(anywidget.AnyWidget):  # type: ignore[misc]
    """A live figure; made by `explore`."""

    spec = traitlets.Unicode().tag(sync=True)

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        text = json.dumps(scene.spec(), ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=float)
        self._html = _html(scene, text)
        super().__init__(spec=text)
        self._runner = Runner([grid.measurement for grid in scene.grids], self.send)
        self.on_msg(self._hear)

    # Properties, and not attributes of the class: the files are read when there is a figure.
    @property
    def _esm(self) -> str:
        return bundle.bundle()

    @property
    def _css(self) -> str:
        return bundle.style()

    def values(self, setting: Mapping[str, float]) -> dict[str, dict[str, Arrays]]:
        """What the formulas predict at a setting, sampled where the page's script samples them.

        Args:
            setting: values of sliders by name; those that are missing are as at the beginning.

        Returns:
            By words of the view, then of the mark, float64 arrays: curves `x` and `y` (121,), or at the axis's whole
            numbers; paths `x` and `y` (121,); markers `x` and `y` (1,); bars `y` (1,); heat maps `value` (2304,), 48
            rows of 48 cells from the lowest y.

        Raises:
            ValueError: a name is no slider, or a value is outside its domain.
        """
        return self._scene.values(setting)

    @property
    def simulations(self) -> tuple[Simulation, ...]:
        """Its simulations, numbered as in the spec."""
        return self._scene.simulations

    def _hear(self, widget: Any, content: Any, buffers: Any) -> None:
        """What the page asks of the kernel."""
        if content["kind"] == "stop":
            self._runner.stop()
            return
        try:
            setting = self._scene.setting(content["setting"])
        except ValueError as error:
            self.send({"kind": "failed", "words": f"ValueError: {error}"})
            return
        self._runner.run(setting)

    def __repr__(self) -> str:
        return f'explore("{self._scene.name}")'

    def _repr_html_(self) -> str:
        return self._html

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": repr(self), "text/html": self._html}, metadata


def explore(
    name: str,
    *views: View,
    sliders: Sequence[Control],
    alt: str,
    surprises: Sequence[tuple[Mapping[str, Any], str]] = (),
    question: Question | None = None,
) -> Explorer:
    """A live figure.

    Args:
        name: lower-case letters, digits and hyphens; unique on its page.
        views: `Plot`s and `Bars`.
        sliders: `Slider`s and `Choice`s, in the order in which they are shown.
        alt: what is to be seen, for those who do not see it.
        surprises: settings worth a look, each with words that say why.
        question: what the reader is asked first.

    Raises:
        ValueError: names the part and what is wrong with it, before anything is measured; or the figure is too large
            for a page, and then the sizes of its parts.
    """
    return Explorer(compose(name, views, sliders, alt, surprises, question))


def _html(scene: Scene, spec: str) -> str:
    """What a page holds, in pure HTML; the script is what the page's own script reads."""
    words = setting_in_words(scene)
    summary = html.escape(f"Numbers at {words}" if words else "Numbers")
    parts = {
        "picture": f'<img src="data:image/png;base64,{base64.b64encode(picture(scene)).decode("ascii")}"'
        f' alt="{html.escape(scene.alt)}" width="700">',
        "numbers": f'<details class="live-numbers"><summary>{summary}</summary>{tables(scene)}</details>',
        # In JSON `</` and `<\/` are the same, and so are `<!--` and `\u003c!--`; in HTML these would end the script.
        "spec": '<script type="application/json">'
        + spec.replace("</", "<\\/").replace("<!--", "\\u003c!--")
        + "</script>",
    }
    written = "\n".join([f'<div class="live-figure" id="live-{scene.name}">', *parts.values(), "</div>"])
    if (size := len(written.encode())) > MOST_BYTES:
        sizes = ", ".join(f"{part} {len(text.encode())}" for part, text in parts.items())
        raise ValueError(f"figure {scene.name}: {size} bytes, at most {MOST_BYTES}; {sizes}")
    return written
