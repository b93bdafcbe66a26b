"""Critical points: their Morse index, what the Hessian says of them, and how to find all that there are.

Milnor (1963), *Morse theory*: at a zero of the gradient where the Hessian is regular, the number of its negative
eigenvalues, the index, tells what the function looks like.  Where it is not, it does not: w^3, w^4 and -w^4 have the
same Hessian at 0.  A degenerate point is therefore never called a minimum here, even if it is one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lossland import _checks
from lossland.descent.newton import newton
from lossland.descent.surfaces import CriticalPoint, Surface

KINDS = ("minimum", "saddle", "maximum", "degenerate")


def morse_index(hessian, *, tol: float = 1e-6) -> np.ndarray | int:
    """Number of eigenvalues below ``-tol``.

    Args:
        hessian: Symmetric matrices (..., d, d).
        tol: Eigenvalues of at most this size count as zero; set it by the scale of the problem.

    Returns:
        int, or array (...) of ints.

    >>> morse_index(np.diag([1.0, -2.0, -3.0]))
    2
    """
    eigenvalues = _eigenvalues(hessian)
    index = np.sum(eigenvalues < -_checks.real_number("tol", tol, low=0.0), axis=-1)
    return index if index.ndim else int(index)


def classify_critical_point(hessian, *, tol: float = 1e-6) -> np.ndarray | str:
    """What the Hessian says of a critical point: "minimum", "saddle", "maximum" or, with a zero, "degenerate".

    Args:
        hessian: Symmetric matrices (..., d, d).
        tol: Eigenvalues of at most this size count as zero; set it by the scale of the problem.

    Returns:
        One text, or an array (...) of texts.

    >>> classify_critical_point([[2.0]]), classify_critical_point([[0.0]])
    ('minimum', 'degenerate')
    """
    eigenvalues = _eigenvalues(hessian)
    tol = _checks.real_number("tol", tol, low=0.0)
    degenerate = np.any(np.abs(eigenvalues) <= tol, axis=-1)
    n_negative = np.sum(eigenvalues < 0, axis=-1)
    conditions = [degenerate, n_negative == 0, n_negative == eigenvalues.shape[-1]]
    kind = np.select(conditions, ["degenerate", "minimum", "maximum"], "saddle")
    return kind if kind.ndim else str(kind)


def find_critical_points(
    surface: Surface,
    starts,
    *,
    tol: float = 1e-10,
    merge: float = 1e-5,
    hessian_tol: float = 1e-6,
    max_iter: int = 100,
    max_step: float | None = 1.0,
    keep: Callable | None = None,
) -> tuple[CriticalPoint, ...]:
    """Newton's method from many starts; each critical point found is listed once, lowest first.

    There is no guarantee that all are found; more starts find more.  Points on a continuum of critical points (the
    floor of a valley) come out as many degenerate ones.

    Args:
        surface: The function.
        starts: Starting points (n, d).
        tol: Norm of the gradient that counts as zero.
        merge: Ends closer than this are one point.
        hessian_tol: Eigenvalues of at most this size count as zero.
        max_iter: Newton steps; all are taken, for at a degenerate point a small gradient is not yet close.
        max_step: Longest step.
        keep: Function of points (n, d) that says which ends are wanted, for example those inside a window.

    Returns:
        Critical points in the order of their values.

    >>> from lossland.descent.surfaces import himmelblau
    >>> starts = np.random.default_rng(0).uniform(-5, 5, (200, 2))
    >>> [point.kind for point in find_critical_points(himmelblau(), starts)].count("saddle")
    4
    """
    starts = _checks.real_array("starts", starts)
    if starts.ndim != 2 or starts.shape[-1] != surface.dimension:
        raise ValueError(f"starts: expected points (n, {surface.dimension}), got shape {starts.shape}")
    tol = _checks.real_number("tol", tol, low=0.0)
    result = newton(surface.gradient, surface.hessian, starts, tol=0.0, max_iter=max_iter, max_step=max_step)
    ends = result.points[result.gradient_norm <= tol]
    if keep is not None:
        ends = ends[np.asarray(keep(ends), dtype=bool)]
    ends = _distinct(ends, _checks.real_number("merge", merge, low=0.0))
    points = [_describe(surface, position, hessian_tol) for position in ends]
    return tuple(sorted(points, key=lambda point: (point.value, point.position)))


def _describe(surface: Surface, position: np.ndarray, tol: float) -> CriticalPoint:
    hessian = surface.hessian(position)
    kind, index = classify_critical_point(hessian, tol=tol), morse_index(hessian, tol=tol)
    return CriticalPoint(tuple(position.tolist()), float(surface.value(position)), index, kind)


def _distinct(points: np.ndarray, merge: float) -> list[np.ndarray]:
    """One of each group of points that are closer than ``merge`` to the first of the group."""
    kept: list[np.ndarray] = []
    for point in points:
        if all(np.linalg.norm(point - other) > merge for other in kept):
            kept.append(point)
    return kept


def _eigenvalues(hessian) -> np.ndarray:
    hessian = _checks.real_array("hessian", hessian)
    if hessian.ndim < 2 or hessian.shape[-1] != hessian.shape[-2] or not hessian.shape[-1]:
        raise ValueError(f"hessian: expected symmetric matrices (..., d, d), got shape {hessian.shape}")
    return np.linalg.eigvalsh((hessian + np.swapaxes(hessian, -1, -2)) / 2)
