r"""Gaussian expectations with a controlled error.

:math:`\mathbb E f(\sqrt v\,s)`, :math:`s\sim\mathcal N(0,1)`.  A Gauss-Hermite rule of fixed order is not
enough: its nodes spread as the order grows, and for a saturating :math:`f` at large :math:`v` even 120 of
them are 0.15 % off.  For smooth :math:`f` the trapezoidal rule on the line is better: its error falls like
:math:`e^{-2\pi\rho/h}` for a function analytic in a strip of half-width :math:`\rho` (Trefethen and Weideman 2014,
theorem 5.1), and halving :math:`h` keeps all earlier nodes.  Where :math:`f` has kinks, Gauss-Legendre panels
end at them.  Both rules double until two levels agree; the difference is the reported error.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import roots_hermitenorm

from lossland import _checks
from lossland.numerics.fixed_point import warn_unless

HALF_WIDTH = 9.0  # the Gaussian weight beyond is below 3e-18
_FIRST_LEVEL = 16  # subintervals on each half of the first trapezoidal rule: 33 nodes
_BLOCK = 1 << 16  # numbers per block: stays in the cache of a core
_SQRT_2PI = np.sqrt(2 * np.pi)


class Expectation(NamedTuple):
    """A Gaussian expectation.

    Attributes:
        value: The expectation, of the shape of the variance.
        error: Estimate of its absolute error: the difference of the last two levels.
        n_nodes: Number of nodes of the last level (the largest over the array).
        converged: Whether the tolerance was met, of the shape of the variance.
        n_evaluations: Number of points at which the function was evaluated, in all.
    """

    value: float | np.ndarray
    error: float | np.ndarray
    n_nodes: int
    converged: bool | np.ndarray
    n_evaluations: int


def gauss_hermite_expectation(function: Callable, variance, n_nodes: int):
    """Gauss-Hermite rule of fixed order, exact for polynomials up to degree ``2 * n_nodes - 1``; no error control.

    Args:
        function: Elementwise function of an array.
        variance: Variance of the Gaussian argument, a number or an array.
        n_nodes: Order of the rule.

    Returns:
        The approximate expectation, of the shape of ``variance``.

    >>> round(gauss_hermite_expectation(lambda u: u**4, 2.0, 3), 12)  # 3 v^2
    12.0
    """
    variance = _checks.real_array("variance", variance, low=0.0)
    nodes, weights = roots_hermitenorm(_checks.integer("n_nodes", n_nodes, low=1))
    value = function(np.sqrt(variance)[..., None] * nodes) @ (weights / _SQRT_2PI)
    return value if value.ndim else float(value)


def gaussian_expectation(
    function: Callable,
    variance=1.0,
    *,
    breakpoints: tuple[float, ...] = (),
    rtol: float = 1e-12,
    max_nodes: int = 1 << 15,
) -> Expectation:
    """Expectation of ``function`` of a centered Gaussian variable, to a relative tolerance.

    Args:
        function: Elementwise function of a float64 array, of at most polynomial growth.
        variance: Variance of the argument, a number or an array; each entry is one expectation.
        breakpoints: Arguments of ``function`` where it or a derivative jumps; panels end there.
        rtol: Tolerance relative to the expectation of ``|function|`` on the nodes.
        max_nodes: Most nodes for one expectation.

    Returns:
        Expectation: value, error estimate, nodes used, convergence, evaluations.

    Raises:
        TypeError: If ``function`` is not callable.
        ValueError: If a variance is negative or not finite.

    Warns:
        ConvergenceWarning: If an entry did not meet ``rtol`` with ``max_nodes`` nodes.

    >>> result = gaussian_expectation(np.cos, 2.0)  # exp(-v/2)
    >>> round(result.value, 14) == round(float(np.exp(-1)), 14)
    True
    """
    if not callable(function):
        raise TypeError(f"function: expected a function of an array, got {type(function).__name__}")
    variance = _checks.real_array("variance", variance, low=0.0)
    rtol = _checks.real_number("rtol", rtol, low=0.0)
    max_nodes = _checks.integer("max_nodes", max_nodes, low=65)
    rule = _Panels(function, variance.ravel(), breakpoints) if breakpoints else _Trapezoid(function, variance.ravel())
    todo = np.arange(variance.size)
    value, error = np.empty(variance.size), np.full(variance.size, np.inf)
    converged = np.zeros(variance.size, dtype=bool)
    n_nodes = 0
    for level in range(64):
        if not todo.size or rule.n_nodes(level) > max_nodes:
            break
        n_nodes = rule.n_nodes(level)
        refined = rule.evaluate(level, todo)
        if level:
            error[todo] = np.abs(refined - value[todo])
        value[todo] = refined
        converged[todo] = error[todo] <= (rtol + 4e-16) * rule.size[todo]
        todo = todo[~converged[todo]]
    advice = "name its kinks in breakpoints, or raise rtol or max_nodes"
    warn_unless(converged, f"gaussian_expectation: {{}} with {n_nodes} nodes; {advice}")
    if not variance.ndim:
        return Expectation(float(value[0]), float(error[0]), n_nodes, bool(converged[0]), rule.n_evaluations)
    value, error, converged = (array.reshape(variance.shape) for array in (value, error, converged))
    return Expectation(value, error, n_nodes, converged, rule.n_evaluations)


@lru_cache(maxsize=32)
def _trapezoid_nodes(level: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes that level ``level`` adds to the levels before it, with their Gaussian weights (without the step)."""
    count = _FIRST_LEVEL << level
    index = np.arange(-count, count + 1) if level == 0 else np.arange(-count + 1, count, 2)
    nodes = index * (HALF_WIDTH / count)
    return nodes, np.exp(-0.5 * nodes**2) / _SQRT_2PI


class _Trapezoid:
    """Nested trapezoidal rules on [-HALF_WIDTH, HALF_WIDTH]: each level evaluates only its new nodes."""

    def __init__(self, function: Callable, variance: np.ndarray):
        self.function, self.deviation = function, np.sqrt(variance)
        self.total, self.size = np.zeros(variance.size), np.zeros(variance.size)
        self.n_evaluations = 0

    def n_nodes(self, level: int) -> int:
        return 2 * (_FIRST_LEVEL << level) + 1

    def evaluate(self, level: int, todo: np.ndarray) -> np.ndarray:
        nodes, weights = _trapezoid_nodes(level)
        rows = max(1, _BLOCK // nodes.size)
        for block in (todo[i : i + rows] for i in range(0, todo.size, rows)):
            values = self.function(self.deviation[block, None] * nodes)
            self.total[block] += values @ weights
            if level == 0:
                self.size[block] = np.abs(values) @ weights * (HALF_WIDTH / _FIRST_LEVEL)
        self.n_evaluations += todo.size * nodes.size
        return self.total[todo] * (HALF_WIDTH / (_FIRST_LEVEL << level))


@lru_cache(maxsize=16)
def _legendre(order: int) -> tuple[np.ndarray, np.ndarray]:
    return np.polynomial.legendre.leggauss(order)


class _Panels:
    """Gauss-Legendre panels between the breakpoints, the order doubled level by level."""

    def __init__(self, function: Callable, variance: np.ndarray, breakpoints: tuple[float, ...]):
        self.function, self.deviation = function, np.sqrt(variance)
        with np.errstate(divide="ignore", invalid="ignore"):
            cuts = np.sort(np.asarray(breakpoints, dtype=float)) / self.deviation[:, None]
        cuts = np.where(np.isnan(cuts), 0.0, np.clip(cuts, -HALF_WIDTH, HALF_WIDTH))
        ends = np.full((variance.size, 1), HALF_WIDTH)
        self.edges = np.concatenate([-ends, cuts, ends], axis=1)
        self.size, self.n_evaluations = np.zeros(variance.size), 0

    def n_nodes(self, level: int) -> int:
        return (16 << level) * (self.edges.shape[1] - 1)

    def evaluate(self, level: int, todo: np.ndarray) -> np.ndarray:
        x, w = _legendre(16 << level)
        rows = max(1, _BLOCK // self.n_nodes(level))
        result = np.empty(todo.size)
        for i in range(0, todo.size, rows):
            block = todo[i : i + rows]
            left, right = self.edges[block, :-1, None], self.edges[block, 1:, None]
            nodes = 0.5 * (left + right) + 0.5 * (right - left) * x
            weights = 0.5 * (right - left) * w * np.exp(-0.5 * nodes**2) / _SQRT_2PI
            values = self.function(self.deviation[block, None, None] * nodes)
            result[i : i + rows] = np.sum(values * weights, axis=(1, 2))
            self.size[block] = np.sum(np.abs(values) * weights, axis=(1, 2))
        self.n_evaluations += todo.size * self.n_nodes(level)
        return result
