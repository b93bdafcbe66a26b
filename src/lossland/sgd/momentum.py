r"""Heavy ball on a noisy quadratic: the exact stationary law.

:math:`v_{t+1}=\beta v_t+\eta(H\delta_t+\epsilon_t)`, :math:`\delta_{t+1}=\delta_t-v_{t+1}`.  Along an eigenvector

.. math:: \mathrm{Var}_i=\frac{\eta s_i^2}{\lambda_i}\,\frac{1+\beta}{(1-\beta)\,(2(1+\beta)-\eta\lambda_i)},

stable for :math:`0<\eta\lambda_i<2(1+\beta)`.  To leading order it is that of plain descent with the step
:math:`\eta/(1-\beta)`: at equal effective step momentum does not shrink the cloud.

Between eigenvectors the pairs :math:`(\delta_i,v_i)`, :math:`(\delta_j,v_j)` obey a linear system of four equations.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks
from lossland.sgd.symmetric import (
    check_curved,
    check_stable,
    check_stable_products,
    covariance_matrix,
    step_size,
    symmetric_matrix,
)


def momentum_variance(eigenvalue: Any, noise_variance: Any, learning_rate: Any, momentum: Any) -> np.ndarray:
    r"""Stationary variance along one eigenvector under heavy ball; arguments broadcast.

    Args:
        eigenvalue: Curvature > 0.
        noise_variance: Variance of the gradient noise.
        learning_rate: :math:`\eta`, which multiplies the gradient inside the velocity.
        momentum: :math:`\beta\in[0,1)`.

    Raises:
        ValueError: If an argument is out of range.
        UnstableStepError: If the step is too long.

    >>> round(float(momentum_variance(1.0, 1.0, 0.1, 0.0)), 6)  # plain descent
    0.052632
    """
    curvature = _checks.real_array("eigenvalue", eigenvalue)
    check_curved(np.atleast_1d(curvature), "the variance grows without limit")
    rate = _checks.real_array("learning_rate", learning_rate, low=1e-300)
    beta = _momentum(momentum)
    check_stable_products(rate * curvature / (1 + beta))
    variance = _checks.real_array("noise_variance", noise_variance, low=0.0)
    return rate * variance * (1 + beta) / (curvature * (1 - beta) * (2 * (1 + beta) - rate * curvature))


def momentum_covariance(hessian: Any, noise_covariance: Any, learning_rate: float, momentum: float) -> np.ndarray:
    """Exact stationary covariance of the parameters under heavy ball, noise and Hessian commuting or not.

    Args:
        hessian: Symmetric positive definite H (n, n).
        noise_covariance: Covariance C (n, n).
        learning_rate: Step size.
        momentum: In [0, 1).

    Returns:
        Covariance (n, n) of the parameters.

    Raises:
        AsymmetricMatrixError: If a matrix is not symmetric.
        IndefiniteMatrixError: If C has a negative eigenvalue.
        UnstableStepError: If the step is too long.
        FlatDirectionError: If H is singular.

    >>> momentum_covariance([[1.0]], [[1.0]], 0.1, 0.9).round(4).tolist()
    [[0.5135]]
    """
    matrix = symmetric_matrix("hessian", hessian)
    covariance = covariance_matrix("noise_covariance", noise_covariance, len(matrix))
    rate, beta = step_size(learning_rate), float(_momentum(_checks.real_number("momentum", momentum)))
    values, vectors = np.linalg.eigh(matrix)
    check_stable(values, rate, momentum=beta)
    check_curved(values, "the variance grows without limit")
    x, n = rate * values, len(values)
    step = np.empty((n, 2, 2))  # (delta, v) -> (delta - beta v - x delta, beta v + x delta)
    step[:, 0, 0], step[:, 0, 1], step[:, 1, 0], step[:, 1, 1] = 1 - x, -beta, x, beta
    pairs = np.einsum("iab,jcd->ijacbd", step, step).reshape(n, n, 4, 4)
    shock = np.array([1.0, -1.0, -1.0, 1.0])  # of (delta, v) x (delta, v)
    along = rate**2 * (vectors.T @ covariance @ vectors)
    solved = np.linalg.solve(np.eye(4) - pairs, along[..., None, None] * shock[:, None])
    return vectors @ solved[..., 0, 0] @ vectors.T


def _momentum(momentum):
    beta = _checks.real_array("momentum", momentum, low=0.0, high=1.0)
    if np.any(beta == 1):
        raise ValueError("momentum: expected a number in [0, 1), got 1; the velocity would never be forgotten")
    return beta
