// Where a figure lives: in a notebook with a kernel (anywidget calls `render`), or in a page of the book.

import { html } from "./elements.js";
import { Figure } from "./figure.js";

// A figure that cannot be drawn says so; whatever stood there before stays readable.
function attempt(root, make) {
  try {
    return make();
  } catch (error) {
    root.append(html("p", { class: "live-failed", role: "alert" }, `This figure could not be drawn: ${error.message}`));
    console.error(error);
    return null;
  }
}

function render({ model, el }) {
  const root = html("div", { class: "live-figure" });
  el.append(root);
  const kernel = { send: message => model.send(message), listen: heard => model.on("msg:custom", heard) };
  attempt(root, () => new Figure(root, JSON.parse(model.get("spec")), { kernel }));
}

// In a page: a figure is built when it comes near the screen, or when the address speaks of it.
export function adopt(page = document) {
  const places = [...page.querySelectorAll(".live-figure:has(> script[type='application/json'])")];
  const build = place => attempt(place, () => {
    const spec = JSON.parse(place.querySelector("script").textContent);
    const root = html("div", { class: "live-body" });
    place.append(root);
    try {
      place.figure = new Figure(root, spec, { page: true, first: place === places[0] });
    } catch (error) {
      root.remove();
      throw error;
    }
    place.classList.add("live-ready");
  });
  const watch = new IntersectionObserver(seen => {
    for (const { target } of seen.filter(entry => entry.isIntersecting)) {
      watch.unobserve(target);
      build(target);
    }
  }, { rootMargin: "300px" });
  for (const place of places) watch.observe(place);
  const named = new URLSearchParams(location.hash.slice(1)).get("figure");
  places.find(place => named !== null && place.id === `live-${named}`)?.scrollIntoView();
}

export default { render };
