r"""Fixed points of the length map: which signal size a deep random network settles at.

A fixed point :math:`q^*=\nu(q^*)` attracts when :math:`|\nu'(q^*)|<1`.  For tanh a positive one exists if and only if
``weight_std > 1`` or ``bias_std > 0``, and then it is unique and stable (:math:`\nu` is increasing, bounded and
concave).  Source: Poole et al. (2016), section 2.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from lossland import _checks
from lossland.numerics import Activation, FixedPoint, as_activation, moments
from lossland.numerics.fixed_point import record, warn_unless
from lossland.signal_propagation.length_map import length_map, length_slope

_SNAP = 1e-9  # below this length, where zero is an attracting fixed point, the answer is zero


def q_star(
    weight_std,
    bias_std,
    activation: str | Activation,
    *,
    q_init: float = 1.0,
    tol: float = 1e-12,
    max_iter: int = 200,
) -> FixedPoint:
    """Stable fixed point of the length map that is reached from ``q_init``.

    Newton steps where the map contracts, layers of the network itself elsewhere; all entries side by side.  An
    activation may have several fixed points: :func:`length_fixed_points` lists them.

    Args:
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases; broadcasts with ``weight_std``.
        activation: Name or Activation.
        q_init: Length to start from, positive.
        tol: Relative tolerance of the fixed point, and of the Gaussian expectations.
        max_iter: Most steps.

    Returns:
        FixedPoint: ``value`` is the length, ``slope`` is :math:`\\nu'` there (the factor ``a`` of the depth scale).

    Raises:
        ValueError: If an argument is out of range.

    Warns:
        ConvergenceWarning: If some entry has no fixed point in reach (the length diverges) or needs more steps.

    >>> round(q_star(np.sqrt(1.5), np.sqrt(0.1), "relu").value, 12)  # 0.1 / (1 - 1.5/2)
    0.4
    """
    activation = as_activation(activation)
    weight_std, bias_std = np.broadcast_arrays(
        _checks.real_array("weight_std", weight_std, low=0.0), _checks.real_array("bias_std", bias_std, low=0.0)
    )
    tol = _checks.real_number("tol", tol, low=1e-14, high=0.1)
    max_iter = _checks.integer("max_iter", max_iter, low=1)
    shape, w, b = weight_std.shape, weight_std.ravel(), bias_std.ravel()
    q = np.full(w.size, _checks.real_number("q_init", q_init, low=np.finfo(float).tiny))
    moved = np.full(w.size, np.inf)
    vanishing = _attracted_to_zero(w, b, activation)
    todo, n_iter = np.arange(w.size), 0
    while todo.size and n_iter < max_iter:
        n_iter += 1
        step = _newton_or_layer(q[todo], w[todo], b[todo], activation, tol)
        q[todo] += step
        moved[todo] = np.abs(step)
        gone = vanishing[todo] & (q[todo] < 1e-3 * _SNAP)
        todo = todo[(moved[todo] > tol * q[todo]) & (q[todo] < 1e100) & ~gone]
    q = np.where((q < _SNAP) & vanishing, 0.0, q)
    finite = q < 1e100
    safe = np.where(finite, q, 1.0)
    residual = np.where(finite, np.abs(length_map(safe, w, b, activation, rtol=tol) - safe), np.inf)
    slope = np.where(finite, _slope_at(safe, w, activation, tol), np.nan)
    converged = finite & ((moved <= tol * q) | (q == 0))
    q = np.where(finite, q, np.inf)
    warn_unless(converged, f"q_star: {{}} within {n_iter} steps from {q_init:g}: does the length diverge?")
    fields = (array.reshape(shape) for array in (q, slope, np.abs(slope) < 1, residual))
    value, slope, stable, residual = fields
    return record(value, slope, stable, residual, n_iter, converged.reshape(shape))


def _newton_or_layer(q, w, b, activation, tol):
    """Step towards the fixed point: Newton's where the slope is below 1, kept within a factor 10; else one layer."""
    layer = length_map(q, w, b, activation, rtol=tol) - q
    slope = length_slope(q, w, activation, rtol=1e-4)  # steers the step only
    newton = layer / np.where(slope < 1, 1 - slope, 1.0)
    return np.where(slope < 1, np.clip(newton, -0.9 * q, 9 * q), layer)


def _attracted_to_zero(w, b, activation):
    """Whether q = 0 is a fixed point that does not repel (nu'(0) <= 1)."""
    if activation(np.zeros(1))[0] != 0:
        return np.zeros(w.size, dtype=bool)
    slope = w**2 * activation.derivative(np.zeros(1))[0] ** 2
    return (b == 0) & ((slope <= 1) | (0.0 in activation.kinks))


def length_fixed_points(
    weight_std: float, bias_std: float, activation: str | Activation, *, q_max: float = 100.0, n_grid: int = 400
) -> list[FixedPoint]:
    """All fixed points of the length map between 0 and ``q_max``, in ascending order.

    Sign changes of :math:`\\nu(q)-q` on a logarithmic grid are refined by Brent's method; zero is listed when it is
    fixed.  Fixed points closer together than the grid (1/40 of a decade by default) can be missed.

    Args:
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name or Activation.
        q_max: Largest length to look at.
        n_grid: Number of grid points.

    Returns:
        One FixedPoint each, with slope and stability; an empty list if there is none.

    >>> [(round(p.value, 4), p.stable) for p in length_fixed_points(1.5, 0.0, "tanh")]
    [(0.0, False), (0.7934, True)]
    """
    activation = as_activation(activation)
    weight_std = _checks.real_number("weight_std", weight_std, low=0.0)
    bias_std = _checks.real_number("bias_std", bias_std, low=0.0)
    grid = np.geomspace(1e-8, _checks.real_number("q_max", q_max, low=1e-7), _checks.integer("n_grid", n_grid, low=2))

    def excess(q):
        return length_map(q, weight_std, bias_std, activation) - q

    values = excess(grid)
    roots = [0.0] if length_map(0.0, weight_std, bias_std, activation) == 0 else []
    roots += [float(q) for q, value in zip(grid, values, strict=True) if value == 0]
    roots += [
        brentq(excess, grid[i], grid[i + 1], xtol=1e-14, rtol=1e-14)
        for i in np.flatnonzero(values[:-1] * values[1:] < 0)
    ]
    found = []
    for q in sorted(roots):
        slope = _slope_at(q, weight_std, activation, moments.RTOL)
        found.append(FixedPoint(q, slope, abs(slope) < 1, abs(excess(q)), 0, True))
    return found


def _slope_at(q, weight_std, activation, rtol):
    if activation.moments is None and 0.0 in activation.kinks:
        q = np.maximum(q, 1e-10)  # one-sided: no slope is known at a kink itself
    return length_slope(q, weight_std, activation, rtol=rtol)
