// Numbers as they are read, and the scale of an axis.

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

// Three digits for a table; what is not defined is a dash.
export const threeDigits = x => (Number.isFinite(x) ? x.toPrecision(3) : "–");

// The value of a slider: as short as it can be said.
export const inShort = x => String(Number.isInteger(x) ? x : Number(x.toPrecision(3)));

export function tickLabel(x, logarithmic) {
  if (logarithmic && x !== 0 && (x < 1e-3 || x >= 1e5)) {
    const exponent = String(Math.round(Math.log10(x)));
    return "10" + [...exponent].map(letter => SUPERSCRIPTS[letter]).join("");
  }
  return inShort(x).replace("-", "−");
}

// Between an axis' values and pixels from `start` to `end`.
export function scaleOf(axis, start, end) {
  const forth = axis.logarithmic ? Math.log10 : x => x;
  const back = axis.logarithmic ? y => 10 ** y : y => y;
  const low = forth(axis.low);
  const slope = (end - start) / (forth(axis.high) - low);
  return { pixel: x => start + (forth(x) - low) * slope, value: p => back(low + (p - start) / slope) };
}

// Where a curve over the axis is computed.
export function samplesOf(axis, count = 121) {
  if (axis.whole) {
    const first = Math.ceil(axis.low);
    return Array.from({ length: Math.floor(axis.high) - first + 1 }, (_, i) => first + i);
  }
  const end = count - 1;
  if (!axis.logarithmic) return Array.from({ length: count }, (_, i) => (axis.low * (end - i) + axis.high * i) / end);
  return Array.from({ length: count }, (_, i) => axis.low * (axis.high / axis.low) ** (i / end));
}

// At most about `room` values of the axis that are easy to read.
export function ticksOf(axis, room) {
  if (axis.logarithmic) {
    const first = Math.floor(Math.log10(axis.low));
    const decades = Math.log10(axis.high) - first;
    const every = Math.max(1, Math.ceil(decades / room));
    const steps = decades <= room / 3 ? [1, 2, 5] : [1];
    const ticks = [];
    for (let power = first; power <= first + decades + 1; power += every) {
      ticks.push(...steps.map(step => Number((step * 10 ** power).toPrecision(1))));
    }
    return ticks.filter(x => x >= axis.low * (1 - 1e-9) && x <= axis.high * (1 + 1e-9));
  }
  const rough = (axis.high - axis.low) / room;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= rough * (1 - 1e-9));
  const ticks = [];
  for (let i = Math.ceil(axis.low / step - 1e-9); i * step <= axis.high + 1e-9 * step; i++) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return axis.whole ? ticks.filter(Number.isInteger) : ticks;
}
