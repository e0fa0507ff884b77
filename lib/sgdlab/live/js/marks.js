// What stands in a plot. Each mark says what it plots at a setting (`sample`) and how it is drawn (`draw`).

import { expression } from "./expressions.js";
import { meanOf } from "./ensemble.js";
import { svg } from "./elements.js";
import { samplesOf } from "./numbers.js";

const ANGLES = Array.from({ length: 121 }, (_, i) => (2 * Math.PI * i) / 120);
const HEAT_CELLS = 48;

// Points as the `d` of a path, interrupted where a number is not finite.
function pathThrough(frame, x, y) {
  let pen = "M";
  let d = "";
  for (let i = 0; i < x.length; i++) {
    const [px, py] = [frame.x.pixel(x[i]), frame.y.pixel(y[i])];
    if (!Number.isFinite(px) || !Number.isFinite(py)) {
      pen = "M";
      continue;
    }
    // Far outside the frame only the direction counts; huge numbers would break the drawing.
    d += `${pen}${px.toFixed(2)},${Math.max(-4e3, Math.min(4e3, py)).toFixed(2)}`;
    pen = "L";
  }
  return d;
}

const lineOf = (mark, d) => svg("path", { class: `live-line live-c${mark.colour}`, d, "stroke-dasharray": mark.dashed ? "6 4" : null });

// The shape differs with the colour, so that the two can be told apart in grey.
export function symbolAt(px, py, { colour }, extra = "") {
  const attributes = { class: `live-point live-c${colour} ${extra}` };
  if (colour % 3 === 0) return svg("circle", { ...attributes, cx: px, cy: py, r: 4 });
  if (colour % 3 === 1) return svg("rect", { ...attributes, x: px - 3.6, y: py - 3.6, width: 7.2, height: 7.2 });
  return svg("path", { ...attributes, d: `M${px},${py - 5}l4.6,8.4h-9.2z` });
}

export function pointWithError(frame, x, y, error, mark, extra) {
  const [px, py] = [frame.x.pixel(x), frame.y.pixel(y)];
  if (!Number.isFinite(px) || !Number.isFinite(py)) return [];
  const ends = [y - error, y + error].map(end => frame.y.pixel(end));
  const bar = ends.every(Number.isFinite) && svg("path", { class: `live-error live-c${mark.colour}`, d: `M${px},${ends[0]}V${ends[1]}` });
  return bar ? [bar, symbolAt(px, py, mark, extra)] : [symbolAt(px, py, mark, extra)];
}

// The stretches of x where y is not finite.
function gapsIn(x, y) {
  const gaps = [];
  for (let i = 0; i < x.length; i++) {
    if (Number.isFinite(y[i])) continue;
    if (i > 0 && !Number.isFinite(y[i - 1])) gaps.at(-1)[1] = x[i];
    else gaps.push([x[Math.max(0, i - 1)], x[i]]);
  }
  return gaps;
}

const KINDS = {
  curve(mark, plot) {
    const x = samplesOf(plot.spec.x);
    const of = expression(mark.y, plot.figure.controls, [plot.spec.x.name]);
    return {
      of,
      sample: setting => ({ x, y: x.map(value => of(setting, value)) }),
      draw: ({ y }, frame) => [
        ...gapsIn(x, y).map(([from, to]) => frame.hatched(from, to)),
        lineOf(mark, pathThrough(frame, x, y)),
      ],
      missing: ({ y }) => (y.every(Number.isFinite) ? null : mark.undefined),
    };
  },

  path(mark, plot) {
    const [x, y] = [mark.x, mark.y].map(source => expression(source, plot.figure.controls, ["angle"]));
    return {
      sample: setting => ({ x: ANGLES.map(a => x(setting, a)), y: ANGLES.map(a => y(setting, a)) }),
      draw: (data, frame) => [lineOf(mark, pathThrough(frame, data.x, data.y))],
    };
  },

  points(mark, plot) {
    const grid = plot.figure.grids[mark.grid];
    return {
      sample(setting) {
        const found = [grid.at(setting), ...plot.figure.resultsAt(mark.grid, setting)].filter(Boolean);
        const all = key => found.flatMap(result => result[key]);
        return { x: all("at"), y: all("value"), error: all("error"), stored: grid.at(setting)?.at.length ?? 0 };
      },
      draw: ({ x, y, error, stored }, frame) =>
        x.flatMap((value, i) => pointWithError(frame, value, y[i], error[i], mark, i < stored ? "" : "live-new")),
    };
  },

  heat(mark, plot) {
    const of = expression(mark.value, plot.figure.controls, [plot.spec.x.name, plot.spec.y.name]);
    const centres = axis => samplesOf({ ...axis, whole: false }, 2 * HEAT_CELLS + 1).filter((_, i) => i % 2);
    const [x, y] = [centres(plot.spec.x), centres(plot.spec.y)];
    const forth = mark.logarithmic ? Math.log : value => value;
    return {
      sample: setting => ({ x, y, value: y.flatMap(b => x.map(a => of(setting, a, b))) }),
      paint({ value }, frame, context) {
        const [red, green, blue] = frame.colour(mark.colour);
        const image = new ImageData(HEAT_CELLS, HEAT_CELLS);
        value.forEach((number, cell) => {
          const row = HEAT_CELLS - 1 - Math.floor(cell / HEAT_CELLS);
          const share = (forth(number) - forth(mark.low)) / (forth(mark.high) - forth(mark.low));
          const shade = Number.isFinite(number) ? 150 * Math.max(0, Math.min(1, share)) : 0;
          image.data.set([red, green, blue, shade], 4 * (row * HEAT_CELLS + (cell % HEAT_CELLS)));
        });
        const small = new OffscreenCanvas(HEAT_CELLS, HEAT_CELLS);
        small.getContext("2d").putImageData(image, 0, 0);
        context.drawImage(small, frame.left, frame.top, frame.width, frame.height);
      },
      missing: ({ value }) => (value.every(Number.isFinite) ? null : mark.undefined),
    };
  },

  swarm(mark, plot) {
    const ensemble = plot.figure.ensembles[mark.simulation];
    const [x, y] = [mark.x, mark.y].map(source => ensemble.expression(source));
    return {
      moves: true,
      sample: () => ({ x: [...ensemble.evaluate(x)], y: [...ensemble.evaluate(y)] }),
      paint(data, frame, context) {
        const [red, green, blue] = frame.colour(mark.colour);
        context.fillStyle = `rgb(${red} ${green} ${blue} / 0.5)`;
        data.x.forEach((value, i) => {
          // Lifted off a line by a few pixels, each by its own amount, replicas at one place can be seen apart.
          const lift = mark.lifted ? 3 + 22 * ((0.618 * i) % 1) : 0;
          context.beginPath();
          context.arc(frame.x.pixel(value), frame.y.pixel(data.y[i]) - lift, data.x.length > 300 ? 1.8 : 3.4, 0, 7);
          context.fill();
        });
      },
    };
  },

  trace(mark, plot) {
    const ensemble = plot.figure.ensembles[mark.simulation];
    const of = ensemble.expression(mark.value);
    let history = { x: [], y: [], error: [] };
    return {
      moves: true,
      sample() {
        if (ensemble.time < (history.x.at(-1) ?? Infinity)) history = { x: [], y: [], error: [] };
        if (ensemble.time !== history.x.at(-1)) {
          const { mean, error } = meanOf(ensemble.evaluate(of));
          history.x.push(ensemble.time);
          history.y.push(mean);
          history.error.push(error);
        }
        return history;
      },
      draw({ x, y, error }, frame) {
        const last = x.length - 1;
        const band = [...x.map((value, i) => [value, y[i] + error[i]]), ...x.map((value, i) => [value, y[i] - error[i]]).reverse()];
        return [
          svg("path", { class: `live-band live-c${mark.colour}`, d: pathThrough(frame, band.map(p => p[0]), band.map(p => p[1])) }),
          lineOf(mark, pathThrough(frame, x, y)),
          symbolAt(frame.x.pixel(x[last]), frame.y.pixel(y[last]), mark),
        ];
      },
    };
  },

  marker(mark, plot) {
    const [x, y] = [mark.x, mark.y].map(source => expression(source, plot.figure.controls));
    return {
      sample: setting => ({ x: [x(setting)], y: [y(setting)] }),
      draw: (data, frame) => pointWithError(frame, data.x[0], data.y[0], NaN, mark),
    };
  },

  // What the reader drags; the two sliders do the same for the keyboard.
  handle(mark) {
    return {
      sample: setting => ({ x: [setting[mark.x]], y: [setting[mark.y]] }),
      draw: ({ x, y }, frame) => [svg("circle", { class: "live-handle", cx: frame.x.pixel(x[0]), cy: frame.y.pixel(y[0]), r: 9 })],
    };
  },
};

export function markOf(mark, plot) {
  if (!(mark.kind in KINDS)) throw new Error(`unknown mark "${mark.kind}"`);
  return { ...mark, ...KINDS[mark.kind](mark, plot) };
}
