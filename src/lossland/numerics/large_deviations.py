r"""Large deviations of sums of independent variables: Cramér's rate function and exact coin tails.

For i.i.d. :math:`\xi_k` of mean zero with :math:`\eta_n=\sum_{k\le n}\xi_k` and :math:`x>0`,

.. math:: P(\eta_n/n \ge x) = e^{-nI(x) + o(n)}, \qquad I(x)=\sup_t\,[tx-\ln\mathbb E e^{t\xi}],

with natural logarithms throughout.  Source: Cramér (1938); Dembo and Zeitouni (1998), theorem 2.2.3.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import binom

from lossland import _checks


def rademacher_rate(x):
    r"""Rate function of a fair coin, :math:`\xi=\pm1`: :math:`\frac{1+x}2\ln(1+x)+\frac{1-x}2\ln(1-x)`.

    Args:
        x: Deviation of the mean, in [-1, 1]; a number or an array.

    Returns:
        The rate, of the shape of ``x``; ``ln 2`` at both ends.

    Raises:
        ValueError: If ``x`` leaves [-1, 1].

    >>> round(rademacher_rate(0.2), 7)
    0.0201355
    """
    x = _checks.real_array("x", x, low=-1.0, high=1.0)
    rate = 0.5 * (xlogy(1 + x, 1 + x) + xlogy(1 - x, 1 - x))
    return rate if rate.ndim else float(rate)


def rademacher_log_tail(n, x):
    r"""Exact :math:`\ln P(\eta_n/n > x)` for a sum of ``n`` fair signs, without underflow.

    Args:
        n: Number of terms, at least 1; an integer or an array of integers.
        x: Deviation of the mean, in [-1, 1).

    Returns:
        Natural logarithm of the probability, broadcast over ``n`` and ``x``.

    Raises:
        ValueError: If ``n`` < 1 or ``x`` is outside [-1, 1).

    >>> round(rademacher_log_tail(2, 0.5), 12) == round(float(np.log(0.25)), 12)
    True
    """
    n = _checks.real_array("n", n, low=1.0)
    x = _checks.real_array("x", x, low=-1.0, high=np.nextafter(1.0, 0.0))
    # eta_n > n x with heads B = (n + eta_n)/2; the last guard keeps an exact tie out of the strict tail
    heads = np.floor(0.5 * n * (1 + x) + 1e-9 * np.sqrt(n))
    log_tail = np.vectorize(_log_more_heads, otypes=[float])(heads, np.floor(n))
    return log_tail if log_tail.ndim else float(log_tail)


def _log_more_heads(heads: float, n: float) -> float:
    """ln P(B > heads) for a binomial B of n fair coins: its first term times a sum of ratios, or the complement."""
    if heads + 1 <= n / 2:
        return float(np.log1p(-np.exp(_log_more_heads(n - heads - 1, n))))
    first = heads + 1
    if first > n:
        return -np.inf
    k = first + np.arange(min(n - first, 40 * np.sqrt(n) + 40))  # beyond, the terms are below 1e-300 of the first
    total = 1 + np.sum(np.cumprod((n - k) / (k + 1)))
    return float(binom.logpmf(first, n, 0.5) + np.log(total))


def cramer_rate(log_mgf: Callable[[float], float], x: float, *, bound: float = 50.0) -> float:
    r"""Rate function by the Legendre transform of a log moment generating function.

    Args:
        log_mgf: :math:`t\mapsto\ln\mathbb E e^{t\xi}`, convex, finite on ``[-bound, bound]``.
        x: Deviation of the mean.
        bound: Largest ``|t|`` that is tried.

    Returns:
        :math:`I(x)=\max_{|t|\le bound}[tx-\ln\mathbb E e^{t\xi}]`, to about 1e-12 absolutely.

    Raises:
        TypeError: If ``log_mgf`` is not callable.
        ValueError: If the maximum lies at the bound: ``x`` is not reached by the law, or ``bound`` is too small.

    >>> round(cramer_rate(lambda t: t**2 / 2, 0.3), 12)  # standard normal: x^2/2
    0.045
    """
    if not callable(log_mgf):
        raise TypeError(f"log_mgf: expected a function of t, got {type(log_mgf).__name__}")
    x = _checks.real_number("x", x)
    best = minimize_scalar(
        lambda t: log_mgf(t) - t * x, bounds=(-bound, bound), method="bounded", options={"xatol": 1e-10}
    )
    if abs(best.x) > bound * (1 - 1e-6):
        raise ValueError(f"x: expected a mean that the law can reach with |t| < {bound:g}, got {x:g}")
    return float(-best.fun)
