"""Try one submission: start its process, watch it, and run it again without what stopped it."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from lossland.grading.assignment import Assignment, Task
from lossland.grading.fonts import give_fonts
from lossland.grading.limits import Limits
from lossland.grading.notebook_file import Cell, UnreadableNotebook, read_cells
from lossland.grading.submission import Submission

Status = Literal["correct", "incorrect", "not_attempted", "missing", "stopped", "unreadable"]

_START, _GRACE = 180.0, 10.0  # seconds to load torch on a busy machine; beyond a cell's own limit
_RANK = {"missing": 0, "not_attempted": 1, "stopped": 2, "incorrect": 3, "correct": 4}
_MESSAGES = {
    "missing": "The notebook has no `{answer}`: was the cell deleted, or the name changed?",
    "not_attempted": "The stub is as it was.",
    "error": "The cell stopped with an error before `{answer}` was answered: {error}",
}


@dataclass(frozen=True)
class Outcome:
    """What came of one task.

    Attributes:
        status: ``correct``, ``incorrect`` or ``not_attempted`` as the checker said; ``missing`` when the notebook has
            no answer of this name; ``stopped`` when its cell did not reach its end; ``unreadable``
            when there is no notebook to run.
        message: The sentence for the student.
        mistake: Name of the typical mistake that was recognized.
        hint: What to look at next.
    """

    status: Status
    message: str
    mistake: str | None = None
    hint: str | None = None

    @property
    def points(self) -> int:
        """One for a right answer, else none."""
        return int(self.status == "correct")


@dataclass
class Trial:
    """All about one submission.

    Attributes:
        student: Whose it is.
        outcomes: One for each task of the assignment.
        errors: Cells that raised: their key and the error.
        notes: Remarks for the lecturer.
        seconds: How long all attempts took.
    """

    student: str
    outcomes: list[Outcome] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def points(self) -> int:
        """Number of right answers."""
        return sum(outcome.points for outcome in self.outcomes)


def try_submission(assignment: Assignment, submission: Submission, limits: Limits | None = None) -> Trial:
    """Run a submission in processes of its own and hear the verdict on each task.

    Args:
        assignment: What was asked.
        submission: What was handed in.
        limits: Time and memory; the defaults when ``None``.

    Returns:
        The trial.  Whatever the submission does, there is one outcome for each task.
    """
    limits = limits or Limits()
    started = time.monotonic()
    trial = Trial(submission.student)
    try:
        if submission.path is None:
            raise UnreadableNotebook(submission.complaint)
        cells = [cell for cell in read_cells(submission.path, submission.member) if cell.is_code]
    except UnreadableNotebook as error:
        trial.outcomes = [Outcome("unreadable", str(error)) for _ in assignment.tasks]
        return trial
    _Trying(assignment, cells, limits, trial, started + limits.total_seconds).run()
    trial.seconds = time.monotonic() - started
    return trial


class _Trying:
    """The attempts at one notebook: each leaves out the cells and tasks that stopped those before."""

    def __init__(self, assignment: Assignment, cells: list[Cell], limits: Limits, trial: Trial, deadline: float):
        self.assignment, self.cells, self.limits, self.trial = assignment, cells, limits, trial
        self.deadline = deadline
        self.word = secrets.token_hex(16)  # what the notebook writes into the pipe by itself does not have it
        self.stopped: dict[str, str] = {}
        self.stopped_tasks: dict[int, str] = {}
        self.best: dict[int, Outcome] = {}

    def run(self) -> None:
        """Attempt until the notebook ends, the attempts are used up, or the time is."""
        from lossland.grading.worker import reads_the_checker

        if any(reads_the_checker(cell.source) for cell in self.cells):
            self.trial.notes.append("looks into a checker: read this one yourself")
        ended = False
        for _ in range(self.limits.attempts):
            ended = self._attempt()
            if ended or time.monotonic() >= self.deadline:
                break
        if not ended:
            self.trial.notes.append("did not reach its end")
        self.trial.outcomes = [self._outcome(number) for number in range(len(self.assignment.tasks))]
        if ended and all(outcome.status == "missing" for outcome in self.trial.outcomes):
            self.trial.notes.append("has none of the exercises: another notebook?")

    def _outcome(self, number: int) -> Outcome:
        task = self.assignment.tasks[number]
        why = self.stopped_tasks.get(number) or self._why_stopped(task)
        best = self.best.get(number)
        if why and (best is None or best.status in ("missing", "not_attempted")):
            return Outcome("stopped", why)
        return best or Outcome("missing", _MESSAGES["missing"].format(answer=task.answer))

    def _why_stopped(self, task: Task) -> str | None:
        """Return why the cell of a task did not end: the stub's, or one that has lost its id but calls the checker."""
        calls = (cell.key for cell in self.cells if re.search(rf"\b{task.checker}\(", cell.source))
        for key in (task.key, *calls):
            error = self.trial.errors.get(key)
            if key in self.stopped or error:
                return self.stopped.get(key) or _MESSAGES["error"].format(answer=task.answer, error=error)
        return None

    def _attempt(self) -> bool:
        """Run once; return whether the end was reached."""
        with tempfile.TemporaryDirectory(prefix="submission-", ignore_cleanup_errors=True) as folder:
            process = _start(folder, self._request())
            where: dict[str, str | int | None] = {"cell": None, "task": None}
            try:
                why = self._watch(process, where)
            finally:
                _end(process)
        if why is None:
            return True
        if where["task"] is not None:
            self.stopped_tasks[int(where["task"])] = why
        elif where["cell"] is not None:
            self.stopped[str(where["cell"])] = why
        else:
            self.trial.notes.append(f"did not start: {why}")
            self.deadline = 0.0
        return False

    def _request(self) -> str:
        cells = [{"key": cell.key, "source": cell.source} for cell in self.cells if cell.key not in self.stopped]
        tasks = [{"checker": t.checker, "answer": t.answer, "key": t.key} for t in self.assignment.tasks]
        return json.dumps({
            "cells": cells, "tasks": tasks, "skipped_tasks": sorted(self.stopped_tasks),
            "cell_seconds": self.limits.cell_seconds, "memory": self.limits.memory, "word": self.word,
        })

    def _watch(self, process: subprocess.Popen, where: dict) -> str | None:
        """Read events until the end; return why there was none, with the place in ``where``."""
        events = _lines_of(process)
        until = time.monotonic() + _START
        while True:
            left = min(until, self.deadline) - time.monotonic()
            try:
                line = events.get(timeout=max(0.0, left)) if left > 0 else ""
            except queue.Empty:
                line = ""
            if line == "":
                if self.deadline < until:
                    return "The notebook as a whole took too long."
                return f"This cell did not end within {self.limits.cell_seconds:g} s: is there a loop that never ends?"
            if line is None:
                with contextlib.suppress(subprocess.TimeoutExpired):  # it may have closed the pipe and live on
                    process.wait(1.0)
                told = _ending(process.returncode)
                return f"This cell ended its process ({told}); it may have asked for too much memory."
            event = _event(line, self.word)
            kind = event.get("event")
            if kind is None:
                continue
            if kind == "end":
                return None
            if kind in ("ready", "cell", "judging"):
                until = time.monotonic() + self.limits.cell_seconds + _GRACE
            if kind == "ready" and event.get("network") != "none":
                self._note("the system gave it no network of its own: connections were refused in Python only")
            elif kind == "cell":
                where.update(cell=event["key"], task=None)
            elif kind == "judging":
                where.update(task=event["task"])
            elif kind == "error":
                self.trial.errors[event["key"]] = event["message"]
            elif kind == "verdict":
                self._hear(event)

    def _note(self, text: str) -> None:
        if text not in self.trial.notes:
            self.trial.notes.append(text)

    def _hear(self, event: dict) -> None:
        number, status = event["task"], event["status"]
        old = self.best.get(number)
        if old is None or _RANK[status] >= _RANK[old.status]:  # of equal ones the last
            message = _MESSAGES["not_attempted"] if status == "not_attempted" else event["message"]
            self.best[number] = Outcome(status, message, event["mistake"], event["hint"])


def _start(folder: str, request: str) -> subprocess.Popen:
    kept = ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "PYTHONPATH", "SYSTEMROOT")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {
        "HOME": folder, "IPYTHONDIR": folder, "TMPDIR": folder, "MPLBACKEND": "agg", "PYTHONUTF8": "1",
        "MPLCONFIGDIR": str(give_fonts(Path(folder))),
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "lossland.grading.worker"], cwd=folder, env=environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf8", errors="replace",
        start_new_session=True,
    )
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(request)
        process.stdin.close()
    return process


def _end(process: subprocess.Popen) -> None:
    """End the process and all that it may have started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _lines_of(process: subprocess.Popen) -> queue.Queue:
    """Return a queue that gets each line the process writes, and ``None`` in the end.

    Both are short, so that a process that never stops writing fills no memory but its own.
    """
    lines: queue.Queue = queue.Queue(64)

    def read() -> None:
        with process.stdout:
            while line := process.stdout.readline(2**20):
                lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def _event(line: str, word: str) -> dict:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) and event.get("word") == word else {}


def _ending(status: int | None) -> str:
    if status is None:
        return "it cut the line to the grader"
    names = {member.value: member.name for member in signal.Signals}  # not all signals have one
    return f"exit status {status}" if status >= 0 else f"signal {names.get(-status, -status)}"
