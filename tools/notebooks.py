"""Derive the student and the instructor notebook of each chapter.

Both read in plain Jupyter: directives and roles are resolved, an install cell comes first, cell ids do not
depend on chance.  The instructor notebook has the solutions and all outputs of the book's own execution, so that
a strict run of nbval compares with them.  The student notebook has no solutions; it keeps the outputs
of cells marked ``# NBVAL_CHECK_OUTPUT`` and of the stubs, which nbval compares too.  The marks become tags.
"""

from __future__ import annotations

import base64
import copy
import json
import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.citations import Citations
from tools.executions import ExecutionCache
from tools.glued import glued_values, is_glue_record
from tools.labels import Labels, read_labels
from tools.places import Places
from tools.plain_markdown import PlainMarkdown
from tools.roles import Roles
from tools.solutions import without_solutions
from tools.stamps import Stamp, digest, files_below
from tools.student_code import is_empty, without_glue

CHECKED = "# NBVAL_CHECK_OUTPUT"
MARKS = {CHECKED: "nbval-check-output", "# NBVAL_IGNORE_OUTPUT": "nbval-ignore-output"}  # as comments and as tags
STUB = "exercise-stub"
HIDDEN = {"hide-input", "remove-input", "hide-cell", "remove-cell"}
INSTALL = '''\
# Installs the package where it is missing, for instance on Colab; does nothing where it is installed.
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

if importlib.util.find_spec("lossland") is None:
    here = Path.cwd()
    clones = [folder for folder in (here, *here.parents) if (folder / "src" / "lossland").is_dir()]
    wheels = sorted(here.glob("lossland-*.whl"))  # the file of the package, beside this notebook
    sources = [*map(str, clones + wheels[-1:]), os.environ.get("LOSSLAND_SOURCE")]
    if not any(sources):
        raise ModuleNotFoundError(
            "lossland is not installed. The folder of this notebook on the book's site has a file lossland-*.whl: put "
            "it beside the notebook (on Colab: folder symbol on the left, upload) and run this cell again."
        )
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", next(filter(None, sources))], check=True)
    importlib.invalidate_caches()'''
INTRODUCTION = {
    "student": "*This notebook belongs to a chapter of Lossland. Run it from the top. A stub that you have not "
    "filled in reports that it was not attempted; fill it in and run its cell again.*",
    "instructor": "*This notebook belongs to a chapter of Lossland and contains the solutions. Its outputs are "
    "those of the book.*",
}
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def read_text(text: str, path: Path) -> NotebookNode:
    """Read MyST text as a notebook."""
    from myst_nb.core.read import read_myst_markdown_notebook

    return read_myst_markdown_notebook(text, add_source_map=True, path=str(path))


def outputs_in_order(cells: list[NotebookNode], executed: NotebookNode) -> list[NotebookNode]:
    """Find for each code cell, in order, the executed cell with the same code.

    Raises:
        ValueError: a cell was not part of the execution.

    """
    waiting = iter(executed.cells)
    found = []
    for cell in cells:
        match = next((done for done in waiting if done.source == cell.source), None)
        if match is None:
            raise ValueError(f"this cell was never executed:\n{cell.source}")
        found.append(match)
    return found


class Edition:
    """Writes one edition ("student" or "instructor") of a chapter."""

    def __init__(self, kind: str, source: Path, executed: NotebookNode, labels: Labels, citations: Citations):
        self.kind = kind
        self.source = source
        self.executed = executed
        self.labels = labels
        page = f"{source.parent.name}/{source.stem}"
        self.markdown = PlainMarkdown(labels, Roles(page, labels, citations, glued_values(executed)))

    def _outputs(self, code: NotebookNode, done: NotebookNode, tags: list[str]) -> list[NotebookNode]:
        if self.kind == "instructor":
            return copy.deepcopy(done.outputs)
        if CHECKED in code.source or STUB in tags:
            return [copy.deepcopy(output) for output in done.outputs if not is_glue_record(output)]
        return []

    def _code_cells(self, cell: NotebookNode, done: NotebookNode) -> list[NotebookNode]:
        tags = list(cell.metadata.get("tags", []))
        source = without_glue(cell.source) if self.kind == "student" else cell.source
        if is_empty(source):
            return []
        for mark, tag in MARKS.items():
            if source.startswith(mark):
                source = source.removeprefix(mark).lstrip("\n")
                tags.append(tag)
        new = new_code_cell(source)
        if self.kind == "student" and STUB in tags:
            tags.append(MARKS[CHECKED])
        if tags:
            new.metadata["tags"] = tags
        if HIDDEN.intersection(tags):
            new.metadata["jupyter"] = {"source_hidden": True}
            new.metadata["cellView"] = "form"  # hides it on Colab
        new.outputs = self._outputs(cell, done, tags)
        new.execution_count = done.execution_count if new.outputs else None
        about = cell.metadata.get("mystnb", {})
        alt = about.get("image", {}).get("alt")
        for output in new.outputs:
            if "execution_count" in output:
                output["execution_count"] = new.execution_count
            if alt and "image/png" in output.get("data", {}):
                output.metadata["image/png"] = {**output.metadata.get("image/png", {}), "alt": alt}
        figure = about.get("figure")
        return [new, self._caption(figure)] if figure else [new]

    def _caption(self, figure: dict) -> NotebookNode:
        number = f"**{self.labels[figure['name']].short}.** " if "name" in figure else ""
        return new_markdown_cell(number + self.markdown.convert(figure.get("caption", "")))

    def _markdown_cell(self, cell: NotebookNode) -> list[NotebookNode]:
        self.markdown.images.clear()
        text = self.markdown.convert(cell.source)
        if not text:
            return []
        new = new_markdown_cell(text)
        for name, path in self.markdown.images.items():
            data = base64.b64encode((self.source.parent / path).read_bytes()).decode()
            kind = "image/svg+xml" if name.endswith(".svg") else f"image/{name.rsplit('.', 1)[-1]}"
            new.setdefault("attachments", {})[name] = {kind: data}
        return [new]

    def notebook(self) -> NotebookNode:
        """Return the finished notebook."""
        text = self.source.read_text("utf8")
        read = read_text(without_solutions(text) if self.kind == "student" else text, self.source)
        code = [cell for cell in read.cells if cell.cell_type == "code"]
        done = iter(outputs_in_order(code, self.executed))
        cells: list[NotebookNode] = []
        for cell in read.cells:
            cells += self._code_cells(cell, next(done)) if cell.cell_type == "code" else self._markdown_cell(cell)
        title, _, rest = cells[0].source.partition("\n")
        cells[0].source = rest.strip("\n")
        head = [new_markdown_cell(f"{title}\n\n{INTRODUCTION[self.kind]}"), new_code_cell(INSTALL)]
        cells = head + [cell for cell in cells if cell.source]
        for i, cell in enumerate(cells):
            cell["id"] = f"{self.source.stem[:40]}-{i:03d}"
        return new_notebook(cells=cells, metadata=copy.deepcopy(METADATA))


def write_notebooks(places: Places) -> list[Path]:
    """Derive both notebooks of every chapter from the stored executions; skip what has not changed.

    Raises:
        ValueError: a page uses something that has no form in notebooks; the message names page and cell.

    """
    cache = ExecutionCache(places)
    chapters = places.chapters()
    stamp = Stamp(places.build / "stamps" / "notebooks")
    inputs = [*places.pages(), *files_below(places.root / "tools", suffixes=(".py",)),
              places.book / "references.bib", *files_below(places.book / "_static", places.book / "records")]
    value = digest([path for path in inputs if path.exists()], *(cache.digest_of(path) for path in chapters))
    written = [places.notebooks / kind / f"{path.stem}.ipynb" for path in chapters
               for kind in ("student", "instructor")]
    if stamp.matches(value, *written):
        print("  notebooks unchanged")
        return written
    stamp.clear()
    shutil.rmtree(places.notebooks, ignore_errors=True)
    labels = read_labels(places.book, places.pages())
    citations = Citations(places.book / "references.bib")
    for path in chapters:
        execution = cache.lookup(path)
        if execution is None:
            raise ValueError(f"{path.name} has no execution that is true for the present code")
        for kind in ("student", "instructor"):
            target = places.notebooks / kind / f"{path.stem}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                notebook = Edition(kind, path, execution.notebook, labels, citations).notebook()
            except (ValueError, KeyError) as error:
                raise ValueError(f"{path.name}, {kind} notebook: {error.args[0]}") from error
            nbformat.validate(notebook)
            target.write_text(json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf8")
    stamp.set(value)
    print(f"  {len(written)} notebooks written to {places.notebooks.relative_to(places.root)}")
    return written
