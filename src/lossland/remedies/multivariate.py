r"""Orthonormal polynomials of several inputs: products, chosen by a set of multi-indices.

.. math:: \phi_{\mathbf n}(x)=\prod_i\phi_{n_i}(x_i)

are orthonormal for the product of the densities.  Which :math:`\mathbf n` are taken decides the number of coefficients:

* ``"additive"``: one input at a time, :math:`ND+1` of them: what a layer of a polytron for each input has;
* ``"hyperbolic"``: :math:`\prod_i(n_i+1)\le N+1`;
* ``"total"``: :math:`\sum_in_i\le N`, :math:`\binom{N+D}D` of them;
* ``"tensor"``: all :math:`n_i\le N`, :math:`(N+1)^D` of them.

Source: Glukhov (2024), section 6.2.2, on multivariate inputs; Dunkl and Xu (2014), *Orthogonal Polynomials of Several
Variables*, chapter 1.
"""

from __future__ import annotations

import math

import numpy as np

from lossland import _checks
from lossland.remedies.orthogonal_bases import OrthonormalBasis
from lossland.remedies.polynomial_values import evaluate

KINDS = ("additive", "hyperbolic", "total", "tensor")
_LARGEST = 2_000_000


def index_set(n_inputs: int, degree: int, kind: str) -> np.ndarray:
    """List the multi-indices of a kind, in ascending total degree.

    Args:
        n_inputs: Number of inputs D.
        degree: Degree N.
        kind: ``"additive"``, ``"hyperbolic"``, ``"total"`` or ``"tensor"``.

    Returns:
        Integers (number of functions, D); the first row is zero.

    Raises:
        ValueError: If an argument is out of range, or there are more than two million functions.

    >>> index_set(2, 2, "total").tolist()
    [[0, 0], [0, 1], [1, 0], [0, 2], [1, 1], [2, 0]]
    """
    n_inputs, degree = _checks.integer("n_inputs", n_inputs, low=1), _checks.integer("degree", degree, low=0)
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
    count = index_count(n_inputs, degree, kind)
    if count > _LARGEST:
        raise ValueError(
            f"degree: expected at most {_LARGEST} functions, got {count} for {n_inputs} inputs of degree {degree}; "
            f"use a smaller kind than {kind}"
        )
    rows = [()]
    for _ in range(n_inputs):
        rows = [(*row, n) for row in rows for n in range(_room(row, degree, kind) + 1)]
    return np.array(sorted(rows, key=lambda row: (sum(row), row)), dtype=np.int64)


def index_count(n_inputs: int, degree: int, kind: str) -> int:
    """Return how many functions a kind has, without listing them.

    Args:
        n_inputs: Number of inputs D.
        degree: Degree N.
        kind: One of those of :func:`index_set`.

    Raises:
        ValueError: If an argument is out of range.

    >>> [index_count(8, 5, kind) for kind in KINDS]
    [41, 125, 1287, 1679616]
    """
    n_inputs, degree = _checks.integer("n_inputs", n_inputs, low=1), _checks.integer("degree", degree, low=0)
    if kind == "hyperbolic":
        return _hyperbolic_count(n_inputs, degree + 1)
    counts = {
        "additive": n_inputs * degree + 1,
        "total": math.comb(degree + n_inputs, n_inputs),
        "tensor": (degree + 1) ** n_inputs,
    }
    if kind not in counts:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
    return counts[kind]


def multivariate_values(basis: OrthonormalBasis, x, indices) -> np.ndarray:
    """Evaluate products of polynomials.

    Args:
        basis: The basis, the same for each input.
        x: Points (..., D).
        indices: Multi-indices (number of functions, D).

    Returns:
        (..., number of functions).

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If shapes do not fit, or an index is negative.

    >>> from lossland.remedies import chebyshev
    >>> multivariate_values(chebyshev(), [[1.0, 1.0]], index_set(2, 1, "tensor")).round(6)
    array([[1.      , 1.414214, 1.414214, 2.      ]])
    """
    x, indices = _checks.real_array("x", x), np.asarray(indices)
    if indices.ndim != 2 or indices.dtype.kind not in "iu" or (indices.size and indices.min() < 0):
        raise ValueError("indices: expected integers (functions, D), not negative, as from index_set()")
    if not x.ndim or x.shape[-1] != indices.shape[1]:
        raise ValueError(f"x: expected points (..., {indices.shape[1]}), got an array of shape {x.shape}")
    values = evaluate(basis, x, int(indices.max(initial=0)))  # (..., D, N + 1)
    product = np.ones((*x.shape[:-1], len(indices)))
    for i, column in enumerate(indices.T):
        product *= values[..., i, :][..., column]
    return product


def _hyperbolic_count(n_factors: int, largest: int) -> int:
    """How many tuples of positive integers have a product up to a number, one factor after the other."""
    quotients = {largest // m for m in range(1, largest + 1)}
    counts = dict.fromkeys(quotients, 1)
    for _ in range(n_factors):
        counts = {bound: sum(counts[bound // m] for m in range(1, bound + 1)) for bound in quotients}
    return counts[largest]


def _room(row: tuple[int, ...], degree: int, kind: str) -> int:
    """Largest next index after the first ones."""
    if kind == "additive":
        return 0 if any(row) else degree
    if kind == "hyperbolic":
        return (degree + 1) // math.prod(n + 1 for n in row) - 1
    return degree - sum(row) if kind == "total" else degree
