"""One door for all that can be multiplied with vectors: arrays, tensors, SciPy operators, curvature operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import device
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from lossland import _checks
from lossland.numerics.lanczos import NotSymmetricError

_LAWS = ("rademacher", "gaussian")
_BATCH_BYTES = 1 << 25


class SymmetricOperator(NamedTuple):
    """A symmetric matrix that is known by its products.

    Attributes:
        size: Number n of rows.
        apply: Function from rows (k, n) to the products with each of them.
        asarray: Function that turns a NumPy array into the kind of array that ``apply`` takes.
        itemsize: Bytes of a number.
    """

    size: int
    apply: Callable[[Any], Any]
    asarray: Callable[[np.ndarray], Any]
    itemsize: int


def as_symmetric_operator(operator: Any) -> SymmetricOperator:
    """Accept a matrix or an operator in whatever form.

    Args:
        operator: A symmetric NumPy array, torch tensor or SciPy sparse matrix; a SciPy ``LinearOperator``; or a
            :class:`~lossland.spectra.curvature.CurvatureOperator`.

    Returns:
        SymmetricOperator: matrices are checked entry by entry; an operator is taken at its word until Lanczos sees
        otherwise.

    Raises:
        NotSymmetricError: If a matrix is not symmetric.
        TypeError: If it is nothing of the kind.
        ValueError: If it is not square.

    >>> as_symmetric_operator(np.diag([1.0, 2.0])).apply(np.ones((1, 2)))
    array([[1., 2.]])
    """
    if isinstance(operator, SymmetricOperator):
        return operator
    if hasattr(operator, "apply") and hasattr(operator, "asarray"):
        return SymmetricOperator(operator.shape[0], operator.apply, operator.asarray, operator.dtype.itemsize)
    if sparse.issparse(operator):
        _check_square(operator.shape)
        _check_symmetric(float(abs(operator - operator.T).max()), float(abs(operator).max()))
        operator = aslinearoperator(operator)
    if isinstance(operator, LinearOperator):
        _check_square(operator.shape)
        dtype = np.dtype(operator.dtype if operator.dtype is not None else np.float64)
        return SymmetricOperator(
            operator.shape[0],
            lambda rows: np.ascontiguousarray((operator @ rows.T).T),
            lambda values: np.asarray(values, dtype=dtype),
            dtype.itemsize,
        )
    matrix, xp = _checks.floating_array("operator", operator)
    _check_square(matrix.shape)
    _check_symmetric(float(xp.max(xp.abs(matrix - matrix.T))), float(xp.max(xp.abs(matrix))))
    return SymmetricOperator(
        matrix.shape[0],
        lambda rows: rows @ matrix,
        lambda values: xp.asarray(values, dtype=matrix.dtype, device=device(matrix)),
        matrix.dtype.itemsize,
    )


def draw_probes(operator: SymmetricOperator, n_vectors: int, law: str, rng: np.random.Generator) -> Any:
    """Random rows (n_vectors, n) of independent entries of mean 0 and variance 1, as the operator takes them.

    They are drawn with NumPy wherever the operator computes, so that a seed gives the same probes on every device.

    Raises:
        TypeError: If ``rng`` is no NumPy generator.
        ValueError: If there is no such law.
    """
    if law not in _LAWS:
        raise ValueError(f"probes: expected one of {', '.join(_LAWS)}, got {law!r}")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng: expected a numpy.random.Generator, got {type(rng).__name__}")
    shape = (n_vectors, operator.size)
    if law == "gaussian":
        return operator.asarray(rng.standard_normal(shape))
    return operator.asarray(2.0 * rng.integers(0, 2, size=shape, dtype=np.int8) - 1.0)


def batches(operator: SymmetricOperator, n_vectors: int) -> list[int]:
    """Numbers of vectors to multiply at a time."""
    at_once = max(1, min(64, _BATCH_BYTES // (operator.size * operator.itemsize)))
    full, rest = divmod(n_vectors, at_once)
    return [at_once] * full + [rest] * (rest > 0)


def to_numpy(values: Any) -> np.ndarray:
    """A float64 NumPy copy of an array or tensor, wherever it is."""
    if hasattr(values, "cpu"):
        values = values.detach().cpu().numpy()
    return np.array(values, dtype=np.float64)


def _check_square(shape) -> None:
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] == 0:
        raise ValueError(f"operator: expected a square matrix, got shape {tuple(shape)}")


def _check_symmetric(difference: float, size: float) -> None:
    if difference > 1e-5 * size:
        raise NotSymmetricError(
            f"operator: expected a symmetric matrix, but entries and their mirror images differ by up to "
            f"{difference / size:.2g} of the largest; use (A + A^T) / 2"
        )
