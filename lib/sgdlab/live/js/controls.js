// Sliders and choices: native inputs, so that keyboard and screen reader have every name and value.

import { html, labelled } from "./elements.js";
import { inShort } from "./numbers.js";

// JupyterLab takes the arrow keys for itself: they are handled here and go no further.
const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity };

let last = 0;

function range(control, figure) {
  const id = `live-control-${++last}`;
  const output = html("output", { for: id });
  const input = html("input", { id, type: "range", min: 0, max: control.values.length - 1, step: 1, name: control.key });
  const chosen = () => figure.move(control.name, Number(input.value));
  input.addEventListener("input", chosen);
  input.addEventListener("change", () => figure.settled());
  input.addEventListener("keydown", event => {
    if (!(event.key in STEPS) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    input.value = Math.max(0, Math.min(control.values.length - 1, Number(input.value) + STEPS[event.key]));
    chosen();
    figure.settled();
  });
  return {
    element: html("div", { class: "live-control" }, labelled("label", { for: id }, { ...control, unit: "" }), input, output),
    show(index) {
      input.value = index;
      output.textContent = inShort(control.values[index]);
      input.setAttribute("aria-valuetext", output.textContent);
    },
  };
}

function choice(control, figure) {
  const group = `live-control-${++last}`;
  const inputs = control.options.map((_, index) =>
    html("input", { type: "radio", name: group, value: index, onchange: () => { figure.move(control.name, index); figure.settled(); } }));
  for (const input of inputs) input.addEventListener("keydown", event => event.stopPropagation());
  const options = control.options.map((words, index) => html("label", {}, inputs[index], ` ${words}`));
  return {
    element: html("fieldset", { class: "live-control live-choice" }, html("legend", {}, control.words), ...options),
    show(index) {
      inputs[index].checked = true;
    },
  };
}

export function controlOf(control, figure) {
  return control.kind === "choice" ? choice(control, figure) : range(control, figure);
}

// A setting in words: "learning rate 0.1, batch size 8".
export function settingInWords(controls, positions) {
  return controls.map(control => {
    const index = positions[control.name];
    return `${control.words} ${control.kind === "choice" ? control.options[index] : inShort(control.values[index])}`;
  }).join(", ");
}
