"""Pack the package as one file, which lies beside the notebooks of the site: they install it where it is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.places import Places
from tools.stamps import Stamp, digest, files_below

NEEDED = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "src", "book/records")
SAME_TIME = "1700000000"  # of all files inside, so that the same sources give the same bytes


def sources(places: Places) -> list[Path]:
    """Return all files that the wheel is made of."""
    return files_below(*(path for name in NEEDED if (path := places.root / name).exists()),
                       suffixes=(".py", ".toml", ".md", ".json", ""))


def _copy(places: Places, target: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in NEEDED:
        source = places.root / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=ignored)
        elif source.exists():
            shutil.copyfile(source, target / name)


def build_wheel(places: Places) -> Path:
    """Build the wheel, or return the one that is there if nothing has changed; needs no network.

    Raises:
        ValueError: it cannot be built; the message is that of pip.

    """
    folder = places.build / "wheel"
    stamp, value = Stamp(places.build / "stamps" / "wheel"), digest(sources(places))
    found = sorted(folder.glob("*.whl"))
    if len(found) == 1 and stamp.matches(value):
        return found[0]
    stamp.clear()
    shutil.rmtree(folder, ignore_errors=True)
    with TemporaryDirectory(prefix="wheel-") as temporary:
        copy = Path(temporary) / "package"
        _copy(places, copy)
        done = subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-index",
             "--no-build-isolation", "--wheel-dir", str(folder), str(copy)],
            check=False, capture_output=True, text=True,
            env={**os.environ, "SOURCE_DATE_EPOCH": SAME_TIME},
        )
    if done.returncode:
        raise ValueError(f"the package cannot be packed as a wheel:\n{done.stderr}")
    stamp.set(value)
    (wheel,) = folder.glob("*.whl")
    return wheel
