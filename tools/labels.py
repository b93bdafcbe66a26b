"""What each label of the book points to and the number that the site gives it.

Numbers are counted as Sphinx counts them: figures, equations, exercises and each kind of proof box by
themselves, within the chapter whose number the file name carries.  A test compares them with the site.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.fences import Block, blocks

TARGET = re.compile(r"^\((?P<label>[^()\s]+)\)=\s*$")
HEADING = re.compile(r"^(?P<marks>#{1,6})\s+(?P<title>.+?)\s*#*$")
MATH_LABEL = re.compile(r"^.*\$\$\s*\((?P<label>[^()\s]+)\)\s*$")
CHAPTER = re.compile(r"^(\d\d)-")
UNNUMBERED = {"prf:proof"}
NESTING = {"admonition", "note", "tip", "warning", "important", "seealso", "dropdown", "tab-set", "tab-item", "grid",
           "grid-item", "grid-item-card", "card", "margin", "exercise", "solution"}


@dataclass(frozen=True)
class Label:
    """The target of a reference."""

    kind: str  # section | figure | equation | exercise | solution | table | theorem, definition, ...
    number: str
    title: str
    page: str

    @property
    def short(self) -> str:
        """The text of a reference that has none of its own."""
        if self.kind == "equation":
            return f"({self.number})"
        if self.kind == "section":
            return self.title
        if self.kind == "figure":
            return f"Fig. {self.number}"
        if self.kind == "solution":
            return f"Solution to {self.title}"
        return f"{self.kind.capitalize()} {self.number}".strip()


class _Page:
    """Counts through one page."""

    def __init__(self, path: Path, page: str):
        self.page = page
        chapter = CHAPTER.match(path.name) if path.parent.name == "chapters" else None
        self.chapter = str(int(chapter[1])) if chapter else ""
        self.counts: Counter[str] = Counter()
        self.labels: dict[str, Label] = {}
        self.title = ""
        self.sections = [0] * 7
        self.pending: list[str] = []
        self.in_math = False
        self.read(path.read_text("utf8"))

    def number(self, kind: str) -> str:
        self.counts[kind] += 1
        return ".".join(part for part in (self.chapter, str(self.counts[kind])) if part)

    def add(self, label: str | None, kind: str, title: str = "", *, numbered: bool = True) -> None:
        number = self.number(kind) if numbered else ""
        if not label:
            return
        if label in self.labels:
            raise ValueError(f"{self.page}: the label {label!r} is used twice")
        self.labels[label] = Label(kind, number, title, self.page)

    def heading(self, marks: str, title: str) -> None:
        level = len(marks)
        self.sections[level] += 1
        self.sections[level + 1 :] = [0] * (6 - level)
        if level == 1 and not self.title:
            self.title = title
        number = ".".join([self.chapter, *(str(n) for n in self.sections[2 : level + 1])]) if self.chapter else ""
        for label in self.pending:
            self.labels[label] = Label("section", number, title, self.page)
        self.pending = []

    def line(self, line: str) -> None:
        target, heading, labelled = TARGET.match(line), HEADING.match(line), MATH_LABEL.match(line)
        if target:
            self.pending.append(target["label"])
        elif heading:
            self.heading(heading["marks"], heading["title"])
        elif labelled:
            self.add(labelled["label"], "equation")

    def block(self, block: Block) -> None:
        name, options = block.name or "", block.options
        label = options.get("label") or options.get("name")
        if name == "code-cell":
            figure = (options.get("mystnb") or {}).get("figure")
            if figure:
                self.add(figure.get("name"), "figure", figure.get("caption", ""))
        elif name in ("exercise", "exercise-start"):
            self.add(label, "exercise", block.argument, numbered="nonumber" not in options)
        elif name in ("solution", "solution-start"):
            self.add(label, "solution", block.argument, numbered=False)
        elif name.startswith("prf:"):
            self.add(label, name[4:], block.argument,
                     numbered=name not in UNNUMBERED and "nonumber" not in options)
        elif name == "figure":
            self.add(label, "figure")
        elif name == "math" and label:
            self.add(label, "equation")
        elif name in ("table", "list-table", "csv-table") and block.argument:
            self.add(label, "table", block.argument)
        if name in NESTING or name.startswith("prf:"):
            self.read("\n".join(block.body))

    def read(self, text: str) -> None:
        for block in blocks(text):
            if block.name is not None:
                self.block(block)
            else:
                for line in block.lines:
                    self.line(line)


@dataclass(frozen=True)
class Labels:
    """All labels of the book and the titles of its pages."""

    targets: dict[str, Label]
    titles: dict[str, str]

    def __getitem__(self, label: str) -> Label:
        if label not in self.targets:
            raise KeyError(f"nothing in the book is labelled {label!r}")
        return self.targets[label]


def read_labels(book: Path, pages: Iterable[Path]) -> Labels:
    """Count through the pages in order and collect their labels.

    Raises:
        ValueError: a label is used twice.

    """
    targets: dict[str, Label] = {}
    titles: dict[str, str] = {}
    for path in pages:
        if not path.exists():
            continue
        name = path.relative_to(book).with_suffix("").as_posix()
        page = _Page(path, name)
        repeated = targets.keys() & page.labels.keys()
        if repeated:
            raise ValueError(f"{name}: labels used on another page already: {sorted(repeated)}")
        targets |= page.labels
        titles[name] = page.title
    return Labels(targets, titles)
