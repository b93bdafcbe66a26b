"""Run the cells of an experiment here or on a cluster, keep each as soon as it is finished, and make the record."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import importlib
import importlib.metadata
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lossland.experiments.record import Record
from lossland.experiments.registry import Experiment
from lossland.experiments.settings import Cell
from lossland.experiments.store import Result, Store, remove_store

_PACKAGES = ("joblib", "lossland", "numpy", "scikit-learn", "scipy", "torch")
_UNRELATED = ("exercises", "figures")  # parts of the package that no experiment imports


class SweepError(RuntimeError):
    """The sweep could not be finished; the message says why.  Finished cells are kept."""


def run_sweep(
    experiment: Experiment,
    size: str,
    store: str | Path,
    *,
    n_workers: int = 1,
    cluster: str | None = None,
    fresh: bool = False,
    progress: bool = False,
) -> Record:
    """Run the cells of a sweep that are not in the store yet, and return the record of all of them.

    Args:
        experiment: The experiment.
        size: Its size, for instance ``"small"``.
        store: SQLite file for the results of cells.
        n_workers: Number of processes here; 1 runs in this process.
        cluster: Address of a Dask scheduler; its workers are used instead, and must have the same package.
        fresh: Forget what is in the store.
        progress: Whether to show a bar on the standard error stream.

    Returns:
        Record: the same for any number of workers, on a cluster, and after any interruption.

    Raises:
        ValueError: If there is no such size, or ``n_workers`` is less than 1.
        StoreError: If the store cannot be used.
        SweepError: If a cell or a worker failed, or the cluster cannot be used.
    """
    if n_workers < 1:
        raise ValueError(f"n_workers: expected at least 1, got {n_workers}")
    cells = experiment.cells(size)
    if fresh:
        remove_store(store)
    Path(store).parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with Store(store, _origin(experiment, size)) as kept:
        done = kept.results()
        todo = [cell for cell in cells if cell.key not in done]
        with _bar(len(cells), len(cells) - len(todo), experiment.name, progress) as advance:
            for key, result in _run(experiment, todo, n_workers, cluster):
                kept.add(key, result)
                advance()
        results = kept.results()
    run = {
        "seconds_of_last_run": round(time.monotonic() - started, 3),
        "seconds_of_all_cells": round(sum(results[cell.key].seconds for cell in cells), 3),
        "cells_of_last_run": len(todo),
        "workers": "cluster" if cluster else n_workers,
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }
    entries = tuple(_entry(cell, results[cell.key]) for cell in cells)
    command = f"lossland reproduce {experiment.name} --size {size}"
    return Record(experiment.name, size, command, versions(), entries, run)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results depend on."""
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in _PACKAGES}}


@functools.cache
def code_digest() -> str:
    """Return a digest of the source files that experiments can depend on."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root)
        if relative.parts[0] not in _UNRELATED:
            digest.update(relative.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def run_cell(measure: Callable, cell: Cell, requires: tuple[str, ...]) -> tuple[str, Result]:
    """Measure one cell, on one thread so that sums are always taken in the same order."""
    for module in requires:
        importlib.import_module(module)
    started = time.monotonic()
    with _one_thread():
        values = measure(cell.settings, cell.seed)
    return cell.key, Result(values, time.monotonic() - started)


def _origin(experiment: Experiment, size: str) -> dict[str, Any]:
    return {"experiment": experiment.name, "size": size, "versions": versions(), "code": code_digest()}


def _entry(cell: Cell, result: Result) -> dict[str, Any]:
    settings = dataclasses.asdict(cell.settings)
    seed = str(cell.seed.entropy)
    return {"settings": settings, "replicate": cell.replicate, "seed": seed, "values": result.values}


def _run(
    experiment: Experiment, cells: list[Cell], n_workers: int, cluster: str | None
) -> Iterator[tuple[str, Result]]:
    """Yield results as they come in."""
    if not cells:
        return
    import joblib
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    try:
        with _backend(n_workers, cluster):
            n_jobs = -1 if cluster else n_workers
            parallel = joblib.Parallel(n_jobs=n_jobs, batch_size=1, return_as="generator_unordered")
            task = joblib.delayed(_run_cell_or_explain)
            yield from parallel(task(experiment.measure, cell, experiment.requires) for cell in cells)
    except TerminatedWorkerError as error:
        raise SweepError(
            "a worker process ended without an answer (was it killed, or out of memory?); finished cells are kept: "
            "run the same command again to go on, perhaps with fewer --workers"
        ) from error


def _run_cell_or_explain(measure: Callable, cell: Cell, requires: tuple[str, ...]) -> tuple[str, Result]:
    try:
        return run_cell(measure, cell, requires)
    except Exception as error:
        raise SweepError(
            f"cell {cell.key} failed with {type(error).__name__}: {error}; finished cells are kept"
        ) from error


@contextlib.contextmanager
def _backend(n_workers: int, cluster: str | None) -> Iterator[None]:
    import joblib

    if cluster is None:
        with joblib.parallel_config("loky" if n_workers > 1 else "sequential"):
            yield
        return
    with _client(cluster) as client, joblib.parallel_config("dask", client=client):
        yield


@contextlib.contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise SweepError("--cluster needs Dask: install it with `pip install dask distributed`") from error
    try:
        client = Client(address, timeout="10s", set_as_default=True)
    except (OSError, ValueError) as error:
        raise SweepError(
            f"there is no Dask scheduler at {address!r} ({error}): start one with `dask scheduler`"
        ) from error
    with client:
        digests = set(client.run(code_digest).values())
        if not digests:
            raise SweepError(f"the scheduler at {address!r} has no workers: start some with `dask worker {address}`")
        if digests != {code_digest()}:
            raise SweepError("workers of the cluster have another version of the package: install this one there")
        yield client


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    import threadpoolctl

    torch = sys.modules.get("torch")
    n_threads = torch.get_num_threads() if torch else 1
    with threadpoolctl.threadpool_limits(1):
        if torch:
            torch.set_num_threads(1)
        try:
            yield
        finally:
            if torch:
                torch.set_num_threads(n_threads)


@contextlib.contextmanager
def _bar(total: int, done: int, name: str, show: bool) -> Iterator[Callable[[], Any]]:
    from tqdm import tqdm

    with tqdm(
        total=total, initial=done, desc=name, unit="cell", file=sys.stderr, disable=None if show else True
    ) as bar:
        yield bar.update
