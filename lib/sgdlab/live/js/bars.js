// Bars side by side, with what was measured on top of them.

import { svg } from "./elements.js";
import { expression } from "./expressions.js";
import { pointWithError } from "./marks.js";
import { inShort } from "./numbers.js";
import { Panel } from "./panel.js";

export class Bars extends Panel {
  constructor(spec, figure) {
    super(spec, figure, `${spec.words}. ${figure.spec.alt}`);
    this.bars = spec.bars.map(bar => ({ ...bar, of: expression(bar.value, figure.controls), number: this.legendFor(bar) }));
  }

  keyOf(_, colour) {
    return [svg("rect", { class: `live-bar live-c${colour}`, width: 12, height: 12, x: 5 })];
  }

  get plotted() {
    return Object.fromEntries(this.bars.map(bar => [bar.words, bar.data]));
  }

  // Each bar has one unit of the width, and stands in its middle.
  horizontal(_, from, to) {
    return { pixel: place => from + ((to - from) * (place + 0.5)) / this.spec.bars.length };
  }

  draw(setting) {
    const { frame } = this;
    const room = frame.width / this.bars.length;
    const floor = frame.top + frame.height;
    const parts = this.bars.flatMap((bar, place) => {
      const value = bar.of(setting);
      const found = bar.grid === null ? [] : [this.figure.grids[bar.grid].at(setting), ...this.figure.resultsAt(bar.grid, setting)].filter(Boolean);
      bar.data = { y: [value], measured: found.flatMap(result => result.value), error: found.flatMap(result => result.error) };
      bar.number.textContent = Number.isFinite(value) ? inShort(value) : "–";
      const points = found.flatMap(({ value: [measured], error: [error] }, i) =>
        pointWithError(frame, place, measured, error, { colour: 2 }, i ? "live-new" : ""));
      if (!Number.isFinite(value)) return [this.hatched(place - 0.3, place + 0.3), ...points];
      const top = Math.min(floor, frame.y.pixel(value));
      const attributes = { x: frame.x.pixel(place) - 0.3 * room, width: 0.6 * room, y: top, height: Math.max(0, floor - top) };
      return [svg("rect", { class: `live-bar live-c${bar.colour}`, ...attributes }), ...points];
    });
    this.still.replaceChildren(...parts);
    this.explain(this.bars.map(bar => (Number.isFinite(bar.data.y[0]) ? null : bar.undefined)));
  }

  move() {}
}
