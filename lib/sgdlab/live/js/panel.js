// One view: a title, a legend that shows the numbers at the cursor, a drawing, the words of its axes.

import { html, labelled, svg } from "./elements.js";
import { scaleOf, tickLabel, ticksOf } from "./numbers.js";

const [TOP, RIGHT, BOTTOM, LEFT] = [10, 14, 26, 46];

export class Panel {
  constructor(spec, figure, name) {
    this.spec = spec;
    this.figure = figure;
    this.drawing = svg("svg", { role: "img", "aria-label": name });
    this.canvas = html("canvas", { "aria-hidden": "true" });
    this.legend = html("ul", { class: "live-legend" });
    this.gap = html("p", { class: "live-gap" });
    this.frameElement = html("div", { class: "live-frame" }, this.canvas, this.drawing);
    this.element = html("section", { class: `live-view live-${spec.kind}` },
      html("p", { class: "live-title" }, spec.words), this.legend, labelled("p", { class: "live-axis" }, spec.y),
      this.frameElement, spec.x ? labelled("p", { class: "live-axis live-axis-x" }, spec.x) : "", this.gap);
  }

  // The line of the legend for something with words and a colour; returns the place for its number.
  legendFor({ words, colour, kind, dashed }) {
    const number = html("span", { class: "live-number" });
    const key = svg("svg", { class: "live-key", "aria-hidden": "true", width: 22, height: 12 }, ...this.keyOf(kind, colour, dashed));
    this.legend.append(html("li", {}, key, ` ${words} `, number));
    return number;
  }

  // Scales and axes for the room that there is.
  layout() {
    const { x, y, square } = this.spec;
    const room = Math.max(220, Math.floor(this.frameElement.clientWidth));
    const width = square ? Math.min(room, 380) : room;
    // A view that has a row of a figure to itself is flat: the reader sees it together with the others.
    const highest = room > 560 && this.figure.spec.views.length > 1 ? 190 : 280;
    const height = square ? width - LEFT - RIGHT + TOP + BOTTOM : Math.round(Math.max(190, Math.min(highest, width * 0.6)));
    this.frame = {
      left: LEFT, top: TOP, width: width - LEFT - RIGHT, height: height - TOP - BOTTOM,
      x: this.horizontal(x, LEFT, width - RIGHT),
      y: scaleOf(y, height - BOTTOM, TOP),
      colour: index => this.figure.colours[index % this.figure.colours.length],
      hatched: (from, to) => this.hatched(from, to),
    };
    this.drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.drawing.setAttribute("width", width);
    this.drawing.setAttribute("height", height);
    const density = window.devicePixelRatio || 1;
    Object.assign(this.canvas, { width: width * density, height: height * density });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    this.context = this.canvas.getContext("2d");
    this.context.scale(density, density);
    // Identifiers of this panel's own: a page has many.
    const id = `live-${this.figure.spec.name}-${this.figure.panels.indexOf(this)}`;
    this.hatch = `${id}-hatch`;
    this.still = svg("g", { "clip-path": `url(#${id}-clip)` });
    this.moving = svg("g", { "clip-path": `url(#${id}-clip)` });
    this.cursor = svg("path", { class: "live-cursor" });
    this.drawing.replaceChildren(
      svg("clipPath", { id: `${id}-clip` },
        svg("rect", { x: LEFT - 6, y: TOP - 6, width: this.frame.width + 12, height: this.frame.height + 7 })),
      svg("pattern", { id: this.hatch, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        svg("path", { d: "M0,0V6", class: "live-hatch" })),
      ...this.axes(width, height), this.still, this.moving, this.cursor);
  }

  horizontal(axis, from, to) {
    return scaleOf(axis, from, to);
  }

  axes(width, height) {
    const { x, y } = this.frame;
    const floor = height - BOTTOM;
    const rule = d => svg("path", { class: "live-rule", d });
    const label = (axis, tick, place) => svg("text", place, tickLabel(tick, axis.logarithmic));
    const ticks = (axis, room) => (axis ? ticksOf(axis, room) : []);
    return [
      rule(`M${LEFT},${TOP}V${floor}H${width - RIGHT}`),
      ...ticks(this.spec.y, this.frame.height / 45).flatMap(tick => [rule(`M${LEFT - 4},${y.pixel(tick)}h4`),
        label(this.spec.y, tick, { x: LEFT - 8, y: y.pixel(tick) + 4, "text-anchor": "end" })]),
      ...ticks(this.spec.x, this.frame.width / 70).flatMap(tick => [rule(`M${x.pixel(tick)},${floor}v4`),
        label(this.spec.x, tick, { x: x.pixel(tick), y: floor + 18, "text-anchor": "middle" })]),
    ];
  }

  hatched(from, to) {
    const [left, right] = [from, to].map(value => this.frame.x.pixel(value));
    const { top, height } = this.frame;
    return svg("rect", { x: left, y: top, width: Math.max(0, right - left), height, fill: `url(#${this.hatch})` });
  }

  // What is hatched or left out, in words.
  explain(missing) {
    const words = [...new Set(missing.filter(Boolean))];
    this.gap.textContent = words.length ? `Left out: ${words.join("; ")}.` : "";
  }
}
