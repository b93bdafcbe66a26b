"""Cut MyST text into its fenced blocks and what lies between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

OPENING = re.compile(r"^ {0,3}(?P<fence>`{3,}(?=[^`]*$)|:{3,}|~{3,})(?P<info>.*)$")
DIRECTIVE = re.compile(r"^\{(?P<name>[^}]+)\}\s*(?P<argument>.*)$")
OPTION = re.compile(r"^:(?P<key>[\w-]+):(?:\s+(?P<value>.*))?$")


@dataclass
class Block:
    """One piece of a text: plain lines (``name`` is None) or one fenced block.

    A fenced block that is no directive has an empty ``name`` and its language in ``argument``.
    """

    lines: list[str]
    line_number: int
    name: str | None = None
    argument: str = ""
    options: dict = field(default_factory=dict)
    body: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def _options_and_body(lines: list[str]) -> tuple[dict, list[str]]:
    if lines and lines[0].strip() == "---":
        end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
        if end is not None:
            return yaml.safe_load("\n".join(lines[1:end])) or {}, lines[end + 1 :]
    options: dict = {}
    for i, line in enumerate(lines):
        match = OPTION.match(line.strip())
        if match is None:
            return options, lines[i:]
        value = match["value"] or ""
        options[match["key"]] = yaml.safe_load(value) if value.startswith(("[", "{")) else value.strip()
    return options, []


def _fenced(lines: list[str], number: int, info: str, body: list[str]) -> Block:
    directive = DIRECTIVE.match(info.strip())
    if directive is None:
        return Block(lines, number, name="", argument=info.strip(), body=body)
    options, rest = _options_and_body(body)
    return Block(lines, number, directive["name"], directive["argument"].strip(), options, rest)


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a text in order; joining their ``text`` by newlines gives the text back.

    Raises:
        ValueError: a fence is never closed.

    """
    lines = text.split("\n")
    plain: list[str] = []
    start = i = 0
    while i < len(lines):
        opening = OPENING.match(lines[i])
        if opening is None or (opening["fence"][0] == ":" and not opening["info"].strip()):
            plain.append(lines[i])
            i += 1
            continue
        fence = opening["fence"]
        closing = re.compile(rf"^ {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}\s*$")
        end = next((j for j in range(i + 1, len(lines)) if closing.match(lines[j])), None)
        if end is None:
            raise ValueError(f"line {i + 1}: the block {lines[i].strip()!r} is never closed")
        if plain:
            yield Block(plain, start + 1)
        yield _fenced(lines[i : end + 1], i + 1, opening["info"], lines[i + 1 : end])
        plain, start, i = [], end + 1, end + 1
    if plain:
        yield Block(plain, start + 1)
