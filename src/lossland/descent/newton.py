"""Newton's method for a zero of the gradient, from many starts at once: it goes to critical points of every kind.

Descent finds minima only; Newton's method solves grad L = 0 and does not care about the sign of the curvature.  That is
what one wants for a census of critical points, and why it is no method of optimization.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import device

from lossland import _checks

_FAR = 1e8  # beyond it a run is given up


class NewtonResult(NamedTuple):
    """Where Newton's method ended; arrays are of the kind of the starting points (..., d).

    Attributes:
        points: Last iterates, (..., d).
        gradient_norm: Norm of the gradient there, (...).
        n_iter: Number of steps until the gradient was small, (...).
        converged: Whether it became small, (...).
    """

    points: Any
    gradient_norm: Any
    n_iter: Any
    converged: Any


def newton(
    gradient: Callable,
    hessian: Callable,
    starts,
    *,
    tol: float = 1e-10,
    max_iter: int = 100,
    max_step: float | None = None,
    cutoff: float = 1e-12,
) -> NewtonResult:
    """Solve gradient = 0 by Newton's method with the pseudo-inverse of the Hessian.

    Quadratic convergence at regular critical points, linear with factor 1/2 where the Hessian vanishes to first order.

    Args:
        gradient: Gradient at points (n, d).
        hessian: Hessian at points (n, d), an array (n, d, d).
        starts: Starting points (..., d), NumPy or torch.
        tol: Norm of the gradient that counts as zero.
        max_iter: Most steps.
        max_step: Longer steps are shortened to this length; ``None`` takes them as they are.
        cutoff: Eigenvalues smaller than this times the largest one in size are left out of the inverse.

    Returns:
        NewtonResult: ends, gradient norms, steps, which runs converged.  A run that leaves 1e8 has not.

    >>> from lossland.descent.surfaces import double_well
    >>> surface = double_well()
    >>> newton(surface.gradient, surface.hessian, [[-1.3], [0.2], [0.9]]).points.round(9).ravel() + 0.0
    array([-1.,  0.,  1.])
    """
    starts, xp = _checks.floating_array("starts", starts)
    if not starts.ndim:
        raise ValueError("starts: expected points (..., d), got one number; write it as a vector [w]")
    tol = _checks.real_number("tol", tol, low=0.0)
    max_iter = _checks.integer("max_iter", max_iter, low=0)
    if max_step is not None:
        max_step = _checks.real_number("max_step", max_step, low=0.0)
    points = xp.reshape(starts, (-1, starts.shape[-1]))
    n_iter = xp.zeros(points.shape[0], dtype=xp.int64, device=device(points))
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(max_iter):
            slope = gradient(points)
            moving = (_norm(xp, slope) > tol) & (_norm(xp, points) < _FAR)
            if not bool(xp.any(moving)):
                break
            step = _newton_step(xp, slope, hessian(points), cutoff, max_step)
            points = xp.where(moving[:, None], points - step, points)
            n_iter = n_iter + xp.astype(moving, xp.int64)
        norm = _norm(xp, gradient(points))
    batch = starts.shape[:-1]
    return NewtonResult(
        xp.reshape(points, starts.shape),
        *(xp.reshape(entry, batch) for entry in (norm, n_iter, (norm <= tol) & (_norm(xp, points) < _FAR))),
    )


def _norm(xp, vectors):
    return xp.sqrt(xp.sum(vectors**2, axis=-1))


def _newton_step(xp, slope, matrix, cutoff: float, max_step: float | None):
    matrix = xp.where(xp.isfinite(matrix), matrix, xp.zeros_like(matrix))
    eigenvalues, modes = xp.linalg.eigh(matrix)
    small = xp.abs(eigenvalues) <= cutoff * xp.max(xp.abs(eigenvalues), axis=-1)[:, None]
    inverse = xp.where(small, xp.zeros_like(eigenvalues), 1 / xp.where(small, xp.ones_like(eigenvalues), eigenvalues))
    amplitudes = xp.sum(modes * slope[:, :, None], axis=-2)
    step = xp.sum(modes * (inverse * amplitudes)[:, None, :], axis=-1)
    if max_step is None:
        return step
    length = _norm(xp, step)
    return step * xp.where(length > max_step, max_step / xp.where(length > 0, length, xp.ones_like(length)),
                           xp.ones_like(length))[:, None]  # fmt: skip
