r"""Density of the k-th eigenvalue of the Gaussian orthogonal ensemble, exactly, by Pfaffians.

Write :math:`p_k(x)` for the density of the k-th smallest eigenvalue (k = 0, 1, ...) of an N x N matrix with density
proportional to :math:`e^{-\mathrm{tr}M^2/2}`.  Put one eigenvalue at x and give each of the other n = N - 1 a
factor z when it lies below x.  De Bruijn's integration formula turns the n-fold integral into a Pfaffian:

.. math:: \sum_kz^kp_k(x)=\frac{N!}{Z_N}\,e^{-x^2/2}\,\mathrm{Pf}\,A(z),\qquad
    A_{ij}(z)=\iint\mathrm{sgn}(v-u)\,P_i(u)P_j(v)\,w_z(u)\,w_z(v)\,du\,dv,

with :math:`w_z(y)=|y-x|e^{-y^2/2}` times z for y < x, monic polynomials :math:`P_0,\dots,P_{n-1}`, and a border of
single integrals when n is odd.  Numerically: the integrals by Gauss-Legendre panels that meet at x; polynomials
orthonormal with respect to the weight at hand, which makes A well conditioned; and :math:`p_k` as a contour
integral over a circle whose radius makes k the most likely number, so that nothing cancels.  The dependence on z
has low rank when few eigenvalues lie below x, hence only small Pfaffians are needed.  Relative errors: about 1e-13
for N up to 50, 1e-12 at 100, 1e-11 at 300.  Source: de Bruijn (1955), *On some multiple integrals involving
determinants*.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from lossland import _checks
from lossland.spin_glass.goe import goe_log_normalization
from lossland.spin_glass.index_energy import semicircle_distribution
from lossland.spin_glass.orthogonal_functions import orthonormal_functions
from lossland.spin_glass.pfaffian import log_pfaffian

_NODES = 24  # Gauss-Legendre nodes per panel
_PHASE_PER_PANEL = 26.0  # radians by which a product of two Hermite functions may turn in a panel
_MARGIN = 11.0  # how far beyond the edge Hermite functions matter, times size^(1/6)
_LOST = 1e-4  # a coefficient may be this much smaller than the sum of all before the circle is changed
_NOISE = 3e-15  # singular values of an orthonormal table below this are rounding


class _Discretized(NamedTuple):
    """What is needed of A(z) on the circle |z| = r: skew matrix at z = r, and a basis of what turns with z."""

    log_scale: float  # logarithm of the product of norms of the orthogonal polynomials
    matrix: np.ndarray  # A(r), bordered when its size is odd
    basis: np.ndarray  # columns span the part below x; the last one is the part above x
    below: np.ndarray  # the double integral over both arguments below x, in that basis
    single: np.ndarray  # the single integral below x, in that basis


def goe_log_density_of_index(x, size, index):
    r"""Logarithm of the density :math:`p_k(x)` of the eigenvalue with exactly k smaller ones.

    Args:
        x: Points, any shape.
        size: Number N >= 1 of rows.
        index: Number k of eigenvalues below, 0 <= k < N.

    Returns:
        Same shape.  Where no eigenvalue is below (k = 0) the cost per point is of order N^3.

    Raises:
        ValueError: If ``index`` is not in 0, ..., N - 1.

    >>> density = np.exp(goe_log_density_of_index([-1.0, 1.0], 1, 0))  # one eigenvalue: a Gaussian
    >>> bool(np.allclose(density, math.exp(-0.5) / math.sqrt(2 * math.pi)))
    True
    """
    size = _checks.integer("size", size, low=1)
    index = _checks.integer("index", index, low=0, high=size - 1)
    x = _checks.real_array("x", x)
    if index > (size - 1) // 2:  # M and -M have the same law
        x, index = -x, size - 1 - index
    return np.array([_log_density(float(point), size, index) for point in x.ravel()]).reshape(x.shape)


def goe_index_distribution(x, size) -> np.ndarray:
    """Probabilities of the number of eigenvalues below x, given that one eigenvalue is at x.

    Args:
        x: One point.
        size: Number N >= 1 of rows.

    Returns:
        Shape (N,), non-negative up to rounding (absolute error about 1e-14), sum one.

    >>> goe_index_distribution(0.0, 3).round(6)  # by symmetry the outer ones are equal
    array([0.11327 , 0.773459, 0.11327 ])
    """
    size = _checks.integer("size", size, low=1)
    x = _checks.real_number("x", x)
    window = min(max(0, round(_typical_number(x, size)) - 32), max(0, size - 64))
    shares = np.zeros(size)
    shares[window : window + 64] = _coefficients(_discretize(x, size, 1.0), size, window)
    return shares


def _log_density(x, size, index):
    log_factor = gammaln(size + 1) - goe_log_normalization(size) - x**2 / 2
    if index == 0:
        at_zero = _discretize(x, size, 0.0)
        return log_factor + at_zero.log_scale + _log_positive_pfaffian(at_zero.matrix)
    return log_factor + _log_coefficient(x, size, index)


def _log_coefficient(x, size, index):
    """Logarithm of the coefficient of z^index of the Pfaffian, on a circle where it is among the largest."""
    log_radius = 0.0
    for _ in range(60):
        parts = _discretize(x, size, math.exp(log_radius))
        window = max(0, (round(_typical_number(x, size)) if log_radius == 0 else index) - 32)
        shares = _coefficients(parts, size, window)
        numbers = window + np.arange(len(shares))
        share = shares[index - window] if window <= index < window + len(shares) else 0.0
        if share > _LOST:
            return parts.log_scale + _log_positive_pfaffian(parts.matrix) + math.log(share) - index * log_radius
        mean = float(shares @ numbers)
        variance = max(float(shares @ (numbers - mean) ** 2), 0.15)
        log_radius += float(np.clip((index - mean) / variance, -3.0, 3.0))
    raise ArithmeticError(f"no circle found for index {index} at x = {x} in size {size}")


def _typical_number(x, size):
    return (size - 1) * semicircle_distribution(x / math.sqrt(2 * size))


def _coefficients(parts, size, window):
    """Shares of the coefficients window, window + 1, ... in the value of the Pfaffian at z = r."""
    n_points = min(size, 64)
    angles = 2 * np.pi * np.arange(n_points // 2 + 1) / n_points
    values = _turned_pfaffians(parts, angles)
    values = np.concatenate([values, np.conj(values[1 : (n_points + 1) // 2][::-1])])
    numbers = window + np.arange(n_points)
    shares = (np.fft.fft(values) / n_points).real
    return shares[numbers % n_points]


def _turned_pfaffians(parts, angles):
    r"""Pf A(r e^{i angle}) / Pf A(r), from :math:`\mathrm{Pf}(A+BSB^T)/\mathrm{Pf}A` with a small S."""
    turn = np.exp(1j * angles)[:, None, None] - 1
    rank = parts.basis.shape[1]
    inner = np.zeros((len(angles), rank, rank), complex)
    inner[:, :-1, :-1] = turn * (turn + 2) * parts.below
    inner[:, :-1, -1:] = turn * parts.single[:, None]
    inner[:, -1:, :-1] = -turn * parts.single[None, :]
    outer = parts.basis.T @ np.linalg.solve(parts.matrix, parts.basis) if parts.matrix.size else np.zeros((rank, rank))
    whole = np.zeros((len(angles), 2 * rank, 2 * rank), complex)
    whole[:, :rank, :rank] = (outer - outer.T) / 2
    whole[:, :rank, rank:], whole[:, rank:, :rank] = np.eye(rank), -np.eye(rank)
    whole[:, rank:, rank:] = inner
    phase, log_abs = log_pfaffian(whole)
    return phase / phase[0] * np.exp(log_abs - log_abs[0])


def _log_positive_pfaffian(matrix):
    return 0.5 * np.linalg.slogdet(matrix)[1] if matrix.size else 0.0


def _discretize(x, size, radius) -> _Discretized:
    """Integrals of products of orthonormal functions, with weight ``radius`` below x and 1 above."""
    n = size - 1
    nodes, weights, n_below = _panels(x, size, with_left=radius > 0)
    log_weight = np.log(np.abs(nodes - x)) - nodes**2 / 2 + np.log(weights) / 2
    if n_below:
        log_weight[:n_below] += math.log(radius)
    q, log_norms = orthonormal_functions(nodes, log_weight, n)
    log_scale, root = float(np.sum(log_norms)), np.sqrt(weights)[:, None]
    double_below, single_below = _double_integrals(q[:n_below] / root[:n_below], weights[:n_below])
    double_above, single_above = _double_integrals(q[n_below:] / root[n_below:], weights[n_below:])
    cross = np.outer(single_below, single_above)
    matrix = double_above + double_below + cross - cross.T
    above = single_above
    basis = _left_basis(q[:n_below])
    below, single = basis.T @ double_below @ basis, basis.T @ single_below
    if n % 2:
        border = (single_below + single_above)[:, None]
        matrix = np.block([[matrix, border], [-border.T, np.zeros((1, 1))]])
        basis = np.concatenate([basis, np.zeros((1, basis.shape[1]))])
        above = np.append(above, 1.0)
    return _Discretized(log_scale, matrix, np.concatenate([basis, above[:, None]], axis=1), below, single)


def _left_basis(q_below):
    """Orthonormal columns that span the coefficient vectors of what is not zero below x."""
    if not q_below.size:
        return np.zeros((q_below.shape[1], 0))
    _, sizes, rows = np.linalg.svd(q_below, full_matrices=False)
    return rows[sizes > _NOISE].T


def _double_integrals(functions, weights):
    """All integrals of sgn(v - u) f_i(u) f_j(v), and of f_i, over panels side by side."""
    n = functions.shape[1]
    if not functions.size:
        return np.zeros((n, n)), np.zeros(n)
    panels = functions.reshape(-1, _NODES, n)
    half_widths = weights.reshape(-1, _NODES).sum(axis=1) / 2
    inside = (_cumulative_rule() @ panels) * half_widths[:, None, None]
    whole = (weights.reshape(-1, 1, _NODES) @ panels)[:, 0]
    before = np.cumsum(whole, axis=0) - whole
    cumulative = (inside + before[:, None, :]).reshape(-1, n)
    total = whole.sum(axis=0)
    half = functions.T @ (weights[:, None] * (total / 2 - cumulative))
    return half - half.T, total


def _panels(x, size, *, with_left):
    """Nodes and weights from the lower end over x to the upper end, and how many nodes lie below x."""
    edge, margin = math.sqrt(2 * size), _MARGIN / size ** (1 / 6)
    width = _PHASE_PER_PANEL / (2 * edge)
    ends = [(min(x, -edge) - margin, x), (x, max(x, edge) + margin)]
    parts = [_legendre_panels(*end, width) for end in (ends if with_left else ends[1:])]
    nodes, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
    return nodes, weights, len(parts[0][0]) if with_left else 0


def _legendre_panels(low, high, width):
    count = max(1, math.ceil((high - low) / width))
    t, w = np.polynomial.legendre.leggauss(_NODES)
    half = (high - low) / (2 * count)
    centers = low + half * (2 * np.arange(count) + 1)
    return (centers[:, None] + half * t).ravel(), np.tile(half * w, count)


def _cumulative_rule():
    """Matrix that takes values at the Gauss-Legendre nodes to integrals from -1 to the nodes, exact for polynomials."""
    t, w = np.polynomial.legendre.leggauss(_NODES)
    table = np.polynomial.legendre.legvander(t, _NODES)
    degree = np.arange(_NODES)
    to_coefficients = (table[:, :_NODES] * w[:, None]).T * (degree[:, None] + 0.5)
    integrals = np.empty((_NODES, _NODES))
    integrals[:, 0] = t + 1
    integrals[:, 1:] = (table[:, 2:] - table[:, : _NODES - 1]) / (2 * degree[1:] + 1)
    return integrals @ to_coefficients
