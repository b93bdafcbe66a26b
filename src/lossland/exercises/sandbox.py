"""Run code that a student wrote: bounded in time and memory, and whatever it does is caught.

In the main thread of a system with interval timers (Linux and macOS, Jupyter's kernel among them) the limit is a
signal; elsewhere the code runs in a thread of its own that is sent an exception, and left behind if it swallows
that for a second.  Neither can stop one single call into compiled code that never returns, nor ``os._exit``: only
another process could.
"""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

import numpy as np

T = TypeVar("T")

MEMORY_LIMIT = 4 * 2**30  # bytes beyond what the process uses already: a student's machine survives this
_GRACE = 1.0  # seconds in which a thread must have met the exception sent to it


class TimeLimitExceeded(BaseException):
    """The code did not finish in time.  Not an ``Exception``, so that ``except Exception`` does not stop it."""


def run_limited(work: Callable[[], T], seconds: float) -> T:
    """Return ``work()``, with numerical warnings silenced, or stop it after ``seconds``.

    Args:
        work: A function of no arguments.
        seconds: Time limit (wall clock).

    Returns:
        The value of ``work()``.  Its own exceptions are passed on unchanged.

    Raises:
        TimeLimitExceeded: If the limit was reached, even where ``work`` swallowed the exception and returned.

    >>> run_limited(lambda: 6 * 7, 1.0)
    42
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    limited = _run_with_alarm if in_main_thread and hasattr(signal, "setitimer") else _run_in_thread
    with _memory_limit(), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return limited(work, seconds)


def _run_with_alarm(work: Callable[[], T], seconds: float) -> T:
    ticks = 0

    def inner() -> T:
        return work()

    def on_alarm(_signum: int, frame: FrameType | None) -> None:
        nonlocal ticks
        if not _is_running(inner, frame):
            return
        ticks += 1
        # An `except:` inside a loop swallows the tick; soon one hits the jump back, which is outside the `try`,
        # if it comes a few microseconds after the last one: which few, depends on the machine.
        signal.setitimer(signal.ITIMER_REAL, 0.02 if ticks < 3 else 1e-6 * 1.3 ** (ticks % 20))
        raise TimeLimitExceeded

    handler = signal.signal(signal.SIGALRM, on_alarm)
    started = time.monotonic()
    remaining, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        value = inner()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, handler)
        if remaining:  # give back a timer that somebody else had set
            left = remaining - (time.monotonic() - started)
            signal.setitimer(signal.ITIMER_REAL, max(left, 1e-3), interval)
    if ticks:
        raise TimeLimitExceeded
    return value


def _is_running(function: Callable, frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code is function.__code__:
            return True
        frame = frame.f_back
    return False


def _run_in_thread(work: Callable[[], T], seconds: float) -> T:
    values: list[T] = []
    errors: list[BaseException] = []

    def target() -> None:
        try:
            with np.errstate(all="ignore"):
                values.append(work())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=target, name="answer under test", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        stop = time.monotonic() + _GRACE
        while thread.is_alive() and time.monotonic() < stop:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(thread.ident or 0), ctypes.py_object(TimeLimitExceeded)
            )
            thread.join(0.02)
        raise TimeLimitExceeded
    if errors:
        raise errors[0]
    return values[0]


@contextmanager
def _memory_limit() -> Iterator[None]:
    """Let the process grow by ``MEMORY_LIMIT`` at most, where the system can be told so (Linux).

    A GPU driver maps far more addresses than it uses, so there is no limit where one may be active.
    """
    torch = sys.modules.get("torch")
    if not sys.platform.startswith("linux") or (torch is not None and torch.cuda.is_available()):
        yield
        return
    import resource

    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = used + MEMORY_LIMIT
    if soft != resource.RLIM_INFINITY:
        limit = min(limit, soft)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
