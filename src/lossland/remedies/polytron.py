r"""The polytron: one layer of orthonormal polynomials of one variable, fitted by least squares.

.. math:: \hat f^m(x)=\sum_{n=0}^Nw^m_nB_{nm}\,\phi_n(x),

with a head for each function :math:`f^m` and, if wanted, a binary mask B that keeps some features from some heads.
With M samples of noise variance :math:`s^2` and an orthonormal design the mean square error is the tail plus
:math:`s^2(N+1)/M`; a ridge penalty :math:`\lambda\sum w_n^2` shrinks each coefficient by
:math:`\gamma_n/(\gamma_n+\lambda)`, with :math:`\gamma_n` the eigenvalues of the sampled Gram matrix, and what is left
of N + 1 is the effective number of coefficients :math:`\sum_n\gamma_n/(\gamma_n+\lambda)`.

Source: Glukhov (2024), section 6.2.2 and figure 2; Hastie, Tibshirani and Friedman (2009), section 3.4.1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossland import _checks
from lossland.remedies.orthogonal_bases import OrthonormalBasis
from lossland.remedies.polynomial_values import evaluate


class Polytron(NamedTuple):
    r"""A fitted polytron.

    Attributes:
        basis: The basis.
        coefficients: (N + 1,), or (N + 1, heads) for several functions; zero where the mask is.
        effective_coefficients: :math:`\sum\gamma/(\gamma+\lambda)`: a number, or one for each head.
        condition: Condition number of the sampled Gram matrix of all features.
    """

    basis: OrthonormalBasis
    coefficients: np.ndarray
    effective_coefficients: float | np.ndarray
    condition: float

    def predict(self, x) -> np.ndarray:
        """Return the values (..., ) or (..., heads) at points (...)."""
        return evaluate(self.basis, x, len(self.coefficients) - 1) @ self.coefficients


def fit_polytron(
    basis: OrthonormalBasis, x, y, degree: int, *, weights=None, ridge: float = 0.0, mask=None
) -> Polytron:
    """Fit coefficients by weighted least squares, by a singular value decomposition of the design.

    Args:
        basis: The basis.
        x: Points, (M,).
        y: Values (M,), or (M, heads).
        degree: Highest degree N.
        weights: Weights of the samples, (M,), not negative; equal and with the sum one by default.
        ridge: Penalty, not negative, in units of the weights' sum.
        mask: Zeros and ones (N + 1, heads), or ``None`` for all ones.

    Returns:
        Polytron: with as many heads as ``y`` has columns; of the solutions of an indefinite problem the shortest.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If shapes do not fit, or a number is out of range, or values of polynomials are too large.

    >>> from lossland.remedies import legendre
    >>> x = np.linspace(-1, 1, 9)
    >>> fit_polytron(legendre(), x, 3 * x, 2).coefficients.round(6) + 0.0
    array([0.      , 1.732051, 0.      ])
    """
    x, y, weights = _check_samples(x, y, weights)
    degree, ridge = _checks.integer("degree", degree, low=0), _checks.real_number("ridge", ridge, low=0.0)
    heads = y.reshape(len(y), -1)
    kept = np.ones((degree + 1, heads.shape[1]), bool) if mask is None else _check_mask(mask, degree, heads.shape[1])
    root = np.sqrt(weights)[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        design, targets = evaluate(basis, x, degree) * root, heads * root
    if not np.all(np.isfinite(design)):
        raise ValueError(
            f"x: expected points where polynomials of degree {degree} are in range, got {max(x, key=abs):g}"
        )
    coefficients, effective = np.zeros(kept.shape), np.zeros(kept.shape[1])
    for columns in np.unique(kept, axis=1).T:  # heads that see the same features are fitted together
        same = np.all(kept == columns[:, None], axis=0)
        solution, count = _solve(design[:, columns], targets[:, same], ridge)
        coefficients[np.ix_(columns, same)], effective[same] = solution, count
    sizes = np.linalg.svd(design, compute_uv=False)
    enough = len(design) > degree and sizes[-1] > 0
    condition = float((sizes[0] / sizes[-1]) ** 2) if enough else float("inf")
    if y.ndim == 1:
        return Polytron(basis, coefficients[:, 0], float(effective[0]), condition)
    return Polytron(basis, coefficients, effective, condition)


def expected_excess(n_coefficients: float, noise_variance: float, n_samples: int) -> float:
    """Return what noise adds to the mean square error of a fit, ``noise_variance * n_coefficients / n_samples``.

    It holds for an orthonormal design (Gauss nodes, or many samples of the density); random samples add to it.

    Args:
        n_coefficients: Number of coefficients N + 1, or the effective number of a penalized fit.
        noise_variance: Variance of the noise of one sample.
        n_samples: Number of samples.

    Raises:
        ValueError: If a number is out of range.

    >>> expected_excess(13, 0.25, 200)
    0.01625
    """
    n_coefficients = _checks.real_number("n_coefficients", n_coefficients, low=0.0)
    noise_variance = _checks.real_number("noise_variance", noise_variance, low=0.0)
    return noise_variance * n_coefficients / _checks.integer("n_samples", n_samples, low=1)


def _solve(design: np.ndarray, targets: np.ndarray, ridge: float) -> tuple[np.ndarray, float]:
    if not design.shape[1]:
        return np.zeros((0, targets.shape[1])), 0.0
    left, sizes, right = np.linalg.svd(design, full_matrices=False)
    useful = sizes > sizes[0] * np.finfo(float).eps * max(design.shape)
    shrunk = np.where(useful, sizes, 0.0) / np.where(useful, sizes**2 + ridge, 1.0)
    return right.T @ (shrunk[:, None] * (left.T @ targets)), float(np.sum(shrunk * sizes))


def _check_samples(x, y, weights):
    x, y = _checks.real_array("x", x), _checks.real_array("y", y)
    if x.ndim != 1 or not x.size:
        raise ValueError(f"x: expected points (M,), got an array of shape {x.shape}")
    if y.ndim not in (1, 2) or len(y) != len(x):
        raise ValueError(f"y: expected values ({len(x)},) or ({len(x)}, heads), got an array of shape {y.shape}")
    if weights is None:
        return x, y, np.full(len(x), 1 / len(x))
    weights = _checks.real_array("weights", weights, low=0.0)
    if weights.shape != x.shape:
        raise ValueError(f"weights: expected one for each of {len(x)} samples, got an array of shape {weights.shape}")
    return x, y, weights


def _check_mask(mask, degree: int, n_heads: int) -> np.ndarray:
    mask = np.asarray(mask)
    if mask.shape != (degree + 1, n_heads):
        raise ValueError(f"mask: expected the shape (N + 1, heads) = {(degree + 1, n_heads)}, got {mask.shape}")
    if not np.all((mask == 0) | (mask == 1)):
        raise ValueError("mask: expected zeros and ones")
    return mask.astype(bool)
