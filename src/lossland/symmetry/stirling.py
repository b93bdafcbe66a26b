r"""Logarithms of factorials, exact in float64, and Stirling's formula with its bounds.

.. math:: \log n!=n(\log n-1)+\tfrac12\log2\pi n+r_n,\qquad \frac1{12n+1}<r_n<\frac1{12n}.

Source: Robbins (1955), *A remark on Stirling's formula*.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from lossland import _checks


class StirlingBounds(NamedTuple):
    """Bounds on the logarithm of a factorial.

    Attributes:
        low: Below the logarithm.
        high: Above it.
    """

    low: np.ndarray
    high: np.ndarray


def log_factorial(n) -> np.ndarray:
    """Natural logarithm of n!, without n! (which overflows float64 beyond 170).

    Args:
        n: A whole number, or an array of them, not negative.

    Returns:
        The logarithm, in the shape of ``n``; divide by ``np.log(10)`` for the number of digits.

    Raises:
        ValueError: If an entry is negative or not whole.

    >>> float(np.exp(log_factorial(4)).round(9))
    24.0
    """
    return gammaln(_whole(n, low=0) + 1)


def stirling_bounds(n) -> StirlingBounds:
    """Bounds on log n! whose distance is below 1/(144 n^2).

    Args:
        n: A whole number, or an array of them, positive.

    Returns:
        StirlingBounds: in the shape of ``n``.

    Raises:
        ValueError: If an entry is below 1 or not whole.

    >>> low, high = stirling_bounds(10)
    >>> bool(low < log_factorial(10) < high)
    True
    """
    n = _whole(n, low=1)
    leading = n * (np.log(n) - 1) + np.log(2 * np.pi * n) / 2
    return StirlingBounds(leading + 1 / (12 * n + 1), leading + 1 / (12 * n))


def _whole(n, *, low: int) -> np.ndarray:
    n = _checks.real_array("n", n, low=low)
    if np.any(n != np.round(n)):
        raise ValueError(f"n: expected whole numbers, got {float(n[n != np.round(n)].flat[0]):g}")
    return n
