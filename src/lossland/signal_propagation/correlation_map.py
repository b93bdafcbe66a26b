r"""Covariance and correlation maps: how the angle between two signals changes from layer to layer.

For two inputs the covariance of the pre-activations, :math:`q_{12}=\frac1{d}\sum_iz_{i,1}z_{i,2}`, follows

.. math:: q_{k,12}=\alpha_w^2\,\mathbb E\,\sigma(u_1)\sigma(u_2)+\alpha_h^2,\qquad
          (u_1,u_2)\sim\mathcal N(0,(q_{k-1,ab})),

and, once both lengths are at the fixed point :math:`q^*`, the correlation :math:`c=q_{12}/q^*` follows the
one-dimensional map :math:`\tilde{\mathcal C}(c)`.  By Mehler's formula it is a power series in c with non-negative
coefficients, hence increasing and convex on [0, 1].  Source: Poole et al. (2016), equations 5 and 6.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossland import _checks
from lossland.numerics import Activation, moments
from lossland.signal_propagation.length_map import length_map


def covariance_map(c, q1, q2, weight_std, bias_std, activation: str | Activation, *, rtol: float = moments.RTOL):
    """Covariance of two signals in the next layer.

    Args:
        c: Correlation of the two in this layer, in [-1, 1].
        q1: Length of the first.
        q2: Length of the second.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases (shared by both signals).
        activation: Name or Activation.
        rtol: Relative tolerance.

    Returns:
        The covariance (not the correlation), broadcast over all arguments.

    Raises:
        ValueError: If an argument is out of range.

    >>> round(covariance_map(0.0, 1.0, 1.0, np.sqrt(2.0), 0.0, "relu") * np.pi, 12)
    1.0
    """
    weight_std = _checks.real_array("weight_std", weight_std, low=0.0)
    bias_std = _checks.real_array("bias_std", bias_std, low=0.0)
    return moments.number(weight_std**2 * moments.covariance(activation, c, q1, q2, rtol=rtol) + bias_std**2)


def correlation_map(c, q, weight_std, bias_std, activation: str | Activation, *, rtol: float = moments.RTOL):
    r"""Correlation of two signals of length ``q`` in the next layer,
    :math:`\tilde{\mathcal C}_q(c)=\mathcal C(c,q,q)/q`.

    Meant for ``q`` at the fixed point of the length map, where the lengths stay: then :math:`c=1` is a fixed point.

    Args:
        c: Correlation in [-1, 1].
        q: Common length, positive.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name or Activation.
        rtol: Relative tolerance.

    Returns:
        The next covariance divided by ``q``, broadcast over all arguments.

    Raises:
        ValueError: If an argument is out of range; ``q`` must be positive.

    >>> round(correlation_map(0.5, 1.0, np.sqrt(2.0), 0.0, "relu"), 6)
    0.608998
    """
    q = _positive_length(q)
    return moments.number(covariance_map(c, q, q, weight_std, bias_std, activation, rtol=rtol) / q)


def decorrelation_map(d, q, weight_std, bias_std, activation: str | Activation, *, rtol: float = moments.RTOL):
    r"""The correlation map seen from 1: :math:`d=1-c` goes to
    :math:`1-\tilde{\mathcal C}_q(1-d)`, without loss of digits.

    Iterating in ``c`` loses all digits of ``1 - c`` as signals become parallel; iterate this map instead.

    Args:
        d: One minus the correlation, in [0, 2].
        q: Common length, positive; at the fixed point ``d = 0`` stays.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name or Activation.
        rtol: Relative tolerance.

    Returns:
        The next value of ``1 - c``, broadcast over all arguments.

    >>> round(decorrelation_map(1e-12, 1.0, np.sqrt(2.0), 0.0, "relu") / 1e-12, 5)
    1.0
    """
    q = _positive_length(q)
    weight_std = _checks.real_array("weight_std", weight_std, low=0.0)
    off_fixed_point = 1 - np.asarray(length_map(q, weight_std, bias_std, activation, rtol=rtol)) / q
    known_to = max(1e-9, 100 * rtol)  # a fixed point that was solved for is no better than its tolerance
    off_fixed_point = np.where(np.abs(off_fixed_point) < known_to, 0.0, off_fixed_point)
    return moments.number(weight_std**2 * moments.decorrelation(activation, d, q, rtol=rtol) / q + off_fixed_point)


def correlation_slope(c, q, weight_std, activation: str | Activation, *, rtol: float = moments.RTOL):
    r"""Slope of the correlation map, :math:`b=\alpha_w^2\,\mathbb E\,\sigma'(u_1)\sigma'(u_2)`.

    At ``c = 1`` it is :math:`\chi_1`; at a fixed point it is the factor by which a deviation of the correlation shrinks
    per layer (Schoenholz et al. 2017, equation 11).  The second derivatives cancel by Stein's identity.

    Args:
        c: Correlation in [-1, 1].
        q: Common length.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        activation: Name or Activation.
        rtol: Relative tolerance.

    Returns:
        The slope, broadcast over all arguments.

    >>> correlation_slope(1.0, 1.0, np.sqrt(2.0), "relu").__round__(12)
    1.0
    """
    weight_std = _checks.real_array("weight_std", weight_std, low=0.0)
    return moments.number(weight_std**2 * moments.slope_covariance(activation, c, q, q, rtol=rtol))


def chi1(q, weight_std, activation: str | Activation, *, rtol: float = moments.RTOL):
    r"""Slope of the correlation map at ``c = 1``: :math:`\chi_1=\alpha_w^2\int\sigma'(\sqrt q\,s)^2\,\mathcal Ds`.

    Below 1 nearby inputs converge (ordered phase), above 1 they separate (chaotic phase).  The same number is the
    factor of the squared back-propagated error per layer.  Source: Poole et al. (2016), equation 7.

    Args:
        q: Length, usually the fixed point.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        activation: Name or Activation.
        rtol: Relative tolerance.

    Returns:
        The slope, broadcast over ``q`` and ``weight_std``.

    >>> round(chi1(0.88942492, 1.5, "tanh"), 7)
    1.0923379
    """
    weight_std = _checks.real_array("weight_std", weight_std, low=0.0)
    return moments.number(weight_std**2 * moments.slope_second_moment(activation, q, rtol=rtol))


class PairTrajectory(NamedTuple):
    """Two signals through the layers: lengths ``q1``, ``q2`` and correlation ``c``, each (n_layers, ...)."""

    q1: np.ndarray
    q2: np.ndarray
    c: np.ndarray


def pair_trajectory(c1, q1, q2, n_layers: int, weight_std, bias_std, activation: str | Activation) -> PairTrajectory:
    """Lengths and correlation of two signals in layers 1 to ``n_layers``, the lengths not assumed at their fixed point.

    Args:
        c1: Correlation in layer 1, in [-1, 1].
        q1: Length of the first signal in layer 1, positive.
        q2: Length of the second signal in layer 1, positive.
        n_layers: Number of layers.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name or Activation.

    Returns:
        PairTrajectory: arrays of shape (n_layers, ...).

    >>> pair = pair_trajectory(0.0, 1.0, 1.0, 2, np.sqrt(2.0), 0.0, "relu")
    >>> pair.c.round(6)
    array([0.     , 0.31831])
    """
    n_layers = _checks.integer("n_layers", n_layers, low=1)
    c, q1, q2 = np.broadcast_arrays(
        _checks.real_array("c1", c1, low=-1.0, high=1.0), _positive_length(q1, "q1"), _positive_length(q2, "q2")
    )
    states = [(q1, q2, c)]
    for _ in range(n_layers - 1):
        next_q1 = np.asarray(length_map(q1, weight_std, bias_std, activation))
        next_q2 = np.asarray(length_map(q2, weight_std, bias_std, activation))
        covariance = covariance_map(c, q1, q2, weight_std, bias_std, activation)
        c = np.clip(covariance / np.sqrt(next_q1 * next_q2), -1.0, 1.0)
        q1, q2 = next_q1, next_q2
        states.append((q1, q2, c))
    return PairTrajectory(*(np.stack(column) for column in zip(*states, strict=True)))


def _positive_length(q, name: str = "q"):
    q = _checks.real_array(name, q, low=0.0)
    if np.any(q == 0):
        raise ValueError(f"{name}: expected a positive length (a correlation needs one), got 0")
    return q
