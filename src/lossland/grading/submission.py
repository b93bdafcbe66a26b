"""What was handed in: one notebook for each student, found in a folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes:
        student: Name of the student's folder, or of the file where there is none.
        path: The notebook, or ``None`` where there is none that could be meant.
        complaint: Why there is none.
    """

    student: str
    path: Path | None
    complaint: str = ""


def find_submissions(folder: str | Path, assignment: str) -> list[Submission]:
    """Find the notebooks: ``FOLDER/student.ipynb``, or ``FOLDER/student/notebook.ipynb`` at any depth.

    A student's folder may hold several notebooks if one has the name of the assignment.  Checkpoints that Jupyter
    leaves behind, hidden files, and what macOS adds to archives do not count.

    Args:
        folder: Where the submissions are.
        assignment: Name of the assignment, without the ending.

    Returns:
        One entry for each student, sorted by name.

    Raises:
        ValueError: The folder does not exist or holds no submission.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"submissions: expected a folder with notebooks, got {str(folder)!r}")
    found = [Submission(_readable(path.stem), path) for path in sorted(folder.glob("*.ipynb")) if _counts(path, folder)]
    for below in sorted(path for path in folder.iterdir() if path.is_dir() and _counts(path, folder)):
        notebooks = sorted(path for path in below.rglob("*.ipynb") if _counts(path, folder))
        found.append(_of_folder(_readable(below.name), notebooks, assignment))
    names = [submission.student for submission in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"submissions: a notebook and a folder have the same name: {', '.join(twice)}")
    if not found:
        raise ValueError(f"submissions: {str(folder)!r} holds no notebook and no folder of a student")
    return sorted(found, key=lambda submission: submission.student)


def _counts(path: Path, folder: Path) -> bool:
    return not any(part.startswith(".") or part == "__MACOSX" for part in path.relative_to(folder).parts)


def _readable(name: str) -> str:
    """A name that can be written, where the bytes of the file's name are no UTF-8."""
    return os.fsencode(name).decode("utf8", "backslashreplace")


def _of_folder(student: str, notebooks: list[Path], assignment: str) -> Submission:
    named = [path for path in notebooks if path.stem == assignment]
    if len(named) == 1 or len(notebooks) == 1:
        return Submission(student, (named or notebooks)[0])
    if not notebooks:
        return Submission(student, None, "There is no notebook in the folder.")
    listed = ", ".join(_readable(path.name) for path in notebooks[:4])
    return Submission(student, None, f"There are several notebooks ({listed}), and not one named {assignment}.ipynb.")
