r"""The Pfaffian of a skew-symmetric matrix, for stacks of real or complex matrices.

:math:`\mathrm{Pf}(A)^2=\det A`, and the Pfaffian has the sign (or phase) that the root of the determinant loses.
Method: elimination to tridiagonal form with pivoting, Wimmer (2012), *Efficient numerical computation of the
Pfaffian for dense and banded skew-symmetric matrices*, the Parlett-Reid variant.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np


class LogPfaffian(NamedTuple):
    """A stack of Pfaffians ``phase * exp(log_abs)``.

    Attributes:
        phase: Complex numbers of modulus one, or signs; 0 for a singular matrix.
        log_abs: Natural logarithms of the moduli.
    """

    phase: np.ndarray
    log_abs: np.ndarray


def log_pfaffian(matrices) -> LogPfaffian:
    """Pfaffians of a stack of skew-symmetric matrices, as phase and logarithm.

    Args:
        matrices: Shape (..., m, m) with m even (0 is allowed: the Pfaffian of nothing is one); only skew-symmetric
            matrices make sense, which is not checked.

    Returns:
        LogPfaffian: with entries of shape (...).

    Raises:
        ValueError: If the matrices are not square or of odd size.

    >>> phase, log_abs = log_pfaffian(np.array([[0.0, -3.0], [3.0, 0.0]]))
    >>> round(float(phase * np.exp(log_abs)), 12)
    -3.0
    """
    stack = np.array(matrices)
    if stack.ndim < 2 or stack.shape[-1] != stack.shape[-2] or stack.shape[-1] % 2:
        raise ValueError(f"matrices: expected square matrices of even size, got shape {stack.shape}")
    shape, size = stack.shape[:-2], stack.shape[-1]
    stack = stack.reshape(math.prod(shape), size, size).astype(np.result_type(stack.dtype, np.float64))
    phase = np.ones(len(stack), stack.dtype)
    log_abs = np.zeros(len(stack))
    with np.errstate(divide="ignore", invalid="ignore"):
        for k in range(0, size, 2):
            phase *= _bring_pivot(stack, k)
            pivot = stack[:, k, k + 1]
            modulus = np.abs(pivot)
            log_abs += np.log(modulus)
            phase *= np.where(modulus > 0, pivot / modulus, 0)
            _eliminate(stack, k, pivot)
    return LogPfaffian(phase.reshape(shape), log_abs.reshape(shape))


def _bring_pivot(stack, k):
    """Exchange rows and columns so that the largest entry of row k stands beside the diagonal; return the signs."""
    best = k + 1 + np.argmax(np.abs(stack[:, k, k + 1 :]), axis=1)
    each = np.arange(len(stack))
    stack[each, k + 1], stack[each, best] = stack[each, best], stack[each, k + 1].copy()
    stack[each, :, k + 1], stack[each, :, best] = stack[each, :, best], stack[each, :, k + 1].copy()
    return np.where(best == k + 1, 1, -1)


def _eliminate(stack, k, pivot):
    row = np.where(pivot[:, None] != 0, stack[:, k, k + 2 :] / pivot[:, None], 0)
    column = stack[:, k + 2 :, k + 1]
    update = row[:, :, None] * column[:, None, :]
    stack[:, k + 2 :, k + 2 :] += update - np.swapaxes(update, 1, 2)
