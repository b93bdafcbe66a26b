"""Remove the ids that proof, exercise and solution boxes repeat: an id may occur once on a page."""

from __future__ import annotations

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

REPEATED = {"proof-content", "exercise-content", "solution-content"}
UNNAMED = "proof"  # what every proof without a label is called


class UniqueIds(SphinxPostTransform):
    """Take the constant id off the body of every box, and off every proof."""

    default_priority = 900

    def run(self, **_kwargs) -> None:
        """Visit the sections of one page."""
        for section in self.document.findall(nodes.section):
            if REPEATED.intersection(section.get("ids", [])):
                section["ids"] = []
        for box in self.document.findall(nodes.Admonition):
            if UNNAMED in box.get("ids", []):
                box["ids"] = [name for name in box["ids"] if name != UNNAMED]


def setup(app):
    """Register with Sphinx."""
    app.add_post_transform(UniqueIds)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
