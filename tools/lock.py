"""One build at a time in a working tree: a second one waits and says so."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from tools.places import Places


@contextmanager
def alone(places: Places) -> Iterator[None]:
    """Hold the lock of the working tree."""
    places.build.mkdir(parents=True, exist_ok=True)
    with (places.build / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another build is running here; waiting for it", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
