r"""Gradient iterates near an optimum as a vector autoregression, step by step and unrolled.

.. math:: \theta_{t+1}=\theta_t-\eta H(\theta_t-\theta^*)-\eta\,\epsilon_t,\qquad
   \theta_t-\theta^*=(I-\eta H)^t(\theta_0-\theta^*)-\eta\sum_{j=0}^{t-1}(I-\eta H)^j\epsilon_{t-1-j}.

The sign of the noise is that of the gradient: Equation 13 prints a plus, which contradicts Equations 6, 14 and 15 and
turns a bias b of the gradient into a mean on the wrong side of the optimum.  ``sign=+1`` runs it as printed.

Source: Glukhov (2024), Equations 13 to 15; the identity is pathwise and asks nothing of the noise.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.sgd.symmetric import step_size, symmetric_matrix


class IncrementTerms(NamedTuple):
    """Equation 15: the parts of the increments along the eigenvectors of the Hessian.

    Attributes:
        eigenvalues: In descending order, (n,).
        directions: Eigenvectors as columns, (n, n).
        decay: Deterministic term (T, n), which dies out.
        fresh: Noise of the last step, -eta q_i eps_t, (T, n).
        averaged: Exponential average of the earlier noise, which pulls back, (T, n).
    """

    eigenvalues: np.ndarray
    directions: np.ndarray
    decay: np.ndarray
    fresh: np.ndarray
    averaged: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Increments along the eigenvectors, (T, n)."""
        return self.decay + self.fresh + self.averaged


def autoregression(
    hessian: Any, noise: Any, learning_rate: float, *, start: Any = None, optimum: Any = None, sign: int = -1
) -> np.ndarray:
    """Iterate with a given noise: the recursion written out.

    Args:
        hessian: Symmetric H (n, n).
        noise: Gradient noise (T, ..., n), one slice for each step; the dimensions between are runs.
        learning_rate: Step size.
        start: First iterate (..., n); the optimum by default.
        optimum: Optimum (n,); the origin by default.
        sign: -1, or +1 for Equation 13 as printed.

    Returns:
        Iterates (T + 1, ..., n), the start first.

    Raises:
        AsymmetricMatrixError: If ``hessian`` is not symmetric.
        ValueError: If shapes do not fit.

    >>> autoregression([[1.0]], [[1.0], [0.0]], 0.5)[:, 0].tolist()
    [0.0, -0.5, -0.25]
    """
    matrix, noise, first, center = _problem(hessian, noise, start, optimum)
    rate, sign = step_size(learning_rate), _sign(sign)
    path = np.empty((len(noise) + 1, *noise.shape[1:]))
    path[0] = first
    for t, shock in enumerate(noise):
        path[t + 1] = path[t] - rate * (path[t] - center) @ matrix + sign * rate * shock
    return path


def unrolled_iterate(
    hessian: Any, noise: Any, learning_rate: float, *, start: Any = None, optimum: Any = None
) -> np.ndarray:
    """The last iterate as a sum over the noise: Equation 14.

    Args:
        hessian: Symmetric H (n, n).
        noise: Gradient noise (T, ..., n).
        learning_rate: Step size.
        start: First iterate (..., n); the optimum by default.
        optimum: Optimum (n,); the origin by default.

    Returns:
        The iterate after T steps, (..., n).

    Raises:
        AsymmetricMatrixError: If ``hessian`` is not symmetric.
        ValueError: If shapes do not fit.

    >>> unrolled_iterate([[1.0]], [[1.0], [0.0]], 0.5).tolist()
    [-0.25]
    """
    matrix, noise, first, center = _problem(hessian, noise, start, optimum)
    rate = step_size(learning_rate)
    values, vectors = np.linalg.eigh(matrix)
    kept = 1 - rate * values
    ages = np.arange(len(noise))[::-1]
    weights = kept ** ages.reshape(-1, *(1,) * (noise.ndim - 1))
    end = kept ** len(noise) * ((first - center) @ vectors) - rate * np.sum(weights * (noise @ vectors), axis=0)
    return center + end @ vectors.T


def increment_terms(
    hessian: Any, noise: Any, learning_rate: float, *, start: Any = None, optimum: Any = None
) -> IncrementTerms:
    """Take the increments of a run apart along the eigenvectors: Equation 15, by its sums.

    Args:
        hessian: Symmetric H (n, n).
        noise: Gradient noise (T, n).
        learning_rate: Step size.
        start: First iterate (n,); the optimum by default.
        optimum: Optimum (n,); the origin by default.

    Returns:
        IncrementTerms: three terms that sum to the increments of :func:`autoregression` along the eigenvectors.

    Raises:
        AsymmetricMatrixError: If ``hessian`` is not symmetric.
        ValueError: If shapes do not fit.

    >>> terms = increment_terms([[1.0]], [[1.0], [0.0]], 0.5)
    >>> terms.total[:, 0].tolist()
    [-0.5, 0.25]
    """
    matrix, noise, first, center = _problem(hessian, noise, start, optimum)
    if noise.ndim != 2:
        raise ValueError(f"noise: expected one run, shape (T, n), got {noise.shape}")
    rate = step_size(learning_rate)
    values, vectors = (part[..., ::-1] for part in np.linalg.eigh(matrix))
    along, x, t = noise @ vectors, rate * values, np.arange(len(noise))
    ages = t[:, None] - 1 - t[None, :]
    weights = np.where(ages[..., None] >= 0, (1 - x) ** np.maximum(ages, 0)[..., None], 0.0)
    averaged = rate * x * np.einsum("tsi,si->ti", weights, along)
    decay = -x * (1 - x) ** t[:, None] * ((first - center) @ vectors)
    return IncrementTerms(values, vectors, decay, -rate * along, averaged)


def _problem(hessian, noise, start, optimum):
    matrix = symmetric_matrix("hessian", hessian)
    shocks = _checks.real_array("noise", noise)
    if shocks.ndim < 2 or shocks.shape[-1] != len(matrix):
        raise ValueError(f"noise: expected shape (T, ..., {len(matrix)}), got {shocks.shape}")
    center = np.zeros(len(matrix)) if optimum is None else _checks.real_array("optimum", optimum)
    first = center if start is None else _checks.real_array("start", start)
    for name, point in (("optimum", center), ("start", first)):
        if point.shape[-1:] != (len(matrix),):
            raise ValueError(f"{name}: expected last dimension {len(matrix)}, got shape {point.shape}")
    return matrix, shocks, first, center


def _sign(sign: int) -> int:
    if sign not in (-1, 1):
        raise ValueError(f"sign: expected -1, or +1 for the equation as printed, got {sign!r}")
    return sign
