"""Execute chapters and decks, two at a time, into the cache that Sphinx reads.

The cache of jupyter-cache knows a notebook by its code only, so a change of the package would leave old numbers
in the book.  Beside each entry we therefore keep a digest of all that its numbers depend on: the files of the
package that the code imports, directly or not; the records; the pinned stack; Python; the device.  An entry
whose digest differs is executed again.
"""

from __future__ import annotations

import json
import os
import platform
import re
import resource
import shutil
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.db import NbCacheRecord
from myst_nb.core.read import read_myst_markdown_notebook
from nbformat import NotebookNode

from tools.imports import Dependencies
from tools.places import Places
from tools.stamps import digest, files_below

CELL_TIMEOUT = 300
AT_ONCE = 2
STARTS = 3  # of a kernel, before its death is reported
DIGESTS = "lossland-digests.json"
MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)


class ExecutionFailed(RuntimeError):
    """A cell of a chapter or deck raised; the message says which and why."""


@dataclass(frozen=True)
class Execution:
    """One executed source: its notebook with outputs (code cells only) and how it was obtained."""

    source: Path
    notebook: NotebookNode
    seconds: float
    core_seconds: float  # of the kernel: other programs on the machine change them little
    fresh: bool


def read_notebook(source: Path) -> NotebookNode:
    """Read a MyST notebook exactly as Sphinx will, so that both compute the same cache key."""
    return read_myst_markdown_notebook(source.read_text("utf8"), add_source_map=True, path=str(source))


def code_of(notebook: NotebookNode) -> str:
    """Return the Python of all code cells, without lines of IPython magic."""
    return MAGIC.sub("", "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code"))


def surroundings(places: Places) -> list[str]:
    """Return what numbers may depend on besides code: the pinned stack, Python, the device."""
    pins = places.root / "requirements.txt"
    return [
        pins.read_text("utf8") if pins.exists() else "",
        platform.python_version(),
        os.environ.get("LOSSLAND_DEVICE", ""),
        str(shutil.which("nvidia-smi")),
    ]


def dependency_digest(places: Places, notebook: NotebookNode, dependencies: Dependencies) -> str:
    """Return the digest of all that the outputs of a notebook depend on besides its own code."""
    code = code_of(notebook)
    files = dependencies.of(code)
    if "record" in code:
        files = files | set(files_below(places.book / "records", suffixes=(".json",)))  # without sweeps at work
    return digest(files, *surroundings(places))


def _core_seconds() -> float:
    """Return the processor time of the kernels that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(source: str, cell_timeout: int) -> tuple[str, float, float, str]:
    """Execute one notebook in its own folder; return it as JSON, the seconds, those of the core, the error."""
    from jupyter_cache.executors.utils import single_nb_execution

    path = Path(source)
    for attempt in range(1, STARTS + 1):
        notebook = read_notebook(path)
        before = _core_seconds()
        try:
            result = single_nb_execution(
                notebook,
                cwd=str(path.parent),
                timeout=cell_timeout,
                allow_errors=False,
                extra_arguments=["--log-level=ERROR"],  # else each kernel warns about its unencrypted socket
            )
            break
        except RuntimeError as error:  # two kernels that start at once may choose the same port: no cell has run yet
            if "before replying to kernel_info" not in str(error) or attempt == STARTS:
                raise
    return nbformat.writes(notebook), result.time, _core_seconds() - before, str(result.err) if result.err else ""


class ExecutionCache:
    """The execution cache of one book, with the digests that tell whether an entry is still true."""

    def __init__(self, places: Places):
        self.places = places
        places.cache.mkdir(parents=True, exist_ok=True)
        self._cache = get_cache(str(places.cache))
        self._file = places.cache / DIGESTS
        self._digests: dict[str, str] = json.loads(self._file.read_text()) if self._file.exists() else {}
        self._dependencies = Dependencies(places.package)

    def _key(self, notebook: NotebookNode) -> str:
        return self._cache.create_hashed_notebook(notebook)[1]

    def lookup(self, source: Path) -> Execution | None:
        """Return the stored execution of a source if it is still true."""
        notebook = read_notebook(source)
        key = self._key(notebook)
        if self._digests.get(key) != dependency_digest(self.places, notebook, self._dependencies):
            return None
        try:
            record = NbCacheRecord.record_from_hashkey(key, self._cache.db)
            bundle = self._cache.get_cache_bundle(record.pk)
        except KeyError:
            return None
        times = [record.data.get(name) for name in ("execution_seconds", "core_seconds")]
        return None if None in times else Execution(source, bundle.nb, *times, fresh=False)

    def store(self, execution: Execution, true_for: str) -> None:
        """Store an execution and the digest for which it is true."""
        times = {"execution_seconds": execution.seconds, "core_seconds": execution.core_seconds}
        self._cache.cache_notebook_bundle(
            CacheBundleIn(execution.notebook, str(execution.source), data=times),
            check_validity=False,
            overwrite=True,
        )
        self._digests[self._key(execution.notebook)] = true_for
        self._file.write_text(json.dumps(self._digests, indent=1, sort_keys=True))

    def drop(self, source: Path) -> None:
        """Remove the entry of a source, so that nothing can read outdated outputs."""
        key = self._key(read_notebook(source))
        if self._digests.pop(key, None) is not None:
            self._file.write_text(json.dumps(self._digests, indent=1, sort_keys=True))
        try:
            record = NbCacheRecord.record_from_hashkey(key, self._cache.db)
        except KeyError:
            return
        self._cache.remove_cache(record.pk)

    def digest_of(self, source: Path) -> str:
        """Return the digest of what the outputs of a source depend on now."""
        return dependency_digest(self.places, read_notebook(source), self._dependencies)

    def ensure(self, sources: list[Path], report=lambda _text: None) -> list[Execution]:
        """Return a true execution of every source, executing those that lack one.

        Raises:
            ExecutionFailed: a cell raised; all other sources have been executed and stored by then.

        """
        done = {source: self.lookup(source) for source in sources}
        missing = [source for source in sources if done[source] is None]
        failures: list[str] = []
        if missing:
            for source in missing:
                self.drop(source)
            with ProcessPoolExecutor(min(AT_ONCE, len(missing)), mp_context=get_context("spawn")) as pool:
                jobs = {
                    pool.submit(_run, str(source), CELL_TIMEOUT): (source, self.digest_of(source))
                    for source in missing
                }
                for job in as_completed(jobs):
                    source, true_for = jobs[job]
                    text, seconds, core_seconds, error = job.result()
                    if error:
                        failures.append(f"{source}: a cell failed\n{error}")
                        report(f"  failed    {source.parent.name}/{source.name} after {seconds:.1f} s")
                        continue
                    notebook = nbformat.reads(text, as_version=4)
                    done[source] = Execution(source, notebook, seconds, core_seconds, fresh=True)
                    self.store(done[source], true_for)
                    report(f"  executed  {source.parent.name}/{source.name} in {seconds:.1f} s")
        if failures:
            raise ExecutionFailed("\n\n".join(failures))
        return [execution for execution in done.values() if execution is not None]


def pin_threads() -> None:
    """One thread for each numerical library: two pools on few cores wait for each other."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"


def execute_all(places: Places) -> list[Execution]:
    """Execute all chapters and decks that need it, say what was done, and return all executions."""
    pin_threads()
    started = time.perf_counter()
    cache = ExecutionCache(places)
    executions = cache.ensure([*places.chapters(), *places.decks()], lambda text: print(text, flush=True))
    fresh = sum(execution.fresh for execution in executions)
    print(f"  {fresh} executed, {len(executions) - fresh} unchanged ({time.perf_counter() - started:.1f} s)")
    return executions
