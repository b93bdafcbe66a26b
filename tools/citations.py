"""The references of the book, as a notebook shows them: Poole et al. (2016)."""

from __future__ import annotations

import codecs
from pathlib import Path

import latexcodec  # noqa: F401  (registers the codec)
from pybtex.database import Entry, parse_file
from pybtex.richtext import Text


def _plain(latex: str) -> str:
    """Return text without commands and braces: accents of LaTeX become letters."""
    return str(Text.from_latex(codecs.decode(latex, "ulatex")))


def _names(entry: Entry) -> str:
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    last = [_plain(" ".join(person.prelast_names + person.last_names)) for person in people]
    if not last:
        return _plain(entry.fields.get("title", entry.key))
    if len(last) == 1:
        return last[0]
    return f"{last[0]} and {last[1]}" if len(last) == 2 else f"{last[0]} et al."


class Citations:
    """Looks up keys of the bibliography."""

    def __init__(self, bibliography: Path):
        self._entries = parse_file(str(bibliography), "bibtex").entries if bibliography.exists() else {}

    def _entry(self, key: str) -> Entry:
        if key not in self._entries:
            raise KeyError(f"no entry {key!r} in the bibliography")
        return self._entries[key]

    def textual(self, key: str) -> str:
        """Return *Names (year)*, with a link where the entry has one."""
        entry = self._entry(key)
        return f"{_names(entry)} ({self._linked(entry)})"

    def parenthetical(self, keys: str) -> str:
        """Return *(Names, year; …)* for keys separated by commas."""
        entries = [self._entry(key.strip()) for key in keys.split(",")]
        return "(" + "; ".join(f"{_names(entry)}, {self._linked(entry)}" for entry in entries) + ")"

    @staticmethod
    def _linked(entry: Entry) -> str:
        year = entry.fields.get("year", "n.d.").replace("{", "").replace("}", "")
        address = entry.fields.get("url")
        if not address and "doi" in entry.fields:
            address = f"https://doi.org/{entry.fields['doi']}"
        return f"[{year}]({address})" if address else year
