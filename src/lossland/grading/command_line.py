"""The commands ``lossland grade`` (a folder of notebooks in, tables and feedback out) and ``lossland nbgrader``."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lossland.grading.limits import Limits


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add ``grade`` and ``nbgrader`` to the commands of ``lossland``."""
    grade = commands.add_parser("grade", help="run the checkers over a folder of submitted notebooks")
    grade.set_defaults(command=_grade)
    add = grade.add_argument
    add("submissions", type=Path, help="folder with one notebook, zip or folder for each student")
    add("--assignment", type=Path, required=True, metavar="NOTEBOOK", help="the student notebook that was released")
    add("--output", type=Path, default=Path("graded"), metavar="FOLDER", help="where to write (graded)")
    add("--cell-seconds", type=float, default=Limits.cell_seconds, metavar="S", help="limit for one cell (60)")
    add("--seconds", type=float, default=Limits.total_seconds, metavar="S", help="limit for a notebook (600)")
    add("--memory", type=float, default=Limits.memory / 2**30, metavar="GIB", help="limit for a notebook (6)")
    add("--workers", type=int, default=1, metavar="N", help="notebooks at once (1)")
    bridge = commands.add_parser("nbgrader", help="turn a student notebook into a source notebook of nbgrader")
    bridge.set_defaults(command=_nbgrader)
    bridge.add_argument("notebook", type=Path, help="a student notebook of the book")
    bridge.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="such as source/week-3")
    bridge.add_argument("--points", type=float, default=1.0, metavar="P", help="for a right answer (1)")


def _grade(options: argparse.Namespace) -> int:
    from lossland.grading import Outcome, Trial, find_submissions, read_assignment, try_submission, write_report

    if importlib.util.find_spec("IPython") is None:
        raise ValueError("notebooks need IPython: pip install ipython")
    if options.workers < 1:
        raise ValueError(f"--workers: expected at least 1, got {options.workers}")
    if not 0 < options.memory <= 2**20:
        raise ValueError(f"--memory: expected a number of GiB, got {options.memory}")
    limits = Limits(options.cell_seconds, options.seconds, int(options.memory * 2**30))
    assignment = read_assignment(options.assignment)
    submissions = find_submissions(options.submissions, assignment.name)

    def grade_one(submission):
        try:
            trial = try_submission(assignment, submission, limits)
        except Exception as error:  # a fault of ours costs one submission its verdicts, not the class
            outcome = Outcome("unreadable", "The grader failed on this notebook.")
            told = f"the grader failed: {type(error).__name__}: {error}"
            trial = Trial(submission.student, [outcome] * len(assignment.tasks), notes=[told])
        notes = f"  ({'; '.join(trial.notes)})" if trial.notes else ""
        sys.stdout.write(f"{trial.student}: {trial.points} of {len(trial.outcomes)} in {trial.seconds:.0f} s{notes}\n")
        sys.stdout.flush()
        return trial

    with ThreadPoolExecutor(options.workers) as pool:
        trials = list(pool.map(grade_one, submissions))
    written = write_report(assignment, trials, options.output)
    sys.stdout.write(f"{written[0]}, {written[1].name} and {len(written) - 2} pages of feedback\n")
    return 0


def _nbgrader(options: argparse.Namespace) -> int:
    from lossland.grading.nbgrader import nbgrader_notebook

    notebook = nbgrader_notebook(options.notebook, options.points)
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / options.notebook.name
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf8")
    tests = sum(cell["metadata"].get("nbgrader", {}).get("grade", False) for cell in notebook["cells"])
    sys.stdout.write(f"{path}: {tests} tests, {options.points:g} points each\n")
    return 0
