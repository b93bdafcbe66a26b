"""Number each chapter by its file name: ``chapters/10-signals….md`` is chapter 10, its first figure 10.1.

Sphinx counts the chapters that it finds, so a book whose first chapters are written later would call
chapter 10 the first.  Here the count is replaced right after Sphinx has made it and before it numbers
figures, equations and exercises.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx_external_toc.collectors import TocTreeCollectorWithStyles

CHAPTER = re.compile(r"^chapters/(\d\d)-")


def _renumbered(number, chapter: int):
    return (chapter, *number[1:]) if number else number


def renumber(env) -> None:
    """Put the number of the file name in place of the counted one, wherever Sphinx keeps it."""
    for docname in env.toc_secnumbers:
        match = CHAPTER.match(docname)
        if match is None:
            continue
        chapter = int(match[1])
        anchors = env.toc_secnumbers[docname]
        for anchor in anchors:
            anchors[anchor] = _renumbered(anchors[anchor], chapter)
        titles = [env.titles[docname], *env.tocs[docname].findall(nodes.reference)]
        for node in titles:
            if "secnumber" in node:
                node["secnumber"] = _renumbered(node["secnumber"], chapter)


def setup(app):
    """Register with Sphinx."""
    if not hasattr(TocTreeCollectorWithStyles, "counted_section_numbers"):
        counted = TocTreeCollectorWithStyles.assign_section_numbers

        def assign_section_numbers(self, env):
            rewritten = counted(self, env)
            renumber(env)
            return rewritten

        TocTreeCollectorWithStyles.counted_section_numbers = counted
        TocTreeCollectorWithStyles.assign_section_numbers = assign_section_numbers
    return {"parallel_read_safe": True, "parallel_write_safe": True}
