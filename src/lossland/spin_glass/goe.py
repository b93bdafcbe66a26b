r"""The Gaussian orthogonal ensemble: its density of eigenvalues, exactly, and its spectra, at random.

Here and in :mod:`lossland.spin_glass.goe_index` matrices are symmetric with density proportional to
:math:`e^{-\mathrm{tr}M^2/2}`: variance 1 on the diagonal, 1/2 off it, and the eigenvalues of an N x N matrix fill
:math:`[-\sqrt{2N},\sqrt{2N}]`.  Auffinger, Ben Arous and Černý divide by :math:`\sqrt N`.  Sources: Mehta (2004),
*Random matrices*, chapter 7 (density) and equation 17.6.7 (normalization); Dumitriu and Edelman (2002), *Matrix
models for beta ensembles* (tridiagonal form).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg import eigvalsh_tridiagonal
from scipy.special import gammaln

from lossland import _checks
from lossland.spin_glass.hermite_functions import half_integrals, log_density_sum, log_full_integral


def goe_log_density(x, size):
    r"""Logarithm of the mean density of eigenvalues; its exponential integrates to the number of eigenvalues.

    .. math:: \rho_N(x)=\sum_{j<N}\psi_j(x)^2
       +\sqrt{\tfrac N2}\,\psi_{N-1}(x)\,\tfrac12\int\mathrm{sgn}(x-t)\psi_N(t)\,dt
       +[N\text{ odd}]\,\frac{\psi_{N-1}(x)}{\int\psi_{N-1}}.

    Args:
        x: Points, any shape.
        size: Number N >= 1 of rows.

    Returns:
        Same shape.

    >>> round(float(goe_log_density(0.0, 1)) + 0.5 * math.log(2 * math.pi), 12)  # a Gaussian
    -0.0
    """
    size = _checks.integer("size", size, low=1)
    x = _checks.real_array("x", x)
    flat = -np.abs(x.ravel())  # the density is even
    tail = math.sqrt(size / 2) * half_integrals(flat, size)
    if size % 2:
        tail += math.exp(-log_full_integral(size - 1))
    return log_density_sum(flat, size, tail).reshape(x.shape)


def goe_log_normalization(size) -> float:
    r"""Logarithm of :math:`\int\prod_{i<j}|x_i-x_j|\prod_ie^{-x_i^2/2}dx` over all of space.

    >>> round(math.exp(goe_log_normalization(2)) / math.sqrt(math.pi), 12)
    4.0
    """
    j = np.arange(1, _checks.integer("size", size, low=1) + 1)
    return float(0.5 * len(j) * math.log(2 * math.pi) + np.sum(gammaln(1 + j / 2) - gammaln(1.5)))


def sample_goe_eigenvalues(size, n_draws, *, rng, smallest=None) -> np.ndarray:
    """Draw spectra of the ensemble, in increasing order, from its tridiagonal form.

    Args:
        size: Number N >= 1 of rows.
        n_draws: Number of matrices.
        rng: ``numpy.random.Generator``.
        smallest: How many of the smallest eigenvalues to return; all when ``None``.

    Returns:
        Shape (n_draws, N) or (n_draws, smallest).

    >>> sample_goe_eigenvalues(5, 3, rng=np.random.default_rng(1), smallest=2).shape
    (3, 2)
    """
    size = _checks.integer("size", size, low=1)
    n_draws = _checks.integer("n_draws", n_draws, low=1)
    kept = size if smallest is None else _checks.integer("smallest", smallest, low=1, high=size)
    diagonal = rng.normal(size=(n_draws, size))
    beside = np.sqrt(rng.chisquare(np.arange(size - 1, 0, -1), size=(n_draws, size - 1)) / 2)
    if size == 1:
        return diagonal
    chosen = {"select": "i", "select_range": (0, kept - 1)}
    return np.stack([eigvalsh_tridiagonal(d, b, **chosen) for d, b in zip(diagonal, beside, strict=True)])
