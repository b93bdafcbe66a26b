"""Read the cells of a notebook file, whatever became of it on a student's machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

LARGEST = 50 * 2**20  # bytes; a notebook with all its figures has less than a tenth of that


class UnreadableNotebook(ValueError):
    """The file is no notebook; the message says what it is, for the one who handed it in."""


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        key: Its id in the file, or its number where it has none.
        source: Its text.
        is_code: Whether it is code.
        tags: Its tags.
    """

    key: str
    source: str
    is_code: bool
    tags: tuple[str, ...] = ()


def read_cells(path: Path) -> list[Cell]:
    """Return the cells of a notebook in format 4.

    Raises:
        UnreadableNotebook: The file is missing, too large, empty, no JSON, or no notebook of this format.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableNotebook(f"{path.name} has more than {LARGEST // 2**20} MiB; clear its outputs")
        if not path.is_file():
            raise UnreadableNotebook(f"{path.name} cannot be opened: it is no file")
        text = path.read_bytes()
    except OSError as error:
        raise UnreadableNotebook(f"{path.name} cannot be opened: {error.strerror}") from error
    try:
        content = json.loads(text.decode("utf-8-sig"))  # some editors begin a file with a mark
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a ValueError of its own
        raise UnreadableNotebook(f"{path.name} is damaged: it is no JSON text") from error
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise UnreadableNotebook(f"{path.name} is no notebook of format 4: it has no list of cells")
    return [_cell(number, cell) for number, cell in enumerate(cells) if isinstance(cell, dict)]


def _cell(number: int, cell: dict) -> Cell:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    metadata = cell.get("metadata")
    tags = metadata.get("tags", []) if isinstance(metadata, dict) else []
    key = cell.get("id")
    return Cell(
        key if isinstance(key, str) and key else f"cell {number}",
        source if isinstance(source, str) else "",
        cell.get("cell_type") == "code",
        tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
    )
