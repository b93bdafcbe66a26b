r"""The Lanczos recurrence with full re-orthogonalization, for several starting vectors side by side.

A symmetric matrix A and a unit vector :math:`q_1` give orthonormal :math:`q_j` and a tridiagonal T with

.. math:: A q_j=\beta_{j-1}q_{j-1}+\alpha_jq_j+\beta_jq_{j+1}.

Eigenvalues of T (Ritz values) with the squares of the first entries of its eigenvectors are the nodes and weights of
the m-point Gauss quadrature of the spectral measure of :math:`q_1`: exact for polynomials of degree 2m-1.  In floating
point the bare recurrence loses orthogonality as soon as a Ritz value has converged, and then returns copies of it,
"ghosts".  Here every new vector is made orthogonal to all earlier ones, twice where the first time left cancellation
(Daniel, Gragg, Kaufman and Stewart 1976), so that no ghost can appear; it costs 4 j n operations at step j.

Its coefficients also reveal, for nothing, a matrix that is not symmetric: those beyond the neighbors would not vanish.

Sources: Lanczos (1950); Golub and Welsch (1969); Golub and Meurant (2010), *Matrices, Moments and Quadrature*,
chapters 4 and 6; Paige (1976) on the loss of orthogonality.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace, device
from scipy.linalg import eigh_tridiagonal

from lossland import _checks

_CANCELLATION = 0.7  # Daniel et al. 1976: a norm that fell below this share calls for a second pass
_INVARIANT = 10.0  # multiples of the rounding error of a product that count as nothing left


class NotSymmetricError(ValueError):
    """The matrix or operator is not symmetric: its eigenvalues need not be real, and Lanczos does not apply."""


class Tridiagonal(NamedTuple):
    """What the recurrence found, for each of k starting vectors.

    Attributes:
        diagonal: The numbers alpha, (k, m).
        off_diagonal: The numbers beta between them, (k, m - 1).
        residual: The last beta, norm of what the next vector would be, (k,).
        n_steps: Steps before the vectors spanned an invariant subspace, at most m, (k,); entries beyond are zero.
        basis: Orthonormal rows, (k, m, n), in the kind, precision and device of the start; None unless asked for.
    """

    diagonal: np.ndarray
    off_diagonal: np.ndarray
    residual: np.ndarray
    n_steps: np.ndarray
    basis: Any | None


def lanczos(
    apply: Callable[[Any], Any],
    start: Any,
    n_steps: int,
    *,
    reorthogonalize: bool = True,
    keep_basis: bool = False,
    symmetry_tol: float | None = None,
) -> Tridiagonal:
    r"""Reduce a symmetric matrix to tridiagonal form, once for every row of ``start``.

    Args:
        apply: Function from rows (k, n) to the products of the matrix with each of them, (k, n), in kind.
        start: Starting vectors (k, n), or one vector (n,), not zero; NumPy or torch.  They need no normalization.
        n_steps: Number m of steps, which is the number of products for each vector; at most n are taken.
        reorthogonalize: Whether to keep the vectors orthogonal in floating point.  Without it ghosts appear: for
            teaching.
        keep_basis: Whether to return the vectors.
        symmetry_tol: Largest coefficient beyond the neighbors, relative to the largest entry of T; by default the
            square root of the rounding unit.

    Returns:
        Tridiagonal: its arrays are float64; the vectors stay as they are.

    Raises:
        NotSymmetricError: If the coefficients show that the matrix is not symmetric.
        ValueError: If a starting vector is zero, or products are not finite.

    >>> t = lanczos(lambda rows: rows * np.array([1.0, 2.0, 4.0]), np.ones(3), 3)
    >>> ritz_values, weights = gauss_quadrature(t)
    >>> ritz_values.round(12), weights.round(12)
    (array([[1., 2., 4.]]), array([[0.33333333, 0.33333333, 0.33333333]]))
    """
    start, xp = _checks.floating_array("start", start)
    rows = start[None] if start.ndim == 1 else start
    if rows.ndim != 2:
        raise ValueError(f"start: expected one vector or rows of them, got shape {tuple(start.shape)}")
    n_steps = min(_checks.integer("n_steps", n_steps, low=1), rows.shape[1])
    eps = float(xp.finfo(rows.dtype).eps)
    tolerance = eps**0.5 if symmetry_tol is None else _checks.real_number("symmetry_tol", symmetry_tol, low=0.0)
    run = _Recurrence(apply, rows, n_steps, eps, tolerance, keep=reorthogonalize or keep_basis, full=reorthogonalize)
    for step in range(n_steps):
        run.advance(step)
    off_diagonal, residual = run.beta[:, : n_steps - 1], run.beta[:, n_steps - 1]
    return Tridiagonal(run.alpha, off_diagonal, residual, run.n_steps, run.basis if keep_basis else None)


class _Recurrence:
    """State of the recurrence; :meth:`advance` takes one step of all runs."""

    def __init__(self, apply, rows, n_steps, eps, tolerance, *, keep, full) -> None:
        self.xp, self.apply, self.full, self.eps, self.tolerance = array_namespace(rows), apply, full, eps, tolerance
        n_runs, size = rows.shape
        norms = self._norms(rows)
        if not np.all(norms > 0):
            raise ValueError(f"start: expected vectors that are not zero, got zero at row {int(np.argmin(norms))}")
        self.current = rows / self._column(norms, rows)
        self.previous = None
        self.basis = None
        if keep:
            options = {"dtype": rows.dtype, "device": device(rows)}
            self.basis = self.xp.zeros((n_runs, n_steps, size), **options)
        self.alpha, self.beta = np.zeros((n_runs, n_steps)), np.zeros((n_runs, n_steps))
        self.n_steps = np.full(n_runs, n_steps)
        self.going = np.full(n_runs, True)
        self.scale = np.zeros(n_runs)

    def advance(self, step: int) -> None:
        q = self.current
        if self.basis is not None:
            self.basis[:, step, :] = q
        w = self.apply(q)
        if w.shape != q.shape:
            raise ValueError(f"apply: expected products of shape {tuple(q.shape)}, got {tuple(w.shape)}")
        alpha = self._dots(q, w)
        if not np.all(np.isfinite(alpha)):
            raise ValueError("apply: expected finite products, got NaN or infinity; does the loss overflow?")
        before = self.beta[:, step - 1] if step else np.zeros(len(alpha))
        w = w - self._column(alpha, w) * q
        if step:
            w = w - self._column(before, w) * self.previous
        self.scale = np.maximum(self.scale, np.maximum(np.abs(alpha), np.abs(before)))
        norms = self._norms(w)
        if self.full:
            w, norms = self._orthogonalize(w, norms, step)
        self.alpha[:, step] = alpha
        self._close(w, norms, step)

    def _orthogonalize(self, w, norms, step: int):
        """Subtract what is left along all vectors so far; look at it for a lack of symmetry."""
        w, coefficients = self._subtract(w, step)
        stray = np.max(np.abs(coefficients), axis=1)
        scale = np.maximum(self.scale, norms)
        if np.any(stray > self.tolerance * scale):
            raise NotSymmetricError(
                f"apply: expected a symmetric matrix, but q_i.Aq_j and q_j.Aq_i differ by {np.max(stray / scale):.2g} "
                "of its norm; use (A + A^T) / 2, or switch off what is random in the model"
            )
        after = self._norms(w)
        if np.any(after < _CANCELLATION * norms):
            w, _ = self._subtract(w, step)
            after = self._norms(w)
        return w, after

    def _subtract(self, w, step: int):
        xp, n_runs = self.xp, w.shape[0]
        if n_runs == 1:
            vectors = self.basis[0, : step + 1]
            coefficients = vectors @ w[0]
            return w - (coefficients @ vectors)[None], _to_numpy(coefficients)[None]
        vectors = self.basis[:, : step + 1]
        coefficients = xp.matmul(vectors, w[:, :, None])[:, :, 0]
        return w - xp.matmul(coefficients[:, None, :], vectors)[:, 0], _to_numpy(coefficients)

    def _close(self, w, norms, step: int) -> None:
        """Record beta and the next vector; runs whose vectors span an invariant subspace end with zeros."""
        self.scale = np.maximum(self.scale, norms)
        going = self.going & (norms > _INVARIANT * self.eps * self.scale)
        self.n_steps[self.going & ~going] = step + 1
        self.going = going
        self.beta[:, step] = np.where(going, norms, 0.0)
        self.previous = self.current
        self.current = w * self._column(np.where(going, 1 / np.where(going, norms, 1.0), 0.0), w)

    def _norms(self, rows) -> np.ndarray:
        return np.sqrt(self._dots(rows, rows))

    def _dots(self, left, right) -> np.ndarray:
        if left.shape[0] == 1:
            return _to_numpy(left[0] @ right[0])[None]
        return _to_numpy(self.xp.matmul(left[:, None, :], right[:, :, None])[:, 0, 0])

    def _column(self, values: np.ndarray, like):
        if len(values) == 1:
            return float(values[0])
        return self.xp.asarray(values[:, None], dtype=like.dtype, device=device(like))


def _to_numpy(values) -> np.ndarray:
    return np.asarray(values.tolist(), dtype=np.float64)


def gauss_quadrature(tridiagonal: Tridiagonal) -> tuple[np.ndarray, np.ndarray]:
    """Ritz values with the weights of the Gauss quadrature of each starting vector's spectral measure.

    Args:
        tridiagonal: Result of :func:`lanczos`.

    Returns:
        Ritz values in increasing order and weights that sum to 1, both (k, m).  A run that ended early repeats its
        largest Ritz value with weight zero.
    """
    values = np.zeros(tridiagonal.diagonal.shape)
    weights = np.zeros_like(values)
    for run, m in enumerate(tridiagonal.n_steps):
        vectors = np.ones((1, 1))
        values[run, :m] = tridiagonal.diagonal[run, 0]
        if m > 1:
            values[run, :m], vectors = eigh_tridiagonal(
                tridiagonal.diagonal[run, :m], tridiagonal.off_diagonal[run, : m - 1]
            )
        values[run, m:] = values[run, m - 1]
        weights[run, :m] = vectors[0] ** 2
    return values, weights
