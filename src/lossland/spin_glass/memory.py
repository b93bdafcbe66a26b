"""Whether what is about to be allocated fits, said before it is taken."""

from __future__ import annotations

import os
from pathlib import Path

import torch


def free_bytes(device: torch.device | str = "cpu") -> int | None:
    """Memory that can still be taken on a device, in bytes; ``None`` where the system does not say.

    >>> free_bytes() is None or free_bytes() > 0
    True
    """
    device = torch.device(device)
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type != "cpu":
        return None
    table = Path("/proc/meminfo")
    if table.is_file():
        for line in table.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def check_memory(
    n_bytes: int, what: str, device: torch.device | str, limit: int | None = None, *, packed: int | None = None
) -> None:
    """Raise an error, with what to try, if ``n_bytes`` do not fit.

    Args:
        n_bytes: Memory that would be taken.
        what: What for, in words.
        device: Where.
        limit: Bytes that may be taken; ``None`` for what is free.
        packed: Bytes that packed storage would take, to be proposed; ``None`` not to.

    Raises:
        MemoryError: If it would not fit.
    """
    available = free_bytes(device) if limit is None else limit
    if available is None or n_bytes <= available:
        return
    proposal = f"storage='packed' ({packed / 1e9:.3g} GB), " if packed else ""
    raise MemoryError(
        f"{what}: expected to take at most {available / 1e9:.3g} GB, would take {n_bytes / 1e9:.3g} GB; "
        f"try {proposal}torch.float32, fewer spins, or fewer disorders at a time"
    )
