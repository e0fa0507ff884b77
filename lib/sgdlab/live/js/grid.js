// Measured numbers of a grid of settings: 16 bits each, evenly between two ends, or evenly in the logarithm.

const UNDEFINED = 65535;

export function decode(packed) {
  const bytes = Uint8Array.from(atob(packed.grid), letter => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const [low, high] = packed.logarithmic ? [Math.log10(packed.low), Math.log10(packed.high)] : [packed.low, packed.high];
  return Float64Array.from({ length: bytes.length / 2 }, (_, i) => {
    const level = view.getUint16(2 * i, true);
    if (level === UNDEFINED) return NaN;
    const value = low + (level / (UNDEFINED - 1)) * (high - low);
    return packed.logarithmic ? 10 ** value : value;
  });
}

// What was measured at a setting: `{ at, value, error }`, or null where nothing was.
export class Grid {
  constructor(spec, controls) {
    this.spec = spec;
    this.controls = spec.over.map(name => controls.find(control => control.name === name));
    this.value = decode(spec.value);
    this.error = decode(spec.error);
  }

  at(setting) {
    let row = 0;
    for (const control of this.controls) {
      const values = control.values ?? control.options.map((_, index) => index);
      const index = values.indexOf(setting[control.name]);
      if (index < 0) return null;
      row = row * values.length + index;
    }
    const width = this.spec.at?.length ?? 1;
    const part = numbers => [...numbers.slice(row * width, (row + 1) * width)];
    return { at: this.spec.at, value: part(this.value), error: part(this.error) };
  }
}
