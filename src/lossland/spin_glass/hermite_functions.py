r"""Hermite functions, orthonormal on the line: what the eigenvalues of Gaussian matrices are made of.

:math:`\psi_j(x)=h_j(x)e^{-x^2/2}` with :math:`\int\psi_i\psi_j=\delta_{ij}`.  The recurrence carries its scale
along, so that functions of high degree are right also where :math:`e^{-x^2/2}` underflows.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import erf

_BIG = 1e100


def _scaled(x, n_functions):
    """Yield (j, value, log scale) for each Hermite function in turn."""
    before, value, scale = np.zeros_like(x), np.full_like(x, math.pi**-0.25), -(x**2) / 2
    for j in range(n_functions):
        yield j, value, scale
        before, value = value, math.sqrt(2 / (j + 1)) * x * value - math.sqrt(j / (j + 1)) * before
        big = np.abs(value) > _BIG
        if big.any():
            value, before = np.where(big, value / _BIG, value), np.where(big, before / _BIG, before)
            scale = np.where(big, scale + math.log(_BIG), scale)


def log_density_sum(x, n_functions: int, tail):
    r"""Logarithm of :math:`\sum_{j<n}\psi_j(x)^2+\psi_{n-1}(x)\,t(x)` without underflow.

    Args:
        x: Points, shape (m,).
        n_functions: Number n of functions.
        tail: The values t(x), shape (m,).

    Returns:
        Shape (m,); minus infinity where the sum is not positive.
    """
    total, last = np.zeros_like(x), -(x**2) / 2
    for _, value, scale in _scaled(x, n_functions):
        total = total * np.exp(2 * (last - scale)) + value**2
        last = scale
    positive = np.exp(last) * total + value * tail
    with np.errstate(divide="ignore"):
        return last + np.log(np.maximum(positive, 0.0))


def half_integrals(x, degree: int) -> np.ndarray:
    r"""The integral :math:`\frac12\int\mathrm{sgn}(x-t)\,\psi_j(t)\,dt` for j = degree, by a recurrence in j.

    Args:
        x: Points, shape (m,).
        degree: Degree j >= 0.

    Returns:
        Shape (m,).

    >>> half_integrals(np.array([9.0]), 1).round(12)
    array([-0.])
    """
    parity = degree % 2
    value = math.pi**0.25 / math.sqrt(2) * erf(x / math.sqrt(2)) if not parity else np.zeros_like(x)
    for j, function, scale in _scaled(x, degree):
        if (j + 1) % 2 == parity:
            value = math.sqrt(j / (j + 1)) * value - math.sqrt(2 / (j + 1)) * function * np.exp(scale)
    return value


def log_full_integral(degree: int) -> float:
    r"""Logarithm of :math:`\int\psi_j(t)\,dt` for an even degree j.

    >>> round(math.exp(2 * log_full_integral(0)) - 2 * math.pi**0.5, 12)
    0.0
    """
    steps = sum(0.5 * math.log(j / (j + 1)) for j in range(1, degree, 2))
    return 0.5 * math.log(2) + 0.25 * math.log(math.pi) + steps
