r"""A regression as an uncertain objective: linear least squares, whose batches are known to the last term.

The loss :math:`J=\frac1{2N}\sum_k(x_k\cdot\theta-y_k)^2` is exactly quadratic, and so is that of a batch B:
:math:`J_B=J+c_B+g_B\cdot\delta+\frac12\delta^{\mathsf T}K_B\delta` with :math:`K_B=H_B-H`.  Its gradient noise
:math:`g_B+K_B\delta` depends on the point: the additive model is what is left at the optimum.  If the model is well
specified, the residuals have variance :math:`\sigma^2` and do not depend on the inputs, then :math:`C=\sigma^2H/B` and
the cloud is round; residuals that grow along a direction make it wider there.

Batches of B samples drawn with replacement give an exact law with the multiplicative part included,

.. math:: \Sigma=\mathbb E(I-\eta H_B)\Sigma(I-\eta H_B)+\eta^2C,

linear in :math:`\Sigma`; it exists only up to a step below :math:`2/\lambda_1`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks
from lossland.sgd.errors import UnstableStepError
from lossland.sgd.quadratic import Quadratic
from lossland.sgd.representations import AdditiveObjective
from lossland.sgd.symmetric import check_curved, step_size

_LARGEST = 64  # parameters; the linear system has about n^2 / 2 unknowns


def regression_quadratic(inputs: Any, targets: Any) -> Quadratic:
    """The mean half squared residual as a quadratic with its optimum.

    Args:
        inputs: Inputs (N, n).
        targets: Targets (N,).

    Raises:
        FlatDirectionError: If the loss does not depend on some combination of the parameters.
        ValueError: If shapes do not fit.

    >>> bowl = regression_quadratic([[1.0], [2.0]], [1.0, 2.0])
    >>> float(bowl.optimum[0]), float(bowl.hessian[0, 0]), float(bowl.minimum)
    (1.0, 2.5, 0.0)
    """
    x, y = _data(inputs, targets)
    hessian = x.T @ x / len(x)
    check_curved(np.linalg.eigvalsh(hessian), "the inputs do not determine the optimum")
    optimum = np.linalg.lstsq(x, y, rcond=None)[0]
    return Quadratic(hessian, optimum, np.asarray(np.mean((x @ optimum - y) ** 2) / 2))


def per_sample_gradients(inputs: Any, targets: Any, parameters: Any) -> np.ndarray:
    """Gradient of the half squared residual of each sample, (N, n), at one point (n,).

    >>> per_sample_gradients([[1.0], [2.0]], [1.0, 0.0], [1.0]).tolist()
    [[0.0], [4.0]]
    """
    x, y = _data(inputs, targets)
    point = _checks.real_array("parameters", parameters)
    if point.shape != (x.shape[1],):
        raise ValueError(f"parameters: expected shape {(x.shape[1],)}, got {point.shape}")
    return (x @ point - y)[:, None] * x


def batch_objectives(inputs: Any, targets: Any, batches: Any) -> AdditiveObjective:
    """The loss on each batch as the full loss plus noise: level, slope and curvature, exact everywhere.

    Args:
        inputs: Inputs (N, n).
        targets: Targets (N,).
        batches: Indices of samples (n_batches, B).

    Returns:
        AdditiveObjective: with one draw for each batch.

    Raises:
        FlatDirectionError: If the full loss has no unique optimum.
        ValueError: If shapes or indices do not fit.

    >>> noisy = batch_objectives([[1.0], [2.0]], [1.0, 0.0], [[0], [1]])
    >>> bool(np.allclose(noisy.value([3.0]), [2.0, 18.0]))
    True
    """
    x, y = _data(inputs, targets)
    center = regression_quadratic(x, y)
    indices = np.asarray(batches)
    if indices.ndim != 2 or indices.dtype.kind not in "iu" or indices.min() < 0 or indices.max() >= len(x):
        raise ValueError(f"batches: expected indices (n_batches, B) below {len(x)}, got shape {indices.shape}")
    chosen, residuals = x[indices], x[indices] @ center.optimum - y[indices]
    size = indices.shape[1]
    slopes = np.einsum("ab,abi->ai", residuals, chosen) / size
    curvatures = np.einsum("abi,abj->aij", chosen, chosen) / size - center.hessian
    return AdditiveObjective(center, np.mean(residuals**2, axis=1) / 2 - center.minimum, slopes, curvatures)


def gradient_noise_covariance(gradients: Any, batch_size: int = 1, *, replace: bool = True) -> np.ndarray:
    """Covariance of the mean gradient of a random batch, from the gradients of all samples.

    Args:
        gradients: Gradients (N, n) of the samples, of any model, at one point.
        batch_size: Samples B of a batch.
        replace: Whether batches are drawn with replacement; else the factor (N - B) / (N - 1) of a finite population.

    Returns:
        Covariance (n, n); about the mean of all N.

    Raises:
        ValueError: If a batch without replacement is larger than the data.

    >>> gradient_noise_covariance([[1.0], [-1.0]], 2).tolist(), gradient_noise_covariance([[1.0], [-1.0]], 2,
    ...     replace=False).tolist()
    ([[0.5]], [[0.0]])
    """
    samples = _checks.real_array("gradients", gradients)
    if samples.ndim != 2 or not samples.size:
        raise ValueError(f"gradients: expected shape (N, n), got {samples.shape}")
    centered = samples - samples.mean(0)
    return centered.T @ centered / len(samples) * batch_factor(batch_size, None if replace else len(samples))


def batch_factor(batch_size: int, n_samples: int | None = None) -> float:
    """Variance of a batch mean over that of one sample: 1/B, or (N - B) / (B (N - 1)) without replacement from N.

    >>> batch_factor(10), batch_factor(1000, 1000)
    (0.1, 0.0)
    """
    size = _checks.integer("batch_size", batch_size, low=1, high=n_samples)
    if n_samples is None:
        return 1 / size
    total = _checks.integer("n_samples", n_samples, low=2)
    return (total - size) / (size * (total - 1))


def regression_covariance(inputs: Any, targets: Any, learning_rate: float, batch_size: int) -> np.ndarray:
    """Exact stationary covariance of mini-batch descent on a regression, batches drawn with replacement.

    Args:
        inputs: Inputs (N, n), n at most 64.
        targets: Targets (N,).
        learning_rate: Step size.
        batch_size: Samples of a batch.

    Returns:
        Covariance (n, n) of the parameters about the optimum of the full loss, which is their mean.

    Raises:
        FlatDirectionError: If the full loss has no unique optimum.
        UnstableStepError: If the mean square grows without bound, which begins before the mean itself does.
        ValueError: If there are too many parameters.

    >>> x = np.array([[1.0], [-1.0]])  # inputs of one size: no multiplicative noise, C = 1
    >>> regression_covariance(x, [1.0, 1.0], 0.1, 1).round(6).tolist()
    [[0.052632]]
    """
    x, y = _data(inputs, targets)
    rate, factor = step_size(learning_rate), batch_factor(batch_size)
    n = x.shape[1]
    if n > _LARGEST:
        raise ValueError(f"inputs: expected at most {_LARGEST} parameters, got {n}; see stationary_covariance")
    bowl = regression_quadratic(x, y)
    upper = np.triu_indices(n)
    outer = (x[:, :, None] * x[:, None, :])[:, upper[0], upper[1]]
    fourth = outer.T @ (outer * np.where(upper[0] == upper[1], 1.0, 2.0)) / len(x)  # E x x' S x x', S upper triangle
    step = np.eye(n) - rate * bowl.hessian
    kept = _conjugation(step, upper) + rate**2 * factor * (fourth - _conjugation(bowl.hessian, upper))
    radius = float(np.abs(np.linalg.eigvals(kept)).max())
    if radius >= 1:
        raise UnstableStepError(
            f"learning_rate: expected a step at which the mean square shrinks, got {learning_rate:g}, at which it "
            f"grows by {radius:.4g} a step; batches this small have Hessians of their own"
        )
    noise = gradient_noise_covariance(per_sample_gradients(x, y, bowl.optimum), batch_size)
    solved = np.linalg.solve(np.eye(len(kept)) - kept, rate**2 * noise[upper])
    sigma = np.zeros((n, n))
    sigma[upper] = solved
    return sigma + np.triu(sigma, 1).T


def _conjugation(matrix, upper):
    """The map S -> A S A' on upper triangles of symmetric matrices."""
    i, j = upper
    direct = matrix[i][:, i] * matrix[j][:, j]
    crossed = matrix[i][:, j] * matrix[j][:, i]
    return np.where(i == j, direct, direct + crossed)


def _data(inputs, targets):
    x, y = _checks.real_array("inputs", inputs), _checks.real_array("targets", targets)
    if x.ndim != 2 or not x.size:
        raise ValueError(f"inputs: expected shape (N, n), got {x.shape}")
    if y.shape != x.shape[:1]:
        raise ValueError(f"targets: expected shape {x.shape[:1]}, got {y.shape}")
    return x, y
