r"""Many values of a smooth positive-axis function from few: Chebyshev interpolation in the logarithm.

Gaussian moments :math:`\mathbb E f(\sqrt q s)` are analytic in :math:`\ln q`, kinks of f or not, so a few dozen
values on Chebyshev points give them anywhere between (Trefethen 2013, *Approximation Theory and Approximation
Practice*, theorem 8.2).  The number of points doubles until the trailing coefficients are below the tolerance.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.fft import dct

_DEGREES = (16, 32, 64, 128, 256)


def interpolate_in_log(function: Callable, x: np.ndarray, *, rtol: float, positive: bool) -> np.ndarray | None:
    """Values of ``function`` at all ``x`` by interpolation in ``ln x``, or None if it would need too many points.

    Args:
        function: Function of a positive array.
        x: Positive arguments, (n,).
        rtol: Tolerance: relative to each value if ``positive``, else to the largest absolute value.
        positive: Whether the function has positive values only; then its logarithm is interpolated.

    Returns:
        Array (n,), or None.

    >>> x = np.geomspace(0.01, 100, 5000)
    >>> y = interpolate_in_log(np.sqrt, x, rtol=1e-12, positive=True)
    >>> bool(np.max(np.abs(y / np.sqrt(x) - 1)) < 1e-11)
    True
    """
    log_x = np.log(x)
    low, high = log_x.min(), log_x.max()
    center, radius = (high + low) / 2, max((high - low) / 2, 1e-8)
    position = np.clip((log_x - center) / radius, -1.0, 1.0)
    for degree in _DEGREES:
        points = np.cos(np.pi * np.arange(degree + 1) / degree)
        values = np.asarray(function(np.exp(center + radius * points)))
        if positive:
            values = np.log(values)
        coefficients = dct(values, type=1) / degree
        coefficients[[0, -1]] /= 2
        scale = 1.0 if positive else np.max(np.abs(values))
        if np.max(np.abs(coefficients[-(degree // 8) :])) <= rtol * scale:
            kept = np.flatnonzero(np.abs(coefficients) > 0.01 * rtol * scale)
            result = _clenshaw(coefficients[: (kept[-1] if kept.size else 0) + 1], position)
            return np.exp(result) if positive else result
    return None


def _clenshaw(coefficients: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Chebyshev series at x, block by block so that the three rows stay in the cache."""
    result = np.empty_like(x)
    for start in range(0, x.size, 8192):
        t = x[start : start + 8192]
        double, older, newer = 2 * t, np.zeros_like(t), np.zeros_like(t)
        for coefficient in coefficients[:0:-1]:
            older, newer = newer, double * newer - older + coefficient
        result[start : start + 8192] = t * newer - older + coefficients[0]
    return result
