/* The ledger in the browser: a filter by source, verdict, chapter and words, kept in the address; and formulas
   that are typeset when their entry comes near the window, the rest of them whenever the browser is idle. */
(function () {
  "use strict";
  const form = document.getElementById("ledger-filter");
  if (!form) return;
  const entries = Array.from(document.querySelectorAll("article.ledger-entry"));
  const groups = Array.from(new Set(entries.map((entry) => entry.closest("section"))));
  const output = form.querySelector("output");
  const names = ["source", "verdict", "chapter", "words"];

  function apply() {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const entry of entries) {
      const data = entry.dataset;
      const fits =
        names.slice(0, 3).every((name) => !form.elements[name].value || form.elements[name].value === data[name]) &&
        words.every((word) => data.words.includes(word));
      entry.hidden = !fits;
      shown += fits;
    }
    for (const group of groups) group.hidden = !group.querySelector("article.ledger-entry:not([hidden])");
    output.value = shown + " of " + entries.length + " entries" + (shown ? "" : ": ask for less, or press Show all");
  }

  function remember() {
    const query = new URLSearchParams();
    for (const name of names) if (form.elements[name].value) query.set(name, form.elements[name].value);
    const text = query.toString();
    try {
      history.replaceState(null, "", text ? "?" + text : location.pathname);
    } catch (error) {
      /* a page opened from a file may not change its address: the filter works all the same */
    }
  }

  function change() {
    apply();
    remember();
  }

  const asked = new URLSearchParams(location.search);
  for (const name of names) if (asked.get(name)) form.elements[name].value = asked.get(name);
  form.addEventListener("input", change);
  form.addEventListener("reset", () => setTimeout(change));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target) {
    if (target.closest("[hidden]")) {
      form.reset();
    }
    target.scrollIntoView();
  }

  const waiting = new Set(entries);
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 50));
  let busy = Promise.resolve();

  function typeset(some) {
    const formulas = [];
    for (const entry of some) {
      if (waiting.delete(entry)) formulas.push(...entry.querySelectorAll(".ledger-later"));
    }
    for (const formula of formulas) formula.classList.add("math");
    if (formulas.length) busy = busy.then(() => MathJax.typesetPromise(formulas));
    return busy;
  }

  function typesetTheRest() {
    if (waiting.size) {
      typeset(Array.from(waiting).slice(0, 10)).then(() => idle(typesetTheRest, { timeout: 500 }));
    } else {
      busy.then(() => (document.body.dataset.formulas = "done"));
    }
  }

  window.addEventListener("load", () => {
    if (!window.MathJax || !MathJax.startup) return;
    MathJax.startup.promise.then(() => {
      const seen = (changes) => typeset(changes.filter((change) => change.isIntersecting).map((change) => change.target));
      const observer = new IntersectionObserver(seen, { rootMargin: "300px" });
      entries.forEach((entry) => observer.observe(entry));
      idle(typesetTheRest, { timeout: 500 });
    });
  });
})();
