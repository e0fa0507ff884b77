// The numbers of the views, as tables: what a screen reader reads, and what Python prints where there is no script.

import { html } from "./elements.js";
import { inShort, samplesOf, threeDigits } from "./numbers.js";

const ROWS = 7;

function tableOf(caption, head, rows) {
  const line = (cells, tag) => html("tr", {}, ...cells.map((cell, i) => html(i && tag === "td" ? "td" : "th", { scope: tag === "td" ? "row" : "col" }, cell)));
  return html("table", {}, html("caption", {}, caption), html("thead", {}, line(head, "th")),
    html("tbody", {}, ...rows.map(row => line(row, "td"))));
}

const withError = (value, error) => (Number.isFinite(error) ? `${threeDigits(value)} ± ${threeDigits(error)}` : threeDigits(value));

function barsTable({ spec, bars }) {
  const measured = bars.some(bar => bar.grid !== null);
  const rows = bars.map(({ words, data }) => [words, threeDigits(data.y[0]),
    ...(measured ? [data.measured.length ? withError(data.measured[0], data.error[0]) : "–"] : [])]);
  return tableOf(spec.words, ["", spec.y.words, ...(measured ? ["measured"] : [])], rows);
}

// Closed lines, at eight places, none of them on an axis, where a coordinate is 0 but for rounding.
function pathTable(spec, paths) {
  const rows = [0, 1, 2, 3, 4, 5, 6, 7].map(eighth => [`${45 * eighth + 15}°`,
    ...paths.flatMap(({ data }) => [threeDigits(data.x[15 * eighth + 5]), threeDigits(data.y[15 * eighth + 5])])]);
  return paths.length ? tableOf(spec.words, ["angle", ...paths.flatMap(({ words }) => [`${words}, x`, `${words}, y`])], rows) : null;
}

function plotTable({ spec, marks, figure }) {
  const columns = marks.filter(mark => ["curve", "points"].includes(mark.kind));
  if (!columns.length) return pathTable(spec, marks.filter(mark => mark.kind === "path"));
  const even = samplesOf({ ...spec.x, whole: false }, ROWS);
  const places = spec.x.whole ? even.map(Math.round) : even;
  const measured = columns.filter(mark => mark.kind === "points").flatMap(mark => mark.data.x.slice(0, mark.data.stored));
  const all = measured.length < 13 ? [...places, ...measured] : places;
  const xs = [...new Set(all)].sort((a, b) => a - b);
  const cells = mark => {
    if (mark.kind === "points") return x => (mark.data.x.includes(x) ? withError(mark.data.y[mark.data.x.indexOf(x)], mark.data.error[mark.data.x.indexOf(x)]) : "");
    return x => threeDigits(mark.of(figure.setting, x));
  };
  const readers = columns.map(cells);
  return tableOf(spec.words, [spec.x.words, ...columns.map(mark => mark.words)], xs.map(x => [inShort(x), ...readers.map(read => read(x))]));
}

export const tablesOf = panels => panels.map(panel => (panel.bars ? barsTable(panel) : plotTable(panel))).filter(Boolean);
