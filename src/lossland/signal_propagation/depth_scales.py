r"""Depth scales: how many layers a signal's length, and the angle between two signals, are remembered for.

Deviations from the fixed points shrink geometrically, :math:`q_k-q^*\sim a^k` and :math:`c_k-c^*\sim b^k`, hence

.. math:: \xi_q=-1/\ln|a|,\qquad \xi_c=-1/\ln|b|,\qquad a=\nu'(q^*),\quad b=\tilde{\mathcal C}'(c^*).

:math:`\xi_c` diverges at the critical line, where :math:`b=\chi_1=1`.  Source: Schoenholz, Gilmer, Ganguli and
Sohl-Dickstein (2017), equations 9 to 12.
"""

from __future__ import annotations

import numpy as np

from lossland.numerics import Activation, moments
from lossland.signal_propagation.correlation_fixed_points import c_star
from lossland.signal_propagation.length_fixed_points import q_star

_ROUND_OFF = 1e-14  # a factor this close to 1 is 1


def depth_scale(slope):
    r"""Number of layers in which a factor ``slope`` per layer makes a factor 1/e: :math:`-1/\ln|slope|`.

    Args:
        slope: Factor per layer; NaN stays NaN.

    Returns:
        Layers; infinite for a factor of 1, 0 for 0, negative where the deviation grows.

    >>> round(depth_scale(np.exp(-0.25)), 12)
    4.0
    """
    size = np.abs(np.asarray(slope, dtype=np.float64))
    with np.errstate(divide="ignore"):
        critical = np.abs(size - 1) < _ROUND_OFF
        scale = np.where(critical, np.inf, -1 / np.where(critical, 1.0, np.log(size)))
    return moments.number(np.where(size == 0, 0.0, scale))


def xi_q(weight_std, bias_std, activation: str | Activation):
    """Depth scale of the length of one signal, in layers.

    Args:
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name or Activation.

    Returns:
        Layers, broadcast over both.

    >>> round(xi_q(1.5, np.sqrt(0.05), "tanh"), 3)
    1.273
    """
    return depth_scale(q_star(weight_std, bias_std, activation).slope)


def xi_c(weight_std, bias_std, activation: str | Activation):
    """Depth scale of the correlation of two signals, in layers.

    Args:
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name or Activation.

    Returns:
        Layers, broadcast over both; infinite on the critical line.

    >>> round(xi_c(1.5, np.sqrt(0.05), "tanh"), 3)
    15.117
    """
    return depth_scale(c_star(weight_std, bias_std, activation).slope)
