// The spec's expressions: JavaScript that Python made from SymPy, in variables with the names of the controls.

export function compile(source, names) {
  return new Function(...names, `"use strict"; return (${source});`);
}

// An expression as a function of a setting and of its own variables, which go before controls of the same name.
export function expression(source, controls, own = []) {
  const names = controls.map(control => control.name).filter(name => !own.includes(name));
  const evaluate = compile(source, [...names, ...own]);
  return (setting, ...values) => evaluate(...names.map(name => setting[name]), ...values);
}
