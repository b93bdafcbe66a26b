"""What was handed in: one notebook for each student, found in a folder."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

NO_NOTEBOOK = (".py", ".html", ".pdf")  # what is handed in instead: told, not passed over


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes:
        student: Name of the student's folder, or of the file where there is none.
        path: The notebook, or the zip that it is in, or ``None`` where there is none that could be meant.
        complaint: Why there is none.
        member: Name of the notebook in the zip.
    """

    student: str
    path: Path | None
    complaint: str = ""
    member: str = ""


def find_submissions(folder: str | Path, assignment: str) -> list[Submission]:
    """Find the notebooks: ``FOLDER/student.ipynb``, or ``FOLDER/student/notebook.ipynb`` at any depth.

    A zip counts as the folder that it holds.  A student's folder may hold several notebooks if one has the name of the
    assignment.  Checkpoints that Jupyter leaves behind, hidden files, and what macOS adds to archives do not count.

    Args:
        folder: Where the submissions are.
        assignment: Name of the assignment, without the ending.

    Returns:
        One entry for each student, sorted by name.

    Raises:
        ValueError: The folder does not exist or holds no submission, or a notebook and a folder have the same name.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"submissions: expected a folder with notebooks, got {str(folder)!r}")
    entries = sorted(path for path in folder.iterdir() if _counts(path, folder))
    found = [Submission(_readable(path.stem), path) for path in entries if path.suffix == ".ipynb"]
    found += [_of_folder(path, assignment) for path in entries if path.is_dir()]
    names = [submission.student for submission in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"submissions: a notebook and a folder have the same name: {', '.join(twice)}")
    for path in entries:  # where there is nothing better from this student
        student = _readable(path.stem)
        if path.suffix in (".zip", *NO_NOTEBOOK) and path.is_file() and student not in names:
            found.append(_chosen(student, _inside(path), assignment, [path.name]))
            names.append(student)
    if not found:
        raise ValueError(f"submissions: {str(folder)!r} holds no notebook and no folder of a student")
    return sorted(found, key=lambda submission: submission.student)


def _counts(path: Path, folder: Path) -> bool:
    return _is_seen(path.relative_to(folder).parts)


def _is_seen(parts: tuple[str, ...]) -> bool:
    return not any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _readable(name: str) -> str:
    """A name that can be written, where the bytes of the file's name are no UTF-8."""
    return os.fsencode(name).decode("utf8", "backslashreplace")


def _of_folder(folder: Path, assignment: str) -> Submission:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and _counts(path, folder))
    notebooks = [(path, "") for path in files if path.suffix == ".ipynb"]
    notebooks = notebooks or [entry for path in files for entry in _inside(path)]
    return _chosen(_readable(folder.name), notebooks, assignment, [path.name for path in files])


def _inside(path: Path) -> list[tuple[Path, str]]:
    """Return the notebooks in a zip; none in what is no zip."""
    if path.suffix != ".zip":
        return []
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name: PurePosixPath(name) for name in archive.namelist()}
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile):  # RuntimeError: a version that nobody has
        return []
    return [(path, name) for name, member in members.items() if member.suffix == ".ipynb" and _is_seen(member.parts)]


def _chosen(student: str, notebooks: list[tuple[Path, str]], assignment: str, files: list[str]) -> Submission:
    named = [(path, member) for path, member in notebooks if PurePosixPath(member or path.name).stem == assignment]
    if len(named) == 1 or len(notebooks) == 1:
        path, member = (named or notebooks)[0]
        return Submission(student, path, member=member)
    if not notebooks:
        instead = f", but {', '.join(map(_readable, files[:4]))}" if files else ""
        return Submission(student, None, f"There is no notebook{instead}: hand in the file that ends in .ipynb.")
    listed = ", ".join(_readable(member or path.name) for path, member in notebooks[:4])
    return Submission(student, None, f"There are several notebooks ({listed}), and not one named {assignment}.ipynb.")
