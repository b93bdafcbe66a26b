r"""Fixed points of the correlation map: how alike two signals become in a deep random network.

On [0, 1] the map :math:`\tilde{\mathcal C}` is convex with :math:`\tilde{\mathcal C}(0)\ge0` and
:math:`\tilde{\mathcal C}(1)=1`.  So if :math:`\chi_1=\tilde{\mathcal C}'(1)\le1`, the only fixed point there is 1,
and it attracts; if :math:`\chi_1>1`, there is exactly one other, :math:`c^*<1`, and it attracts.
Source: Poole et al. (2016), section 2.3.
"""

from __future__ import annotations

import numpy as np

from lossland import _checks
from lossland.numerics import Activation, FixedPoint, as_activation
from lossland.numerics.fixed_point import record, warn_unless
from lossland.signal_propagation.correlation_map import chi1, correlation_slope, decorrelation_map
from lossland.signal_propagation.length_fixed_points import q_star

_ROUND_OFF = 1e-13  # a slope this close to 1 is taken for critical


def c_star(
    weight_std, bias_std, activation: str | Activation, *, tol: float = 1e-12, max_iter: int = 200
) -> FixedPoint:
    r"""Correlation that two signals of length :math:`q^*` tend to, for starts in [0, 1).

    Solved for :math:`1-c` by Newton's method from :math:`c=0`: the map is convex, so the steps are monotone.  Where
    :math:`q^*=0` both signals die out, their distance with them: 1 is reported.

    Args:
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases; broadcasts with ``weight_std``.
        activation: Name or Activation.
        tol: Tolerance of the correlation, and of the Gaussian expectations.
        max_iter: Most Newton steps.

    Returns:
        FixedPoint: ``value`` is :math:`c^*`, ``slope`` is the factor b of the depth scale; NaN where there is no
        :math:`q^*`.

    Warns:
        ConvergenceWarning: If the length map or this one did not converge somewhere.

    >>> round(c_star(1.5, np.sqrt(0.05), "tanh").value, 7)
    0.5672249
    """
    activation = as_activation(activation)
    weight_std, bias_std = np.broadcast_arrays(
        _checks.real_array("weight_std", weight_std, low=0.0), _checks.real_array("bias_std", bias_std, low=0.0)
    )
    tol = _checks.real_number("tol", tol, low=1e-14, high=0.1)
    length = q_star(weight_std, bias_std, activation, tol=tol)
    shape, w, b = weight_std.shape, weight_std.ravel(), bias_std.ravel()
    q = np.ravel(length.value)
    known = np.isfinite(q)
    slope_at_one = np.where(known, chi1(np.where(known, q, 1.0), w, activation, rtol=tol), np.nan)
    d = np.where((slope_at_one > 1 + _ROUND_OFF) & (q > 0), 1.0, 0.0)
    todo, n_iter = np.flatnonzero(d), 0
    while todo.size and n_iter < max_iter:
        n_iter += 1
        excess = decorrelation_map(d[todo], q[todo], w[todo], b[todo], activation, rtol=tol) - d[todo]
        slope = correlation_slope(1 - d[todo], q[todo], w[todo], activation, rtol=max(tol, 1e-8))
        step = np.where(slope < 1, excess / np.where(slope < 1, 1 - slope, 1.0), 0.0)
        d[todo] = np.clip(d[todo] + step, 0.0, 2.0)
        todo = todo[np.abs(step) > tol]
    converged = known.copy()
    converged[todo] = False
    warn_unless(converged, f"c_star: {{}} within {n_iter} Newton steps, or their length map has no fixed point")
    value = np.where(known, 1 - d, np.nan)
    slope = slope_at_one.copy()
    inner = np.flatnonzero(d)
    residual = np.zeros(w.size)
    if inner.size:
        slope[inner] = correlation_slope(1 - d[inner], q[inner], w[inner], activation, rtol=tol)
        mapped = decorrelation_map(d[inner], q[inner], w[inner], b[inner], activation, rtol=tol)
        residual[inner] = np.abs(mapped - d[inner])
    fields = (array.reshape(shape) for array in (value, slope, slope < 1, residual))
    value, slope, stable, residual = fields
    return record(value, slope, stable, residual, n_iter, converged.reshape(shape))


def correlation_trajectory(
    c1, n_layers: int, weight_std: float, bias_std: float, activation: str | Activation, *, q=None
):
    """Correlations of layers 1 to ``n_layers`` of two signals whose lengths sit at the fixed point.

    Iterates ``1 - c``, so that signals that become parallel keep their digits until they agree to 1e-16.

    Args:
        c1: Correlation in layer 1, in [-1, 1]; a number or an array.
        n_layers: Number of layers.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name or Activation.
        q: Common length; by default the fixed point that :func:`q_star` finds.

    Returns:
        Array of shape (n_layers, ...), starting with ``c1``.

    Raises:
        ValueError: If the length fixed point is zero or does not exist and no ``q`` is given.

    >>> correlation_trajectory(0.0, 3, np.sqrt(2.0), 0.0, "relu").round(4)
    array([0.    , 0.3183, 0.4937])
    """
    return 1 - decorrelation_trajectory(
        1 - _checks.real_array("c1", c1, low=-1.0, high=1.0), n_layers, weight_std, bias_std, activation, q=q
    )


def decorrelation_trajectory(
    d1, n_layers: int, weight_std: float, bias_std: float, activation: str | Activation, *, q=None
):
    """Like :func:`correlation_trajectory`, but in and out are ``1 - c``: no digits are lost near 1.

    >>> d = decorrelation_trajectory(0.1, 1000, np.sqrt(2.0), 0.0, "relu")
    >>> round(float(d[-1]) * 1000**2 / (9 * np.pi**2 / 2), 2)  # 1 - c_k -> 9 pi^2 / (2 k^2), slowly
    0.95
    """
    n_layers = _checks.integer("n_layers", n_layers, low=1)
    d = _checks.real_array("d1", d1, low=0.0, high=2.0)
    if q is None:
        q = q_star(weight_std, bias_std, activation).value
        if not 0 < q < np.inf:
            raise ValueError(f"q: expected a length, since the fixed point here is {q:g}; pass q, or raise bias_std")
    steps = [d]
    for _ in range(n_layers - 1):
        mapped = decorrelation_map(steps[-1], q, weight_std, bias_std, activation)
        steps.append(np.clip(np.asarray(mapped), 0.0, 2.0))
    return np.stack(steps)
