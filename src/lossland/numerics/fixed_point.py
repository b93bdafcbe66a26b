"""Fixed points of maps on the line, with a record of how they were reached."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lossland import _checks


class ConvergenceWarning(UserWarning):
    """An iteration stopped before it met its tolerance; the returned record says how far it came."""


class FixedPoint(NamedTuple):
    """A fixed point, or one per entry of an array of problems.

    Attributes:
        value: The fixed point.
        slope: Derivative of the map there; NaN where it was not asked for.
        stable: Whether iteration is attracted: ``|slope| < 1``, or as the map's own theory says where it is 1.
        residual: ``|map(value) - value|``.
        n_iter: Number of iterations used.
        converged: Whether the tolerance was met.
    """

    value: float | np.ndarray
    slope: float | np.ndarray
    stable: bool | np.ndarray
    residual: float | np.ndarray
    n_iter: int
    converged: bool | np.ndarray


def fixed_point_iteration(
    step: Callable[[np.ndarray], np.ndarray],
    start,
    *,
    slope: Callable[[np.ndarray], np.ndarray] | None = None,
    tol: float = 1e-12,
    max_iter: int = 10_000,
) -> FixedPoint:
    """Iterate ``x -> step(x)`` from ``start`` until it moves by at most ``tol * max(1, |x|)``.

    The plain iteration, as a layer does it; it finds stable fixed points only, at the rate of the slope.

    Args:
        step: The map; takes and returns an array of the shape of ``start``.
        start: A number or an array of starting points, iterated side by side.
        slope: Derivative of the map, to judge stability; without it ``slope`` is NaN and ``stable`` False.
        tol: Tolerance of one step, relative for values beyond 1.
        max_iter: Most steps that are taken.

    Returns:
        FixedPoint: the last iterate.  Where the tolerance is not met ``converged`` is False.

    Raises:
        TypeError: If ``step`` is not callable.

    Warns:
        ConvergenceWarning: Once, if any entry did not converge.

    >>> round(fixed_point_iteration(np.cos, 1.0).value, 9)
    0.739085133
    """
    if not callable(step):
        raise TypeError(f"step: expected a function of one argument, got {type(step).__name__}")
    x = _checks.real_array("start", start)
    tol = _checks.real_number("tol", tol, low=0.0)
    max_iter = _checks.integer("max_iter", max_iter, low=1)
    n_iter, converged = 0, np.zeros(x.shape, dtype=bool)
    while n_iter < max_iter and not np.all(converged) and np.any(np.isfinite(x)):
        n_iter += 1
        previous, x = x, np.asarray(step(x), dtype=np.float64)
        residual = np.abs(x - previous)
        converged = residual <= tol * np.maximum(1.0, np.abs(x))
    warn_unless(converged, f"fixed_point_iteration: {{}} after {n_iter} steps; raise max_iter or check stability")
    rate = np.full_like(x, np.nan) if slope is None else np.asarray(slope(x), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        stable = np.abs(rate) < 1
    return record(x, rate, stable, residual, n_iter, converged)


def warn_unless(converged: np.ndarray, message: str) -> None:
    """Raise one ConvergenceWarning that counts the entries that did not converge (``{}`` in the message)."""
    failed = int(np.size(converged) - np.count_nonzero(converged))
    if failed:
        counted = f"{failed} of {np.size(converged)} entries did not converge"
        warnings.warn(message.format(counted), ConvergenceWarning, stacklevel=3)


def record(value, slope, stable, residual, n_iter, converged) -> FixedPoint:
    """Build a FixedPoint from arrays; zero-dimensional ones become Python numbers."""
    if np.ndim(value) == 0:
        return FixedPoint(float(value), float(slope), bool(stable), float(residual), int(n_iter), bool(converged))
    return FixedPoint(value, slope, stable, residual, int(n_iter), converged)
