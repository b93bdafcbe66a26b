"""The class edition: the same book without any solution, in sources and pages and search index.

Its sources are a copy without solutions.  Its numbers are those of the book's own execution, from which the
outputs of the cells that remain are taken; the run of the student notebooks proves that these cells do
without the solutions.
"""

from __future__ import annotations

import copy
import shutil
from dataclasses import replace
from pathlib import Path

import yaml

from tools.executions import ExecutionCache, read_notebook
from tools.notebooks import outputs_in_order
from tools.places import Places
from tools.solutions import without_solutions

LEFT_OUT = {"sphinx.ext.viewcode"}  # would show the source of the checkers, as their examples show answers


def class_places(places: Places) -> Places:
    """Return where the class edition is made."""
    return Places(places.build / "class")


def copy_sources(places: Places) -> Places:
    """Copy the book without its solutions, its table of contents and its settings."""
    target = class_places(places)
    shutil.rmtree(target.book, ignore_errors=True)
    shutil.copytree(places.book, target.book, ignore=shutil.ignore_patterns("__pycache__", "_build"))
    for page in target.book.rglob("*.md"):
        try:
            page.write_text(without_solutions(page.read_text("utf8")), "utf8")
        except ValueError as error:
            raise ValueError(f"{page.relative_to(target.book)}: {error}") from error
    for name in ("_toc.yml", "CHANGELOG.md"):
        if (places.root / name).exists():
            shutil.copyfile(places.root / name, target.root / name)
    settings = yaml.safe_load((places.root / "_config.yml").read_text("utf8"))
    settings["title"] = f"{settings['title']} (class edition)"
    sphinx = settings["sphinx"]
    sphinx["extra_extensions"] = [name for name in sphinx["extra_extensions"] if name not in LEFT_OUT]
    sphinx["config"]["lossland_edition"] = "class"
    (target.root / "_config.yml").write_text(yaml.safe_dump(settings, sort_keys=False), "utf8")
    return target


def _without_counts(cells: list) -> list:
    for count, cell in enumerate(cells, 1):
        cell["execution_count"] = count
        for output in cell.outputs:
            if "execution_count" in output:
                output["execution_count"] = count
    return cells


def borrow_executions(places: Places, target: Places) -> None:
    """Fill the execution cache of the class edition with the outputs of the book's own execution."""
    shutil.rmtree(target.cache, ignore_errors=True)
    own, borrowed = ExecutionCache(places), ExecutionCache(target)
    for source in places.chapters():
        execution = own.lookup(source)
        if execution is None:
            raise ValueError(f"{source.name} has no execution that is true for the present code")
        page = target.book / source.relative_to(places.book)
        notebook = read_notebook(page)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        done = _without_counts(copy.deepcopy(outputs_in_order(code, execution.notebook)))
        for cell, executed in zip(code, done, strict=True):
            cell.outputs = executed.outputs
            cell.execution_count = executed.execution_count
        borrowed.store(replace(execution, source=page, notebook=notebook), own.digest_of(source))


def prepare(places: Places) -> Places:
    """Make sources and cache of the class edition; return its places."""
    target = copy_sources(places)
    borrow_executions(places, target)
    return target


def built_files(site: Path) -> list[Path]:
    """Return the files of a built site in which text could be read."""
    return [path for path in site.rglob("*") if path.suffix in {".html", ".js", ".ipynb", ".md", ".txt", ".inv"}]
