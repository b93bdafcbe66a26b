"""How much a submission may use, and how a process gives up the right to more."""

from __future__ import annotations

import ctypes
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000  # flags of unshare(2)
_STARTS_PROGRAMS = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "os.spawn", "subprocess.Popen",
                    "pty.spawn")
_CALLS_OUT = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname")
_CHANGES_FILES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink",
                  "os.chmod", "os.chown", "shutil.rmtree", "shutil.move")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes:
        cell_seconds: Seconds (wall clock) for one cell.
        total_seconds: Seconds for the whole notebook, with all attempts.
        memory: Bytes of address space.
        attempts: How often a notebook is run again without a cell that stopped it.

    Raises:
        ValueError: If a limit is not positive, or the memory is too small for torch to be loaded.

    >>> Limits(cell_seconds=5.0).attempts
    5
    """

    cell_seconds: float = 60.0
    total_seconds: float = 600.0
    memory: int = 6 * 2**30
    attempts: int = 5

    def __post_init__(self) -> None:
        for name in ("cell_seconds", "total_seconds", "attempts"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name}: expected a positive number, got {getattr(self, name)!r}")
        if self.memory < 2**30:
            raise ValueError(f"memory: expected at least 1 GiB, as torch needs to be loaded, got {self.memory} bytes")


def limit_memory(n_bytes: int) -> None:
    """Give up all address space beyond ``n_bytes``, where the system has such a limit, and write no core files."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 2**28}
    if sys.platform.startswith("linux"):
        limits[resource.RLIMIT_AS] = n_bytes
    for what, limit in limits.items():
        hard = resource.getrlimit(what)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)  # nobody may raise a limit
        resource.setrlimit(what, (limit, limit))


def leave_network() -> bool:
    """Move this process into a network of its own in which nobody else is; tell whether the system let it.

    Where it does not, :func:`forbid` still refuses connections made in Python.  Call it before any thread starts.
    """
    if not sys.platform.startswith("linux"):
        return False
    unshare = getattr(ctypes.CDLL(None, use_errno=True), "unshare", None)
    return unshare is not None and (unshare(_NEW_NET) == 0 or unshare(_NEW_USER | _NEW_NET) == 0)


def forbid(writable: Sequence[Path]) -> None:
    """Refuse from now on, for the rest of the process, programs, connections, and changes of files elsewhere.

    This is Python's audit hook, which cannot be taken off.  It says what is wrong in words.  Compiled code it does not
    see: what that may do, :mod:`lossland.grading.landlock` and :func:`leave_network` decide, where the system has
    them.  Neither hides files from being read: run the submissions of strangers in a container.

    Args:
        writable: Folders in which files may be written.
    """
    roots = tuple(str(folder.resolve()) for folder in writable)

    def is_ours(path: object) -> bool:
        if isinstance(path, int):
            return True
        try:
            full = os.path.realpath(os.fsdecode(path))
        except (TypeError, ValueError):
            return True
        return full == os.devnull or any(full == root or full.startswith(root + os.sep) for root in roots)

    def hook(event: str, arguments: tuple) -> None:
        if event == "open":
            if isinstance(arguments[2], int) and arguments[2] & _WRITES and not is_ours(arguments[0]):
                raise PermissionError("a submission cannot write outside its own folder")
        elif event in _STARTS_PROGRAMS:
            raise PermissionError("a submission cannot start programs")
        elif event in _CALLS_OUT:
            raise PermissionError("a submission has no network")
        elif event in _CHANGES_FILES and not all(is_ours(path) for path in arguments[:2]):
            raise PermissionError("a submission cannot change files outside its own folder")
        elif event in ("os.kill", "os.killpg") and arguments[0] != os.getpid():
            raise PermissionError("a submission cannot end other processes")

    sys.addaudithook(hook)
