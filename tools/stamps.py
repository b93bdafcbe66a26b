"""Skip a phase whose inputs have not changed: the digest of its inputs is stored when it has succeeded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

IGNORED = {"__pycache__", ".ipynb_checkpoints"}


def files_below(*folders: Path, suffixes: tuple[str, ...] = ()) -> list[Path]:
    """Return all files below the folders (or the files themselves), sorted, caches left out."""
    found: list[Path] = []
    for folder in folders:
        candidates = [folder] if folder.is_file() else folder.rglob("*")
        found += [path for path in candidates if path.is_file() and not IGNORED.intersection(path.parts)]
    return sorted(path for path in found if not suffixes or path.suffix in suffixes)


def digest(paths: Iterable[Path], *words: str) -> str:
    """Return a digest of the names and contents of files and of further words."""
    total = hashlib.sha256("\0".join(words).encode())
    for path in sorted(paths):
        total.update(str(path).encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


class Stamp:
    """The digest of the inputs of a phase at its last success, kept in one small file."""

    def __init__(self, path: Path):
        self.path = path

    def matches(self, value: str, *outputs: Path) -> bool:
        """Tell whether the phase succeeded with these inputs and its outputs still exist."""
        return (
            all(output.exists() for output in outputs)
            and self.path.exists()
            and self.path.read_text("utf8") == value
        )

    def clear(self) -> None:
        """Forget the last success: call this before a phase starts."""
        self.path.unlink(missing_ok=True)

    def set(self, value: str) -> None:
        """Note a success."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(value, "utf8")
