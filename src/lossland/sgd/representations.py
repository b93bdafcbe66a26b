r"""The representations of an uncertain objective, and how one becomes the other.

One draw of the data gives one function.  With :math:`\delta=\theta-\theta^*`:

* **shifted** (Equation 4): :math:`J=\frac12(\delta+\epsilon)^{\mathsf T}H(\delta+\epsilon)`, the optimum moves;
* **additive** (Equation 5): :math:`J=\frac12\delta^{\mathsf T}H\delta+\hat\epsilon(\theta)`, anything may be added.
  Up to second order :math:`\hat\epsilon=c+g\cdot\delta+\frac12\delta^{\mathsf T}K\delta`: level, slope, curvature.

Expanding the square, a shift is an addition with :math:`g=H\epsilon`, :math:`c=\frac12\epsilon^{\mathsf T}H\epsilon`,
K = 0: the gradient noise has covariance :math:`H\,\mathrm{Cov}(\epsilon)\,H`.  Completing it, an addition without
curvature noise is a shift by :math:`H^{-1}g` and a change of level :math:`c-\frac12g^{\mathsf T}H^{-1}g`, provided that
g has no part along flat directions.  With curvature noise each draw has its own Hessian H + K and its own optimum,
which is the paper's H(D), :math:`\theta^*(D)`.

The gradient that a practitioner sees is that of the whole of Equation 5, :math:`H\delta+\epsilon(\theta)` with
:math:`\epsilon=\nabla\hat\epsilon`: in Equation 6 the first term is the quadratic part alone, or noise counts twice.

Source: Glukhov (2024), Equations 4 to 6 and 12, halves inserted.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.sgd.errors import FlatDirectionError
from lossland.sgd.quadratic import Quadratic, apply, like
from lossland.sgd.symmetric import check_curved, covariance_matrix, symmetric_matrix

_OUTSIDE = 1e-9  # part of a slope along flat directions that counts as rounding


class ShiftedObjective(NamedTuple):
    """Equation 4: the optimum is where noise has moved it.

    Attributes:
        center: The objective without noise.
        shifts: Shifts (..., n), one for each draw of the data; the optimum of a draw is ``center.optimum - shift``.
    """

    center: Quadratic
    shifts: np.ndarray

    def value(self, points: Any):
        """Objective at points (..., n); leading dimensions broadcast with those of the shifts."""
        points, _ = _checks.floating_array("points", points)
        return self.center.value(points + like(self.shifts, points))

    def gradient(self, points: Any):
        """Gradient at points (..., n)."""
        points, _ = _checks.floating_array("points", points)
        return self.center.gradient(points + like(self.shifts, points))


class AdditiveObjective(NamedTuple):
    """Equation 5: a quadratic plus noise, which is itself at most quadratic.

    Attributes:
        center: The objective without noise.
        levels: Constant part c of the noise (...), one for each draw.
        slopes: Gradient of the noise at the optimum, (..., n).
        curvatures: Its Hessian (..., n, n); None for noise whose gradient is the same everywhere.
    """

    center: Quadratic
    levels: np.ndarray
    slopes: np.ndarray
    curvatures: np.ndarray | None = None

    def noise(self, points: Any):
        """Noise of the objective at points (..., n)."""
        points, _ = _checks.floating_array("points", points)
        delta = points - like(self.center.optimum, points)
        total = like(self.levels, points) + (like(self.slopes, points) * delta).sum(-1)
        return total if self.curvatures is None else total + (delta * apply(self.curvatures, delta)).sum(-1) / 2

    def gradient_noise(self, points: Any):
        """Noise of the gradient at points (..., n): the derivative of :meth:`noise`."""
        points, _ = _checks.floating_array("points", points)
        delta = points - like(self.center.optimum, points)
        slopes = like(self.slopes, points) + 0 * delta
        return slopes if self.curvatures is None else slopes + apply(self.curvatures, delta)

    def value(self, points: Any):
        """Objective at points (..., n), noise included."""
        return self.center.value(points) + self.noise(points)

    def gradient(self, points: Any):
        """Gradient at points (..., n), noise included once."""
        return self.center.gradient(points) + self.gradient_noise(points)


def additive_from_shifted(objective: ShiftedObjective) -> AdditiveObjective:
    """Write Equation 4 in the form of Equation 5; values and gradients are the same everywhere.

    >>> from lossland.sgd.quadratic import quadratic
    >>> same = additive_from_shifted(ShiftedObjective(quadratic([[2.0]]), np.array([[0.5]])))
    >>> float(same.slopes[0, 0]), float(same.levels[0])
    (1.0, 0.25)
    """
    shifts = _checks.real_array("shifts", objective.shifts)
    slopes = apply(objective.center.hessian, shifts)
    return AdditiveObjective(objective.center, np.sum(shifts * slopes, axis=-1) / 2, slopes)


def shifted_from_additive(objective: AdditiveObjective) -> tuple[ShiftedObjective, np.ndarray]:
    """Write Equation 5 in the form of Equation 4, where that is possible.

    Args:
        objective: Additive noise without curvature noise.

    Returns:
        The shifted objective, and the levels (...) to be added to its values; its gradients agree as they are.

    Raises:
        FlatDirectionError: If a slope has a part along a direction in which the quadratic is flat: no shift makes that.
        ValueError: If there is curvature noise; see :func:`quadratic_of_each`.
    """
    if objective.curvatures is not None:
        raise ValueError("objective: expected no curvature noise, as a shift makes none; see quadratic_of_each")
    slopes = _checks.real_array("slopes", objective.slopes)
    hessian = symmetric_matrix("hessian", objective.center.hessian)
    shifts = slopes @ np.linalg.pinv(hessian, rcond=1e-12, hermitian=True)
    missed = np.abs(shifts @ hessian - slopes).max(initial=0.0)
    if missed > _OUTSIDE * max(np.abs(slopes).max(initial=0.0), 1e-300):
        raise FlatDirectionError(
            f"objective: expected slopes in the range of the Hessian, got a part of size {missed:g} along flat "
            "directions; no shift of the optimum gives a gradient there"
        )
    levels = np.asarray(objective.levels) - np.sum(slopes * shifts, axis=-1) / 2
    return ShiftedObjective(objective.center, shifts), levels


def quadratic_of_each(objective: AdditiveObjective) -> Quadratic:
    r"""The quadratic that each draw of the data is: the paper's :math:`H(D)`, :math:`\theta^*(D)` and value there.

    Raises:
        FlatDirectionError: If the Hessian of a draw is not positive definite, so that it has no optimum.

    >>> from lossland.sgd.quadratic import quadratic
    >>> noisy = AdditiveObjective(quadratic([[1.0]]), np.zeros(1), np.array([[1.0]]), np.array([[[1.0]]]))
    >>> each = quadratic_of_each(noisy)
    >>> float(each.hessian[0, 0, 0]), float(each.optimum[0, 0]), float(each.minimum[0])
    (2.0, -0.5, -0.25)
    """
    slopes = _checks.real_array("slopes", objective.slopes)
    hessians = objective.center.hessian + (0.0 if objective.curvatures is None else objective.curvatures)
    hessians = np.broadcast_to(hessians, (*slopes.shape, slopes.shape[-1]))
    for values in np.linalg.eigvalsh(hessians).reshape(-1, slopes.shape[-1]):
        check_curved(values, "a draw of the data has no optimum")
    moves = np.linalg.solve(hessians, slopes[..., None])[..., 0]
    minimum = objective.center.minimum + objective.levels - np.sum(slopes * moves, axis=-1) / 2
    return Quadratic(hessians, objective.center.optimum - moves, minimum)


def shift_noise_covariance(hessian: Any, shift_covariance: Any) -> np.ndarray:
    r"""Covariance :math:`HSH` of the gradient noise of Equation 4: what it assumes about noise without saying so.

    Args:
        hessian: Symmetric H (n, n).
        shift_covariance: Covariance S (n, n) of the shifts.

    Raises:
        AsymmetricMatrixError: If a matrix is not symmetric.
        IndefiniteMatrixError: If S has a negative eigenvalue.

    >>> shift_noise_covariance([[3.0]], [[2.0]]).tolist()
    [[18.0]]
    """
    matrix = symmetric_matrix("hessian", hessian)
    return matrix @ covariance_matrix("shift_covariance", shift_covariance, len(matrix)) @ matrix


def double_counted_gradient(objective: AdditiveObjective, points: Any):
    """Equation 6 taken literally on top of Equation 5: the gradient with its noise, and the noise once more."""
    points, _ = _checks.floating_array("points", points)
    return objective.gradient(points) + objective.gradient_noise(points)
