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

document.addEventListener("DOMContentLoaded", async () => {
  const article = document.querySelector("article");
  if (!article) return;
  await window.MathJax?.startup?.promise;
  for (const formula of article.querySelectorAll("div.math > mjx-container")) {
    const box = document.createElement("div");
    box.className = "formula";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "formula");
    formula.replaceWith(box);
    box.append(formula);
  }
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
