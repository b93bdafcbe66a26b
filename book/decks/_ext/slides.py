"""What a lecture needs besides sphinx-revealjs: boxes that are no slides, notes that keep their paragraphs.

Reveal takes every ``<section>`` for a slide, and theorem boxes are nested sections: they become plain
containers.  Speaker notes are written as paragraphs instead of one line of text.
"""

from __future__ import annotations

from html import escape

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_revealjs._ext.notes import revealjs_notes


class BoxesAreNoSlides(SphinxPostTransform):
    """Turn sections inside boxes into containers."""

    default_priority = 900

    def run(self, **_kwargs) -> None:
        """Visit the sections of one lecture."""
        for section in list(self.document.findall(nodes.section)):
            if not isinstance(section.parent, nodes.document | nodes.section):
                section.replace_self(nodes.container("", *section.children, classes=[*section["classes"], "boxed"]))


def visit_notes(translator, node) -> None:
    """Write the notes as paragraphs."""
    paragraphs = "".join(f"<p>{escape(child.astext())}</p>" for child in node.children)
    translator.body.append(f'<aside class="notes">{paragraphs}</aside>')
    raise nodes.SkipNode


def stand_alone(app, _doctree) -> None:
    """Tell Sphinx that a lecture needs no table of contents that names it."""
    app.env.metadata[app.env.docname]["orphan"] = True


def setup(app):
    """Register with Sphinx."""
    app.connect("doctree-read", stand_alone)
    app.add_post_transform(BoxesAreNoSlides)
    app.add_node(revealjs_notes, override=True, revealjs=(visit_notes, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
