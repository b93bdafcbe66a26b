"""Landlock: the Linux kernel itself keeps a process from changing files elsewhere and from starting programs.

What Python's audit hook does not see, it does: compiled code that opens files (``torch.save``, SQLite), and processes
that are started past ``subprocess``.  The process needs no rights for it, and nobody can take it off again.

Source: the kernel's documentation, *Landlock: unprivileged access control*; numbers from ``linux/landlock.h``.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Sequence
from glob import glob
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # system calls, the same on all processors
_NO_NEW_PRIVILEGES = 38  # of prctl(2)
_EXECUTE, _WRITE, _REFER, _TRUNCATE = 1 << 0, 1 << 1, 1 << 13, 1 << 14
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
_SIGNALS = 1 << 1  # signals to processes outside


def version() -> int:
    """Return the version that the kernel has, 0 if it has none or the system is another one."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, _call(_CREATE, None, 0, 1))


def keep_within(writable: Sequence[Path]) -> bool:
    """Refuse this thread, and all that it will start, changes of files elsewhere, and programs.

    Args:
        writable: Folders in which files may be made, changed and removed.

    Returns:
        Whether the kernel does so.
    """
    has = version()
    if not has:
        return False
    files = _WRITE | (_TRUNCATE if has >= 3 else 0)
    folders = files | _REMOVE_AND_MAKE | (_REFER if has >= 2 else 0)
    asked = struct.pack("=QQQ", folders | _EXECUTE, 0, _SIGNALS)[: 24 if has >= 6 else 8]
    rules = _call(_CREATE, asked, len(asked), 0)
    if rules < 0:
        return False
    try:
        devices = [os.devnull, *glob("/dev/nvidia*")]
        for path, rights in [*((path, folders) for path in writable), *((path, files) for path in devices)]:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            added = _call(_ADD, rules, 1, struct.pack("=Qi", rights, place), 0)
            os.close(place)
            if added < 0:
                return False
        ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return _call(_RESTRICT, rules, 0) == 0
    finally:
        os.close(rules)


def _call(number: int, *arguments: bytes | int | None) -> int:
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    return ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *words)
