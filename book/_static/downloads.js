// Save notebooks instead of showing their JSON; what is in the menu opens where "back" leads here again.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll('a[href$=".ipynb"]').forEach((link) => link.setAttribute("download", ""));
  document.querySelectorAll('a[href$=".ipynb"], .dropdown-download-buttons a').forEach((link) => link.removeAttribute("target"));
  // Of a page opened from a disk a browser saves nothing: the notebooks lie there already, and the menu says where.
  const notebook = document.querySelector('.dropdown-download-buttons a[href$=".ipynb"]');
  if (notebook && location.protocol === "file:") {
    const note = document.createElement("li");
    note.className = "take-note";
    note.textContent = "You read this from a disk. Open the notebook in Jupyter from the same folder: " +
      notebook.getAttribute("href").replace(/^[./]+/, "");
    notebook.closest("ul").append(note);
  }
  // On paper a listing of more than 24 lines may go on overleaf, a shorter one stays on a page.
  document.querySelectorAll(".cell_input pre, .cell_output pre").forEach((listing) => {
    if (listing.textContent.split("\n").length > 24) listing.closest(".cell_input, .cell_output").classList.add("long");
  });
});
// Paper is white and cannot be clicked: light colors, all hints open. (Solutions are opened by sphinx-togglebutton.)
let before = null;
addEventListener("beforeprint", () => {
  const root = document.documentElement;
  const closed = [...document.querySelectorAll("details:not([open])")];
  before = { theme: root.dataset.theme, closed };
  root.dataset.theme = "light";
  closed.forEach((details) => { details.open = true; });
});
addEventListener("afterprint", () => {
  if (!before) return;
  document.documentElement.dataset.theme = before.theme;
  before.closed.forEach((details) => { details.open = false; });
  before = null;
});
