"""Argument checks for public doors: each error names the argument, what was expected, and what was got."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np


def real_array(name: str, value: Any, *, low: float = -math.inf, high: float = math.inf) -> np.ndarray:
    """Return ``value`` as a float64 array after checking that it is finite and lies in ``[low, high]``.

    Args:
        name: Name of the argument, for the message.
        value: A number or an array of numbers.
        low: Least allowed value.
        high: Largest allowed value.

    Raises:
        TypeError: If ``value`` is not real numbers.
        ValueError: If an entry is NaN, infinite, or outside ``[low, high]``.
    """
    try:
        array = np.asarray(value)
    except Exception as error:
        raise TypeError(f"{name}: expected real numbers, got {_describe(value)}") from error
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name}: expected real numbers, got {_describe(value)}")
    array = array.astype(np.float64)
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name}: expected finite numbers, got {_first(array, ~np.isfinite(array))}")
    outside = (array < low) | (array > high)
    if np.any(outside):
        raise ValueError(f"{name}: expected {_interval(low, high)}, got {_first(array, outside)}")
    return array


def real_number(name: str, value: Any, *, low: float = -math.inf, high: float = math.inf) -> float:
    """Return ``value`` as a Python float after the checks of :func:`real_array`, and that it is one number."""
    array = real_array(name, value, low=low, high=high)
    if array.ndim:
        raise TypeError(f"{name}: expected one number, got an array of shape {array.shape}")
    return float(array)


def integer(name: str, value: Any, *, low: int | None = None, high: int | None = None) -> int:
    """Return ``value`` as an int after checking that it is a whole number in ``[low, high]``.

    Raises:
        TypeError: If ``value`` is not an integer (booleans are not taken for integers).
        ValueError: If it is outside ``[low, high]``.
    """
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}: expected an integer, got {value!r}")
    try:
        number = operator.index(value)
    except TypeError as error:
        raise TypeError(f"{name}: expected an integer, got {_describe(value)}") from error
    if (low is not None and number < low) or (high is not None and number > high):
        bounds = _interval(-math.inf if low is None else low, math.inf if high is None else high)
        raise ValueError(f"{name}: expected an integer {bounds}, got {number}")
    return number


def layer_widths(name: str, value: Sequence[int], *, at_least: int = 1) -> tuple[int, ...]:
    """Return ``value`` as a tuple of positive ints with at least ``at_least`` entries."""
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        raise TypeError(f"{name}: expected a sequence of layer widths, got {_describe(value)}")
    widths = tuple(integer(f"{name}[{i}]", width, low=1) for i, width in enumerate(value))
    if len(widths) < at_least:
        raise ValueError(f"{name}: expected at least {at_least} layer widths, got {len(widths)}")
    return widths


def _interval(low: float, high: float) -> str:
    if math.isinf(high):
        return f">= {low:g}" if not math.isinf(low) else "finite"
    return f"<= {high:g}" if math.isinf(low) else f"in [{low:g}, {high:g}]"


def _first(array: np.ndarray, bad: np.ndarray) -> str:
    value = float(array[bad].flat[0]) if array.ndim else float(array)
    return f"{value:g}" if not array.ndim else f"{value:g} at index {tuple(map(int, np.argwhere(bad)[0]))}"


def _describe(value: Any) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
