"""The record of a sweep: what was measured, with settings, seeds, versions and the command, in one JSON file.

The record proper does not depend on how it was run: cells are in the order of the sweep, keys sorted, floats written
so that they read back exactly.  The same command on the same versions gives the same bytes with any number of
workers and after any interruption.  What does depend on the run (times, workers, machine) is kept beside it, in
``NAME.run.json``.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lossland.experiments.settings import canonical_json

FORMAT = 1


@dataclass(frozen=True)
class Record:
    """Results of a sweep.

    Attributes:
        experiment: Name of the experiment.
        size: Size of the sweep.
        command: The command that makes the record again.
        versions: Versions of Python and of the packages that were used.
        cells: One dict a cell, in the order of the sweep, with ``settings``, ``replicate``, ``seed`` and ``values``.
        run: Times, workers and machine of the run that made it; ``None`` when that file is missing.
    """

    experiment: str
    size: str
    command: str
    versions: Mapping[str, str]
    cells: tuple[Mapping[str, Any], ...]
    run: Mapping[str, Any] | None = None

    def select(self, **settings: Any) -> Record:
        """Return the record of those cells whose settings have the values given.

        Raises:
            KeyError: If there is no such setting.
        """
        for name in settings:
            if self.cells and name not in self.cells[0]["settings"]:
                raise KeyError(
                    f"{self.experiment} has no setting {name!r}: it has {', '.join(self.cells[0]['settings'])}"
                )
        kept = (c for c in self.cells if all(c["settings"][name] == value for name, value in settings.items()))
        return dataclasses.replace(self, cells=tuple(kept))

    def column(self, name: str) -> np.ndarray:
        """Return a setting, or a measured value, of all cells as an array; ``None`` becomes NaN.

        Raises:
            KeyError: If there is neither a setting nor a value of that name.
        """
        places = [place for place in ("settings", "values") if self.cells and name in self.cells[0][place]]
        if not places:
            known = [*self.cells[0]["settings"], *self.cells[0]["values"]] if self.cells else []
            raise KeyError(f"{self.experiment} has no column {name!r}: it has {', '.join(known) or 'no cells'}")
        entries = [cell[places[0]][name] for cell in self.cells]
        if any(entry is None for entry in entries):
            return np.array([np.nan if entry is None else entry for entry in entries])
        return np.array(entries)


def write_record(record: Record, path: str | Path) -> None:
    """Write a record, and beside it what is known about its run; each file is complete or as it was before.

    Args:
        record: The record.
        path: File of the record, ending in ``.json``.
    """
    path = Path(path)
    content = {name: getattr(record, name) for name in ("experiment", "size", "command", "versions")}
    head = canonical_json({"format": FORMAT, **content}, where="record", indent=1)
    cells = ",\n".join("  " + canonical_json(cell, where="cell") for cell in record.cells)
    write_atomically(path, f'{head.removesuffix("}").rstrip()},\n "cells": [\n{cells}\n ]\n}}\n')
    if record.run is not None:
        write_atomically(run_path(path), canonical_json(dict(record.run), where="run", indent=1) + "\n")


def load_record(name: str | Path) -> Record:
    """Read a record.

    Args:
        name: Name of an experiment, to be found in a folder ``book/records`` or ``records`` here or above, where
            the environment variable LOSSLAND_RECORDS points, or among those of the book, which an installed package
            carries with it; or the path of a file that ends in ``.json``.

    Returns:
        Record: the record.

    Raises:
        FileNotFoundError: If there is none; the message says how to make it.
        ValueError: If the file is no record.
    """
    path = Path(name) if str(name).endswith(".json") else _find(str(name))
    if not path.is_file():
        raise FileNotFoundError(f"there is no record {path}: make it with `lossland reproduce {path.stem}`")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format") != FORMAT:
            raise ValueError("of another format")
        cells = tuple(content.pop("cells"))
        beside = run_path(path)
        run = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else None
        return Record(cells=cells, run=run, **content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} is no record of an experiment ({error}): make it again with `lossland reproduce`"
        ) from error


def run_path(path: Path) -> Path:
    """File for what is known about the run, beside the record at ``path``."""
    return path.with_suffix(".run.json")


def write_atomically(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` so that at any moment the file is complete: the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _find(name: str) -> Path:
    file = f"{name.replace('-', '_')}.json"
    here = Path.cwd()
    folders = [above / folder for above in (here, *here.parents) for folder in ("book/records", "records")]
    package = Path(__file__).parents[1]
    folders += [package.parents[1] / "book" / "records", package / "records"]  # a clone; as it was installed
    if os.environ.get("LOSSLAND_RECORDS"):
        folders.insert(0, Path(os.environ["LOSSLAND_RECORDS"]))
    return next((folder / file for folder in folders if (folder / file).is_file()), Path("book/records") / file)
