r"""A quadratic objective :math:`J(\theta)=J_*+\tfrac12(\theta-\theta^*)^{\mathsf T}H(\theta-\theta^*)`, with the half.

With the half H is the Hessian and :math:`H(\theta-\theta^*)` the gradient.  Equation 3 of the paper has no half: read
as printed, its Hessian is 2H, its gradient :math:`2H(\theta-\theta^*)`, and every step size of its Section 4 would
have to be halved.  ``half=False`` takes it at its word.

Source: Glukhov (2024), Equation 3 and the display before Equation 12, where the half stands.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace, device

from lossland import _checks
from lossland.sgd.symmetric import symmetric_matrix


class Quadratic(NamedTuple):
    """A quadratic objective, or one for each leading index.

    Attributes:
        hessian: Second derivatives (..., n, n), NumPy float64.
        optimum: The stationary point (..., n).
        minimum: Value there, (...).
    """

    hessian: np.ndarray
    optimum: np.ndarray
    minimum: np.ndarray

    def value(self, points: Any):
        """Objective at points (..., n), NumPy or torch; leading dimensions broadcast with those of the objective."""
        points, xp = _checks.floating_array("points", points)
        delta = points - like(self.optimum, points)
        return like(self.minimum, points) + xp.sum(delta * apply(self.hessian, delta), axis=-1) / 2

    def gradient(self, points: Any):
        """Gradient at points (..., n), NumPy or torch."""
        points, _ = _checks.floating_array("points", points)
        return apply(self.hessian, points - like(self.optimum, points))


def quadratic(hessian: Any, optimum: Any = None, *, minimum: float = 0.0, half: bool = True) -> Quadratic:
    """Make a quadratic objective from the matrix of its form.

    Args:
        hessian: Symmetric matrix H (n, n) of the form.
        optimum: Its stationary point (n,); the origin by default.
        minimum: Value there.
        half: Whether the form has the factor 1/2; without it, as in Equation 3 as printed, the Hessian is twice H.

    Returns:
        Quadratic: its ``hessian`` is the matrix of second derivatives in either case.

    Raises:
        AsymmetricMatrixError: If ``hessian`` is not symmetric.
        ValueError: If shapes do not fit.

    >>> bowl, printed = quadratic([[3.0]]), quadratic([[3.0]], half=False)
    >>> float(bowl.gradient([2.0])[0]), float(printed.gradient([2.0])[0])
    (6.0, 12.0)
    """
    matrix = symmetric_matrix("hessian", hessian)
    point = np.zeros(len(matrix)) if optimum is None else _checks.real_array("optimum", optimum)
    if point.shape != (len(matrix),):
        raise ValueError(f"optimum: expected shape {(len(matrix),)}, got {point.shape}")
    value = np.asarray(_checks.real_number("minimum", minimum))
    return Quadratic(matrix if half else 2 * matrix, point, value)


def like(array: Any, reference: Any):
    """An array in the kind, dtype and device of another."""
    xp = array_namespace(reference)
    return xp.asarray(array, dtype=reference.dtype, device=device(reference))


def apply(matrices: Any, vectors: Any):
    """Matrices (..., n, n) times vectors (..., n), in the kind of the vectors."""
    return (like(matrices, vectors) @ vectors[..., None])[..., 0]
