// The setting in the page's address: `#lr=0.1&B=4`, with `figure=NAME` in front where it is not the page's first figure.

import { inShort } from "./numbers.js";

const nearest = (values, x) => values.reduce((best, value, i) => (Math.abs(value - x) < Math.abs(values[best] - x) ? i : best), 0);

export function addressOf(spec, positions, first) {
  const parts = spec.controls.map(control => `${control.key}=${control.values ? inShort(control.values[positions[control.name]]) : positions[control.name]}`);
  return `#${first ? "" : `figure=${spec.name}&`}${parts.join("&")}`;
}

// The positions that an address gives to a figure's controls; null where it does not speak of this figure.
export function positionsFrom(address, spec, first) {
  const said = new URLSearchParams(address.replace(/^#/, ""));
  if (!address.includes("=") || (said.has("figure") ? said.get("figure") !== spec.name : !first)) return null;
  const positions = {};
  for (const control of spec.controls) {
    const value = Number(said.get(control.key) ?? NaN);
    if (!Number.isFinite(value)) continue;
    positions[control.name] = nearest(control.values ?? control.options.map((_, index) => index), value);
  }
  return positions;
}

export { nearest };
