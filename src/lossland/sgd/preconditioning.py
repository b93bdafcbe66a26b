r"""Preconditioned steps :math:`\theta\leftarrow\theta-\eta P(H\delta+\epsilon)` are plain ones in other coordinates.

With :math:`P=MM^{\mathsf T}` and :math:`\theta=M\phi`, descent in :math:`\phi` has the Hessian :math:`M^{\mathsf T}HM`
and the noise :math:`M^{\mathsf T}\epsilon`; the covariance of :math:`\theta` is M times that of :math:`\phi` times
:math:`M^{\mathsf T}`.  Step sizes fitted to the curvature, :math:`P=cH^{-1}/\eta`, let all directions relax at one
rate, and amplify the noise in the flat ones: with isotropic noise
:math:`\mathrm{Var}_i=cs^2/(\lambda_i^2(2-c))` instead of :math:`\eta s^2/(\lambda_i(2-\eta\lambda_i))`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lossland.sgd.gradient_noise import GradientNoise
from lossland.sgd.stationary import stationary_covariance
from lossland.sgd.symmetric import covariance_matrix, spectral_power, symmetric_matrix


class Preconditioned(NamedTuple):
    """A problem in the coordinates in which preconditioned steps are plain steps.

    Attributes:
        hessian: Its Hessian (n, n).
        noise: Its gradient noise.
        root: M (n, n); points of the original problem are ``root @ point``.
    """

    hessian: np.ndarray
    noise: GradientNoise
    root: np.ndarray


def precondition(hessian: Any, noise: GradientNoise, preconditioner: Any) -> Preconditioned:
    """Change coordinates so that steps along P times the gradient become plain steps.

    Args:
        hessian: Symmetric H (n, n).
        noise: Law of the gradient noise.
        preconditioner: Symmetric positive definite P (n, n).

    Raises:
        AsymmetricMatrixError: If a matrix is not symmetric.
        IndefiniteMatrixError: If P is not positive definite.

    >>> from lossland.sgd.gradient_noise import isotropic_noise
    >>> precondition(np.diag([4.0, 1.0]), isotropic_noise(2), np.diag([0.25, 1.0])).hessian.tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    matrix = symmetric_matrix("hessian", hessian)
    root = spectral_power(covariance_matrix("preconditioner", preconditioner, len(matrix), strict=True), 0.5)
    moved = root @ matrix @ root
    shaken = noise._replace(factor=root @ noise.factor, bias=root @ noise.bias)
    return Preconditioned((moved + moved.T) / 2, shaken, root)


def preconditioned_covariance(
    hessian: Any, noise_covariance: Any, preconditioner: Any, learning_rate: float = 1.0
) -> np.ndarray:
    """Exact stationary covariance of preconditioned steps, in the original coordinates.

    Args:
        hessian: Symmetric H (n, n).
        noise_covariance: Covariance C (n, n) of the gradient noise.
        preconditioner: Symmetric positive definite P (n, n).
        learning_rate: Step size in front of P.

    Raises:
        ValueError: As :func:`~lossland.sgd.stationary.stationary_covariance`, and if P is not positive definite.

    >>> preconditioned_covariance([[0.1]], [[1.0]], [[1.0]]).round(4).tolist()  # c = 0.1
    [[5.2632]]
    """
    matrix = symmetric_matrix("hessian", hessian)
    covariance = covariance_matrix("noise_covariance", noise_covariance, len(matrix))
    root = spectral_power(covariance_matrix("preconditioner", preconditioner, len(matrix), strict=True), 0.5)
    moved, noise = root @ matrix @ root, root @ covariance @ root
    return root @ stationary_covariance((moved + moved.T) / 2, (noise + noise.T) / 2, learning_rate) @ root
