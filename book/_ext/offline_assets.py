"""Serve MathJax and plotly from the site itself, so that no page asks the network for anything.

The files come out of installed packages: MathJax 3 from ``sphinx-mathjax-offline`` (only what chtml output
needs, 2 of its 24 MB) and ``plotly.min.js`` from plotly's own wheel.  The loader of thebe, which the theme
writes into every page with an address of a content network, is dropped.
"""

from __future__ import annotations

import shutil
from importlib.metadata import files
from importlib.util import find_spec
from pathlib import Path

MATHJAX_PARTS = (
    "tex-mml-chtml.js",
    "output/chtml/fonts/woff-v2",
    "input/tex/extensions",
    "a11y/assistive-mml.js",
)


def mathjax_root() -> Path:
    """Return the folder of MathJax inside the installed package."""
    for file in files("sphinx-mathjax-offline") or ():
        if file.name == MATHJAX_PARTS[0]:
            return Path(str(file.locate())).parent
    raise FileNotFoundError("no MathJax inside sphinx-mathjax-offline: install requirements.txt again")


def plotly_script() -> Path:
    """Return plotly's own script without importing plotly."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("plotly is not installed: install requirements.txt again")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def copy_assets(app) -> None:
    """Copy the libraries next to the pages that use them."""
    if app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    for part in MATHJAX_PARTS:
        _copy(mathjax_root() / part, static / "mathjax" / part)
    if app.config.offline_plotly:
        _copy(plotly_script(), static / "vendor" / "plotly.min.js")


def drop_thebe(app, pagename, templatename, context, doctree) -> None:
    """Remove thebe's scripts and the outside address that comes with them."""
    context["script_files"] = [
        script
        for script in context.get("script_files", [])
        if "thebe" not in str(getattr(script, "filename", ""))
        and "THEBE_JS_URL" not in str(getattr(script, "attributes", {}).get("body", ""))
    ]


def setup(app):
    """Register with Sphinx."""
    app.add_config_value("offline_plotly", True, "html")
    app.config.mathjax_path = "mathjax/tex-mml-chtml.js"
    app.connect("builder-inited", copy_assets)
    app.connect("html-page-context", drop_thebe, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
