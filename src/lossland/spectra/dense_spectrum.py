"""All eigenvalues of a small network's curvature: the truth that estimates are compared with."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks
from lossland.numerics.lanczos import NotSymmetricError
from lossland.spectra.symmetric_operator import as_symmetric_operator, batches, to_numpy

_TOLERANCE = 1e3  # multiples of the rounding unit of the operator, relative to the largest entry


def dense_matrix(operator: Any, *, max_size: int = 10_000) -> np.ndarray:
    """The matrix of an operator, by its products with all unit vectors.

    Args:
        operator: Matrix or operator, see :func:`~lossland.spectra.symmetric_operator.as_symmetric_operator`.
        max_size: Largest number of rows; memory is 8 n^2 bytes.

    Returns:
        Array (n, n) in float64, exactly symmetric.

    Raises:
        NotSymmetricError: If the products are not those of a symmetric matrix.
        ValueError: If it is too large.

    >>> dense_matrix(np.diag([1.0, 2.0]))
    array([[1., 0.],
           [0., 2.]])
    """
    symmetric = as_symmetric_operator(operator)
    size = symmetric.size
    if size > _checks.integer("max_size", max_size, low=1):
        raise ValueError(
            f"operator: expected at most {max_size} rows for a dense matrix, got {size} ({8 * size**2 / 1e9:.3g} GB); "
            "use lanczos_density or extreme_eigenpairs, or raise max_size"
        )
    matrix, first = np.empty((size, size)), 0
    for count in batches(symmetric, size):
        unit = np.zeros((count, size))
        unit[np.arange(count), first + np.arange(count)] = 1.0
        matrix[first : first + count] = to_numpy(symmetric.apply(symmetric.asarray(unit)))
        first += count
    _check(matrix, np.finfo(np.float64 if symmetric.itemsize > 4 else np.float32).eps)
    return (matrix + matrix.T) / 2


def dense_spectrum(operator: Any, *, max_size: int = 10_000) -> np.ndarray:
    """All eigenvalues in increasing order; arguments and errors as for :func:`dense_matrix`.

    >>> dense_spectrum(np.array([[0.0, 1.0], [1.0, 0.0]])).round(12)
    array([-1.,  1.])
    """
    return np.linalg.eigvalsh(dense_matrix(operator, max_size=max_size))


def _check(matrix: np.ndarray, eps: float) -> None:
    if not np.all(np.isfinite(matrix)):
        raise ValueError("operator: expected finite products, got NaN or infinity")
    difference, scale = np.abs(matrix - matrix.T).max(), np.abs(matrix).max()
    if difference > _TOLERANCE * eps * scale:
        raise NotSymmetricError(
            f"operator: expected a symmetric matrix, but mirror entries differ by {difference / scale:.2g} of the "
            "largest; use (A + A^T) / 2, or switch off what is random in the model"
        )
