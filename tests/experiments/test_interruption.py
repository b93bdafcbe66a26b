"""Killed, resumed, spread over workers or a cluster: the record is the same, byte for byte."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

REPRODUCE = ("reproduce", "tosses", "--size", "small", "--output", "record.json")
N_CELLS = 12


def committed(folder: Path) -> int:
    connection = sqlite3.connect(folder / "record.sqlite")
    try:
        return connection.execute("SELECT count(*) FROM cells").fetchone()[0]
    finally:
        connection.close()


def finish(command, expected, *words):
    done = command.run(*REPRODUCE, *words)
    assert done.returncode == 0, done.stderr
    assert (command.folder / "record.json").read_bytes() == expected


@pytest.mark.parametrize("workers", [1, 2])
def test_the_number_of_workers_does_not_matter(command, expected, workers):
    finish(command, expected, "--workers", workers)
    assert command.calls() == N_CELLS


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_and_resumed(command, expected, workers):
    process = command.start(*REPRODUCE, "--workers", workers, seconds=0.2)
    command.wait_for_marks(5)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    os.killpg(process.pid, signal.SIGKILL) if workers > 1 else None  # its workers
    kept = committed(command.folder)
    assert 0 < kept < N_CELLS
    assert not (command.folder / "record.json").exists()
    command.forget_marks()
    finish(command, expected, "--workers", workers, "--resume")
    assert command.calls() == N_CELLS - kept, "a finished cell was measured again, or one is missing"


def test_killed_several_times(command, expected):
    for _ in range(3):
        command.forget_marks()
        process = command.start(*REPRODUCE, seconds=0.1)
        command.wait_for_marks(3)
        process.kill()
        process.wait(30)
    finish(command, expected)


def test_interrupted_from_the_keyboard(command, expected):
    process = command.start(*REPRODUCE, seconds=0.2)
    command.wait_for_marks(3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "finished cells are kept" in err
    assert "Traceback" not in err
    finish(command, expected)


def test_started_afresh(command, expected):
    finish(command, expected)
    finish(command, expected, "--fresh")
    assert command.calls() == 2 * N_CELLS
    finish(command, expected)
    assert command.calls() == 2 * N_CELLS, "nothing was left to do"


def test_a_cell_that_fails_is_named_and_the_others_are_kept(command, expected):
    done = command.run(*REPRODUCE, trouble="raise")
    assert done.returncode == 1
    assert "cell {" in done.stderr
    assert '"n_tosses":30' in done.stderr
    assert "failed with ArithmeticError: the coin stands on its edge; finished cells are kept" in done.stderr
    assert "Traceback" not in done.stderr
    assert committed(command.folder) == 10
    finish(command, expected)


def test_a_worker_that_dies_is_told_and_the_others_are_kept(command, expected):
    done = command.run(*REPRODUCE, "--workers", 2, trouble="die", seconds=0.02)
    assert done.returncode == 1
    assert "a worker process ended without an answer" in done.stderr
    assert 0 < committed(command.folder) < N_CELLS
    finish(command, expected, "--workers", 2)


def test_two_runs_do_not_share_a_store(command, expected):
    first = command.start(*REPRODUCE, seconds=1.0)  # still at work when the second one has started, on any machine
    command.wait_for_marks(1)
    second = command.run(*REPRODUCE)
    assert second.returncode == 1
    assert "is in use by another run" in second.stderr
    assert first.wait(60) == 0
    assert (command.folder / "record.json").read_bytes() == expected


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_that_loses_a_worker(command, expected, tosses, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    monkeypatch.setenv("TOSSES_MARKS", str(command.marks))
    monkeypatch.setenv("TOSSES_SECONDS", "0.3")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=logging.CRITICAL
    ) as cluster:
        process = command.start(*REPRODUCE, "--cluster", cluster.scheduler_address)
        command.wait_for_marks(3)
        victim = cluster.workers[0].pid
        os.kill(victim, signal.SIGKILL)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        stop = time.monotonic() + 20
        while cluster.workers[0].pid == victim and time.monotonic() < stop:
            time.sleep(0.05)
    assert (command.folder / "record.json").read_bytes() == expected
    assert command.calls() > N_CELLS, "the cell of the lost worker was measured again"
