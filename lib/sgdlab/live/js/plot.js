// A plot over two axes.

import { svg } from "./elements.js";
import { markOf, symbolAt } from "./marks.js";
import { inShort } from "./numbers.js";
import { Panel } from "./panel.js";

export class Plot extends Panel {
  constructor(spec, figure) {
    super(spec, figure, `${spec.words}. ${figure.spec.alt}`);
    this.marks = spec.marks.map(mark => markOf(mark, this));
    for (const mark of this.marks) mark.number = mark.words && this.legendFor(mark);
    this.handle = this.marks.find(mark => mark.kind === "handle");
    if (this.handle) this.frameElement.classList.add("live-draggable");
    this.frameElement.addEventListener("pointerdown", event => this.handle && this.drag(event));
    this.frameElement.addEventListener("pointermove", event => this.point(event));
    this.frameElement.addEventListener("pointerleave", () => this.leave());
  }

  keyOf(kind, colour, dashed) {
    if (kind === "handle") return [svg("circle", { class: "live-handle", cx: 11, cy: 6, r: 5.5 })];
    if (kind === "heat") return [svg("rect", { class: `live-band live-c${colour}`, width: 22, height: 12 })];
    if (["points", "swarm", "marker"].includes(kind)) return [symbolAt(11, 6, { colour })];
    return [svg("path", { class: `live-line live-c${colour}`, d: "M0,6H22", "stroke-dasharray": dashed ? "6 4" : null })];
  }

  // What is plotted: for each mark with words its numbers.
  get plotted() {
    return Object.fromEntries(this.marks.filter(mark => mark.words).map(mark => [mark.words, mark.data]));
  }

  draw(setting) {
    for (const mark of this.marks) mark.data = mark.sample(setting);
    this.still.replaceChildren(...this.marks.filter(mark => mark.draw && !mark.moves).flatMap(mark => mark.draw(mark.data, this.frame)));
    this.explain(this.marks.map(mark => mark.missing?.(mark.data)));
    this.paint();
  }

  move(setting) {
    const moving = this.marks.filter(mark => mark.moves);
    if (!moving.length) return;
    for (const mark of moving) mark.data = mark.sample(setting);
    this.paint();
  }

  paint() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (const mark of this.marks.filter(mark => mark.paint)) mark.paint(mark.data, this.frame, this.context);
    this.moving.replaceChildren(...this.marks.filter(mark => mark.draw && mark.moves).flatMap(mark => mark.draw(mark.data, this.frame)));
    this.leave();
  }

  // The axes' values under the pointer.
  at(event) {
    const box = this.drawing.getBoundingClientRect();
    const shrink = this.drawing.viewBox.baseVal.width / box.width;
    return { x: this.frame.x.value((event.clientX - box.left) * shrink), y: this.frame.y.value((event.clientY - box.top) * shrink) };
  }

  point(event) {
    const { x } = this.at(event);
    this.leave();
    if (!(x >= this.spec.x.low && x <= this.spec.x.high)) return;
    for (const mark of this.marks.filter(mark => ["curve", "trace"].includes(mark.kind))) {
      const near = mark.data.x.reduce((best, value, i) => (Math.abs(value - x) < Math.abs(mark.data.x[best] - x) ? i : best), 0);
      this.cursor.setAttribute("d", `M${this.frame.x.pixel(mark.data.x[near])},${this.frame.top}v${this.frame.height}`);
      if (mark.number) mark.number.textContent = Number.isFinite(mark.data.y[near]) ? inShort(mark.data.y[near]) : "–";
    }
  }

  leave() {
    this.cursor.setAttribute("d", "");
    for (const { number, kind, data } of this.marks) if (number) number.textContent = kind === "trace" ? inShort(data.y.at(-1)) : "";
  }

  drag(event) {
    const move = moved => {
      const { x, y } = this.at(moved);
      this.figure.choose({ [this.handle.x]: x, [this.handle.y]: y });
    };
    const end = () => {
      this.frameElement.removeEventListener("pointermove", move);
      this.figure.settled();
    };
    this.frameElement.setPointerCapture(event.pointerId);
    this.frameElement.addEventListener("pointermove", move);
    this.frameElement.addEventListener("pointerup", end, { once: true });
    this.frameElement.addEventListener("pointercancel", end, { once: true });
    move(event);
  }
}
