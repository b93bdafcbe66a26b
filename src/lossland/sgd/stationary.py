r"""The exact stationary law of gradient iterates with additive noise: the oracle for Equations 16 to 25.

The covariance solves the discrete Lyapunov equation :math:`\Sigma=(I-\eta H)\Sigma(I-\eta H)+\eta^2C`.  Between
eigenvectors of H it is solved by one division,

.. math:: q_i^{\mathsf T}\Sigma q_j=\frac{\eta\,q_i^{\mathsf T}Cq_j}{\lambda_i+\lambda_j-\eta\lambda_i\lambda_j},\qquad
   \mathrm{Var}_i=\frac{\eta s_i^2}{\lambda_i(2-\eta\lambda_i)},

for every step with :math:`0<\eta\lambda_i<2`; the paper's :math:`0<\eta\lambda_i<1` is sufficient only.  After t steps
from a fixed start there is a factor :math:`1-(1-\eta\lambda_i)^t(1-\eta\lambda_j)^t`.  Along a flat direction there is
no stationary law: the variance is :math:`\eta^2s^2t`.

With :math:`C\propto H^g` the variances go as :math:`\lambda^{g-1}`: the cloud is round for g = 1 alone.

Source: derived here; Mandt, Hoffman and Blei (2017) have its limit of small steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks
from lossland.sgd.errors import FlatDirectionError, UnstableStepError
from lossland.sgd.symmetric import (
    check_curved,
    check_stable,
    check_stable_products,
    covariance_matrix,
    step_size,
    symmetric_matrix,
)

_FLAT = 1e-14


def stationary_covariance(hessian: Any, noise_covariance: Any, learning_rate: float) -> np.ndarray:
    """Exact covariance of the iterates in equilibrium, at any stable step size.

    Args:
        hessian: Symmetric H (n, n) without negative eigenvalues.
        noise_covariance: Covariance C (n, n) of the gradient noise; it need not commute with H.
        learning_rate: Step size, below 2 over the largest eigenvalue.

    Returns:
        Covariance (n, n); zero along flat directions without noise.

    Raises:
        AsymmetricMatrixError: If a matrix is not symmetric.
        IndefiniteMatrixError: If C has a negative eigenvalue.
        UnstableStepError: If the step is too long, or H has a negative eigenvalue.
        FlatDirectionError: If there is noise along a flat direction, where iterates walk away for ever.

    >>> stationary_covariance(np.diag([1.0, 0.1]), [[1.0, 0.8], [0.8, 1.0]], 0.1).round(4).tolist()
    [[0.0526, 0.0734], [0.0734, 0.5025]]
    """
    values, vectors, along, rate = _modes(hessian, noise_covariance, learning_rate)
    check_stable(values, rate)
    values = np.maximum(values, 0.0)
    rates = values[:, None] + values - rate * values[:, None] * values
    flat = values <= _FLAT * max(float(np.max(values)), 1e-300) * len(values)
    if np.any(np.diag(along)[flat] > _FLAT * max(np.abs(along).max(), 1e-300) * len(values)):
        raise FlatDirectionError(
            "hessian: expected positive eigenvalues wherever there is noise, got a flat direction with noise; its "
            "variance grows as learning_rate^2 * variance * t and has no limit, see transient_covariance"
        )
    still = flat[:, None] | flat
    sigma = np.where(still, 0.0, rate * along / np.where(still, 1.0, rates))
    return vectors @ sigma @ vectors.T


def transient_covariance(hessian: Any, noise_covariance: Any, learning_rate: float, n_steps: int) -> np.ndarray:
    """Exact covariance after some steps from a fixed start; flat directions and saddles are allowed.

    Args:
        hessian: Any symmetric H (n, n), as that of a network in training.
        noise_covariance: Covariance C (n, n) of the gradient noise.
        learning_rate: Step size.
        n_steps: Number t of steps.

    Returns:
        Covariance (n, n).

    Raises:
        AsymmetricMatrixError: If a matrix is not symmetric.
        IndefiniteMatrixError: If C has a negative eigenvalue.
        UnstableStepError: If the iterates run so far away that the covariance overflows.

    >>> transient_covariance([[0.0]], [[1.0]], 0.1, 1000).round(12).tolist()
    [[10.0]]
    """
    values, vectors, along, rate = _modes(hessian, noise_covariance, learning_rate)
    t = _checks.integer("n_steps", n_steps, low=0)
    x = rate * values
    loss = x[:, None] + x - x[:, None] * x  # 1 - (1 - x_i)(1 - x_j)
    product = (1 - x)[:, None] * (1 - x)
    small = np.abs(loss) < 0.5
    lost = np.where(small & (loss != 0), loss, 0.25)
    with np.errstate(over="ignore"):  # a long way down from a saddle
        slow = np.where(loss == 0, t, -np.expm1(t * np.log1p(-lost)) / lost)
        steps = np.where(small, slow, (1 - product ** float(t)) / np.where(small, 1.0, loss))
    if not np.all(np.isfinite(steps)):
        raise UnstableStepError(f"n_steps: expected few enough for a finite covariance, got {t}; the iterates run away")
    return vectors @ (rate**2 * along * steps) @ vectors.T


def stationary_variance(eigenvalue: Any, noise_variance: Any, learning_rate: Any) -> np.ndarray:
    r"""Variance :math:`\eta s^2/(\lambda(2-\eta\lambda))` along one eigenvector; arguments broadcast.

    Args:
        eigenvalue: Curvature > 0.
        noise_variance: Variance of the gradient noise along the eigenvector.
        learning_rate: Step size.

    Raises:
        FlatDirectionError: If an eigenvalue is not positive.
        UnstableStepError: If a product of step and curvature is 2 or more.
        ValueError: If a variance is negative or a step not positive.

    >>> stationary_variance(1.0, 1.0, 1.5).item()  # stable, though above 1
    3.0
    """
    curvature, variance, rate, x = _scalars(eigenvalue, noise_variance, learning_rate)
    return rate * variance / (curvature * (2 - x))


def stationary_mean(hessian: Any, bias: Any, *, optimum: Any = None) -> np.ndarray:
    r"""Mean :math:`\theta^*-H^{-1}b` of the iterates when the gradient noise has mean b; the step does not matter.

    Args:
        hessian: Symmetric positive definite H (n, n).
        bias: Mean of the noise, (n,).
        optimum: The optimum (n,); the origin by default.

    Raises:
        FlatDirectionError: If H is singular.

    >>> stationary_mean([[0.5]], [0.2]).tolist()
    [-0.4]
    """
    matrix = symmetric_matrix("hessian", hessian)
    check_curved(np.linalg.eigvalsh(matrix), "a bias moves the iterates for ever")
    shift = np.linalg.solve(matrix, _vector("bias", bias, len(matrix)))
    return (0.0 if optimum is None else _vector("optimum", optimum, len(matrix))) - shift


def autocovariance(hessian: Any, noise_covariance: Any, learning_rate: float, lag: int) -> np.ndarray:
    r"""Covariance :math:`(I-\eta H)^k\Sigma` of iterates k steps apart, in equilibrium.

    Args:
        hessian: Symmetric H (n, n).
        noise_covariance: Covariance C (n, n).
        learning_rate: Step size.
        lag: Number k >= 0 of steps between the two, the later one first.

    Raises:
        ValueError: As :func:`stationary_covariance`, or if ``lag`` is negative.

    >>> autocovariance([[1.0]], [[1.0]], 0.5, 2).round(6).tolist()
    [[0.083333]]
    """
    sigma = stationary_covariance(hessian, noise_covariance, learning_rate)
    step = np.eye(len(sigma)) - learning_rate * symmetric_matrix("hessian", hessian)
    return np.linalg.matrix_power(step, _checks.integer("lag", lag, low=0)) @ sigma


def stationary_kurtosis(noise_kurtosis: Any, kept: Any) -> np.ndarray:
    r"""Excess kurtosis :math:`\kappa(1-a^2)/(1+a^2)` of the iterates, :math:`a=1-\eta\lambda`.

    The central limit theorem works only as :math:`a\to1`.  With two-point noise (-2) and a = 1/2 the law is uniform.

    Args:
        noise_kurtosis: Excess kurtosis of the noise.
        kept: The factor a, in (-1, 1).

    >>> round(float(stationary_kurtosis(-2.0, 0.5)), 12)
    -1.2
    """
    a = _checks.real_array("kept", kept, low=-1.0, high=1.0)
    return _checks.real_array("noise_kurtosis", noise_kurtosis) * (1 - a**2) / (1 + a**2)


def stable_spread(tail_index: Any, noise_scale: Any, eigenvalue: Any, learning_rate: Any) -> np.ndarray:
    r"""Scale of the iterates under stable noise of scale :math:`\gamma`, in place of a standard deviation.

    :math:`\eta\gamma/(1-|1-\eta\lambda|^\alpha)^{1/\alpha}\approx\gamma\,\eta^{1-1/\alpha}(\alpha\lambda)^{-1/\alpha}`:
    for a Cauchy law exactly :math:`\gamma/\lambda` up to :math:`\eta\lambda=1`, whatever the step.

    Args:
        tail_index: :math:`\alpha\in(0,2]`; at 2 the law is normal with variance twice the squared scale.
        noise_scale: :math:`\gamma`.
        eigenvalue: Curvature > 0.
        learning_rate: Step size.

    Raises:
        UnstableStepError: If a product of step and curvature is 2 or more.

    >>> [round(float(stable_spread(1.0, 1.0, 0.5, eta)), 12) for eta in (0.01, 0.5)]
    [2.0, 2.0]
    """
    alpha = _checks.real_array("tail_index", tail_index, low=1e-3, high=2.0)
    _, gamma, rate, x = _scalars(eigenvalue, noise_scale, learning_rate)
    with np.errstate(divide="ignore"):
        lost = -np.expm1(alpha * np.log(np.abs(1 - x)))
    return rate * gamma / lost ** (1 / alpha)


def _modes(hessian, noise_covariance, learning_rate):
    matrix = symmetric_matrix("hessian", hessian)
    covariance = covariance_matrix("noise_covariance", noise_covariance, len(matrix))
    rate = step_size(learning_rate)
    values, vectors = np.linalg.eigh(matrix)
    return values, vectors, vectors.T @ covariance @ vectors, rate


def _scalars(eigenvalue, noise, learning_rate):
    curvature = _checks.real_array("eigenvalue", eigenvalue)
    rate = _checks.real_array("learning_rate", learning_rate, low=0.0)
    noise = _checks.real_array("noise", noise, low=0.0)
    if np.any(rate == 0):
        raise ValueError("learning_rate: expected positive numbers, got 0")
    if np.any(curvature <= 0):
        raise FlatDirectionError(f"eigenvalue: expected positive numbers, got {float(curvature.min()):g}")
    x = rate * curvature
    check_stable_products(x)
    return curvature, noise, rate, x


def _vector(name, value, size):
    vector = _checks.real_array(name, value)
    if vector.shape != (size,):
        raise ValueError(f"{name}: expected shape {(size,)}, got {vector.shape}")
    return vector
