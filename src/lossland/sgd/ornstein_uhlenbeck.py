r"""The Langevin equation of a quadratic, solved: Ornstein and Uhlenbeck's process, time counted in iterations.

:math:`d\theta=-\eta H\delta\,dt+\eta\,C^{1/2}dW` has mean :math:`e^{-\eta Ht}\delta_0` and covariance
:math:`q_i^{\mathsf T}\Sigma_tq_j=\eta\,q_i^{\mathsf T}Cq_j\,(1-e^{-\eta(\lambda_i+\lambda_j)t})/(\lambda_i+\lambda_j)`.
Noisy descent has :math:`(1-\eta\lambda)^t` for the exponential and :math:`\lambda_i+\lambda_j-\eta\lambda_i\lambda_j`
below: the two agree up to terms of order :math:`\eta\lambda`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks
from lossland.sgd.symmetric import covariance_matrix, step_size, symmetric_matrix


def diffusion_mean(hessian: Any, start: Any, learning_rate: float, time: float) -> np.ndarray:
    r"""Mean :math:`e^{-\eta Ht}\delta_0` of the process after a time counted in iterations.

    Args:
        hessian: Symmetric H (n, n).
        start: Distance of the start from the optimum, (n,).
        learning_rate: Step size.
        time: t >= 0.

    Raises:
        AsymmetricMatrixError: If ``hessian`` is not symmetric.

    >>> diffusion_mean([[0.5]], [1.0], 0.1, 20.0).round(4).tolist()
    [0.3679]
    """
    values, vectors = np.linalg.eigh(symmetric_matrix("hessian", hessian))
    decay = np.exp(-step_size(learning_rate) * values * _checks.real_number("time", time, low=0.0))
    return vectors @ (decay * (vectors.T @ _checks.real_array("start", start)))


def diffusion_covariance(
    hessian: Any, noise_covariance: Any, learning_rate: float, time: float
) -> np.ndarray:
    """Covariance of the process after a time counted in iterations from a fixed start.

    Args:
        hessian: Symmetric H (n, n); flat directions and saddles are allowed at finite times.
        noise_covariance: Covariance C (n, n) of the gradient noise.
        learning_rate: Step size.
        time: t >= 0; ``numpy.inf`` is refused, use a long time.

    Raises:
        AsymmetricMatrixError: If a matrix is not symmetric.
        IndefiniteMatrixError: If C has a negative eigenvalue.

    >>> diffusion_covariance([[0.5]], [[1.0]], 0.1, 20.0).round(4).tolist()
    [[0.0865]]
    """
    matrix = symmetric_matrix("hessian", hessian)
    covariance = covariance_matrix("noise_covariance", noise_covariance, len(matrix))
    rate, t = step_size(learning_rate), _checks.real_number("time", time, low=0.0)
    values, vectors = np.linalg.eigh(matrix)
    rates = rate * (values[:, None] + values)
    flat = np.abs(rates) * t < 1e-12
    grown = np.where(flat, t, -np.expm1(-rates * t) / np.where(flat, 1.0, rates))
    return vectors @ (rate**2 * (vectors.T @ covariance @ vectors) * grown) @ vectors.T
