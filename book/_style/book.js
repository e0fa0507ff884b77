// A formula that is wider than its column scrolls in a box of its own, which the keyboard reaches only then.
// The formula itself never is a stop of the tab key.

function mark(box, wide) {
  box.classList.toggle("wide", wide);
  if (wide) {
    box.tabIndex = 0;
  } else {
    box.removeAttribute("tabindex");
  }
}

// MathJax would typeset the whole page at once, and nothing else would answer meanwhile. Here it goes formula by formula
// in pieces of some milliseconds: those in view first, then those below, then those above.
const PIECE = 16;

function typeset(formula) {
  MathJax.typeset([formula]);
  const display = formula.matches("div.math") && formula.querySelector(":scope > mjx-container");
  if (!display) return;
  const box = document.createElement("div");
  box.className = "formula";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "formula");
  display.replaceWith(box);
  box.append(display);
}

async function typesetAll() {
  const formulas = [...document.querySelectorAll(".math")];
  const inView = formulas.findIndex((formula) => formula.getBoundingClientRect().bottom > 0);
  let pause = performance.now();
  for (const formula of [...formulas.slice(inView), ...formulas.slice(0, inView)]) {
    typeset(formula);
    if (performance.now() - pause > PIECE) {
      await new Promise((resume) => setTimeout(resume));
      pause = performance.now();
    }
  }
}

if (window.MathJax) MathJax.startup = { typeset: false, pageReady: typesetAll };

document.addEventListener("DOMContentLoaded", async () => {
  const article = document.querySelector("article");
  if (!article) return;
  await window.MathJax?.startup?.promise;
  new ResizeObserver(() => {
    for (const box of article.querySelectorAll("div.math > .formula")) {
      mark(box, box.scrollWidth > box.clientWidth);
    }
    for (const box of article.querySelectorAll("span.math:has(> mjx-container)")) {
      const column = box.closest("p, li, dd, td, th, figcaption, div");
      mark(box, box.firstElementChild.offsetWidth > column.clientWidth);
    }
  }).observe(article);
});

// Opened from a file, a page may not read the other pages: the search then lists titles without the lines around a word.
if (location.protocol === "file:") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
