"""Read the cells of a notebook file, whatever became of it on a student's machine."""

from __future__ import annotations

import json
import lzma
import zipfile
import zlib
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


def read_cells(path: Path, member: str = "") -> list[Cell]:
    """Return the cells of a notebook in format 4.

    Args:
        path: The notebook, or a zip.
        member: Name of the notebook in the zip.

    Raises:
        UnreadableNotebook: The file is missing, too large, empty, no JSON, or no notebook of this format.
    """
    try:
        if not path.is_file():
            raise UnreadableNotebook(f"{path.name} cannot be opened: it is no file")
        text = _unpacked(path, member) if member else _read(path)
    except OSError as error:
        raise UnreadableNotebook(f"{path.name} cannot be opened: {error.strerror or error}") from error
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError, KeyError, EOFError) as error:
        raise UnreadableNotebook(f"{path.name} cannot be unpacked: is it damaged, or protected?") from error
    if len(text) > LARGEST:
        raise UnreadableNotebook(f"{path.name} has more than {LARGEST // 2**20} MiB; clear its outputs")
    try:
        content = json.loads(text.decode("utf-8-sig"))  # some editors begin a file with a mark
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a ValueError of its own
        raise UnreadableNotebook(f"{path.name} is damaged: it is no JSON text") from error
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise UnreadableNotebook(f"{path.name} is no notebook of format 4: it has no list of cells")
    return [_cell(number, cell) for number, cell in enumerate(cells) if isinstance(cell, dict)]


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _unpacked(path: Path, member: str) -> bytes:
    with zipfile.ZipFile(path) as archive, archive.open(member) as file:
        return file.read(LARGEST + 1)  # whatever size the archive promises


def cell_key(number: int, cell: dict) -> str:
    """Return the id of a cell, or its number where it has none."""
    key = cell.get("id")
    return key if isinstance(key, str) and key else f"cell {number}"


def _cell(number: int, cell: dict) -> Cell:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    metadata = cell.get("metadata")
    tags = metadata.get("tags", []) if isinstance(metadata, dict) else []
    return Cell(
        cell_key(number, cell),
        source if isinstance(source, str) else "",
        cell.get("cell_type") == "code",
        tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
    )
