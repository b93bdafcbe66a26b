"""What was asked: the exercises of a released notebook, found by their stubs."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from lossland.exercises import all_checkers
from lossland.grading.notebook_file import UnreadableNotebook, read_cells

STUB = "exercise-stub"
HEADING = re.compile(r"^\s*(?:#+\s*|\*\*)(Exercise\b.*?)(?:\*\*)?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Task:
    """One thing to be answered.

    Attributes:
        checker: Name of the checker that judges it.
        answer: Name that the answer has in the released stub.
        key: Id of the stub's cell.
        title: Heading of the exercise in the notebook, or the name of the checker.
    """

    checker: str
    answer: str
    key: str
    title: str


@dataclass(frozen=True)
class Assignment:
    """What was released.

    Attributes:
        name: Stem of the notebook's name.
        tasks: What is to be answered, in the order of the notebook.
    """

    name: str
    tasks: tuple[Task, ...]


def read_assignment(path: str | Path) -> Assignment:
    """Read the released notebook: each cell tagged ``exercise-stub`` that calls a checker is a task.

    Args:
        path: A student notebook of the book, or an excerpt of one.

    Returns:
        The tasks, in order.

    Raises:
        ValueError: The file is no notebook, has no stub, a stub cannot be parsed, or calls a checker that this
            version of the package does not have.
    """
    path = Path(path)
    try:
        cells = read_cells(path)
    except UnreadableNotebook as error:
        raise ValueError(f"assignment: {error}") from error
    tasks: list[Task] = []
    title = ""
    for cell in cells:
        if not cell.is_code:
            title = (HEADING.findall(cell.source) or [title])[-1]
        elif STUB in cell.tags:
            tasks += _tasks_of(cell.source, cell.key, title, path.name)
    if not tasks:
        raise ValueError(
            f"assignment: {path.name} has no stub (a cell tagged {STUB!r} that calls a checker); "
            "pass a student notebook of the book"
        )
    unknown = sorted({task.checker for task in tasks} - set(all_checkers()))
    if unknown:
        listed = ", ".join(unknown)
        raise ValueError(f"assignment: {path.name} calls checkers that this version does not have: {listed}")
    return Assignment(path.stem, tuple(tasks))


def _tasks_of(source: str, key: str, title: str, name: str) -> list[Task]:
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise ValueError(f"assignment: the stub {key!r} of {name} is no Python: {error.msg}") from error
    tasks = []
    for node in tree.body:
        call = node.value if isinstance(node, ast.Expr) else None
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id.startswith("check_")):
            continue
        if len(call.args) == 1 and not call.keywords and isinstance(call.args[0], ast.Name):
            tasks.append(Task(call.func.id, call.args[0].id, key, title or call.func.id))
    return tasks
