// Elements of a page and of a drawing, in one call.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export const html = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
export const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// Words, followed by a symbol that Python made (`<i>B</i>`).
export function labelled(tag, attributes, { words, symbol = "", unit = "" }) {
  const element = html(tag, attributes, words);
  if (symbol) element.insertAdjacentHTML("beforeend", ` <span class="live-symbol">${symbol}</span>`);
  if (unit && unit !== "1") element.append(` (${unit})`);
  return element;
}
