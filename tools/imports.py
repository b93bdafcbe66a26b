"""Which modules of the package a piece of code depends on, read from its syntax tree and never by importing.

Importing a module makes everything count that it imports in turn.  Importing a package, or a name out of its
``__init__``, makes the whole folder count, because a package may load its modules lazily.
"""

from __future__ import annotations

import ast
import threading
from pathlib import Path

PACKAGE = "lossland"
_ONE_PARSER = threading.Lock()  # the syntax tree of Python 3.11 is not made for two threads at once


def module_paths(package: Path) -> dict[str, Path]:
    """Map the dotted name of each module below the folder of the package to its file."""
    names = {}
    for path in sorted(package.rglob("*.py")):
        parts = [PACKAGE, *path.relative_to(package).with_suffix("").parts]
        if parts[-1] == "__init__":
            parts.pop()
        names[".".join(parts)] = path
    return names


def _is_module_name(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith(f"{PACKAGE}.")
        and node.value.replace(".", "").isidentifier()
    )


def imported_names(code: str, module: str = "", *, is_package: bool = False) -> set[str]:
    """Return dotted names that the code imports; ``from a import b`` gives ``a.b``.

    Args:
        code: Python source; lines of IPython magic must have been removed.
        module: dotted name of the module that holds the code, to resolve relative imports.
        is_package: whether that module is the ``__init__`` of a package.

    """
    found: set[str] = set()
    with _ONE_PARSER:
        tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.split(".")
                up = parents[: len(parents) - node.level + is_package]
                base = ".".join([*up, node.module] if node.module else up)
            found.update(f"{base}.{alias.name}" for alias in node.names)
        elif _is_module_name(node):
            found.add(node.value)
    return found


class Dependencies:
    """Answers, for one state of the package, which of its files a piece of code depends on."""

    def __init__(self, package: Path):
        self.package = package
        self.paths = module_paths(package)
        self._names_of_path = {path: name for name, path in self.paths.items()}
        self._read: dict[Path, set[str]] = {}

    def _imported_by(self, path: Path) -> set[str]:
        """Return the names below the package that a file imports; each file is parsed once."""
        module = self._names_of_path.get(path)
        if module is None:
            return set()
        if path not in self._read:
            names = imported_names(path.read_text("utf8"), module, is_package=path.name == "__init__.py")
            self._read[path] = {name for name in names if name.split(".")[0] == PACKAGE}
        return self._read[path]

    def _files_of_name(self, dotted: str) -> set[Path]:
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            path = self.paths.get(".".join(parts[:length]))
            if path is None:
                continue
            ancestors = {self.paths[".".join(parts[:k])] for k in range(1, length)
                         if ".".join(parts[:k]) in self.paths}
            if path.name == "__init__.py" and length > 1:
                whole = {file for file in path.parent.rglob("*") if file.is_file()}
                return ancestors | {file for file in whole if "__pycache__" not in file.parts}
            return ancestors | {path}
        return set()

    def of(self, code: str) -> set[Path]:
        """Return the files of the package that the code depends on, directly or through other modules."""
        waiting = {name for name in imported_names(code) if name.split(".")[0] == PACKAGE}
        done: set[str] = set()
        files: set[Path] = set()
        while waiting:
            name = waiting.pop()
            done.add(name)
            for path in self._files_of_name(name) - files:
                files.add(path)
                waiting |= self._imported_by(path) - done
        return files
