"""Settings of one cell of a sweep: a frozen record whose text is the same in every process."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Self

import numpy as np


@dataclass(frozen=True)
class Settings:
    """Base of all settings; an experiment derives its own frozen dataclass from it.

    Fields are numbers, texts, truth values, ``None``, or tuples of those: what JSON can hold exactly.

    Raises:
        TypeError: If a field holds anything else.
        ValueError: If a number is NaN or infinite.

    >>> @dataclass(frozen=True)
    ... class Tosses(Settings):
    ...     n_tosses: int = 10
    >>> [tosses.n_tosses for tosses in Tosses.grid(n_tosses=(10, 20))]
    [10, 20]
    """

    def __post_init__(self) -> None:
        canonical_json(dataclasses.asdict(self), where=type(self).__name__)

    @classmethod
    def grid(cls, **axes: Any) -> Iterator[Self]:
        """Yield the settings for every combination; each keyword is a field with the values it takes."""
        for values in product(*axes.values()):
            yield cls(**dict(zip(axes, values, strict=True)))


@dataclass(frozen=True)
class Cell:
    """One unit of work: an experiment's name, settings, and the number of the replicate.

    >>> Cell("coin", Settings(), 0).key
    '{"experiment":"coin","replicate":0,"settings":{}}'
    """

    experiment: str
    settings: Settings
    replicate: int

    @property
    def key(self) -> str:
        """Canonical text of the cell; it names its result and seeds its randomness."""
        named = {"experiment": self.experiment, "replicate": self.replicate}
        return canonical_json({**named, "settings": dataclasses.asdict(self.settings)}, where="cell")

    @property
    def seed(self) -> np.random.SeedSequence:
        """Seed of the cell: a digest of its key, so it depends on neither order, size nor process."""
        return np.random.SeedSequence(int.from_bytes(hashlib.sha256(self.key.encode()).digest()[:16], "big"))


def canonical_json(value: Any, *, where: str = "value", indent: int | None = None) -> str:
    """Return ``value`` as JSON with sorted keys and floats that read back exactly.

    Args:
        value: Dicts with text keys, lists, tuples, texts, finite numbers (NumPy's, too), truth values, ``None``.
        where: What the value belongs to, for error messages.
        indent: Spaces per level; one line without blanks when ``None``.

    Raises:
        TypeError: If something else is in there; the message says where.
        ValueError: If a number is NaN or infinite: write ``None`` instead.

    >>> canonical_json({"b": (1, 2.5), "a": None})
    '{"a":null,"b":[1,2.5]}'
    """
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(_plain(value, where), sort_keys=True, indent=indent, separators=separators, ensure_ascii=False)


def _plain(value: Any, where: str) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        wrong = [key for key in value if not isinstance(key, str)]
        if wrong:
            raise TypeError(f"{where}: expected text keys, got {wrong[0]!r}")
        return {key: _plain(entry, f"{where}.{key}") for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry, f"{where}[{i}]") for i, entry in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{where}: expected a finite number or None, got {value}")
    if value is None or type(value) in (str, bool, int, float):
        return value
    raise TypeError(
        f"{where}: expected numbers, texts, truth values, None, or tuples of them, got {type(value).__name__}"
    )
