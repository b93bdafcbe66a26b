"""Links to what is derived from a chapter: its student notebook, its deck, and for teachers the solutions.

The header of a chapter's page offers the student notebook instead of the page source.  The directive
``{materials} NN-name`` lists everything that belongs to a chapter; the instructor notebook is
named only where the configuration value ``lossland_edition`` is ``full``.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

CHAPTERS = "chapters/"


def _up(docname: str) -> str:
    return "../" * docname.count("/")


class Materials(SphinxDirective):
    """A list of links: chapter, deck, student notebook, instructor notebook."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Make the list for the chapter named in the argument."""
        name = self.arguments[0]
        chapter = Path(self.env.srcdir, CHAPTERS, f"{name}.md")
        if not chapter.exists():
            raise self.error(f"materials: no chapter {name!r}; expected the name of a file in book/chapters, "
                             "without .md")
        root = _up(self.env.docname)
        links = [(f"{CHAPTERS}{name}.html", "chapter", False)]
        if Path(self.env.srcdir, "decks", f"{name}.md").exists():
            links += [
                (f"decks/{name}.html", "deck (s: speaker view)", False),
                (f"decks/{name}.html?print-pdf", "deck for printing", False),
            ]
        links.append((f"notebooks/student/{name}.ipynb", "student notebook", True))
        if self.config.lossland_edition == "full":
            links.append((f"notebooks/instructor/{name}.ipynb", "instructor notebook, with solutions", True))
        items = "".join(
            f'<li><a class="reference internal" href="{root}{escape(target)}"{" download" * download}>'
            f"{escape(text)}</a></li>"
            for target, text, download in links
        )
        return [nodes.raw("", f'<ul class="materials">{items}</ul>', format="html")]


def offer_notebook(app, pagename, templatename, context, doctree) -> None:
    """Put the student notebook where the theme offers the page source."""
    buttons = context.get("header_buttons", [])
    for group in [button for button in buttons if button.get("label") == "download-buttons"]:
        group["buttons"] = [
            button for button in group["buttons"] if button["label"] == "download-pdf-button"
        ]
        if pagename.startswith(CHAPTERS):
            name = pagename.removeprefix(CHAPTERS)
            group["buttons"].insert(0, {
                "type": "link",
                "url": f"{_up(pagename)}notebooks/student/{name}.ipynb",
                "text": "notebook (.ipynb)",
                "tooltip": "Download the student notebook",
                "icon": "fas fa-book",
                "label": "download-student-notebook",
            })


class DeckLinks(SphinxPostTransform):
    """Resolve ``[the slides](../decks/NN-name.html)``: decks are no pages of the book but lie beside them."""

    default_priority = 8  # before MyST looks for the page and does not find it

    def run(self, **_kwargs) -> None:
        """Visit the unresolved links of one page."""
        for node in list(self.document.findall(addnodes.pending_xref)):
            name = node.get("reftarget", "").removeprefix("../").removesuffix(".md").removesuffix(".html")
            if name.startswith("decks/") and Path(self.env.srcdir, f"{name}.md").exists():
                target = f"{_up(self.env.docname)}{name}.html"
                node.replace_self(nodes.reference("", "", *node.children, refuri=target, internal=True))


def setup(app):
    """Register with Sphinx."""
    app.add_post_transform(DeckLinks)
    app.add_config_value("lossland_edition", "full", "env")
    app.add_directive("materials", Materials)
    app.connect("html-page-context", offer_notebook, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
