"""Write what came of an assignment: two tables for the lecturer, a page for each student."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Sequence
from pathlib import Path

from lossland.grading.assignment import Assignment
from lossland.grading.trial import Outcome, Trial

_WORDS = {
    "correct": "correct",
    "incorrect": "not yet",
    "not_attempted": "not attempted",
    "missing": "missing",
    "stopped": "stopped",
    "unreadable": "unreadable",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>:root {{ color-scheme: light dark }} body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem;
margin: 2rem auto; padding: 0 1rem }} section {{ border-left: 6px solid #8a8a8a; padding: 0 1rem; margin: 1.5rem 0 }}
section.correct {{ border-color: #009e73 }} section.incorrect, section.stopped {{ border-color: #d55e00 }}
h2 {{ font-size: 1.1rem; margin: 0 }} p {{ margin: .3rem 0 }}</style></head>
<body><h1>{title}</h1>
<p>{points} of {of} right.</p>
{sections}{errors}</body></html>
"""


def write_report(assignment: Assignment, trials: Sequence[Trial], folder: str | Path) -> list[Path]:
    """Write ``grades.csv`` (a row for each student), ``verdicts.csv`` (a row for each answer) and feedback pages.

    Every file is written whole or not at all.  Text that a spreadsheet would take for a formula gets an apostrophe.

    Args:
        assignment: What was asked.
        trials: What came of each submission.
        folder: Where to write; it is made where it does not exist.

    Returns:
        The files written.
    """
    folder = Path(folder)
    (folder / "feedback").mkdir(parents=True, exist_ok=True)
    written = [
        _write(folder / "grades.csv", _table(_grades(assignment, trials))),
        _write(folder / "verdicts.csv", _table(_verdicts(assignment, trials))),
    ]
    for name, trial in zip(_file_names([trial.student for trial in trials]), trials, strict=True):
        written.append(_write(folder / "feedback" / f"{name}.html", feedback_page(assignment, trial)))
    return written


def _file_names(students: Sequence[str]) -> list[str]:
    """Return a file name for each student that every system takes, and no two alike."""
    names: list[str] = []
    for student in students:
        stem = re.sub(r"[^\w.-]+", "_", student).lstrip(".") or "student"
        name, number = stem, 2
        while name.lower() in (taken.lower() for taken in names):
            name, number = f"{stem}-{number}", number + 1
        names.append(name)
    return names


def _write(path: Path, text: str) -> Path:
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.write_text(text, "utf8", errors="replace", newline="")  # an error may hold half a character
    unfinished.replace(path)
    return path


def _table(rows: list[list]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([[_cell(value) for value in row] for row in rows])
    return file.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _grades(assignment: Assignment, trials: Sequence[Trial]) -> list[list]:
    checkers = [task.checker for task in assignment.tasks]
    head = ["student", "points", "of", *checkers, "seconds", "notes"]
    return [head] + [
        [trial.student, trial.points, len(checkers), *(outcome.points for outcome in trial.outcomes),
         round(trial.seconds, 1), "; ".join(trial.notes)]
        for trial in trials
    ]


def _verdicts(assignment: Assignment, trials: Sequence[Trial]) -> list[list]:
    head = ["student", "exercise", "checker", "verdict", "mistake", "message"]
    return [head] + [
        [trial.student, task.title, task.checker, _WORDS[outcome.status], outcome.mistake or "", outcome.message]
        for trial in trials
        for task, outcome in zip(assignment.tasks, trial.outcomes, strict=True)
    ]


def feedback_page(assignment: Assignment, trial: Trial) -> str:
    """Return the page for one student: each exercise with its verdict, and the cells that raised an error."""
    sections = "".join(
        _section(task.title, task.checker, outcome)
        for task, outcome in zip(assignment.tasks, trial.outcomes, strict=True)
    )
    errors = "".join(f"<li>{_marked_up(message)}</li>" for message in trial.errors.values())
    return _PAGE.format(
        title=html.escape(f"{assignment.name}: {trial.student}"), points=trial.points, of=len(trial.outcomes),
        sections=sections, errors=f"<h2>Cells that stopped with an error</h2>\n<ul>{errors}</ul>\n" if errors else "",
    )


def _section(title: str, checker: str, outcome: Outcome) -> str:
    hint = f"<p><em>Hint:</em> {_marked_up(outcome.hint)}</p>" if outcome.hint else ""
    return (
        f'<section class="{outcome.status}"><h2>{_marked_up(title)}</h2><p><code>{html.escape(checker)}</code>: '
        f"<strong>{_WORDS[outcome.status]}.</strong> {_marked_up(outcome.message)}</p>{hint}</section>\n"
    )


def _marked_up(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))
