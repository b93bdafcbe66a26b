"""Links between the chapters and the glossary, in both directions, made when the pages are written.

The terms are those of Sphinx's own ``{glossary}``.  An entry ends with what no page shows: its other word forms,
``{forms}`` and a list with commas, and, where its words mean something else elsewhere, the only chapters in which they
mean this, ``{only}`` and their numbers.  In each chapter the first occurrence of a term in running prose becomes a
quiet link that carries the first sentence of the entry; each entry lists the chapters in which its term occurs, every
number a link to that place.  The sources, and so the notebooks, know nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

CHAPTERS = "chapters/"
FORMS, ONLY = "word-forms", "only-chapters"
LEFT_OUT = (
    nodes.title, nodes.subtitle, nodes.caption, nodes.figure, nodes.table, nodes.literal, nodes.literal_block,
    nodes.math, nodes.math_block, nodes.reference, nodes.raw, nodes.comment, nodes.footnote, addnodes.pending_xref,
)  # fmt: skip
SENTENCE = re.compile(r".+?[.](?=\s|$)", re.DOTALL)
logger = logging.getLogger(__name__)


class Entry(NamedTuple):
    """A term: where it stands, how it is told in one sentence, and all forms in which it occurs."""

    page: str
    anchor: str
    term: str
    sentence: str
    forms: tuple[str, ...]
    only: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Return the id of its first occurrence in a chapter."""
        return f"use-{self.anchor}"

    def belongs_to(self, chapter: str) -> bool:
        """Tell whether the words have this meaning in a chapter."""
        return not self.only or chapter.removeprefix(CHAPTERS)[:2] in self.only


def forms_role(_name, _rawtext, text, _lineno, _inliner, _options=None, _content=None):
    """Hold the other forms of a term until they are collected."""
    return [nodes.inline(text, text, classes=[FORMS])], []


def only_role(_name, _rawtext, text, _lineno, _inliner, _options=None, _content=None):
    """Hold the numbers of the chapters of a term until they are collected."""
    return [nodes.inline(text, text, classes=[ONLY])], []


def collect(app, doctree) -> None:
    """Remember the entries of a page that has a glossary, and take the word forms off the page."""
    found = []
    for glossary in doctree.findall(addnodes.glossary):
        for item in glossary.findall(nodes.definition_list_item):
            found.append(read_entry(app.env.docname, item))
    if found:
        terms_of(app.env)[app.env.docname] = found


def read_entry(page: str, item: nodes.definition_list_item) -> Entry:
    """Read one item of a glossary."""
    term = next(item.findall(nodes.term))
    forms, only = taken_out(item, FORMS), taken_out(item, ONLY)
    sentence = first_sentence(next(item.findall(nodes.paragraph)))
    if not sentence:
        logger.warning("glossary: %s has to begin with a sentence in plain words", term.astext(), location=term)
    return Entry(page, term["ids"][0], term.astext(), sentence, (term.astext(), *forms), only)


def taken_out(item: nodes.definition_list_item, kind: str) -> tuple[str, ...]:
    """Take what no page shows out of an entry; return its parts."""
    holders = [node for node in item.findall(nodes.inline) if kind in node["classes"]]
    for holder in holders:
        holder.parent.remove(holder)
    return tuple(part.strip() for holder in holders for part in holder.astext().split(",") if part.strip())


def first_sentence(paragraph: nodes.paragraph) -> str:
    """Return the first sentence of a paragraph, nothing where a formula or a reference comes before its end."""
    text = ""
    for child in paragraph.children:
        if isinstance(child, nodes.math | addnodes.pending_xref):
            return ""
        text += child.astext()
        match = SENTENCE.match(text)
        if match:
            return " ".join(match[0].split())
    return ""


def terms_of(env) -> dict[str, list[Entry]]:
    """Return the entries of each page that has some."""
    if not hasattr(env, "glossary_terms"):
        env.glossary_terms = {}
    return env.glossary_terms


def all_entries(env) -> list[Entry]:
    """Return the entries of the book."""
    return [entry for entries in terms_of(env).values() for entry in entries]


def entries_for(env, chapter: str) -> list[Entry]:
    """Return the entries whose words have their meaning in a chapter."""
    return [entry for entry in all_entries(env) if entry.belongs_to(chapter)]


def pattern(entries: list[Entry]) -> tuple[re.Pattern, dict[str, Entry]]:
    """Return what finds every form, the longest first, and the entry of each form; a first letter may be a capital."""
    owners = {" ".join(form.split()): entry for entry in entries for form in entry.forms}
    longest_first = sorted(owners, key=lambda form: (-len(form), form))
    choices = "|".join(f"[{form[0].upper()}{form[0]}]" + re.escape(form[1:]).replace(r"\ ", r"\s+")
                       for form in longest_first)
    either = owners | {form[0].upper() + form[1:]: entry for form, entry in owners.items()}
    return re.compile(rf"(?<![\w\-–])(?:{choices})(?![\w\-–])"), either


def is_box(node: nodes.Node) -> bool:
    """Tell whether a node is a box beside the text; theorems and proofs belong to the text."""
    if isinstance(node, nodes.Admonition):
        return not type(node).__module__.startswith("sphinx_proof")
    if type(node).__name__ == "explorable":  # its caption
        return True
    return isinstance(node, nodes.container) and ("nb_element" in node or "design_component" in node)


def prose(doctree: nodes.document) -> Iterator[nodes.Text]:
    """Yield the text nodes of running prose."""
    for paragraph in doctree.findall(nodes.paragraph):
        above, within = paragraph.parent, True
        while above is not None and within:
            within = not (isinstance(above, LEFT_OUT) or is_box(above))
            above = above.parent
        if within:
            join_lines(paragraph)
            yield from (text for text in paragraph.findall(nodes.Text) if not covered(text, paragraph))


def join_lines(element: nodes.Element) -> None:
    """Make one text of neighboring ones: a term may be broken at the end of a line."""
    for child in [element, *element.findall(nodes.Element)]:
        joined: list[nodes.Node] = []
        for node in child.children:
            if isinstance(node, nodes.Text) and joined and isinstance(joined[-1], nodes.Text):
                joined[-1] = nodes.Text(str(joined[-1]) + str(node))
            else:
                joined.append(node)
        if len(joined) < len(child.children):
            child[:] = joined


def covered(text: nodes.Text, paragraph: nodes.paragraph) -> bool:
    """Tell whether a text is code, a formula or a link within its paragraph."""
    above = text.parent
    while above is not paragraph:
        if isinstance(above, LEFT_OUT):
            return True
        above = above.parent
    return False


def first_occurrences(doctree: nodes.document, entries: list[Entry]) -> list[tuple[nodes.Text, re.Match, Entry]]:
    """Return where each entry occurs for the first time in a chapter, in the order of the text."""
    if not entries:
        return []
    finder, owners = pattern(entries)
    seen, found = set(), []
    for text in prose(doctree):
        for match in finder.finditer(str(text)):
            entry = owners[" ".join(match[0].split())]
            if entry not in seen:
                seen.add(entry)
                found.append((text, match, entry))
    return found


def survey(app, env) -> list[str]:
    """Find out which chapter uses which entry; return the pages that have to be written again for it."""
    entries = all_entries(env)
    before = getattr(env, "glossary_uses", {}), getattr(env, "glossary_entries", [])
    chapters = sorted(name for name in env.found_docs if name.startswith(CHAPTERS)) if entries else []
    env.glossary_uses = {
        name: [entry.anchor for _, _, entry in first_occurrences(env.get_doctree(name), entries_for(env, name))]
        for name in chapters
    }
    env.glossary_entries = entries
    changed = set(chapters) if entries != before[1] else set()
    return sorted(changed | ({entry.page for entry in entries} if changed or env.glossary_uses != before[0] else set()))


def purge(app, env, docname) -> None:
    """Forget the entries of a page that is read again."""
    terms_of(env).pop(docname, None)


def merge(app, env, docnames, other) -> None:
    """Take over the entries that another process has read."""
    terms_of(env).update({name: entries for name, entries in terms_of(other).items() if name in docnames})


def link(builder, start: str, page: str, anchor: str, text: str, **attributes) -> nodes.reference:
    """Return a reference from one page to a place on another."""
    address = f"{builder.get_relative_uri(start, page)}#{anchor}"
    return nodes.reference(text, text, internal=True, refuri=address, **attributes)


class GlossaryLinks(SphinxPostTransform):
    """Put the links into the pages."""

    default_priority = 5  # before references are resolved: prose is then what the survey has seen
    formats = ("html",)

    def run(self, **_kwargs) -> None:
        """Link a chapter to the glossary, or a glossary to the chapters."""
        name = self.env.docname
        if name.startswith(CHAPTERS):
            self.link_chapter(name)
        if name in terms_of(self.env):
            self.list_chapters(name)

    def link_chapter(self, name: str) -> None:
        """Turn the first occurrence of each term into a link."""
        found = first_occurrences(self.document, entries_for(self.env, name))
        for _, group in groupby(found, key=lambda one: id(one[0])):  # texts that read alike are not the same
            matches = list(group)
            text, new, end = matches[0][0], [], 0
            for _, match, entry in matches:
                new += [nodes.Text(str(text)[end:match.start()]),
                        link(self.app.builder, name, entry.page, entry.anchor, match[0], reftitle=entry.sentence,
                             ids=[entry.place], classes=["glossary-link"])]
                end = match.end()
            where = next(index for index, child in enumerate(text.parent.children) if child is text)
            text.parent[where:where + 1] = [node for node in (*new, nodes.Text(str(text)[end:])) if node.astext()]

    def list_chapters(self, name: str) -> None:
        """Add to each entry the chapters in which it occurs."""
        uses = self.env.glossary_uses
        for item in self.document.findall(nodes.definition_list_item):
            anchors = {anchor for term in item.findall(nodes.term) for anchor in term["ids"]}
            entry = next((entry for entry in terms_of(self.env)[name] if entry.anchor in anchors), None)
            if entry is None:
                continue
            chapters = [chapter for chapter in sorted(uses) if entry.anchor in uses[chapter]]
            line = nodes.paragraph("", f"In chapter{'s' * (len(chapters) != 1)} ", classes=["glossary-uses"])
            for chapter in chapters:
                number = chapter.removeprefix(CHAPTERS)[:2]
                line += [link(self.app.builder, name, chapter, entry.place, number,
                              reftitle=self.env.titles[chapter].astext()), nodes.Text(" ")]
            if len(line) > 1:
                next(item.findall(nodes.definition)).append(line)


def setup(app):
    """Register with Sphinx."""
    app.add_role("forms", forms_role)
    app.add_role("only", only_role)
    app.add_post_transform(GlossaryLinks)
    app.connect("doctree-read", collect)
    app.connect("env-updated", survey)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
