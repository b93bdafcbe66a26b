r"""Gauss rules of any number of nodes for orthonormal polynomials, and what they decide: Gram matrices, projection.

The nodes of the rule with M nodes are the eigenvalues of the symmetric tridiagonal matrix of the recurrence (Golub and
Welsch 1969); the weight of a node is :math:`1/\sum_{n<M}\phi_n^2`.  The rule is exact for polynomials of degree up to
:math:`2M-1`.  Weights may be smaller than any floating-point number (Laguerre with hundreds of nodes); products of
functions are therefore formed with :func:`root_weighted_values`, whose entries are of order one or vanish.

Source: Golub and Welsch (1969), *Calculation of Gauss quadrature rules*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh_tridiagonal

from lossland import _checks
from lossland.remedies.orthogonal_bases import OrthonormalBasis, check_basis
from lossland.remedies.polynomial_values import weighted_values


class GaussRule(NamedTuple):
    """A quadrature rule for integrals against a probability density.

    Attributes:
        nodes: Nodes in ascending order, (M,).
        weights: Weights, (M,), which add up to one; the smallest may be 0.
        log_weights: Their logarithms, (M,).
    """

    nodes: np.ndarray
    weights: np.ndarray
    log_weights: np.ndarray


def gauss_rule(basis: OrthonormalBasis, n_nodes: int) -> GaussRule:
    """Return the Gauss rule of a basis.

    Args:
        basis: The basis.
        n_nodes: Number of nodes M.

    Returns:
        GaussRule: exact for polynomials of degree up to 2 M - 1.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If ``n_nodes`` is less than one.

    >>> from lossland.remedies import hermite
    >>> gauss_rule(hermite(), 3).nodes.round(6) + 0.0
    array([-1.732051,  0.      ,  1.732051])
    """
    nodes = _nodes(basis, _checks.integer("n_nodes", n_nodes, low=1))
    table = weighted_values(basis, nodes, n_nodes - 1)
    log_weights = basis.log_density(nodes) - np.log(np.sum(table**2, axis=-1))
    return GaussRule(nodes, np.exp(log_weights), log_weights)


def root_weighted_values(basis: OrthonormalBasis, degree: int, n_nodes: int) -> np.ndarray:
    r"""Evaluate :math:`\sqrt{w_i}\,\phi_n(x_i)` at the nodes of a Gauss rule.

    Args:
        basis: The basis.
        degree: Highest degree N.
        n_nodes: Number of nodes M.

    Returns:
        (M, N + 1); for M > N its columns are orthonormal.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If ``degree`` is negative or ``n_nodes`` less than one.
    """
    degree, n_nodes = _checks.integer("degree", degree, low=0), _checks.integer("n_nodes", n_nodes, low=1)
    table = weighted_values(basis, _nodes(basis, n_nodes), max(degree, n_nodes - 1))
    norms = np.sqrt(np.sum(table[:, :n_nodes] ** 2, axis=1, keepdims=True))
    return table[:, : degree + 1] / norms


def gram_matrix(basis: OrthonormalBasis, degree: int, *, n_nodes: int | None = None) -> np.ndarray:
    r"""Return the matrix of the inner products of the first polynomials, which should be the identity.

    Args:
        basis: The basis.
        degree: Highest degree N.
        n_nodes: Nodes of the Gauss rule, N + 1 by default: the least number for which the rule is exact.

    Returns:
        (N + 1, N + 1).

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If ``degree`` is negative or ``n_nodes`` less than one.

    >>> from lossland.remedies import laguerre
    >>> bool(np.allclose(gram_matrix(laguerre(), 300), np.eye(301), atol=1e-10))
    True
    """
    table = root_weighted_values(basis, degree, degree + 1 if n_nodes is None else n_nodes)
    return table.T @ table


class Projection(NamedTuple):
    r"""A function seen through its first coefficients.

    Attributes:
        coefficients: :math:`w_n=\int f\phi_n\Psi`, (N + 1,).
        square_norm: :math:`\int f^2\Psi` by the same rule.
        tail: What the coefficients miss, :math:`\int f^2\Psi-\sum_n w_n^2`, as the integral of the square that is left.
    """

    coefficients: np.ndarray
    square_norm: float
    tail: float


def project(basis: OrthonormalBasis, function: Callable, degree: int, *, n_nodes: int | None = None) -> Projection:
    r"""Project a function on the polynomials up to a degree, and say what is left (Parseval).

    Args:
        basis: The basis.
        function: Function of an array of points; it must be finite at the nodes.
        degree: Highest degree N.
        n_nodes: Nodes of the Gauss rule; twice the degree and 64 more by default.  Fewer than N + 1 are refused.

    Returns:
        Projection: coefficients, square norm and tail, all by the rule with ``n_nodes`` nodes.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If there are not more nodes than the degree, or the function is not finite at a node.

    >>> from lossland.remedies import legendre
    >>> project(legendre(), lambda x: 3 * x**2, 2).coefficients.round(6) + 0.0
    array([1.      , 0.      , 0.894427])
    """
    degree = _checks.integer("degree", degree, low=0)
    n_nodes = _checks.integer("n_nodes", 2 * degree + 64 if n_nodes is None else n_nodes, low=degree + 1)
    rule = gauss_rule(basis, n_nodes)
    table = root_weighted_values(basis, degree, n_nodes)
    values = np.asarray(function(rule.nodes), dtype=np.float64)
    if values.shape != rule.nodes.shape:
        raise ValueError(f"function: expected one value for each of {n_nodes} nodes, got an array {values.shape}")
    if not np.all(np.isfinite(values)):
        where = rule.nodes[~np.isfinite(values)][0]
        raise ValueError(f"function: expected finite values at the nodes of the rule, got one that is not at {where:g}")
    weighted = np.exp(0.5 * rule.log_weights) * values
    coefficients = table.T @ weighted
    left = weighted - table @ coefficients
    return Projection(coefficients, float(weighted @ weighted), float(left @ left))


def _nodes(basis: OrthonormalBasis, n_nodes: int) -> np.ndarray:
    check_basis(basis)
    a, b = basis.recurrence(n_nodes)
    nodes = eigh_tridiagonal(a, np.abs(b[:-1]), eigvals_only=True) if n_nodes > 1 else a.copy()
    return np.clip(nodes, *basis.domain)
