r"""The average of the objective against the objective of the average.

On a quadratic :math:`\overline{J(\theta)}-J(\bar\theta)=\frac12\mathrm{tr}(H\Sigma)\ge0`: the mean of the iterates is
the better point, by :math:`\sum_i\eta s_i^2/(2(2-\eta\lambda_i))` in equilibrium, which to leading order does not
depend on the curvature.  So Equation 11 is right, and its warning about the "average model" is one about objectives
that are not convex: between two wells the mean may be on the ridge.

Source: Glukhov (2024), Equation 11.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.sgd.stationary import stationary_variance
from lossland.sgd.symmetric import covariance_matrix, symmetric_matrix


class AverageGap(NamedTuple):
    """Both sides of Equation 11.

    Attributes:
        mean_objective: Average of the objective over the points.
        objective_at_mean: Objective at the average point.
    """

    mean_objective: float
    objective_at_mean: float

    @property
    def gap(self) -> float:
        """Their difference: positive where the mean is the better point."""
        return self.mean_objective - self.objective_at_mean


def jensen_gap(hessian: Any, covariance: Any) -> float:
    """Gap tr(H S) / 2 of a quadratic objective for points of covariance S, whatever their law.

    Raises:
        AsymmetricMatrixError: If a matrix is not symmetric.
        IndefiniteMatrixError: If the covariance has a negative eigenvalue.

    >>> jensen_gap([[2.0]], [[3.0]])
    3.0
    """
    matrix = symmetric_matrix("hessian", hessian)
    return float(np.trace(matrix @ covariance_matrix("covariance", covariance, len(matrix))) / 2)


def stationary_excess(eigenvalues: Any, noise_variances: Any, learning_rate: float) -> float:
    r"""Mean excess :math:`\sum_i\eta s_i^2/(2(2-\eta\lambda_i))` of the objective in equilibrium.

    Args:
        eigenvalues: Curvatures (n,), positive.
        noise_variances: Variance of the gradient noise along each eigenvector, one number or (n,).
        learning_rate: Step size.

    Raises:
        FlatDirectionError: If an eigenvalue is not positive.
        UnstableStepError: If the step is too long.

    >>> round(stationary_excess([1.0, 0.3, 0.1], 1.0, 0.1), 5)
    0.07682
    """
    values = np.atleast_1d(_checks.real_array("eigenvalues", eigenvalues))
    return float(np.sum(values * stationary_variance(values, noise_variances, learning_rate)) / 2)


def average_gap(objective: Callable[[np.ndarray], np.ndarray], points: Any) -> AverageGap:
    """Both sides of Equation 11 for given points and any objective.

    Args:
        objective: Function of points (..., n).
        points: Points (N, n).

    >>> average_gap(lambda p: (p[..., 0] ** 2 - 1) ** 2, [[1.0], [-1.0]]).gap  # the mean of two wells is on the ridge
    -1.0
    """
    samples = _checks.real_array("points", points)
    if samples.ndim != 2 or not samples.size:
        raise ValueError(f"points: expected shape (N, n), got {samples.shape}")
    return AverageGap(float(np.mean(objective(samples))), float(objective(samples.mean(axis=0))))
