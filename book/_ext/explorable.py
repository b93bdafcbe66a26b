"""Interactive figures that compute in the page: ``{explorable} name``.

Each is one file ``_static/explorables/name.js`` on top of ``numbers.js`` and ``base.js``.  On a page of the site the
directive makes a figure with caption and a note for readers without scripts; for other builders, a sentence that says
where the figure is.  The scripts and the style are loaded only on the pages that use them, in their order.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

FOLDER = "explorables"
SHARED = ("numbers.js", "base.js")
STYLE = "explorables.css"
WITHOUT_SCRIPTS = "This figure computes in the page and needs JavaScript. Its numbers are those of the package."
ELSEWHERE = "An interactive figure; it is on the page of this chapter in the HTML edition of the book."
PRINTED = "Printed with its first settings. On the page of the book its controls can be moved."


class explorable(nodes.General, nodes.Element):
    """Place of an interactive figure; its children are the caption."""


class Explorable(SphinxDirective):
    """Embed an interactive figure; ``set`` gives first values of controls, as ``key=value`` with spaces between."""

    required_arguments = 1
    option_spec: ClassVar = {
        "caption": directives.unchanged_required,
        "alt": directives.unchanged_required,
        "set": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """Check the name and the options, and make the node."""
        name = self.arguments[0]
        if not Path(self.env.srcdir, "_static", FOLDER, f"{name}.js").exists():
            raise self.error(f"explorable: no {name}.js in _static/{FOLDER}")
        for option in ("caption", "alt"):
            if not self.options.get(option):
                raise self.error(f"explorable {name}: the option {option!r} is missing; say what there is to see")
        node = explorable(name=name, alt=self.options["alt"], set=self.options.get("set", ""))
        self.set_source_info(node)
        self.state.nested_parse(StringList([self.options["caption"]], self.get_source_info()[0]), 0, node)
        return [node]


def open_figure(self, node: explorable) -> None:
    """Write what the script fills, and begin the caption."""
    name, alt, first = (escape(node[key]) for key in ("name", "alt", "set"))
    self.body.append(
        f'<figure class="explorable" id="explorable-{name}" data-explorable="{name}" data-set="{first}">'
        f'<div class="explorable-stage" role="group" aria-label="{alt}"></div>'
        f'<noscript><p class="explorable-still">{WITHOUT_SCRIPTS} What there is to see: {alt}</p></noscript>'
        f'<p class="explorable-print">{PRINTED}</p><figcaption>'
    )


def close_figure(self, node: explorable) -> None:
    """End the caption."""
    self.body.append("</figcaption></figure>\n")


class SayWhere(SphinxPostTransform):
    """In other formats than HTML: a sentence in place of the figure, followed by the caption."""

    default_priority = 100

    def run(self, **_kwargs) -> None:
        """Visit the interactive figures of one page."""
        if self.app.builder.format != "html":
            for node in list(self.document.findall(explorable)):
                node.replace_self([nodes.paragraph("", ELSEWHERE), *node.children])


def add_assets(app, pagename, templatename, context, doctree) -> None:
    """Load the files that this page uses, and none of the others, which the theme would load on every page."""
    names = dict.fromkeys(node["name"] for node in doctree.findall(explorable)) if doctree is not None else {}
    for kind in ("script_files", "css_files"):
        others = [file for file in context.get(kind, []) if f"{FOLDER}/" not in str(getattr(file, "filename", file))]
        context[kind][:] = others
    if not names:
        return
    app.add_css_file(f"{FOLDER}/{STYLE}")
    for file in (*SHARED, *(f"{name}.js" for name in names)):
        app.add_js_file(f"{FOLDER}/{file}", loading_method="defer")


def setup(app):
    """Register with Sphinx."""
    app.add_node(explorable, html=(open_figure, close_figure))
    app.add_post_transform(SayWhere)
    app.add_directive("explorable", Explorable)
    app.connect("html-page-context", add_assets, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
