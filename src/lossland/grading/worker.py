"""The process in which one submission runs: cells in order, and after each stub the checker's verdict.

It reads one JSON object from its standard input and writes one line of JSON for each event.  All that the submission
prints goes nowhere.  The process is started by :mod:`lossland.grading.trial`, which ends it when it does not answer.
"""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lossland.grading.landlock import keep_within
from lossland.grading.limits import forbid, leave_network, limit_memory

_KEPT_TRACES = 200  # characters of an error's message


class CellTimeout(BaseException):
    """A cell has used up its time.  Not an ``Exception``, so that ``except Exception`` does not stop it."""


def main() -> None:
    """Read the request, run the cells that it lists, and report."""
    request = json.load(sys.stdin)
    channel = os.fdopen(os.dup(1), "w", encoding="utf8")

    def tell(event: str, **details: Any) -> None:
        channel.write(json.dumps({"event": event, "word": request["word"], **details}) + "\n")
        channel.flush()

    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    alone = leave_network()
    limit_memory(request["memory"])
    shell, checkers = _shell(), _checkers()
    keep_within([Path.cwd()])
    forbid([Path.cwd()])
    tell("ready", network="none" if alone else "refused")
    _Run(request, shell, checkers, tell).run()
    tell("end")
    os._exit(0)  # what a submission leaves behind (threads, exit handlers) is not waited for


def _shell() -> Any:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"

    class Shell(InteractiveShell):
        """A shell that passes over what only a front end can do, so that the rest of such a cell runs."""

        def enable_gui(self, gui: Any = None) -> None:  # `%matplotlib inline`
            """Nothing is shown."""

        def system(self, cmd: str) -> None:  # `!pip install ...`
            """Programs are not started."""

        def ask_exit(self) -> None:
            """The next cells are run all the same."""

    return Shell.instance(config=config)


def _checkers() -> dict[str, Any]:
    from lossland.exercises import all_checkers

    return dict(all_checkers())


class _Run:
    """One run through a notebook."""

    def __init__(self, request: dict, shell: Any, checkers: dict[str, Any], tell: Callable[..., None]):
        self.tasks: list[dict] = request["tasks"]
        self.cells: list[dict] = request["cells"]
        self.cell_seconds: float = request["cell_seconds"]
        self.skipped_tasks = set(request["skipped_tasks"])
        self.shell, self.checkers, self.tell = shell, checkers, tell
        names = [task["checker"] for task in self.tasks]
        self.alone = {name: number for number, name in enumerate(names) if names.count(name) == 1}
        self.judged: set[int] = set()

    def run(self) -> None:
        """Run all cells; after each, judge the tasks whose stub it is; in the end those without an answer yet."""
        self._listen()
        for cell in self.cells:
            self.tell("cell", key=cell["key"])
            error = self._run_cell(cell["source"])
            if error:
                self.tell("error", key=cell["key"], message=error[:_KEPT_TRACES])
            for number, task in enumerate(self.tasks):
                if task["key"] == cell["key"]:
                    self._judge(number, task)
        for number, task in enumerate(self.tasks):
            if number not in self.judged:
                self._judge(number, task)

    def _listen(self) -> None:
        """Hear at once every verdict that the notebook's own calls of checkers give, should a later cell end all."""
        from lossland.exercises.checker import Checker

        judge = Checker.judge

        def judge_and_tell(checker: Checker, raw: Any, **options: Any) -> Any:
            verdict = judge(checker, raw, **options)
            if checker.name in self.alone:
                self._report(self.alone[checker.name], verdict)
            return verdict

        self._own_judge = judge
        Checker.judge = judge_and_tell

    def _run_cell(self, source: str) -> str:
        with _alarm(self.cell_seconds):
            try:
                result = self.shell.run_cell(source, store_history=False, silent=False)
            except BaseException as error:  # of IPython itself, where a submission has broken it
                return _told(error)
        error = result.error_before_exec or result.error_in_exec
        return _told(error) if error is not None else ""

    def _judge(self, number: int, task: dict) -> None:
        if number in self.skipped_tasks or task["answer"] not in self.shell.user_ns:
            return
        self.tell("judging", task=number)
        answer = self.shell.user_ns[task["answer"]]
        verdict = self._own_judge(self.checkers[task["checker"]], answer)
        if verdict.status != "not_attempted":
            self.judged.add(number)
        self._report(number, verdict)

    def _report(self, number: int, verdict: Any) -> None:
        if verdict.status == "hint":
            return
        self.tell(
            "verdict", task=number, status=verdict.status, message=verdict.message, mistake=verdict.mistake,
            hint=verdict.hint,
        )


def _told(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:  # its text is a submission's code, too
        return type(error).__name__


@contextmanager
def _alarm(seconds: float):
    if not hasattr(signal, "setitimer"):  # Windows: the parent process alone watches the time
        yield
        return

    def ring(_number: int, _frame: Any) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.05)  # again, should an `except:` swallow this one
        raise CellTimeout(f"this cell did not end within {seconds:g} s")

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def reads_the_checker(source: str) -> bool:
    """Tell whether code looks into a checker for its answer instead of giving one."""
    inside = {"checker", "reference", "_REGISTRY", "all_checkers"}
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # commands of IPython are no Python
        return bool(re.search(r"\.(checker|reference)\b|\b(_REGISTRY|all_checkers)\b", source))
    for node in ast.walk(tree):
        names = {node.attr} if isinstance(node, ast.Attribute) else set()
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {part for alias in node.names for part in alias.name.split(".")}
            names |= set((getattr(node, "module", "") or "").split("."))
        if names & inside:
            return True
    return False


if __name__ == "__main__":
    main()
