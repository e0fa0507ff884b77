// A live figure: its setting, its views and what the reader can do with it.

import { addressOf, nearest, positionsFrom } from "./address.js";
import { Bars } from "./bars.js";
import { controlOf, settingInWords } from "./controls.js";
import { html } from "./elements.js";
import { Ensemble } from "./ensemble.js";
import { compile } from "./expressions.js";
import { Grid } from "./grid.js";
import { Plot } from "./plot.js";
import { tablesOf } from "./table.js";

const VERSION = 1;
const VIEWS = { plot: Plot, bars: Bars };
const COLOURS = 7;

export class Figure {
  // `root` receives the figure. `page` is true in the book, where the address tells the setting; `kernel` runs PyTorch.
  constructor(root, spec, { page = false, first = true, kernel = null } = {}) {
    if (spec.version !== VERSION) throw new Error(`the figure is of version ${spec.version}, this script reads ${VERSION}`);
    Object.assign(this, { root, spec, page, first, kernel, controls: spec.controls, results: [] });
    this.grids = spec.grids.map(grid => new Grid(grid, spec.controls));
    this.ensembles = spec.simulations.map(simulation => {
      const ensemble = new Ensemble(simulation, spec.controls);
      ensemble.expression = source => compile(source, [...ensemble.names, ...simulation.states]);
      return ensemble;
    });
    this.positions = Object.fromEntries(spec.controls.map(control => [control.name, control.start]));
    this.readSetting();
    for (const ensemble of this.ensembles) ensemble.reset(this.setting);
    this.panels = [];
    for (const view of spec.views) {
      if (!(view.kind in VIEWS)) throw new Error(`unknown view "${view.kind}"`);
      this.panels.push(new VIEWS[view.kind](view, this));
    }
    this.inputs = Object.fromEntries(spec.controls.map(control => [control.name, controlOf(control, this)]));
    this.build();
    this.readAddress();
    if (page) window.addEventListener("hashchange", () => this.readAddress() && this.redraw());
    if (this.play) window.addEventListener("beforeprint", () => this.start(true));
    this.layout();
    new ResizeObserver(() => this.layout()).observe(this.views);
    new MutationObserver(() => this.layout()).observe(document.documentElement, { attributeFilter: ["data-theme", "class", "data-jp-theme-light"] });
  }

  build() {
    const button = (words, action) => html("button", { type: "button", onclick: action }, words);
    this.views = html("div", { class: "live-views" }, ...this.panels.map(panel => panel.element));
    this.note = html("p", { class: "live-note", role: "status" });
    this.spoken = html("p", { class: "live-spoken", role: "status" });
    this.summary = html("summary");
    this.tables = html("div", { class: "live-tables" });
    this.play = this.ensembles.some(ensemble => !ensemble.stepsAtOnce) && button("Play", () => (this.playing ? this.pause() : this.start()));
    this.run = this.kernel && this.spec.runnable && button("Run in PyTorch", () => this.askKernel());
    const buttons = [this.play, this.spec.surprises.length && button("Surprise me", () => this.surprise()), this.run,
      this.controls.length && button("Reset", () => this.reset())].filter(Boolean);
    this.root.replaceChildren(...[this.spec.question && this.ask(this.spec.question), this.views,
      html("div", { class: "live-controls" }, ...this.controls.map(control => this.inputs[control.name].element)),
      html("div", { class: "live-buttons" }, ...buttons), this.note, this.spoken,
      html("details", { class: "live-numbers" }, this.summary, this.tables)].filter(Boolean));
    this.kernel?.listen(message => this.hear(message));
  }

  // A question before anything moves: the reader guesses, sees, then reads why.
  ask({ words, options, answer, why }) {
    const reply = html("p", { class: "live-reply", role: "status" });
    const buttons = options.map((option, index) => html("button", { type: "button", "aria-pressed": "false", onclick: () => guess(index) }, option));
    const guess = index => {
      buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === index)));
      const say = () => { reply.textContent = `${index === answer ? "Yes" : "No"}: ${options[answer]}. ${why}`; };
      if (!this.play) return say();
      reply.textContent = "Watch.";
      this.whenOver = say;
      this.reset();
      return this.start();
    };
    return html("div", { class: "live-question" }, html("p", {}, words), html("div", { class: "live-buttons" }, ...buttons), reply);
  }

  readSetting() {
    this.setting = Object.fromEntries(this.controls.map(({ name, values }) => [name, values ? values[this.positions[name]] : this.positions[name]]));
  }

  readAddress() {
    const positions = this.page && positionsFrom(location.hash, this.spec, this.first);
    if (positions) Object.assign(this.positions, positions);
    return Boolean(positions);
  }

  layout() {
    const style = getComputedStyle(this.root);
    // JupyterLab may build a figure before it has a style. With the style comes a size, and the observer calls again.
    if (!style.getPropertyValue("--live-0")) return;
    this.colours = Array.from({ length: COLOURS }, (_, i) => style.getPropertyValue(`--live-${i}`).match(/\w\w/g).map(pair => parseInt(pair, 16)));
    for (const panel of this.panels) panel.layout();
    this.redraw({ restart: false });
  }

  // One control to one of its positions.
  move(name, index) {
    this.positions[name] = index;
    this.note.textContent = "";
    this.redraw();
  }

  // Values of several controls, each to the nearest that it has.
  choose(values) {
    for (const [name, value] of Object.entries(values)) {
      this.positions[name] = nearest(this.controls.find(control => control.name === name).values, value);
    }
    this.note.textContent = "";
    this.redraw();
  }

  redraw({ restart = true } = {}) {
    this.readSetting();
    if (restart) for (const ensemble of this.ensembles) ensemble.reset(this.setting);
    for (const { name } of this.controls) this.inputs[name].show(this.positions[name]);
    for (const panel of this.panels) panel.draw(this.setting);
    this.summary.textContent = ["Numbers", settingInWords(this.controls, this.positions)].filter(Boolean).join(" at ");
    this.tables.replaceChildren(...tablesOf(this.panels));
    if (this.play && !this.playing) this.play.textContent = "Play";
  }

  // The reader has let go: the setting goes into the address, and is said aloud.
  settled() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (this.page) history.replaceState(null, "", addressOf(this.spec, this.positions, this.first));
      this.say();
    }, 300);
  }

  say() {
    const numbers = this.panels.flatMap(panel => Object.entries(panel.plotted))
      .filter(([, { y }]) => y?.length === 1).map(([words, { y }]) => `${words} ${Number.isFinite(y[0]) ? y[0].toPrecision(3) : "not defined"}`);
    this.spoken.textContent = [settingInWords(this.controls, this.positions), ...numbers, this.panels.map(panel => panel.gap.textContent).join(" ")].join(". ");
  }

  get plotted() {
    return Object.fromEntries(this.panels.map(panel => [panel.spec.words, panel.plotted]));
  }

  reset() {
    this.pause();
    this.results = [];
    for (const { name, start } of this.controls) this.positions[name] = start;
    this.note.textContent = "";
    this.redraw();
    this.settled();
  }

  surprise() {
    const { setting, words } = this.spec.surprises[(this.surprised = (this.surprised ?? -1) + 1) % this.spec.surprises.length];
    Object.assign(this.positions, setting);
    this.redraw();
    this.note.textContent = words;
    this.settled();
  }

  // Time. Who prefers no motion sees the end at once, and so does paper.
  start(still = matchMedia("(prefers-reduced-motion: reduce)").matches) {
    const clocks = this.ensembles.filter(ensemble => !ensemble.stepsAtOnce);
    if (clocks.every(ensemble => ensemble.ended)) this.redraw();
    this.playing = true;
    this.play.textContent = "Pause";
    const frame = () => {
      if (!this.playing) return;
      do {
        for (const ensemble of clocks) if (!ensemble.ended) ensemble.nextFrame();
        for (const panel of this.panels) panel.move(this.setting);
      } while (still && clocks.some(ensemble => !ensemble.ended));
      if (clocks.some(ensemble => !ensemble.ended)) {
        requestAnimationFrame(frame);
        return;
      }
      this.pause();
      this.play.textContent = "Again";
      this.whenOver?.();
      this.whenOver = null;
    };
    still ? frame() : requestAnimationFrame(frame);
  }

  pause() {
    this.playing = false;
    if (this.play) this.play.textContent = "Play";
  }

  // With a kernel: PyTorch at the setting on the screen.
  askKernel() {
    this.kernel.send(this.running ? { kind: "stop" } : { kind: "run", setting: this.setting });
    if (this.running) this.note.textContent = "Stopping.";
  }

  hear(message) {
    const words = { running: "PyTorch is running.", idle: "New points from PyTorch.", stopped: "Stopped.", failed: `It failed: ${message.words}` };
    if (message.kind === "points") this.results.push(message);
    else {
      this.running = message.kind === "running";
      this.run.textContent = this.running ? "Stop" : "Run in PyTorch";
      this.note.textContent = words[message.kind];
      this.note.classList.toggle("live-failed", message.kind === "failed");
    }
    this.redraw({ restart: false });
  }

  // What the kernel has measured at a setting for a grid.
  resultsAt(grid, setting) {
    return this.results.filter(result => result.grid === grid && Object.entries(result.setting).every(([name, value]) => setting[name] === value))
      .map(({ at, value, error }) => ({ at, value, error }));
  }
}
