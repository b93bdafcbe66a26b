// Save notebooks instead of showing their JSON.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll('a[href$=".ipynb"]').forEach((link) => {
    link.setAttribute("download", "");
    link.removeAttribute("target");
  });
});
