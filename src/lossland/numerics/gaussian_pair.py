r"""Expectations over two correlated Gaussian variables by direct quadrature, with a controlled error.

:math:`\mathbb E f(u_1)f(u_2)` with :math:`u_1=\sqrt{q_1}s_1`,
:math:`u_2=\sqrt{q_2}(c s_1+\sqrt{1-c^2}\,s_2)`.  The slow
but general road: smooth functions by a tensor of trapezoidal rules, functions with kinks by panels whose ends follow
the kinks.  It serves where neither a closed form nor a short Mehler series (:mod:`lossland.numerics.hermite`) exists.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lossland import _checks
from lossland.numerics.fixed_point import warn_unless
from lossland.numerics.gaussian import HALF_WIDTH, Expectation, gaussian_expectation

_SQRT_2PI = np.sqrt(2 * np.pi)
_TAPER = np.array([-8.0, -3.0, 0.0, 3.0, 8.0])  # panel ends around a kink smoothed by sqrt(1 - c^2)
_BLOCK = 1 << 20


def gaussian_pair_expectation(
    function: Callable,
    c,
    q1,
    q2,
    *,
    breakpoints: tuple[float, ...] = (),
    rtol: float = 1e-10,
    max_level: int = 6,
) -> Expectation:
    """Expectation of ``function(u1) * function(u2)`` over a correlated Gaussian pair.

    Args:
        function: Elementwise function of an array.
        c: Correlation in [-1, 1]; broadcasts with the variances.
        q1: Variance of the first variable.
        q2: Variance of the second variable.
        breakpoints: Arguments where ``function`` or a derivative jumps.
        rtol: Tolerance relative to the geometric mean of the two second moments.
        max_level: Most doublings of the rule.

    Returns:
        Expectation: as for one variable; ``n_nodes`` counts both dimensions.

    Raises:
        ValueError: If ``c`` leaves [-1, 1] or a variance is negative.

    Warns:
        ConvergenceWarning: If an entry did not meet the tolerance.

    >>> round(gaussian_pair_expectation(np.sin, 0.5, 1.0, 1.0).value, 11)  # exp(-1) sinh(1/2)
    0.19170024978
    """
    c, q1, q2 = np.broadcast_arrays(
        _checks.real_array("c", c, low=-1.0, high=1.0),
        _checks.real_array("q1", q1, low=0.0),
        _checks.real_array("q2", q2, low=0.0),
    )
    breakpoints = tuple(float(b) for b in breakpoints)
    rows = [
        _one_pair(function, *entry, breakpoints, rtol, max_level)
        for entry in zip(c.ravel(), q1.ravel(), q2.ravel(), strict=True)
    ]
    value, error, nodes, met, evaluations = (np.array(column) for column in zip(*rows, strict=True))
    warn_unless(met, "gaussian_pair_expectation: {}; name the kinks in breakpoints, or raise rtol or max_level")
    if not c.ndim:
        return Expectation(float(value[0]), float(error[0]), int(nodes[0]), bool(met[0]), int(evaluations[0]))
    value, error, met = (array.reshape(c.shape) for array in (value, error, met))
    return Expectation(value, error, int(nodes.max()), met, int(evaluations.sum()))


def _one_pair(function, c, q1, q2, breakpoints, rtol, max_level):
    r1, r2, sine = np.sqrt(q1), np.sqrt(q2), np.sqrt((1 - c) * (1 + c))
    if sine == 0:
        ends = tuple(b / r for b in breakpoints for r in (r1, c * r2) if r != 0)
        line = gaussian_expectation(lambda s: function(r1 * s) * function(c * r2 * s), breakpoints=ends, rtol=rtol)
        return line.value, line.error, line.n_nodes, line.converged, line.n_evaluations
    value = error = np.inf
    evaluations = 0
    for level in range(max_level + 1):
        outer, outer_weight = _outer_rule(level, c, r1, r2, sine, breakpoints)
        inner, inner_weight = _inner_rules(level, c * outer, r2, sine, breakpoints)
        first = function(r1 * outer)
        second = function(r2 * (c * outer[:, None] + sine * inner))
        refined = float(outer_weight * first @ np.sum(inner_weight * second, axis=1))
        error, value = abs(refined - value), refined
        evaluations += second.size
        scale = float(np.sqrt(outer_weight @ first**2 * (outer_weight @ np.sum(inner_weight * second**2, axis=1))))
        if level and error <= (rtol + 1e-15) * scale:
            return value, error, second.size, True, evaluations
        if second.size * 4 > _BLOCK * 16:
            break
    return value, error, second.size, False, evaluations


def _trapezoid(level: int):
    count = 24 << level
    nodes = np.linspace(-HALF_WIDTH, HALF_WIDTH, 2 * count + 1)
    return nodes, np.exp(-0.5 * nodes**2) / _SQRT_2PI * (HALF_WIDTH / count)


def _panels(edges: np.ndarray, level: int):
    """Gauss-Legendre nodes and Gaussian weights on the panels of each row of ``edges``; panels of no width weigh 0."""
    x, w = np.polynomial.legendre.leggauss(12 << level)
    left, right = edges[..., :-1, None], edges[..., 1:, None]
    nodes = 0.5 * (left + right) + 0.5 * (right - left) * x
    weights = 0.5 * (right - left) * w * np.exp(-0.5 * nodes**2) / _SQRT_2PI
    shape = (*edges.shape[:-1], -1)
    return nodes.reshape(shape), weights.reshape(shape)


def _outer_rule(level, c, r1, r2, sine, breakpoints):
    if not breakpoints:
        return _trapezoid(level)
    edges = [-HALF_WIDTH, HALF_WIDTH, *np.linspace(-6, 6, 5)]
    for b in breakpoints:
        edges += [b / r1] if r1 else []
        edges += list((b / r2 + sine * _TAPER) / c) if r2 and c else []
    return _panels(np.unique(np.clip(edges, -HALF_WIDTH, HALF_WIDTH)), level)


def _inner_rules(level, shift, r2, sine, breakpoints):
    if not breakpoints or not r2:
        nodes, weights = _trapezoid(level)
        return nodes[None, :], weights[None, :]
    cuts = (np.sort(np.array(breakpoints)) / r2 - shift[:, None]) / sine
    ends = np.full((shift.size, 1), HALF_WIDTH)
    return _panels(np.concatenate([-ends, np.clip(cuts, -HALF_WIDTH, HALF_WIDTH), ends], axis=1), level)
