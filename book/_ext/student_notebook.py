"""Links to what is derived from a chapter: its student notebook, its deck, and for teachers the solutions.

The download menu of a chapter's page offers its notebook, the package that this installs, its slides and the
browser's printing; where PDF files have been made, tools/print_offers.py puts them in its place.  The directive
``{materials} NN-name`` lists everything that belongs to a chapter.  The instructor notebook is
named only where the configuration value ``lossland_edition`` is ``full``.
"""

from __future__ import annotations

import tomllib
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

CHAPTERS = "chapters/"


def _up(docname: str) -> str:
    return "../" * docname.count("/")


def package_file() -> str:
    """Return the name of the file of the package that lies beside the notebooks."""
    settings = next(path for folder in Path(__file__).parents if (path := folder / "pyproject.toml").exists())
    return f"lossland-{tomllib.loads(settings.read_text('utf8'))['project']['version']}-py3-none-any.whl"


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
            links.append((f"decks/{name}.html", "deck (s: speaker view)", False))
        links.append((f"notebooks/student/{name}.ipynb", "student notebook", True))
        if self.config.lossland_edition == "full":
            links.append((f"notebooks/instructor/{name}.ipynb", "instructor notebook, with solutions", True))
        items = "".join(
            f'<li><a class="reference internal" href="{root}{escape(target)}"{" download" * download}>'
            f"{escape(text)}</a></li>"
            for target, text, download in links
        )
        if Path(self.env.srcdir, "decks", f"{name}.md").exists():
            items += (f'<li class="take-print" data-name="{escape(name)}"><a class="reference internal" '
                      f'href="{root}decks/{escape(name)}.html?print-pdf">deck for printing</a></li>')
        return [nodes.raw("", f'<ul class="materials">{items}</ul>', format="html")]


def _entry(url: str, text: str, hint: str, icon: str, label: str) -> dict[str, str]:
    return {"type": "link", "url": url, "text": text, "tooltip": hint, "icon": icon, "label": label}


def offer_downloads(app, pagename, templatename, context, doctree) -> None:
    """Put notebooks and slides where the theme offers the page source, and say what its PDF button does."""
    for group in [button for button in context.get("header_buttons", []) if button.get("label") == "download-buttons"]:
        group["tooltip"] = "Take this page along"
        group["buttons"] = [
            {**button, "text": "print, or save as PDF", "tooltip": "Print this page"}
            for button in group["buttons"] if button["label"] == "download-pdf-button"
        ]
        if not pagename.startswith(CHAPTERS):
            continue
        name, up = pagename.removeprefix(CHAPTERS), _up(pagename)
        offers = [_entry(f"{up}notebooks/student/{name}.ipynb", "notebook (.ipynb)", "Download the student notebook",
                         "fas fa-book", "download-student-notebook")]
        if app.config.lossland_edition == "full":
            offers.append(_entry(f"{up}notebooks/instructor/{name}.ipynb", "with solutions (.ipynb)",
                                 "Download the notebook with solutions", "fas fa-book-open",
                                 "download-instructor-notebook"))
        offers.append(_entry(f"{up}notebooks/student/{package_file()}", "package (.whl)",
                             "Put it beside the notebook: its first cell installs it where it is missing",
                             "fas fa-box", "download-package"))
        if Path(app.srcdir, "decks", f"{name}.md").exists():
            offers.append(_entry(f"{up}decks/{name}.html", "slides", "The lecture of this chapter; s: speaker view",
                                 "fas fa-person-chalkboard", "open-slides"))
        group["buttons"] = offers + group["buttons"]


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
    app.connect("html-page-context", offer_downloads, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
