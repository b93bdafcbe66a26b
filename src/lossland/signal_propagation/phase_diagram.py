r"""Order and chaos: the phase diagram of random networks and its critical line.

The line :math:`\chi_1=1` separates the ordered phase (inputs converge, gradients vanish) from the chaotic one (inputs
separate, gradients explode).  At a given fixed point :math:`q` both of its coordinates are explicit,

.. math:: \alpha_w^2=1\big/\mathbb E\,\sigma'(\sqrt q s)^2,\qquad
          \alpha_h^2=q-\alpha_w^2\,\mathbb E\,\sigma(\sqrt q s)^2 ,

so the line is a curve with parameter q; no fixed point has to be searched.
Source: Poole et al. (2016), figure 1; Schoenholz et al. (2017), section 3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import elementwise

from lossland import _checks
from lossland.numerics import Activation, as_activation, moments
from lossland.signal_propagation.correlation_fixed_points import c_star
from lossland.signal_propagation.correlation_map import chi1
from lossland.signal_propagation.depth_scales import depth_scale
from lossland.signal_propagation.length_fixed_points import q_star


class PhaseDiagram(NamedTuple):
    """Mean-field quantities over a grid: axes ``weight_std`` (m,) and ``bias_std`` (n,), all others (n, m).

    Attributes:
        weight_std: Horizontal axis.
        bias_std: Vertical axis.
        q_star: Fixed point of the length.
        chi1: Slope of the correlation map at 1: ordered below 1, chaotic above.
        c_star: Attracting correlation, or None if only lengths were asked for.
        xi_q: Depth scale of the length, in layers.
        xi_c: Depth scale of the correlation, in layers, or None.
    """

    weight_std: np.ndarray
    bias_std: np.ndarray
    q_star: np.ndarray
    chi1: np.ndarray
    c_star: np.ndarray | None
    xi_q: np.ndarray
    xi_c: np.ndarray | None


def phase(weight_std: float, bias_std: float, activation: str | Activation, *, tol: float = 1e-9) -> str:
    r"""Name of the phase: ``"ordered"``, ``"chaotic"``, or ``"critical"`` within ``tol`` of :math:`\chi_1=1`.

    Args:
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name or Activation.
        tol: Half-width of what counts as critical.

    Returns:
        The name.

    Raises:
        ValueError: If the length map has no fixed point here (signals grow without bound).

    >>> phase(1.0, np.sqrt(0.05), "tanh"), phase(2.0, np.sqrt(0.05), "tanh"), phase(np.sqrt(2.0), 0.0, "relu")
    ('ordered', 'chaotic', 'critical')
    """
    q = q_star(_checks.real_number("weight_std", weight_std), _checks.real_number("bias_std", bias_std), activation)
    if not np.isfinite(q.value):
        raise ValueError(f"weight_std: expected a network whose length has a fixed point, got {weight_std:g}")
    excess = chi1(q.value, weight_std, activation) - 1
    return "critical" if abs(excess) <= tol else "chaotic" if excess > 0 else "ordered"


def critical_curve(q, activation: str | Activation):
    """Point of the critical line whose length fixed point is ``q``.

    Args:
        q: Length, a number or an array.
        activation: Name or Activation.

    Returns:
        ``(weight_std, bias_std)``, each of the shape of ``q``; ``bias_std`` is NaN where no real one exists.

    >>> [round(float(x), 12) for x in critical_curve(0.0, "tanh")]
    [1.0, 0.0]
    """
    weight_var, bias_var = _critical_variances(as_activation(activation), _checks.real_array("q", q, low=0.0))
    bias_var = np.where(np.abs(bias_var) < 1e-15, 0.0, bias_var)
    with np.errstate(invalid="ignore"):
        return moments.number(np.sqrt(weight_var)), moments.number(np.sqrt(bias_var))


def _critical_variances(activation, q):
    weight_var = 1 / np.asarray(moments.slope_second_moment(activation, q))
    return weight_var, q - weight_var * np.asarray(moments.second_moment(activation, q))


def critical_line(bias_std, activation: str | Activation, *, q_max: float = 1e3):
    r"""The ``weight_std`` at which :math:`\chi_1=1` for given ``bias_std``.

    Args:
        bias_std: Standard deviation of the biases, a number or an array.
        activation: Name or Activation.
        q_max: Largest length fixed point to look at.

    Returns:
        ``weight_std``, of the shape of ``bias_std``.

    Raises:
        ValueError: If there is no critical point with a fixed point up to ``q_max`` (for a rectifier there is one for
            ``bias_std = 0`` only).

    >>> round(critical_line(0.0, "tanh"), 12)
    1.0
    """
    activation = as_activation(activation)
    bias_std = _checks.real_array("bias_std", bias_std, low=0.0)
    at_zero = 1e-300 if 0.0 in activation.kinks else 0.0
    if np.any(bias_std > np.sqrt(max(float(_critical_variances(activation, np.asarray(q_max))[1]), 0.0))):
        raise ValueError(
            f"bias_std: expected values that the critical line of {activation.name!r} reaches with q* <= {q_max:g}, "
            f"got {float(np.max(bias_std)):g}"
        )
    start = float(_critical_variances(activation, np.asarray(at_zero))[1])
    target = bias_std**2
    inside = target > start
    if not np.any(inside):
        return moments.number(np.sqrt(_critical_variances(activation, np.full(bias_std.shape, at_zero))[0]))
    q = np.full(bias_std.shape, at_zero)

    def excess(log_q, wanted):
        return _critical_variances(activation, np.exp(log_q))[1] - wanted

    low, high = np.log(1e-12), np.log(q_max)
    found = elementwise.find_root(excess, (low, high), args=(np.maximum(target[inside], 1e-20),))
    q[inside] = np.exp(found.x)
    return moments.number(np.sqrt(_critical_variances(activation, q)[0]))


def phase_diagram(
    weight_std, bias_std, activation: str | Activation, *, correlations: bool = True, tol: float = 1e-12
) -> PhaseDiagram:
    """Fixed points, slopes and depth scales over a grid of ``weight_std`` and ``bias_std``.

    Args:
        weight_std: Values along the horizontal axis, shape (m,).
        bias_std: Values along the vertical axis, shape (n,).
        activation: Name or Activation.
        correlations: Whether to compute :math:`c^*` and :math:`\\xi_c` too.
        tol: Relative tolerance of fixed points and expectations.

    Returns:
        PhaseDiagram: arrays of shape (n, m).

    Warns:
        ConvergenceWarning: If the length map has no fixed point somewhere on the grid.

    >>> phase_diagram([1.0, 2.0], [0.2], "tanh").chi1.round(3)
    array([[0.779, 1.346]])
    """
    horizontal = np.atleast_1d(_checks.real_array("weight_std", weight_std, low=0.0))
    vertical = np.atleast_1d(_checks.real_array("bias_std", bias_std, low=0.0))
    for name, axis in (("weight_std", horizontal), ("bias_std", vertical)):
        if axis.ndim != 1:
            raise ValueError(f"{name}: expected one axis of the grid, got shape {axis.shape}")
    w, b = np.meshgrid(horizontal, vertical)
    length = q_star(w, b, activation, tol=tol)
    known = np.isfinite(length.value)
    slope_at_one = np.where(known, chi1(np.where(known, length.value, 1.0), w, activation, rtol=tol), np.nan)
    correlation = c_star(w, b, activation, tol=tol) if correlations else None
    return PhaseDiagram(
        horizontal,
        vertical,
        length.value,
        slope_at_one,
        correlation.value if correlation else None,
        depth_scale(length.slope),
        depth_scale(correlation.slope) if correlation else None,
    )
