"""Argument checks for public doors: each error names the argument, what was expected, and what was got."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_array_api_obj

_LARGEST = float(np.finfo(np.float64).max)


def real_array(
    name: str, value: Any, *, low: float = -math.inf, high: float = math.inf, copy: bool = True
) -> np.ndarray:
    """Return ``value`` as a float64 array after checking that it is finite and lies in ``[low, high]``.

    Args:
        name: Name of the argument, for the message.
        value: A number or an array of numbers.
        low: Least allowed value.
        high: Largest allowed value.
        copy: Whether the array may be written to; without, float64 arrays come back as they are.

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
    array = array.astype(np.float64, copy=copy)
    if not array.size or (max(low, -_LARGEST) <= array.min() and array.max() <= min(high, _LARGEST)):
        return array  # two passes without a temporary; NaN compares as False
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


def floating_array(name: str, value: Any, *, finite: bool = True) -> tuple[Any, Any]:
    """Return ``value`` as a floating array with its namespace: torch stays torch, everything else becomes NumPy.

    Args:
        name: Name of the argument, for the message.
        value: A torch tensor, a NumPy array, or nested numbers; integers become float64.
        finite: Whether every entry must be finite.

    Returns:
        The array, and the array-API namespace to compute with (``array_api_compat``).

    Raises:
        TypeError: If ``value`` is not real numbers.
        ValueError: If an entry is NaN or infinite.
    """
    if not is_array_api_obj(value) or array_namespace(value).__name__.endswith("numpy"):
        array = np.asarray(value) if not finite else real_array(name, value)
        if array.dtype.kind not in "iuf":
            raise TypeError(f"{name}: expected real numbers, got {_describe(value)}")
        dtype = getattr(value, "dtype", None)
        keep = dtype is not None and np.issubdtype(dtype, np.floating)
        array = array.astype(dtype if keep else np.float64, copy=False)
        return array, array_namespace(array)
    xp = array_namespace(value)
    if not xp.isdtype(value.dtype, "real floating"):
        if not xp.isdtype(value.dtype, "integral"):
            raise TypeError(f"{name}: expected real numbers, got {value.dtype}")
        value = xp.astype(value, xp.float64)
    if finite and not bool(xp.all(xp.isfinite(value))):
        raise ValueError(f"{name}: expected finite numbers, got NaN or infinite entries")
    return value, xp


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
