"""The process in which one submission runs: cells in order, and after each stub the checker's verdict.

It reads one JSON object from its standard input and writes one line of JSON for each event.  All that the submission
prints goes nowhere.  The process is started by :mod:`lossland.grading.trial`, which ends it when it does not answer.
"""

from __future__ import annotations

import ast
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lossland.grading.limits import forbid, leave_network, limit_memory

_KEPT_TRACES = 200  # characters of an error's message


class CellTimeout(BaseException):
    """A cell has used up its time.  Not an ``Exception``, so that ``except Exception`` does not stop it."""


def main() -> None:
    """Read the request, run the cells that it lists, and report."""
    request = json.load(sys.stdin)
    channel = os.fdopen(os.dup(1), "w", encoding="utf8")

    def tell(event: str, **details: Any) -> None:
        channel.write(json.dumps({"event": event, **details}) + "\n")
        channel.flush()

    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    alone = leave_network()
    limit_memory(request["memory"])
    shell, checkers = _shell(), _checkers()
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
    return InteractiveShell.instance(config=config)


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
        self.heard: dict[str, list] = {}
        self.judged: set[int] = set()

    def run(self) -> None:
        """Run all cells; after each, judge the tasks whose stub it is; in the end those whose stub is gone."""
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
            alone = sum(other["checker"] == task["checker"] for other in self.tasks) == 1
            for verdict in self.heard.get(task["checker"], []) if alone else []:
                self._report(number, verdict)

    def _listen(self) -> None:
        """Hear every verdict that the notebook's own calls of checkers give."""
        from lossland.exercises.checker import Checker

        judge, heard = Checker.judge, self.heard

        def judge_and_tell(checker: Checker, raw: Any, **options: Any) -> Any:
            verdict = judge(checker, raw, **options)
            heard.setdefault(checker.name, []).append(verdict)
            return verdict

        self._own_judge = judge
        Checker.judge = judge_and_tell

    def _run_cell(self, source: str) -> str:
        with _alarm(self.cell_seconds):
            try:
                result = self.shell.run_cell(source, store_history=False, silent=False)
            except BaseException as error:  # of IPython itself, where a submission has broken it
                return f"{type(error).__name__}: {error}"
        error = result.error_before_exec or result.error_in_exec
        return f"{type(error).__name__}: {error}" if error is not None else ""

    def _judge(self, number: int, task: dict) -> None:
        if number in self.skipped_tasks:
            return
        self.judged.add(number)
        if task["answer"] not in self.shell.user_ns:
            return
        self.tell("judging", task=number)
        answer = self.shell.user_ns[task["answer"]]
        self._report(number, self._own_judge(self.checkers[task["checker"]], answer))

    def _report(self, number: int, verdict: Any) -> None:
        if verdict.status == "hint":
            return
        self.tell(
            "verdict", task=number, status=verdict.status, message=verdict.message, mistake=verdict.mistake,
            hint=verdict.hint,
        )


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
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return False
    inside = {"checker", "reference", "_REGISTRY", "all_checkers"}
    return any(
        (isinstance(node, ast.Attribute) and node.attr in inside)
        or (isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & inside)
        for node in ast.walk(tree)
    )


if __name__ == "__main__":
    main()
