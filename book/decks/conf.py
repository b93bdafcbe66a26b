"""Settings of the lectures (sphinx-revealjs with executed MyST notebooks)."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent / "_ext")]

project = "Lossland lectures"
author = "The Lossland authors"
language = "en"
root_doc = min((path.stem for path in HERE.glob("[0-9]*.md")), default="index")
exclude_patterns = ["_build", "jupyter_execute", ".jupyter_cache"]
suppress_warnings = ["toc.not_included"]

extensions = ["myst_nb", "sphinx_revealjs", "sphinx_proof", "sphinx_design", "offline_assets", "slides"]
offline_plotly = any("plotly" in path.read_text("utf8") for path in HERE.glob("[0-9]*.md"))
myst_enable_extensions = ["amsmath", "attrs_block", "attrs_inline", "colon_fence", "dollarmath"]
myst_all_links_external = True

mathjax3_config = {"chtml": {"scale": 1.0, "matchFontHeight": False}}

nb_execution_mode = "cache"  # filled by tools/executions.py
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_output_stderr = "error"
nb_merge_streams = True
nb_mime_priority_overrides = [
    ("revealjs", kind, rank)
    for rank, kind in enumerate(
        ["text/html", "image/svg+xml", "image/png", "text/markdown", "text/latex", "text/plain"], 1
    )
]

html_copy_source = False
html_theme = "alabaster"
html_favicon = str(HERE.parent / "_static" / "favicon.svg")
revealjs_static_path = ["_static"]
revealjs_css_files = ["deck.css"]
revealjs_style_theme = "white"
revealjs_use_section_ids = True
revealjs_script_conf = {
    "slideNumber": "c/t",
    "hash": True,
    "center": False,
    "width": 1280,
    "height": 720,
    "margin": 0.04,
    "transition": "none",
    "backgroundTransition": "none",
    "pdfSeparateFragments": False,
    "pdfMaxPagesPerSlide": 1,
}
revealjs_script_plugins = [{"name": "RevealNotes", "src": "revealjs/plugin/notes/notes.js"}]
