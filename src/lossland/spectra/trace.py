r"""The trace of a large symmetric matrix from products with random vectors, with error bars.

* Hutchinson (1990): the mean of :math:`v^{\mathsf T}Av`.  With random signs its variance is
  :math:`2(\|A\|_F^2-\sum_ia_{ii}^2)` per probe.
* Hutch++ (Meyer, Musco, Musco and Woodruff 2021): a third of the products finds a basis Q of what A does most, a third
  gives the trace there exactly, and a third is Hutchinson's on the rest,
  :math:`\mathrm{tr}A=\mathrm{tr}Q^{\mathsf T}AQ+\mathrm{tr}(I-QQ^{\mathsf T})A(I-QQ^{\mathsf T})`.
  For a spectrum with few outliers, as that of a trained network, the rest is small.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from lossland import _checks
from lossland.spectra.estimate import Estimate
from lossland.spectra.symmetric_operator import as_symmetric_operator, batches, draw_probes, to_numpy


def hutchinson_trace(
    operator: Any, *, n_vectors: int = 100, probes: str = "rademacher", rng: np.random.Generator
) -> Estimate:
    """Hutchinson's estimate, without bias.

    Args:
        operator: Matrix or operator, see :func:`~lossland.spectra.symmetric_operator.as_symmetric_operator`.
        n_vectors: Number of probes, which is that of products.
        probes: ``"rademacher"`` or ``"gaussian"``.
        rng: Draws the probes.

    Returns:
        Estimate: value, standard error and samples.

    >>> round(hutchinson_trace(np.diag([1.0, 2.0]), n_vectors=3, rng=np.random.default_rng(0)).value, 12)
    3.0
    """
    symmetric = as_symmetric_operator(operator)
    n_vectors = _checks.integer("n_vectors", n_vectors, low=1)
    samples = []
    for count in batches(symmetric, n_vectors):
        rows = draw_probes(symmetric, count, probes, rng)
        samples.append(to_numpy((rows * symmetric.apply(rows)).sum(-1)))
    return Estimate.of(np.concatenate(samples))


def hutchpp_trace(operator: Any, *, n_matvecs: int = 99, rng: np.random.Generator) -> Estimate:
    """Hutch++, without bias; its error bar comes from the probes of the rest.

    Args:
        operator: Matrix or operator, see :func:`~lossland.spectra.symmetric_operator.as_symmetric_operator`.
        n_matvecs: Number of products, at least 6; a third each for basis, trace in it, and rest.
        rng: Draws the probes.

    Returns:
        Estimate: the samples are those of the rest, each with the trace in the basis.

    >>> low_rank = np.outer([1.0, 2.0, 2.0, 4.0], [1.0, 2.0, 2.0, 4.0])
    >>> round(hutchpp_trace(low_rank, n_matvecs=6, rng=np.random.default_rng(0)).value, 12)
    25.0
    """
    symmetric = as_symmetric_operator(operator)
    third = _checks.integer("n_matvecs", n_matvecs, low=6) // 3
    rank = min(third, symmetric.size)
    sketch = _products(symmetric, draw_probes(symmetric, rank, "rademacher", rng))
    xp = array_namespace(sketch)
    basis = xp.linalg.qr(sketch.T)[0].T  # orthonormal rows
    exact = float((basis * _products(symmetric, basis)).sum())
    rows = draw_probes(symmetric, n_matvecs - 2 * third, "rademacher", rng)
    rows = rows - (rows @ basis.T) @ basis
    return Estimate.of(to_numpy((rows * _products(symmetric, rows)).sum(-1)), exact)


def hutchinson_diagonal(
    operator: Any, *, n_vectors: int = 100, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    r"""The diagonal, as the mean of :math:`v\odot Av` over random signs (Bekas, Kokiopoulou and Saad 2007).

    Args:
        operator: Matrix or operator.
        n_vectors: Number of probes, at least 2.
        rng: Draws them.

    Returns:
        Estimates (n,) and their standard errors (n,).

    >>> hutchinson_diagonal(np.diag([1.0, 2.0]), n_vectors=2, rng=np.random.default_rng(0))[0]
    array([1., 2.])
    """
    symmetric = as_symmetric_operator(operator)
    n_vectors = _checks.integer("n_vectors", n_vectors, low=2)
    total, squares = np.zeros(symmetric.size), np.zeros(symmetric.size)
    for count in batches(symmetric, n_vectors):
        rows = draw_probes(symmetric, count, "rademacher", rng)
        each = to_numpy(rows * symmetric.apply(rows))
        total += each.sum(0)
        squares += (each**2).sum(0)
    mean = total / n_vectors
    variance = np.maximum(squares / n_vectors - mean**2, 0) / (n_vectors - 1)
    return mean, np.sqrt(variance)


def _products(symmetric, rows):
    """Products in batches, to keep what they need in memory small."""
    xp = array_namespace(rows)
    edges = np.cumsum([0, *batches(symmetric, rows.shape[0])])
    return xp.concat([symmetric.apply(rows[a:b]) for a, b in pairwise(edges)], axis=0)
