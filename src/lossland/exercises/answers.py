"""Kinds of answers: how each is read from whatever was passed, and how two of a kind are compared.

A kind has three methods.  ``read(raw)`` returns the answer in one canonical type or raises :class:`Unreadable`
with a noun phrase that says what was passed instead ("a string ('2'), not a number").  ``compare(got,
expected)`` returns ``None`` when they agree, or a verb phrase that says how they differ without giving the
expected value away ("is about twice what it should be").  ``summary()`` says what is expected, as a noun phrase.
"""

from __future__ import annotations

import math
import numbers
import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np


class Unreadable(Exception):
    """What was passed is no answer of the kind asked for.

    Args:
        phrase: A noun phrase that says what it is; a sentence on what to do when ``attempted`` is False.
        attempted: False when the answer has simply not been filled in.
    """

    def __init__(self, phrase: str, *, attempted: bool = True):
        super().__init__(phrase)
        self.phrase = phrase
        self.attempted = attempted


@dataclass(frozen=True)
class Number:
    """One real number, also as a zero-dimensional or one-element array or tensor.

    Attributes:
        rtol: Relative tolerance.
        atol: Absolute tolerance.
        allow_infinite: Whether infinity is an answer (a depth scale at criticality is infinite).
    """

    rtol: float = 1e-6
    atol: float = 1e-9
    allow_infinite: bool = False

    def read(self, raw: Any) -> float:
        """Return the number as a Python float."""
        array = _read_real(raw, "a number", allow_infinite=self.allow_infinite)
        if array.size != 1:
            raise Unreadable(f"{_several(raw, array.shape)}, not one number")
        return float(array.reshape(()))

    def compare(self, got: float, expected: Any) -> str | None:
        """Compare within the tolerances."""
        return _compare_numbers(float(got), float(expected), self.rtol, self.atol)

    def summary(self) -> str:
        """Say what is expected."""
        return "a number"


@dataclass(frozen=True)
class Array:
    """An array of real numbers (lists, tuples and tensors are read, too) with the shape of the reference.

    Attributes:
        rtol: Relative tolerance, entry by entry.
        atol: Absolute tolerance.
        shape: Shape required already when reading, for answers without a reference; ``None`` entries are free.
        allow_infinite: Whether entries may be infinite.
    """

    rtol: float = 1e-6
    atol: float = 1e-9
    shape: tuple[int | None, ...] | None = None
    allow_infinite: bool = False

    def read(self, raw: Any) -> np.ndarray:
        """Return the array in float64."""
        array = _read_real(raw, "an array of numbers", allow_infinite=self.allow_infinite)
        if self.shape is not None and not self._fits(array.shape):
            if not array.ndim:
                raise Unreadable(f"{describe(array.item())}, not {self.summary()}")
            raise Unreadable(f"an array of shape {array.shape}, not {_shape_text(self.shape)}")
        return array

    def _fits(self, shape: tuple[int, ...]) -> bool:
        wanted = self.shape or ()
        return len(shape) == len(wanted) and all(w is None or s == w for s, w in zip(shape, wanted, strict=True))

    def compare(self, got: np.ndarray, expected: Any) -> str | None:
        """Compare shape, then entries, within the tolerances."""
        expected = np.asarray(expected, dtype=np.float64)
        if got.shape != expected.shape:
            if got.size != 1 or expected.size != 1:
                return f"has shape {got.shape} instead of {expected.shape}"
            got, expected = got.reshape(()), expected.reshape(())
        close = np.isclose(got, expected, rtol=self.rtol, atol=self.atol)
        if np.all(close):
            return None
        first = tuple(int(i) for i in np.argwhere(~close)[0])
        phrase = _compare_numbers(float(got[first]), float(expected[first]), self.rtol, self.atol)
        if got.ndim == 0:
            return phrase
        index = first[0] if len(first) == 1 else first
        return f"is off in {np.count_nonzero(~close)} of {close.size} entries; the one at index {index} {phrase}"

    def summary(self) -> str:
        """Say what is expected."""
        return "an array of numbers" if self.shape is None else f"an array of shape {_shape_text(self.shape)}"


@dataclass(frozen=True)
class Choice:
    """One of a few words, or of True and False.  Case and surrounding blanks do not matter.

    Attributes:
        options: What can be chosen.
    """

    options: tuple[Any, ...]

    def read(self, raw: Any) -> Any:
        """Return the option chosen, as it is spelled in ``options``."""
        _refuse_unattempted(raw)
        if isinstance(raw, np.bool_) or (getattr(raw, "ndim", None) == 0 and str(raw.dtype).endswith("bool")):
            raw = bool(raw)
        for option in self.options:
            if isinstance(raw, str) and isinstance(option, str) and raw.strip().lower() == option.lower():
                return option
            if type(raw) in (bool, int) and type(raw) is type(option) and raw == option:
                return option
        raise Unreadable(f"{describe(raw)}, not {self.summary()}")

    def compare(self, got: Any, expected: Any) -> str | None:
        """Agree when it is the same option."""
        return None if got == expected else "is not the right choice"

    def summary(self) -> str:
        """Say what is expected."""
        return "one of " + ", ".join(repr(option) for option in self.options)


@dataclass(frozen=True)
class Record:
    """Several named answers at once: a dict, a dataclass or a named tuple.

    Attributes:
        kinds: The kind of each entry, by name.
    """

    kinds: Mapping[str, Any]

    def read(self, raw: Any) -> dict[str, Any]:
        """Return a dict with every entry read by its kind."""
        entries = _entries(raw)
        if entries is None:
            raise Unreadable(f"{describe(raw)}, not {self.summary()}")
        missing = [name for name in self.kinds if name not in entries]
        if missing:
            raise Unreadable(f"a record without {_listed(missing)}")
        unknown = sorted(str(name) for name in entries if name not in self.kinds)
        if unknown:
            raise Unreadable(f"a record with {_listed(unknown)}, where only {_listed(self.kinds)} belong")
        values, unfilled = {}, []
        for name, kind in self.kinds.items():
            try:
                values[name] = kind.read(entries[name])
            except Unreadable as error:
                if error.attempted:
                    raise Unreadable(f"a record whose `{name}` is {error.phrase}") from error
                unfilled.append(name)
        if unfilled:
            raise Unreadable(f"Still to fill in: {_listed(unfilled)}.", attempted=False)
        return values

    def compare(self, got: Mapping[str, Any], expected: Mapping[str, Any]) -> str | None:
        """Agree when every entry does; otherwise name the first that does not."""
        for name, kind in self.kinds.items():
            phrase = kind.compare(got[name], expected[name])
            if phrase is not None:
                return f"is off: `{name}` {phrase}"
        return None

    def summary(self) -> str:
        """Say what is expected."""
        return f"a dict with the entries {_listed(self.kinds)}"


def describe(value: Any) -> str:
    """Return a noun phrase for any object, the same in every process, never calling its code."""
    if type(value) is str:
        return f"a string ({value if len(value) <= 30 else value[:27] + '...'!r})"
    if type(value) in (bool, np.bool_):
        return f"the truth value {bool(value)}"
    if type(value) in (int, float):
        return f"the number {value:.6g}" if type(value) is float or abs(value) < 10**15 else "a very large integer"
    if isinstance(value, complex | np.complexfloating):
        return "a complex number"
    if isinstance(value, types.GeneratorType):
        return "a generator (write `return`, not `yield`)"
    if isinstance(value, types.CoroutineType):
        value.close()
        return "a coroutine (write `def`, not `async def`)"
    if isinstance(value, type):
        return f"the class `{value.__name__}`"
    if callable(value):
        return "a function"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} `{name}`"


def _refuse_unattempted(raw: Any) -> None:
    if raw is None or raw is Ellipsis:
        raise Unreadable("Replace the `...` by your answer, and run the cell again.", attempted=False)


def _read_real(raw: Any, wanted: str, *, allow_infinite: bool) -> np.ndarray:
    _refuse_unattempted(raw)
    refused = str | bytes | bool | np.bool_ | complex | np.complexfloating | types.GeneratorType | dict | set
    if isinstance(raw, refused) or (callable(raw) and not hasattr(raw, "__array__")):
        raise Unreadable(f"{describe(raw)}, not {wanted}")
    try:
        if isinstance(raw, numbers.Real) and not isinstance(raw, np.generic):
            array = np.asarray(float(raw))
        else:
            array = np.asarray(raw.detach().cpu() if hasattr(raw, "detach") else raw)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError, RuntimeError, NotImplementedError) as error:
        raise Unreadable(f"{describe(raw)} that cannot be read as {wanted}") from error
    if array.dtype.kind not in "iuf":
        content = {"c": "complex numbers", "b": "truth values", "U": "strings", "S": "strings"}
        inside = content.get(array.dtype.kind, "something else")
        raise Unreadable(f"{describe(raw)}{f' of {inside}' if array.ndim else ''}, not {wanted}")
    array = array.astype(np.float64)
    if np.any(np.isnan(array)):
        where = f" at index {tuple(int(i) for i in np.argwhere(np.isnan(array))[0])}" if array.ndim else ""
        raise Unreadable(f"NaN (not a number){where}")
    if not allow_infinite and np.any(np.isinf(array)):
        where = f" at index {tuple(int(i) for i in np.argwhere(np.isinf(array))[0])}" if array.ndim else ""
        raise Unreadable(f"infinite{where}")
    return array


def _several(raw: Any, shape: tuple[int, ...]) -> str:
    """Name what holds several numbers where one is wanted; a record by its fields, of which one is meant."""
    if isinstance(raw, tuple) and hasattr(raw, "_fields"):
        return f"a `{type(raw).__name__}` with the fields {_listed(raw._fields)}"
    if isinstance(raw, tuple) and len(shape) == 1:
        return f"a tuple of {len(raw)} numbers"
    return f"an array of shape {shape}"


def _compare_numbers(got: float, expected: float, rtol: float, atol: float) -> str | None:
    if got == expected or (math.isfinite(expected) and abs(got - expected) <= atol + rtol * abs(expected)):
        return None
    if math.isinf(got) or math.isinf(expected):
        return "should be infinite" if math.isinf(expected) else "should be finite"
    if expected == 0:
        return "should be 0"
    ratio = got / expected
    if ratio == 0:
        return f"should not be 0 but {'positive' if expected > 0 else 'negative'}"
    if ratio < 0:
        return f"has the wrong sign: it should be {'positive' if expected > 0 else 'negative'}"
    if abs(ratio - 1) < 0.05:
        return f"is close, but off by about {100 * abs(ratio - 1):.1g} %"
    rounded = f"{ratio:.2g}" if ratio < 99.5 or ratio >= 1e6 else f"{float(f'{ratio:.2g}'):,.0f}"
    return f"is about {rounded} times what it should be"


def _entries(raw: Any) -> dict[str, Any] | None:
    _refuse_unattempted(raw)
    if isinstance(raw, Mapping):
        return dict(raw)
    if is_dataclass(raw) and not isinstance(raw, type):
        return {field.name: getattr(raw, field.name) for field in fields(raw)}
    if isinstance(raw, tuple) and hasattr(raw, "_asdict"):
        return dict(raw._asdict())
    return None


def _listed(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _shape_text(shape: tuple[int | None, ...]) -> str:
    return "(" + ", ".join("any" if n is None else str(n) for n in shape) + ("," if len(shape) == 1 else "") + ")"
