"""The cheap experiment, and the command line in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
COMMAND = """
import signal, sys, tosses
from lossland.command_line import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job inherits it ignored
sys.exit(main())
"""
collect_ignore = ["tosses.py"]  # imported by its own name, here and in workers


class Command:
    """Runs ``lossland`` with the cheap experiment known; kills only what it started."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.marks = folder / "marks"
        self.marks.mkdir()
        self._started: list[subprocess.Popen] = []

    def start(self, *words: object, seconds: float = 0.0, trouble: str = "") -> subprocess.Popen:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH")))),
            "TOSSES_MARKS": str(self.marks),
            "TOSSES_SECONDS": str(seconds),
            "TOSSES_TROUBLE": trouble,
            "PYTHONWARNINGS": "ignore",
        }
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *map(str, words)],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def run(self, *words: object, **options) -> subprocess.CompletedProcess:
        process = self.start(*words, **options)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def wait_for_marks(self, number: int) -> None:
        stop = time.monotonic() + 60
        while sum(1 for _ in self.marks.iterdir()) < number:
            assert time.monotonic() < stop, "the sweep does not get on"
            time.sleep(0.01)

    def calls(self) -> int:
        return sum(len(mark.read_text()) for mark in self.marks.iterdir())

    def forget_marks(self) -> None:
        for mark in self.marks.iterdir():
            mark.unlink()

    def end(self) -> None:
        for process in self._started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@pytest.fixture
def command(tmp_path):
    made = Command(tmp_path)
    yield made
    made.end()


@pytest.fixture
def tosses(monkeypatch):
    """The cheap experiment in this process."""
    monkeypatch.syspath_prepend(HERE)
    import tosses

    return tosses.EXPERIMENT


@pytest.fixture(scope="session")
def expected(tmp_path_factory) -> bytes:
    """The record of an uninterrupted run with one worker, in a process of its own."""
    made = Command(tmp_path_factory.mktemp("expected"))
    done = made.run("reproduce", "tosses", "--size", "small", "--output", "record.json")
    made.end()
    assert done.returncode == 0, done.stderr
    return (made.folder / "record.json").read_bytes()
