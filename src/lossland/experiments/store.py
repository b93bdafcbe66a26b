"""Results of a sweep on disk, one row a cell, committed the moment it is finished (SQLite)."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple, Self

from lossland.experiments.settings import canonical_json

_APPLICATION_ID = 0x4C6F7373  # "Loss"
_SCHEMA = """
CREATE TABLE origin (name TEXT PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE cells (key TEXT PRIMARY KEY, text TEXT NOT NULL, digest TEXT NOT NULL, seconds REAL NOT NULL);
"""


class StoreError(RuntimeError):
    """The file cannot be used; the message says why, and what to do."""


class Result(NamedTuple):
    """What a cell gave.

    Attributes:
        values: Its measurements.
        seconds: How long it took.
    """

    values: dict[str, Any]
    seconds: float


class Store:
    """The results of one sweep.  A context manager; one process at a time may have it open.

    A row is written in a transaction of its own with full synchronization, so a process that is killed, or a machine
    that loses power, loses only cells in progress.  Each row carries a digest of its text: a damaged file is found
    out, never believed.

    Args:
        path: The file; made if it does not exist.
        origin: What the results depend on besides the cell: the sweep, versions, a digest of the code.  A file
            with another origin is refused, since mixing the two would give a record that nobody can reproduce.

    Raises:
        StoreError: If the file is damaged, in use, of another origin, or no store.
    """

    def __init__(self, path: str | Path, origin: dict[str, Any]):
        self.path = Path(path)
        try:
            self._open(origin)
        except BaseException as error:
            if hasattr(self, "_connection"):
                self._connection.close()
            if isinstance(error, sqlite3.Error):
                raise self._explained(error) from error
            raise

    def _open(self, origin: dict[str, Any]) -> None:
        self._connection = sqlite3.connect(self.path, timeout=1.0, isolation_level=None)
        execute = self._connection.execute
        execute("PRAGMA locking_mode = EXCLUSIVE")
        execute("PRAGMA synchronous = FULL")
        execute("BEGIN EXCLUSIVE")
        if execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                execute(statement)
            execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            rows = [(name, canonical_json(value, where=name)) for name, value in origin.items()]
            self._connection.executemany("INSERT INTO origin VALUES (?, ?)", rows)
        execute("COMMIT")
        if execute("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
            raise StoreError(f"{self.path} is an SQLite file, but no store of a sweep: choose another --output")
        report = execute("PRAGMA quick_check").fetchone()[0]
        if report != "ok":
            raise StoreError(self._damage(report))
        self._check_origin(origin)

    def _check_origin(self, origin: dict[str, Any]) -> None:
        found = dict(self._connection.execute("SELECT name, text FROM origin"))
        wanted = {name: canonical_json(value, where=name) for name, value in origin.items()}
        changed = sorted(name for name in {*found, *wanted} if found.get(name) != wanted.get(name))
        if changed:
            raise StoreError(
                f"{self.path} holds results of another origin ({', '.join(changed)} changed since): "
                "start again with --fresh, or go back to what they were made with"
            )

    def add(self, key: str, result: Result) -> None:
        """Write the result of one cell and commit it.

        Raises:
            StoreError: If it cannot be written.
        """
        text = canonical_json(result.values, where="result")
        row = (key, text, _digest(key, text), float(result.seconds))
        try:
            self._connection.execute("INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?)", row)
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def results(self) -> dict[str, Result]:
        """Return all results by key.

        Raises:
            StoreError: If a row does not match its digest.
        """
        results = {}
        try:
            for key, text, digest, seconds in self._connection.execute("SELECT * FROM cells"):
                if digest != _digest(key, text):
                    raise StoreError(self._damage(f"the row of cell {key} does not match its digest"))
                results[key] = Result(json.loads(text), seconds)
        except sqlite3.Error as error:
            raise self._explained(error) from error
        return results

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _damage(self, report: str) -> str:
        return f"{self.path} is damaged ({report}): start again with --fresh"

    def _explained(self, error: sqlite3.Error) -> StoreError:
        if "locked" in str(error):
            return StoreError(f"{self.path} is in use by another run: wait for it, or choose another --output")
        if isinstance(error, sqlite3.OperationalError):
            return StoreError(f"{self.path} cannot be used ({error})")
        return StoreError(self._damage(str(error)))


def remove_store(path: str | Path) -> None:
    """Delete the file of a store and its journal, if they exist."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _digest(key: str, text: str) -> str:
    return hashlib.sha256(f"{key}\n{text}".encode()).hexdigest()
