"""Symmetric matrices at the public doors: read, diagonalized, and refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks
from lossland.sgd.errors import AsymmetricMatrixError, FlatDirectionError, IndefiniteMatrixError, UnstableStepError

_ROUNDING = 1e-9  # relative to the largest entry


def symmetric_matrix(name: str, value: Any, size: int | None = None) -> np.ndarray:
    """Return ``value`` as a symmetric float64 matrix (n, n).

    Raises:
        AsymmetricMatrixError: If it is not symmetric up to rounding.
        ValueError: If it is not a square matrix, or not of the given size.
    """
    matrix = _checks.real_array(name, value)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(f"{name}: expected a square matrix, got shape {matrix.shape}")
    if size is not None and len(matrix) != size:
        raise ValueError(f"{name}: expected shape {(size, size)}, got {matrix.shape}")
    gap = np.abs(matrix - matrix.T)
    if gap.max() > _ROUNDING * np.abs(matrix).max():
        i, j = (int(k) for k in np.unravel_index(np.argmax(gap), gap.shape))
        raise AsymmetricMatrixError(
            f"{name}: expected a symmetric matrix, got entries {matrix[i, j]:g} at {(i, j)} and {matrix[j, i]:g} at "
            f"{(j, i)}; take (A + A.T) / 2 if only the quadratic form matters"
        )
    return (matrix + matrix.T) / 2


def covariance_matrix(name: str, value: Any, size: int | None = None, *, strict: bool = False) -> np.ndarray:
    """Return ``value`` as a covariance (n, n): symmetric, without negative eigenvalues, without zero ones if strict.

    Raises:
        AsymmetricMatrixError: If it is not symmetric.
        IndefiniteMatrixError: If an eigenvalue is negative, or zero where ``strict``.
        ValueError: If the shape is wrong.
    """
    matrix = symmetric_matrix(name, value, size)
    values = np.linalg.eigvalsh(matrix)
    scale = np.abs(values).max()
    if values[0] < -_ROUNDING * scale or (strict and values[0] <= 1e-14 * len(matrix) * scale):
        kind = "definite" if strict else "semidefinite"
        raise IndefiniteMatrixError(
            f"{name}: expected a positive {kind} matrix, got least eigenvalue {values[0]:g}; a variance is not negative"
            + (", and here not zero" if strict else "")
        )
    return matrix


def step_size(value: Any) -> float:
    """Return a learning rate as a positive float."""
    rate = _checks.real_number("learning_rate", value, low=0.0)
    if rate == 0:
        raise ValueError("learning_rate: expected a positive number, got 0")
    return rate


def check_stable(eigenvalues: np.ndarray, learning_rate: float, *, momentum: float = 0.0) -> None:
    """Check that no mode grows: 0 <= eta * lambda < 2 (1 + momentum).

    Raises:
        UnstableStepError: If a mode grows.
    """
    largest, least = float(np.max(eigenvalues)), float(np.min(eigenvalues))
    limit = 2 * (1 + momentum)
    if least < -_ROUNDING * max(abs(largest), abs(least)):
        raise UnstableStepError(
            f"hessian: expected no negative eigenvalue, got {least:g}; iterates run away from a saddle at any step"
        )
    if learning_rate * largest >= limit:
        raise UnstableStepError(
            f"learning_rate: expected below {limit:g} / (largest eigenvalue) = {limit / largest:g}, got "
            f"{learning_rate:g}; with it the iterates grow without bound"
        )


def check_stable_products(x: np.ndarray) -> None:
    """Check products x = eta * lambda, where step and curvature come as arrays: 0 <= x < 2.

    Raises:
        UnstableStepError: If one is outside.
    """
    largest, least = float(np.max(x, initial=0.0)), float(np.min(x, initial=0.0))
    if least < 0:
        raise UnstableStepError(f"eigenvalue: expected no negative curvature, got a product with the step of {least:g}")
    if largest >= 2:
        raise UnstableStepError(
            f"learning_rate: expected learning_rate * eigenvalue below 2, got {largest:g}; with it the iterates grow "
            "without bound"
        )


def check_curved(eigenvalues: np.ndarray, why: str) -> None:
    """Check that no direction is flat.

    Raises:
        FlatDirectionError: If the least eigenvalue is zero up to rounding.
    """
    least, largest = float(np.min(eigenvalues)), float(np.max(np.abs(eigenvalues)))
    if least <= 1e-14 * max(np.size(eigenvalues), 1) * largest:
        raise FlatDirectionError(
            f"hessian: expected positive eigenvalues, got {least:g}; {why}, drop the parameters on which the loss does "
            "not depend or add a ridge"
        )


def spectral_power(matrix: np.ndarray, power: float) -> np.ndarray:
    """Power of a positive semidefinite matrix through its eigenvalues; rounding below zero counts as zero."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.maximum(values, 0.0) ** power) @ vectors.T
