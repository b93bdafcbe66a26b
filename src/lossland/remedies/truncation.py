r"""What a sum of orthonormal polynomials leaves out: the tail of Parseval's identity, and the degree that it asks for.

With :math:`w_n=\langle f,\phi_n\rangle` the best approximation of degree N misses, in the norm of the density,

.. math:: \Bigl\|f-\sum_{n\le N}w_n\phi_n\Bigr\|^2=\sum_{n>N}w_n^2=\epsilon_N\|f\|^2 .

For :math:`e^{-ax}` and Laguerre's polynomials everything is known: :math:`w_n=a^n/(1+a)^{n+1}` and
:math:`\epsilon_N=(a/(1+a))^{2(N+1)}`, so that the degree for a given :math:`\epsilon` grows like the sharpness a.  For
:math:`a\le-1/2` the function is not square integrable.

Source: Glukhov (2024), equations 40 and 41; Szegő (1939), section 5.1, for the generating function.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from lossland import _checks
from lossland.remedies.gauss_quadrature import gauss_rule, project, root_weighted_values
from lossland.remedies.orthogonal_bases import OrthonormalBasis


def relative_tails(
    basis: OrthonormalBasis, function: Callable, degree: int, *, n_nodes: int | None = None
) -> np.ndarray:
    r"""Return :math:`\epsilon_0\dots\epsilon_N`, the share of the square norm that each degree leaves out.

    The tails are integrals of the square of what is left, not differences of nearly equal numbers: they stay right
    down to about the square of the rounding error.

    Args:
        basis: The basis.
        function: Function of an array of points, finite at the nodes.
        degree: Highest degree N.
        n_nodes: Nodes of the Gauss rule, more than N; by default those of
            :func:`~lossland.remedies.gauss_quadrature.project`.

    Returns:
        (N + 1,), not increasing.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If there are not more nodes than the degree, or the function is not finite at a node, or zero.

    >>> from lossland.remedies import laguerre
    >>> relative_tails(laguerre(), lambda x: np.exp(-x), 3).round(6)
    array([0.25    , 0.0625  , 0.015625, 0.003906])
    """
    found = project(basis, function, degree, n_nodes=n_nodes)
    if not found.square_norm > 0:
        raise ValueError("function: expected one with a norm above zero, got one that is zero at all nodes")
    n_nodes = 2 * degree + 64 if n_nodes is None else n_nodes
    rule = gauss_rule(basis, n_nodes)
    left = np.exp(0.5 * rule.log_weights) * np.asarray(function(rule.nodes), dtype=np.float64)
    tails = np.empty(degree + 1)
    for n, column in enumerate(root_weighted_values(basis, degree, n_nodes).T):
        left = left - column * found.coefficients[n]
        tails[n] = left @ left
    return tails / found.square_norm


def needed_degree(
    basis: OrthonormalBasis, function: Callable, tolerance: float, *, max_degree: int = 512, n_nodes: int | None = None
) -> int | None:
    r"""Return the least degree whose relative tail is below a tolerance.

    Args:
        basis: The basis.
        function: Function of an array of points.
        tolerance: Bound on :math:`\epsilon_N`, above zero.
        max_degree: Highest degree that is tried.
        n_nodes: Nodes of the Gauss rule.

    Returns:
        The degree, or ``None`` if ``max_degree`` is not enough.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If ``tolerance`` is not positive, or as for :func:`relative_tails`.

    >>> from lossland.remedies import chebyshev
    >>> needed_degree(chebyshev(), np.cos, 1e-12, max_degree=20)
    6
    """
    tolerance = _positive("tolerance", tolerance)
    small = relative_tails(basis, function, max_degree, n_nodes=n_nodes) < tolerance
    return int(np.argmax(small)) if small.any() else None


def exponential_coefficients(rate: float, degree: int) -> np.ndarray:
    r"""Return the Laguerre coefficients :math:`a^n/(1+a)^{n+1}` of :math:`e^{-ax}`, n = 0 ... N.

    Args:
        rate: Sharpness a, above -1/2.
        degree: Highest degree N.

    Raises:
        ValueError: If ``rate`` is not above -1/2, where the function has no norm, or ``degree`` is negative.

    >>> exponential_coefficients(1.0, 2)
    array([0.5  , 0.25 , 0.125])
    """
    rate, degree = _rate(rate), _checks.integer("degree", degree, low=0)
    return (rate / (1 + rate)) ** np.arange(degree + 1) / (1 + rate)


def exponential_degree(rate: float, tolerance: float) -> int:
    r"""Return the least degree N with :math:`(a/(1+a))^{2(N+1)}<\epsilon`, the need of :math:`e^{-ax}` in Laguerre's.

    Args:
        rate: Sharpness a, above -1/2.
        tolerance: :math:`\epsilon`, above zero.

    Raises:
        ValueError: If an argument is out of range.

    >>> [exponential_degree(a, 1e-6) for a in (0.3, 1.0, 10.0, 100.0)]
    [4, 9, 72, 694]
    """
    ratio, tolerance = abs(_rate(rate) / (1 + rate)), _positive("tolerance", tolerance)
    if ratio == 1:
        raise ValueError(f"rate: expected a sharpness that 1 + rate is told from, got {rate:g}")
    if ratio == 0 or tolerance > ratio**2:
        return 0
    degree = max(0, math.ceil(math.log(tolerance) / (2 * math.log(ratio)) - 1))
    return degree + (not ratio ** (2 * degree + 2) < tolerance)


def _rate(rate: float) -> float:
    rate = _checks.real_number("rate", rate)
    if rate <= -0.5:
        raise ValueError(f"rate: expected a number above -1/2, where exp(-a x) is square integrable, got {rate:g}")
    return rate


def _positive(name: str, value: float) -> float:
    value = _checks.real_number(name, value)
    if value <= 0:
        raise ValueError(f"{name}: expected a number above zero, got {value:g}")
    return value
