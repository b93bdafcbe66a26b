r"""Hermite coefficients, and the covariance of a function of two correlated Gaussian variables as a power series.

With :math:`h_n` the orthonormal Hermite polynomials and :math:`a_n=\mathbb E f(\sqrt q\,s)h_n(s)`,
Mehler's formula gives

.. math:: \mathbb E f(u_1)f(u_2) = \sum_{n\ge0} a_n^2 c^n

for variables of variance :math:`q` and correlation :math:`c`: all coefficients are non-negative (Daniely, Frostig and
Singer 2016, section 4).  Cut off after :math:`N` terms, the remainder is known exactly at :math:`c=\pm1`,
since Parseval gives :math:`\sum_n a_n^2=\mathbb E f^2`.  Put into one further even and one further odd term
it makes the series exact there, and bounds the error everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

_REACH = 12.5  # f may grow, h_n * sqrt(weight) stays of order one: the other sqrt(weight) is 1e-17 here
_BLOCK = 1 << 17
_ROUND_OFF = 4e-15  # a relative remainder below this is round-off


@lru_cache(maxsize=16)
def _rule(n_terms: int, n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Trapezoidal nodes, and the matrix (n_nodes, n_terms) of orthonormal Hermite polynomials times weights."""
    nodes = np.linspace(-_REACH, _REACH, n_nodes)
    root_weight = np.exp(-0.25 * nodes**2) / (2 * np.pi) ** 0.25
    table = np.empty((n_terms, n_nodes))
    table[0] = root_weight
    if n_terms > 1:
        table[1] = nodes * root_weight
    for n in range(1, n_terms - 1):
        table[n + 1] = (nodes * table[n] - np.sqrt(n) * table[n - 1]) / np.sqrt(n + 1)
    return nodes, np.ascontiguousarray((table * root_weight * (nodes[1] - nodes[0])).T)


def hermite_coefficients(function: Callable, variance: np.ndarray, n_terms: int) -> np.ndarray:
    """Coefficients :math:`a_n` of ``function(sqrt(variance) s)`` in the orthonormal Hermite polynomials.

    Args:
        function: Smooth elementwise function of an array.
        variance: Variances, shape (n,).
        n_terms: Number of coefficients.

    Returns:
        Array (n, n_terms), computed with ``4 * n_terms + 1`` nodes (at least 257).

    >>> hermite_coefficients(lambda u: u, np.array([4.0]), 3).round(12) + 0.0
    array([[0., 2., 0.]])
    """
    nodes, matrix = _rule(n_terms, max(257, 4 * n_terms + 1))
    result = np.empty((variance.size, n_terms))
    deviation = np.sqrt(variance)
    rows = max(1, _BLOCK // nodes.size)
    for i in range(0, variance.size, rows):
        result[i : i + rows] = function(deviation[i : i + rows, None] * nodes) @ matrix
    return result


class MehlerSeries:
    r"""The covariance of two functions of correlated Gaussian variables as a power series in the correlation.

    Each row is one pair of variances: :math:`S(c)=\mathbb E f(u_1)f(u_2)`, with the last even and the last
    odd term carrying the remainder, so that :math:`S(\pm1)` are exact.

    Args:
        function: Smooth elementwise function of an array.
        q1: First variances, (n,).
        q2: Second variances, (n,).
        n_terms: Even number of Hermite terms.

    Attributes:
        terms: Coefficients of the powers of c, (n, n_terms + 2).
        remainder: Geometric mean of the two Parseval remainders, (n,): all that the series can miss.
        quadrature_error: Estimated error of the trapezoidal rule, (n,): the square of what halving it changes.
        scale: Bound of :math:`|S|` by Cauchy-Schwarz, (n,).
    """

    def __init__(self, function: Callable, q1: np.ndarray, q2: np.ndarray, n_terms: int):
        nodes, matrix = _rule(n_terms, max(257, 4 * n_terms + 1))
        weights = matrix[:, 0]
        self.terms = np.empty((q1.size, n_terms + 2))
        self.remainder, self.quadrature_error, self.scale = (np.empty(q1.size) for _ in range(3))
        rows = max(1, _BLOCK // nodes.size)
        for i in range(0, q1.size, rows):
            block = slice(i, i + rows)
            first = function(np.sqrt(q1[block, None]) * nodes)
            same = np.array_equal(q1[block], q2[block])
            second = first if same else function(np.sqrt(q2[block, None]) * nodes)
            left = first @ matrix
            right = left if same else second @ matrix
            norms = (first**2) @ weights, (second**2) @ weights
            halves = 2 * (first[:, ::2] ** 2) @ weights[::2], 2 * (second[:, ::2] ** 2) @ weights[::2]
            rests = [n - np.sum(a * a, axis=1) for n, a in zip(norms, (left, right), strict=True)]
            rests = [np.where(r > _ROUND_OFF * n, r, 0.0) for r, n in zip(rests, norms, strict=True)]
            at_one, at_minus_one = (first * second) @ weights, (first * second[:, ::-1]) @ weights
            product = left * right
            self.terms[block, :-2] = product
            self.terms[block, -2] = 0.5 * (at_one + at_minus_one) - product[:, 0::2].sum(axis=1)
            self.terms[block, -1] = 0.5 * (at_one - at_minus_one) - product[:, 1::2].sum(axis=1)
            self.remainder[block], self.scale[block] = np.sqrt(rests[0] * rests[1]), np.sqrt(norms[0] * norms[1])
            change = sum(np.abs(half / norm - 1) for half, norm in zip(halves, norms, strict=True))
            self.quadrature_error[block] = change**2 * self.scale[block]

    def rows(self, index: np.ndarray) -> MehlerSeries:
        """The series of the chosen rows, as many times as ``index`` names them."""
        part = object.__new__(MehlerSeries)
        for field in ("terms", "remainder", "quadrature_error", "scale"):
            setattr(part, field, getattr(self, field)[index])
        return part

    def error(self, c: np.ndarray) -> np.ndarray:
        """Bound of the error of the value at ``c``, shapes as in the call.

        The missed terms were moved to the powers N and N + 1, so they err by less than the remainder times |c|^N.
        """
        return self.remainder * np.abs(c) ** (self.terms.shape[1] - 2) + self.quadrature_error

    def drop_error(self, d: np.ndarray) -> np.ndarray:
        """Estimated error of the drop from one: as above, and for small ``d`` in proportion to it."""
        n_terms = self.terms.shape[1] - 2
        near = np.minimum(n_terms * d, 1.0)
        return self.remainder * np.minimum(np.abs(1 - d) ** n_terms, near) + self.quadrature_error * near

    def __call__(self, c: np.ndarray) -> np.ndarray:
        """Values at correlations ``c``: (n,), one per row; or any shape when there is one row."""
        return _horner(self.terms, c)

    def drop_from_one(self, d: np.ndarray) -> np.ndarray:
        """``S(1) - S(1 - d)`` without cancellation, shapes as in the call.

        With :math:`1-c^n=(1-c)(1+c+\\dots+c^{n-1})` it is d times the series of the tail sums.
        """
        tails = np.cumsum(self.terms[:, :0:-1], axis=1)[:, ::-1]
        return d * _horner(tails, 1 - d)


def _horner(coefficients: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Polynomials with rows of ``coefficients`` (lowest first) at ``x``, (n,) or any shape for one row."""
    parity = _parity(coefficients)
    if parity is not None:  # only odd or only even powers: half the work
        return _horner_all(coefficients[:, parity::2], x * x) * (x if parity else 1.0)
    return _horner_all(coefficients, x)


def _horner_all(coefficients: np.ndarray, x: np.ndarray) -> np.ndarray:
    columns = coefficients.T.copy() if coefficients.shape[0] > 1 else coefficients[0]
    value = np.full(x.shape, columns[-1])
    for column in columns[-2::-1]:
        value *= x
        value += column
    return value


def _parity(coefficients: np.ndarray) -> int | None:
    """0 or 1 if only even or only odd powers have coefficients beyond round-off, else None."""
    scale = 1e-17 * np.abs(coefficients).sum()
    for parity in (0, 1):
        if np.abs(coefficients[:, 1 - parity :: 2]).sum() <= scale:
            return parity
    return None
