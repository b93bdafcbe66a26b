"""A bridge to nbgrader: the released notebook with its metadata, so that ``nbgrader autograde`` gives the points.

A stub becomes an autograded answer.  After it comes a locked test cell for each of its checkers: it shows the verdict,
so that it is part of the feedback, and ends with the points as a number, which nbgrader takes for the score (its
partial credit: a number between 0 and the points of the cell).  nbgrader puts locked cells back as they were released.

Source: the documentation of nbgrader 0.9, *Metadata* (schema version 3) and *Autograder tests cell partial credit*.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lossland.exercises import all_checkers
from lossland.grading.assignment import Task, read_assignment
from lossland.grading.notebook_file import cell_key

SCHEMA = 3
TEST = '''\
# The verdict and the points: 0 or {points!r}. This cell belongs to the grader.
from IPython.display import display
from {module} import {checker}

verdict = {checker}({answer})
display(verdict)
{points!r} * verdict.is_correct'''


def nbgrader_notebook(path: str | Path, points: float = 1.0) -> dict[str, Any]:
    """Return a released notebook of the book as a source notebook of nbgrader.

    Args:
        path: A student notebook of the book, or an excerpt of one.
        points: What a right answer is worth.

    Returns:
        The notebook as JSON content.  What is no stub stays as it is.

    Raises:
        ValueError: The points are not positive, or the file is no assignment.
    """
    if not 0 < points < 2**31:
        raise ValueError(f"points: expected a positive number, got {points!r}")
    path = Path(path)
    tasks = read_assignment(path).tasks
    notebook = json.loads(path.read_text("utf-8-sig"))
    cells: list[dict[str, Any]] = []
    for number, cell in enumerate(notebook["cells"]):
        cells.append(cell)
        own = [task for task in tasks if task.key == cell_key(number, cell)]
        if own:
            marks = _marks(f"answer-{tasks.index(own[0]) + 1}", solution=True)
            cell.setdefault("metadata", {})["nbgrader"] = marks
        cells += [_test_cell(f"test-{tasks.index(task) + 1}-{task.checker}", task, points) for task in own]
    return {**notebook, "cells": cells}


def _marks(name: str, *, solution: bool, points: float | None = None) -> dict[str, Any]:
    marks = {"schema_version": SCHEMA, "grade_id": name, "cell_type": "code", "task": False, "solution": solution,
             "grade": not solution, "locked": not solution}
    return marks if points is None else {**marks, "points": points}


def _test_cell(name: str, task: Task, points: float) -> dict[str, Any]:
    module = all_checkers()[task.checker].inspect_answer.__module__
    source = TEST.format(module=module, checker=task.checker, answer=task.answer, points=float(points))
    return {
        "cell_type": "code", "id": name[:64], "execution_count": None, "outputs": [],
        "metadata": {"nbgrader": _marks(name, solution=False, points=points)},
        "source": source.splitlines(keepends=True),
    }
