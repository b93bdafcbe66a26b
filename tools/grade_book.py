"""Hand the book's own notebooks in: the instructor's answers are all right, the student's stubs are all not attempted.

    python -m tools.grade_book [CHAPTER ...]

A chapter is named by the beginning of its file's name, such as 09; all of them take about ten minutes on one core.  It
is a test of chapters, checkers and grader together, from the outside.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from lossland.grading import Submission, read_assignment, try_submission
from tools.places import Places, here

EXPECTED = {"instructor": "correct", "student": "not_attempted"}


@dataclass(frozen=True)
class Graded:
    """What came of one notebook of the book."""

    chapter: str
    kind: str
    verdicts: Counter
    unexpected: list[str]
    seconds: float

    def text(self) -> str:
        counts = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in self.verdicts.items())
        return f"{self.chapter[:2]} {self.kind:<11} {self.seconds:5.1f} s  {counts}  {'; '.join(self.unexpected)}"


def grade_book(places: Places, names: list[str]) -> Iterator[Graded]:
    """Grade both notebooks of each chapter whose name begins with one of ``names``; of all, where there is none.

    Raises:
        ValueError: there is no such chapter or no notebook.

    """
    chapters = [path.stem for path in places.chapters() if not names or path.stem.startswith(tuple(names))]
    if not chapters:
        raise ValueError(f"no chapter begins with {' or '.join(names)}")
    for chapter in chapters:
        assignment = read_assignment(places.notebooks / "student" / f"{chapter}.ipynb")
        for kind, expected in EXPECTED.items():
            path = places.notebooks / kind / f"{chapter}.ipynb"
            trial = try_submission(assignment, Submission(kind, path))
            unexpected = [f"{task.checker}: {outcome.status}, {outcome.message}"
                          for task, outcome in zip(assignment.tasks, trial.outcomes, strict=True)
                          if outcome.status != expected]
            unexpected += [f"{key}: {message}" for key, message in trial.errors.items()]
            verdicts = Counter(outcome.status for outcome in trial.outcomes)
            yield Graded(chapter, kind, verdicts, unexpected, trial.seconds)


def main() -> None:
    """Grade, show a line for each notebook, and end with status 1 where something was not expected."""
    parser = argparse.ArgumentParser(description="Hand the book's own notebooks in.")
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="such as 09; all when none is named")
    failed, answers = 0, 0
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for graded in grade_book(here(), parser.parse_args().chapters):
        print(graded.text(), flush=True)
        failed += len(graded.unexpected)
        answers += sum(graded.verdicts.values())
    print(f"{answers} verdicts, {failed} of them or of the cells not as expected")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
