// Replicas of a random process, and their random numbers.

// Small fast counting generator (sfc32) with a Gaussian on top: the same seed gives the same numbers in every browser.
export function normals(seed) {
  let [a, b, c, count] = [0x9e3779b9, 0x243f6a88, seed | 0, 1];
  const bits = () => {
    const sum = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 15; i++) bits();
  let spare = null;
  return () => {
    if (spare !== null) {
      const ready = spare;
      spare = null;
      return ready;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - bits()));
    const angle = 2 * Math.PI * bits();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

export class Ensemble {
  constructor(spec, controls) {
    this.spec = spec;
    this.names = controls.map(control => control.name);
    const own = Array.from({ length: spec.normals }, (_, i) => `normal_${i + 1}`);
    const draw = own.map(name => `const ${name} = normal();`).join(" ");
    const read = spec.states.map((name, s) => `const ${name} = states[${s}][replica];`).join(" ");
    const write = of => of.map((source, s) => `states[${s}][replica] = ${source};`).join(" ");
    const loop = body => new Function("states", "normal", ...this.names,
      `"use strict"; for (let replica = 0; replica < states[0].length; replica++) { ${draw} ${body} }`);
    this.begin = loop(write(spec.start));
    this.step = loop(`${read} ${write(spec.step)}`);
    this.timeStep = new Function(...this.names, `return (${spec.time_step});`);
    this.stepsAtOnce = spec.steps === null ? null : new Function(...this.names, `return (${spec.steps});`);
  }

  // Back to the start at a setting. A process without a clock is drawn at once.
  reset(setting, { seed = this.spec.seed, replicas = this.spec.replicas } = {}) {
    this.values = this.names.map(name => setting[name]);
    this.normal = normals(seed);
    this.states = this.spec.states.map(() => new Float64Array(replicas));
    this.time = 0;
    this.begin(this.states, this.normal, ...this.values);
    if (this.stepsAtOnce) this.advance(this.stepsAtOnce(...this.values));
    return this;
  }

  advance(steps) {
    for (let i = 0; i < steps; i++) this.step(this.states, this.normal, ...this.values);
    this.time += steps * this.timeStep(...this.values);
    return this;
  }

  get ended() {
    return this.stepsAtOnce !== null || this.time >= this.spec.duration * (1 - 1e-9);
  }

  // One picture further; `frames` of them make up the duration.
  nextFrame() {
    const step = this.timeStep(...this.values);
    const left = Math.ceil((this.spec.duration - this.time) / step - 1e-9);
    this.advance(Math.min(left, Math.max(1, Math.round(this.spec.duration / step / this.spec.frames))));
  }

  // An expression of the states for each replica.
  evaluate(of) {
    const row = new Array(this.states.length);
    return Float64Array.from(this.states[0], (_, replica) => {
      for (let s = 0; s < row.length; s++) row[s] = this.states[s][replica];
      return of(...this.values, ...row);
    });
  }
}

// Mean over replicas and its standard error.
export function meanOf(values) {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const square = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { mean, error: Math.sqrt(square / (values.length - 1) / values.length) };
}
