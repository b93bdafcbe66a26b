"""Turn the roles of MyST inline text into what a notebook can show: names, numbers and values."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from tools.citations import Citations
from tools.glued import formatted
from tools.labels import Labels

ROLE = re.compile(r"\{(?P<role>[a-zA-Z][\w:+-]*)\}(?P<ticks>`+)(?P<content>.+?)(?P=ticks)", re.DOTALL)
EXPLICIT = re.compile(r"^(?P<text>.*?)\s*<(?P<target>[^<>]+)>$", re.DOTALL)
LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?P<target>[^)\s]+)\)")
CODE = re.compile(r"(?<!`)(`+)(?!`)(?:.+?)(?<!`)\1(?!`)", re.DOTALL)


class UnknownRole(ValueError):
    """A role that the notebooks do not know how to show."""


def _split(content: str) -> tuple[str, str]:
    explicit = EXPLICIT.match(content)
    return (explicit["text"], explicit["target"]) if explicit else ("", content.strip())


class Roles:
    """Replaces the roles of one page."""

    def __init__(self, page: str, labels: Labels, citations: Citations, glued: dict[str, str]):
        self.page = page
        self.labels = labels
        self.citations = citations
        self.glued = glued
        plain = lambda content: _split(content)[0] or _split(content)[1]  # noqa: E731
        code = lambda content: f"`{_split(content)[0] or _split(content)[1].split('.')[-1].lstrip('~')}`"  # noqa: E731
        self.table: dict[str, Callable[[str], str]] = {
            "ref": self._ref,
            "numref": self._numref,
            "prf:ref": self._ref,
            "eq": lambda content: self.labels[content.strip()].short,
            "doc": self._doc,
            "cite": self.citations.parenthetical,
            "cite:p": self.citations.parenthetical,
            "cite:t": self.citations.textual,
            "glue:text": self._glue,
            "glue": self._glue,
            "glue:": self._glue,
            "math": lambda content: f"${content}$",
            "term": lambda content: f"*{plain(content)}*",
            "download": plain,
            "abbr": lambda content: "{} ({})".format(*_split(content)) if "<" in content else content,
            "sub": lambda content: f"<sub>{content}</sub>",
            "sup": lambda content: f"<sup>{content}</sup>",
            "kbd": lambda content: f"<kbd>{content}</kbd>",
            "code": lambda content: f"`{content}`",
            "file": lambda content: f"`{content}`",
        } | {f"py:{kind}": code for kind in ("func", "class", "mod", "meth", "attr", "data", "obj", "exc")}

    def _ref(self, content: str) -> str:
        text, target = _split(content)
        label = self.labels[target]
        shown = text.replace("%s", label.number).replace("{number}", label.number) or label.short
        return f"*{shown}*" if label.kind == "section" else shown

    def _numref(self, content: str) -> str:
        text, target = _split(content)
        label = self.labels[target]
        if text:
            return text.replace("%s", label.number).replace("{number}", label.number)
        return f"Section {label.number}" if label.kind == "section" else label.short

    def _doc(self, content: str) -> str:
        text, target = _split(content)
        folder = PurePosixPath("/" if target.startswith("/") else f"/{self.page}").parent
        parts: list[str] = []
        for part in (folder / target.removesuffix(".md")).parts[1:]:
            parts = parts[:-1] if part == ".." else [*parts, part]
        page = "/".join(parts)
        if page not in self.labels.titles:
            raise KeyError(f"no page {target!r} in the book")
        return f"*{text or self.labels.titles[page]}*"

    def _glue(self, content: str) -> str:
        name, _, spec = content.strip().partition(":")
        if name not in self.glued:
            raise KeyError(f"no cell has glued the name {name!r}")
        return formatted(name, self.glued[name], spec)

    def _replace(self, match: re.Match) -> str:
        role = match["role"]
        if role not in self.table:
            raise UnknownRole(f"the role {match[0]!r} has no form in notebooks; use one of {sorted(self.table)}")
        return self.table[role](match["content"])

    def _link(self, match: re.Match) -> str:
        target = match["target"]
        if "://" in target or target.startswith(("mailto:", "attachment:", "data:")):
            return match[0]
        if target.startswith("#"):
            return self._ref(f"{match['text']} <{target[1:]}>")
        return f"*{match['text']}*"

    def resolve(self, text: str) -> str:
        """Replace every role and every link to another page of the book.

        Raises:
            UnknownRole: a role is not in the table.
            KeyError: a label, reference or glued name does not exist.

        """
        text = ROLE.sub(self._replace, text)
        pieces: list[str] = []
        end = 0
        for code in CODE.finditer(text):
            pieces += [LINK.sub(self._link, text[end : code.start()]), code[0]]
            end = code.end()
        return "".join([*pieces, LINK.sub(self._link, text[end:])])
