r"""A few extreme eigenvalues with eigenvectors, by one run of Lanczos with full re-orthogonalization.

For a Ritz pair :math:`(\theta,y)` of m steps, with s the eigenvector of the tridiagonal matrix,
:math:`\|Ay-\theta y\|=\beta_m|s_m|`, and some eigenvalue lies that close to :math:`\theta` (Paige 1971; Parlett 1980,
*The Symmetric Eigenvalue Problem*, chapter 13).  A single run finds one copy of an eigenvalue that is exactly multiple.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import eigh_tridiagonal

from lossland import _checks
from lossland.numerics.fixed_point import ConvergenceWarning
from lossland.numerics.lanczos import lanczos
from lossland.spectra.symmetric_operator import as_symmetric_operator, draw_probes

_SPARE_STEPS = 60


class Eigenpairs(NamedTuple):
    """Extreme eigenvalues.

    Attributes:
        eigenvalues: The largest in decreasing order, then the smallest in increasing order, (k,).
        eigenvectors: Unit vectors in rows, (k, n), in the kind and precision of the operator.
        residuals: Norms of ``A y - theta y``: each eigenvalue is at most that far from a true one.
        converged: Whether all residuals are within the tolerance.
        n_matvecs: Products that it took.
    """

    eigenvalues: np.ndarray
    eigenvectors: Any
    residuals: np.ndarray
    converged: bool
    n_matvecs: int


def extreme_eigenpairs(
    operator: Any,
    n_largest: int = 1,
    n_smallest: int = 0,
    *,
    n_steps: int | None = None,
    tol: float | None = None,
    rng: np.random.Generator,
) -> Eigenpairs:
    """The largest and the smallest eigenvalues (by value, not by size) with eigenvectors.

    Args:
        operator: Matrix or operator, see :func:`~lossland.spectra.symmetric_operator.as_symmetric_operator`.
        n_largest: Number of the largest.
        n_smallest: Number of the smallest.
        n_steps: Steps, which are products; 4 for each wanted pair and 60 more when None.
        tol: Largest residual that counts as converged, relative to the largest eigenvalue; the square root of the
            rounding unit when None.
        rng: Draws the start.

    Returns:
        Eigenpairs: whether or not it converged; if it did not, a ``ConvergenceWarning`` says so.

    Raises:
        NotSymmetricError: If the operator is not symmetric.
        ValueError: If more are wanted than there are.

    >>> found = extreme_eigenpairs(np.diag([1.0, 5.0, -2.0, 3.0]), 2, 1, rng=np.random.default_rng(0))
    >>> found.eigenvalues.round(12), found.converged
    (array([ 5.,  3., -2.]), True)
    """
    symmetric = as_symmetric_operator(operator)
    n_largest, n_smallest = (
        _checks.integer(name, value, low=0) for name, value in (("n_largest", n_largest), ("n_smallest", n_smallest))
    )
    wanted = n_largest + n_smallest
    if not 1 <= wanted <= symmetric.size:
        raise ValueError(f"n_largest, n_smallest: expected 1 to {symmetric.size} in all, got {wanted}")
    n_steps = 4 * wanted + _SPARE_STEPS if n_steps is None else _checks.integer("n_steps", n_steps, low=wanted)
    run = lanczos(symmetric.apply, draw_probes(symmetric, 1, "gaussian", rng), n_steps, keep_basis=True)
    m = int(run.n_steps[0])
    values, vectors = _ritz_pairs(run, m)
    chosen = [*range(m - 1, m - 1 - min(n_largest, m), -1), *range(min(n_smallest, m))]
    residuals = run.residual[0] * np.abs(vectors[-1, chosen])
    eps = np.finfo(np.float64 if symmetric.itemsize > 4 else np.float32).eps
    limit = (eps**0.5 if tol is None else _checks.real_number("tol", tol, low=0.0)) * np.abs(values).max()
    converged = bool(len(chosen) == wanted and np.all(residuals <= limit))
    if not converged:
        warnings.warn(
            f"{m} steps of Lanczos leave residuals up to {residuals.max():.2g} where {limit:.2g} was asked for; "
            "take more n_steps, or a larger tol",
            ConvergenceWarning,
            stacklevel=2,
        )
    rows = symmetric.asarray(vectors[:, chosen].T) @ run.basis[0, :m]
    return Eigenpairs(values[chosen], rows, residuals, converged, run.diagonal.shape[1])


def _ritz_pairs(run, m: int):
    if m == 1:
        return run.diagonal[0, :1], np.ones((1, 1))
    return eigh_tridiagonal(run.diagonal[0, :m], run.off_diagonal[0, : m - 1])
