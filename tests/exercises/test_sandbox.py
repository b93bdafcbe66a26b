"""Student code is bounded in time and memory, in the main thread and in any other."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from lossland.exercises import check_gaussian_second_moment, sandbox
from lossland.exercises.sandbox import TimeLimitExceeded, run_limited


def endless():
    while True:
        pass


def swallows_inside_a_loop():
    while True:
        try:
            while True:
                len("abc")
        except BaseException:
            pass


def swallows_calls():
    def nothing():
        pass

    while True:
        try:
            for _ in range(100):
                nothing()
        except BaseException:
            continue


def swallows_and_returns():
    try:
        endless()
    except BaseException:
        return 1.0


def sleeps():
    time.sleep(100)


ENDLESS = [endless, swallows_inside_a_loop, swallows_calls, swallows_and_returns]


def in_thread(work):
    results = []

    def target():
        try:
            results.append(work())
        except BaseException as error:
            results.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    return results[0]


@pytest.mark.parametrize("work", [*ENDLESS, sleeps])
def test_endless_work_is_stopped_in_the_main_thread(work):
    for _ in range(3):
        started = time.monotonic()
        with pytest.raises(TimeLimitExceeded):
            run_limited(work, 0.1)
        assert time.monotonic() - started < 3


@pytest.mark.parametrize("work", [endless, swallows_and_returns])
def test_endless_work_is_stopped_in_another_thread(work):
    before = threading.active_count()
    started = time.monotonic()
    assert isinstance(in_thread(lambda: run_limited(work, 0.1)), TimeLimitExceeded)
    assert time.monotonic() - started < 3
    assert threading.active_count() == before, "the thread with the student's code is still there"


def test_without_interval_timers_a_thread_is_used(monkeypatch):
    monkeypatch.delattr(signal, "setitimer")
    with pytest.raises(TimeLimitExceeded):
        run_limited(endless, 0.1)
    assert run_limited(threading.current_thread, 1.0).name == "answer under test"


def test_a_sleeping_thread_is_left_behind_in_bounded_time(monkeypatch):
    monkeypatch.setattr(sandbox, "_GRACE", 0.1)
    started = time.monotonic()
    assert isinstance(in_thread(lambda: run_limited(lambda: time.sleep(3), 0.1)), TimeLimitExceeded)
    assert time.monotonic() - started < 2


def test_values_and_exceptions_pass_through():
    assert run_limited(lambda: 42, 1.0) == 42
    assert in_thread(lambda: run_limited(lambda: 42, 1.0)) == 42
    with pytest.raises(KeyError):
        run_limited(lambda: {}["missing"], 1.0)
    assert isinstance(in_thread(lambda: run_limited(lambda: {}["missing"], 1.0)), KeyError)


def test_nothing_is_left_behind():
    def handler(signum, frame):
        raise AssertionError("the timer of somebody else went off")

    previous = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 30.0)
        limits = resource.getrlimit(resource.RLIMIT_AS)
        filters = list(warnings.filters)
        with pytest.raises(TimeLimitExceeded):
            run_limited(endless, 0.1)
        assert signal.getsignal(signal.SIGALRM) is handler
        assert 25 < signal.getitimer(signal.ITIMER_REAL)[0] <= 30
        assert resource.getrlimit(resource.RLIMIT_AS) == limits
        assert warnings.filters == filters
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def test_memory_is_limited():
    with pytest.raises(MemoryError):
        run_limited(lambda: np.ones(sandbox.MEMORY_LIMIT // 4), 5.0)  # twice the limit, as others may free some


def test_numerical_warnings_are_silent():
    assert np.isnan(run_limited(lambda: np.log(-1.0) + np.float64(1) / 0, 1.0))


def test_a_checker_works_in_a_thread_too():
    verdict = in_thread(lambda: check_gaussian_second_moment(lambda std: std**2))
    assert verdict.is_correct
    verdict = in_thread(lambda: check_gaussian_second_moment.checker.judge(lambda std: endless(), time_limit=0.1))
    assert "did not finish within 0.1 s" in verdict.message


def test_no_heavy_import():
    code = "import sys, lossland.exercises; print([m for m in ('torch', 'matplotlib', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
