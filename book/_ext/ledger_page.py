"""Render the ledger: a filterable page of all entries, and the errata as a story.

Two directives read ``ledger.yml`` next to the text.  ``{ledger}`` makes the table of counts, the filter and
one article per entry, grouped by source; ``{errata}`` tells the corrected and refuted entries source by source, those
of most consequence first: what the source says, what is right, and where the numbers are shown.  In the class edition
an entry that is an exercise of the book keeps its answer to itself.  At its end each chapter says how many statements
it decides, with a link to them.  The script of the filter is loaded on the page of the ledger only; without it the
page is the full list.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from functools import cache
from html import escape
from pathlib import Path

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

SOURCES = {
    "yarotsky": ("Slides on optimization", "D. Yarotsky, Optimization of neural networks"),
    "golikov": ("Slides on the loss landscape", "E. Golikov, Loss function landscape"),
    "glukhov": ("Paper on redundancy", "V. Glukhov, Permutative redundancy and uncertainty of the objective"),
    "review": ("Review of the paper", "A short online review of Glukhov's paper"),
}
VERDICTS = {
    "verified": "verified",
    "verified-under-conditions": "verified under conditions",
    "corrected": "corrected",
    "refuted": "refuted",
    "open": "open",
    "pending": "pending",
}
TOLD_IN_ERRATA = ("corrected", "refuted")
CONSEQUENCES = {  # of an erratum, the heaviest first
    "conclusion": ("What does not follow", "A conclusion of the source falls, or has to be another one."),
    "condition": ("What needs a condition", "True once something is added that the source does not say."),
    "value": ("What gives other numbers", "Who computes with the printed formula gets a wrong result."),
    "notation": ("Slips of the pen", "An index, a name, an order of factors: one sees what is meant."),
}
WITHHELD = "An exercise of this book: work it out, its checker tells you. The full edition says here what it found."
ASSETS = ("ledger_page.js", "ledger_page.css")


def read_ledger(srcdir: str | Path) -> list[dict]:
    """Read the entries in the order of the file.

    Args:
        srcdir: folder of the text, which holds ``ledger.yml``.

    Returns:
        One dictionary per entry.

    Raises:
        ValueError: an entry has a source or verdict that the page does not know.
    """
    entries = yaml.safe_load(Path(srcdir, "ledger.yml").read_text(encoding="utf8"))
    for entry in entries:
        if entry.get("source") not in SOURCES or entry.get("verdict") not in VERDICTS:
            raise ValueError(
                f"ledger.yml: entry {entry.get('id')} has source {entry.get('source')!r} and verdict "
                f"{entry.get('verdict')!r}; expected one of {', '.join(SOURCES)} and one of {', '.join(VERDICTS)}"
            )
        if entry["verdict"] in TOLD_IN_ERRATA and entry.get("consequence") not in CONSEQUENCES:
            raise ValueError(
                f"ledger.yml: entry {entry['id']} is {entry['verdict']} and has the consequence "
                f"{entry.get('consequence')!r}; expected one of {', '.join(CONSEQUENCES)}"
            )
    return entries


def sections_of_chapters(srcdir: str | Path) -> dict[str, tuple[str, str]]:
    """Map each label of a section to the file name and the title of its chapter, in the order of the book."""
    found = {}
    for path in sorted(Path(srcdir, "chapters").glob("*.md")):
        text = path.read_text(encoding="utf8")
        title = re.search(r"^# (.+)$", text, re.M)
        for label in re.findall(r"^\(([^)\s]+)\)=\s*$", text, re.M):
            found[label] = (path.stem, title.group(1) if title else path.stem)
    return found


def raw(html: str) -> nodes.raw:
    """Wrap HTML, which the search index and other builders then leave out."""
    return nodes.raw("", html, format="html")


def formula(tex: str) -> nodes.Node:
    """Make a formula that is typeset with the page."""
    return nodes.math(tex, tex)


def formula_for_later(tex: str) -> nodes.Node:
    """Make a formula that the script of the page has typeset when it comes into view, or when there is time."""
    return raw(f'<span class="ledger-later notranslate nohighlight">\\({escape(tex)}\\)</span>')


class LedgerDirective(SphinxDirective):
    """What both directives share: data, dependencies, links."""

    make_formula = staticmethod(formula)

    def withheld(self, entry: dict) -> bool:
        """Tell whether an entry answers an exercise that this edition leaves to the reader."""
        return self.config.lossland_edition == "class" and entry["kind"] == "exercise" and bool(entry.get("chapter"))

    def with_math(self, text: str) -> list[nodes.Node]:
        """Split a text at its dollar signs into plain text and formulas."""
        parts = enumerate(re.split(r"\$([^$]+)\$", text))
        return [self.make_formula(part) if number % 2 else nodes.Text(part) for number, part in parts if part]

    def labelled(self, label: str, text: str) -> nodes.paragraph:
        """Make a paragraph that opens with a label in bold."""
        return nodes.paragraph("", "", nodes.strong("", label), nodes.Text(" "), *self.with_math(text))

    def load(self) -> list[dict]:
        """Read the ledger and the labels of the chapters, and remember that this page depends on them."""
        self.env.note_dependency(str(Path(self.env.srcdir, "ledger.yml")))
        self.env.note_dependency(__file__)
        for path in sorted(Path(self.env.srcdir, "chapters").glob("*.md")):
            self.env.note_dependency(str(path))
        self.sections = sections_of_chapters(self.env.srcdir)
        return read_ledger(self.env.srcdir)

    def link(self, label: str) -> addnodes.pending_xref:
        """Refer to a section by its label; Sphinx puts the title in."""
        reference = addnodes.pending_xref(
            "", nodes.inline("", label), refdomain="std", reftype="ref", reftarget=label, refexplicit=False,
            refwarn=True, refdoc=self.env.docname,
        )  # fmt: skip
        self.set_source_info(reference)
        return reference

    def where_shown(self, entry: dict) -> list[nodes.Node]:
        """Name the section that treats an entry and the test that decides it."""
        if not entry.get("chapter"):
            return []
        line = nodes.paragraph("", "", nodes.Text("Section: "), self.link(entry["chapter"]), classes=["ledger-where"])
        if entry.get("test"):
            line += [nodes.Text(". Decided by "), nodes.literal("", entry["test"]), nodes.Text(".")]
        return [line]

    def body(self, entry: dict) -> list[nodes.Node]:
        """Make the paragraphs of an entry."""
        if self.withheld(entry):
            return [nodes.paragraph("", WITHHELD), *self.where_shown(entry)]
        content = [nodes.paragraph("", "", *self.with_math(entry["statement"]))]
        if entry.get("correction"):
            content.append(self.labelled("Right is:", entry["correction"]))
        if entry.get("conditions"):
            content.append(self.labelled("Conditions:", entry["conditions"]))
        return content + self.where_shown(entry)

    def section(self, title: str, identifier: str) -> nodes.section:
        """Open a section of this page."""
        section = nodes.section("", nodes.title(title, title), ids=[identifier], names=[])
        self.set_source_info(section)
        return section


class Ledger(LedgerDirective):
    """The page of the ledger: hundreds of formulas, typeset bit by bit."""

    make_formula = staticmethod(formula_for_later)

    def run(self) -> list[nodes.Node]:
        """Make counts, filter and list."""
        entries = self.load()
        result = [raw(counts_table(entries)), raw(filter_form(entries, self.sections))]
        for source, (title, description) in SOURCES.items():
            chosen = [entry for entry in entries if entry["source"] == source]
            if not chosen:
                continue
            section = self.section(title, f"ledger-of-{source}")
            section += nodes.paragraph("", f"{description}: {len(chosen)} entries.")
            for entry in chosen:
                section += [raw(self.opening(entry)), *self.body(entry), raw("</article>")]
            result.append(section)
        return result

    def opening(self, entry: dict) -> str:
        """Open the article of an entry: what the filter looks at, and its heading line."""
        key, verdict = entry["id"], entry["verdict"]
        chapter = self.sections.get(entry.get("chapter"), ("", ""))[0]
        said = ("id", "source", "kind", "place", "verdict") if self.withheld(entry) else entry
        words = " ".join(str(entry[field]) for field in said).lower()
        return (
            f'<article class="ledger-entry" id="ledger-{key}" aria-labelledby="ledger-name-{key}" '
            f'data-source="{entry["source"]}" data-verdict="{verdict}" data-chapter="{escape(chapter)}" '
            f'data-words="{escape(words)}"><p class="ledger-head">'
            f'<span class="ledger-verdict ledger-{verdict}">{VERDICTS[verdict]}</span> '
            f'<a class="ledger-name" id="ledger-name-{key}" href="#ledger-{key}">{key}</a> '
            f'<span class="ledger-place">{escape(entry["kind"])}: {escape(entry["place"])}</span></p>'
        )


class Errata(LedgerDirective):
    """The corrected and refuted entries, told source by source, those of most consequence first."""

    def run(self) -> list[nodes.Node]:
        """Make a section for each source, in it one for each kind of consequence, with one article per entry."""
        told = [entry for entry in self.load() if entry["verdict"] in TOLD_IN_ERRATA]
        result = []
        for source, (title, description) in SOURCES.items():
            of_source = [entry for entry in told if entry["source"] == source]
            if not of_source:
                continue
            section = self.section(title, f"errata-of-{source}")
            section += nodes.paragraph("", f"{description}: {self.counted(of_source)}.")
            for consequence, (heading, meaning) in CONSEQUENCES.items():
                chosen = [entry for entry in of_source if entry["consequence"] == consequence]
                if chosen:
                    part = self.section(heading, f"errata-of-{source}-{consequence}")
                    part += nodes.paragraph("", "", nodes.emphasis("", meaning))
                    for entry in chosen:
                        part += self.story(entry)
                    section += part
            result.append(section)
        return result or [nodes.paragraph("", "No entry has been corrected yet.")]

    @staticmethod
    def counted(entries: list[dict]) -> str:
        """Say how many there are of each consequence."""
        counts = Counter(entry["consequence"] for entry in entries)
        names = {"conclusion": "conclusions", "condition": "conditions", "value": "values", "notation": "slips"}
        return ", ".join(f"{counts[key]} {name}" for key, name in names.items() if counts[key])

    def story(self, entry: dict) -> list[nodes.Node]:
        """Tell one erratum: the source, its words in ours, what is right, where it is shown."""
        key = entry["id"]
        head = nodes.paragraph("", "", classes=["ledger-head"])
        author = SOURCES[entry["source"]][1].split(",")[0]
        head += [nodes.strong("", entry["place"]), nodes.Text(f" ({author}; {VERDICTS[entry['verdict']]})")]
        opening = f'<article class="ledger-entry erratum" id="erratum-{key}">'
        if self.withheld(entry):
            return [raw(opening), head, nodes.paragraph("", WITHHELD), *self.where_shown(entry), raw("</article>")]
        content = [
            head,
            self.labelled("The source says:", entry["statement"]),
            self.labelled("Right is:", entry["correction"]),
        ]
        if entry.get("conditions"):
            content.append(self.labelled("And it needs:", entry["conditions"]))
        return [raw(opening), *content, *self.where_shown(entry), raw("</article>")]


def counts_table(entries: list[dict]) -> str:
    """Write the table of counts by source and verdict; each number leads to its entries."""
    counts = Counter((entry["source"], entry["verdict"]) for entry in entries)
    for entry in entries:
        counts.update([(entry["source"], ""), ("", entry["verdict"]), ("", "")])

    verdicts = {verdict: name for verdict, name in VERDICTS.items() if counts["", verdict]}

    def cell(source: str, verdict: str) -> str:
        number = counts[source, verdict]
        query = "&amp;".join(f"{name}={value}" for name, value in (("source", source), ("verdict", verdict)) if value)
        link = f'<a href="?{query}#ledger-filter">{number}</a>' if number and query else str(number)
        return f"<td>{link}</td>"

    head = "".join(f'<th scope="col">{name}</th>' for name in [*verdicts.values(), "all"])
    rows = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(cell(source, verdict) for verdict in [*verdicts, ""])}</tr>'
        for source, name in [*((key, names[0]) for key, names in SOURCES.items()), ("", "All")]
    )
    return (
        '<div class="ledger-counts-frame" tabindex="0" role="group" aria-label="Counts, scrollable">'
        '<table class="ledger-counts"><caption>Entries by source and verdict</caption>'
        f'<thead><tr><th scope="col">source</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def filter_form(entries: list[dict], sections: dict[str, tuple[str, str]]) -> str:
    """Write the filter, hidden until its script shows it."""
    found = {entry["verdict"] for entry in entries}
    used = {sections[entry["chapter"]][0] for entry in entries if entry.get("chapter") in sections}
    chapters = {name: f"{name[:2]} {title}" for name, title in sections.values() if name in used}

    def select(name: str, label: str, options: dict[str, str]) -> str:
        choices = "".join(f'<option value="{escape(key)}">{escape(text)}</option>' for key, text in options.items())
        return f'<label>{label} <select name="{name}"><option value="">all</option>{choices}</select></label>'

    return (
        '<form class="ledger-filter" id="ledger-filter" role="search" aria-label="Filter the ledger" hidden>'
        + select("source", "Source", {key: names[0] for key, names in SOURCES.items()})
        + select("verdict", "Verdict", {key: text for key, text in VERDICTS.items() if key in found})
        + select("chapter", "Chapter", chapters)
        + '<label>Words <input type="search" name="words" placeholder="relu fixed point"></label>'
        '<button type="reset">Show all</button>'
        '<output role="status" aria-live="polite"></output></form>'
    )


@cache
def chapters_in_the_ledger(srcdir: str) -> dict[str, Counter]:
    """Count the verdicts that each chapter comes to."""
    counts: dict[str, Counter] = {}
    sections = sections_of_chapters(srcdir)
    for entry in read_ledger(srcdir):
        if entry.get("chapter") in sections:
            counts.setdefault(sections[entry["chapter"]][0], Counter()).update([entry["verdict"]])
    return counts


def lead_to_the_ledger(app, doctree: nodes.document, docname: str) -> None:
    """End a chapter with the number of statements that it decides, and a link to their entries."""
    name = docname.removeprefix("chapters/")
    if app.builder.format != "html" or not Path(app.srcdir, "ledger.yml").exists():
        return
    counts = chapters_in_the_ledger(str(app.srcdir)).get(name)
    if docname != f"chapters/{name}" or not counts:
        return
    number = sum(counts.values())
    verdicts = ", ".join(f"{counts[verdict]} {text}" for verdict, text in VERDICTS.items() if counts[verdict])
    address = f"../ledger.html?chapter={name}#ledger-filter"
    link = nodes.reference("", f"{number} statements of the sources", refuri=address, internal=True)
    line = nodes.paragraph("", "", nodes.Text("This chapter decides "), link, nodes.Text(f": {verdicts}."),
                           classes=["ledger-of-chapter"])
    chapter = next(doctree.findall(nodes.section))
    sections = [node for node in chapter.children if isinstance(node, nodes.section)]
    (sections or [chapter])[-1].append(line)


def copy_assets(app) -> None:
    """Put script and style next to the pages."""
    if app.builder.format == "html":
        target = Path(app.outdir, "_static")
        target.mkdir(parents=True, exist_ok=True)
        for name in ASSETS:
            shutil.copyfile(Path(__file__).with_name(name), target / name)


def add_assets(app, pagename, templatename, context, doctree) -> None:
    """Load script and style on the pages that need them."""
    if doctree is None or app.builder.format != "html":
        return
    if any("ledger-entry" in node.astext() for node in doctree.findall(nodes.raw)):
        app.add_js_file(ASSETS[0], loading_method="defer")
        app.add_css_file(ASSETS[1])


def setup(app):
    """Register with Sphinx."""
    app.add_directive("ledger", Ledger)
    app.add_directive("errata", Errata)
    app.connect("builder-inited", copy_assets)
    app.connect("doctree-resolved", lead_to_the_ledger)
    app.connect("html-page-context", add_assets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
