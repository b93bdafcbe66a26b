"""Turn MyST directives into Markdown that reads well in Jupyter and Colab.

Boxes become quotations with a bold title, hints become ``<details>``, exercises and solutions become headings,
figures become attached images.  A directive that is not in the table stops the build with its name and line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tools.fences import Block, blocks
from tools.labels import MATH_LABEL, TARGET, Labels
from tools.roles import Roles

ADMONITIONS = {"note": "Note", "tip": "Tip", "hint": "Hint", "warning": "Warning", "important": "Important",
               "caution": "Caution", "attention": "Attention", "seealso": "See also", "danger": "Danger"}
TRANSPARENT = {"grid", "tab-set", "card-carousel", "margin", "sidebar", "epigraph", "div", "container"}
TITLED = {"tab-item", "grid-item-card", "card", "grid-item"}
DROPPED = {"index", "bibliography", "contents", "materials"}
ATTRIBUTES = re.compile(r"^\{[.#][^}]*\}$")
INLINE_TICKS = re.compile(r"`[^`]*`")


class UnknownDirective(ValueError):
    """A directive that the notebooks do not know how to show."""


def quoted(text: str) -> str:
    """Quote every line; a displayed formula becomes one line, since Jupyter would read its ``>`` as math."""
    lines: list[str] = []
    formula: list[str] | None = None
    for line in text.strip("\n").split("\n"):
        odd = INLINE_TICKS.sub("", line).count("$$") % 2 == 1
        if formula is not None:
            formula.append(line.strip())
            if odd:
                lines.append(" ".join(formula))
                formula = None
        elif odd:
            formula = [line.strip()]
        else:
            lines.append(line)
    return "\n".join(f"> {line}".rstrip() for line in lines + (formula or []))


@dataclass
class PlainMarkdown:
    """Converts the Markdown cells of one page; collects the images that they need."""

    labels: Labels
    roles: Roles
    images: dict[str, str] = field(default_factory=dict)  # name in the notebook -> path in the source

    def convert(self, text: str) -> str:
        """Return the text in plain Markdown.

        Raises:
            UnknownDirective: a directive is not in the table.

        """
        parts = [self._text(block) if block.name is None else self._block(block) for block in blocks(text)]
        joined = "\n\n".join(part.strip("\n") for part in parts if part.strip())
        return re.sub(r"\n{3,}", "\n\n", joined)

    def _text(self, block: Block) -> str:
        kept: list[str] = []
        formula: list[str] | None = None
        for line in block.lines:
            if TARGET.match(line) or line.startswith("% ") or ATTRIBUTES.match(line.strip()) or line.strip() == "+++":
                continue
            labelled = MATH_LABEL.match(line)
            if labelled:
                head = line[: line.rindex("$$")]
                line = f"{head}\\tag{{{self.labels[labelled['label']].number}}} $$".strip()
            if formula is None and line.strip().startswith("$$") and line.count("$$") == 1:
                formula = [line]
                continue
            if formula is not None:
                formula.append(line)
                if "$$" in line:
                    kept.append("\n".join(formula))
                    formula = None
                continue
            kept.append(line)
        return self.roles.resolve("\n".join(kept + (formula or [])))

    def _block(self, block: Block) -> str:
        name = block.name or ""
        if name == "":
            return block.text
        if name.startswith("prf:"):
            return self._proof(block)
        if name in ADMONITIONS:
            return self._box(ADMONITIONS[name], block)
        if name in TRANSPARENT:
            return self.convert("\n".join(block.body))
        if name in TITLED:
            return f"**{self.roles.resolve(block.argument)}**\n\n{self._body(block)}" if block.argument \
                else self._body(block)
        if name in DROPPED:
            return ""
        handler = self._handlers().get(name)
        if handler is None:
            raise UnknownDirective(
                f"line {block.line_number} of the cell: the directive {{{name}}} has no form in notebooks; "
                f"use another, or add it to tools/plain_markdown.py"
            )
        return handler(block)

    def _handlers(self) -> dict[str, Callable[[Block], str]]:
        return {
            "admonition": self._admonition,
            "dropdown": self._dropdown,
            "exercise": self._exercise,
            "exercise-start": self._exercise,
            "exercise-end": lambda _block: "",
            "solution": self._solution,
            "solution-start": self._solution,
            "solution-end": lambda _block: "---",
            "math": self._math,
            "explorable": self._explorable,
            "figure": self._figure,
            "image": self._figure,
            "code-block": lambda block: "\n".join([f"```{block.argument}", *block.body, "```"]),
            "code": lambda block: "\n".join([f"```{block.argument}", *block.body, "```"]),
            "table": self._table,
            "list-table": self._list_table,
            "glossary": self._body,
            "raw": lambda block: "\n".join(block.body) if block.argument == "html" else "",
        }

    def _body(self, block: Block) -> str:
        return self.convert("\n".join(block.body))

    def _box(self, title: str, block: Block) -> str:
        text = "\n".join([block.argument, *block.body]) if block.argument and title in ADMONITIONS.values() \
            else "\n".join(block.body)
        return quoted(f"**{title}**\n\n{self.convert(text)}")

    def _admonition(self, block: Block) -> str:
        classes = block.options.get("class", "")
        if "dropdown" in classes:
            return self._dropdown(block)
        return self._box(self.roles.resolve(block.argument), block)

    def _proof(self, block: Block) -> str:
        kind = block.name.removeprefix("prf:").capitalize()
        label = block.options.get("label")
        number = self.labels[label].number if label else ""
        name = f" ({self.roles.resolve(block.argument)})" if block.argument else ""
        title = f"{kind} {number}".strip() + name
        return quoted(f"**{title}.** {self._body(block)}")

    def _dropdown(self, block: Block) -> str:
        title = self.roles.resolve(block.argument) or "Details"
        return f"<details>\n<summary>{title}</summary>\n\n{self._body(block)}\n\n</details>"

    def _exercise(self, block: Block) -> str:
        label = block.options.get("label")
        number = f" {self.labels[label].number}" if label and self.labels[label].number else ""
        title = f" · {self.roles.resolve(block.argument)}" if block.argument else ""
        return f"### Exercise{number}{title}\n\n{self._body(block)}"

    def _solution(self, block: Block) -> str:
        return f"---\n\n#### Solution to exercise {self.labels[block.argument].number}\n\n{self._body(block)}"

    def _math(self, block: Block) -> str:
        label = block.options.get("label")
        tag = f"\n\\tag{{{self.labels[label].number}}}" if label else ""
        return "$$\n" + "\n".join(block.body).strip("\n") + tag + "\n$$"

    def _figure(self, block: Block) -> str:
        image = block.argument.rsplit("/", 1)[-1]
        self.images[image] = block.argument
        label = block.options.get("name")
        number = f"**{self.labels[label].short}.** " if label else ""
        caption = self._body(block) if block.body else ""
        return f"![{block.options.get('alt', '')}](attachment:{image})\n\n{number}{caption}"

    def _explorable(self, block: Block) -> str:
        caption = self.roles.resolve(block.options.get("caption", ""))
        return quoted(f"**Interactive figure**, on the page of this chapter in the book. {caption}")

    def _table(self, block: Block) -> str:
        title = f"**{self.roles.resolve(block.argument)}**\n\n" if block.argument else ""
        return title + self._body(block)

    def _list_table(self, block: Block) -> str:
        rows: list[list[str]] = []
        for line in block.body:
            if line.startswith("* - "):
                rows.append([line[4:].strip()])
            elif line.startswith("  - "):
                rows[-1].append(line[4:].strip())
            elif line.strip() and rows:
                rows[-1][-1] += f" {line.strip()}"
        if not rows:
            return ""
        if not int(block.options.get("header-rows") or 0):
            rows.insert(0, [""] * len(rows[0]))
        rows.insert(1, ["---"] * len(rows[0]))
        title = f"**{self.roles.resolve(block.argument)}**\n\n" if block.argument else ""
        return title + "\n".join("| " + " | ".join(self.roles.resolve(cell) for cell in row) + " |" for row in rows)
