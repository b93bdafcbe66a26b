r"""The exact flow of one mode in two layers, from any start, balanced or not.

The sum and the difference of the weights obey :math:`\dot p=s\,p(r-q)` and :math:`\dot m=-s\,m(r-q)` with
:math:`q=w_1w_2=(p^2-m^2)/4`, so that :math:`pm=w_2^2-w_1^2=c` is conserved and :math:`P=p^2`, :math:`M=m^2` solve

.. math:: \dot P=-\tfrac s2(P^2-4rP-c^2),\qquad \dot M=-\tfrac s2(M^2+4rM-c^2),

two Riccati equations with rate :math:`\kappa=s\sqrt{4r^2+c^2}`.  Sum and difference keep their signs.  For :math:`c=0`
the strength is the logistic curve; with :math:`c\ne0` every target is reached, also one of the other sign: the balanced
start is what gets stuck.

Source: Saxe, McClelland and Ganguli (2014), Appendix A, there with hyperbolic functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks


def two_layer_mode(times: Any, start: Any, target: Any, *, input_variance: Any = 1.0) -> np.ndarray:
    """Both weights of a two-layer mode at given times; their product is the strength.

    Args:
        times: Times t >= 0; times, targets and variances broadcast with the leading dimensions of ``start``.
        start: Weights (..., 2) at time 0, first layer first.
        target: Strength r that the target has.
        input_variance: Variance s > 0 of the input along the mode.

    Returns:
        Weights (..., 2).

    Raises:
        ValueError: If ``start`` does not end in two weights, or a time or variance is out of range.

    >>> two_layer_mode(0.2, [1.0, 1.0], 3.0).prod().round(5)
    np.float64(1.87221)
    >>> two_layer_mode(60.0, [1.0, 1.1], -0.7).prod().round(9)  # not balanced: a negative target is reached
    np.float64(-0.7)
    """
    times = _checks.real_array("times", times, low=0.0)
    start, target = _checks.real_array("start", start), _checks.real_array("target", target)
    variance = _checks.real_array("input_variance", input_variance, low=0.0)
    if not start.ndim or start.shape[-1] != 2:
        raise ValueError(f"start: expected two weights (..., 2), got shape {start.shape}")
    if np.any(variance == 0):
        raise ValueError("input_variance: expected > 0, got 0; a mode without input does not move")
    total, difference = start[..., 1] + start[..., 0], start[..., 1] - start[..., 0]
    conserved = total * difference
    plus = np.sign(total) * np.sqrt(_riccati(total**2, target, conserved, variance * times))
    minus = np.sign(difference) * np.sqrt(_riccati(difference**2, -target, conserved, variance * times))
    return np.stack([(plus - minus) / 2, (plus + minus) / 2], axis=-1)


def _riccati(start, target, conserved, clock):
    """Solve P' = -(P^2 - 4 r P - c^2)/2 as a quotient of sums of terms that are not negative: no cancellation."""
    eta = np.sqrt(target**2 + conserved**2 / 4)
    safe = np.where(eta > 0, eta, 1.0)
    near = (conserved / 2) ** 2 / (safe * np.where(eta > 0, eta + np.abs(target), 1.0))  # 1 - |r| / eta
    towards = np.where(eta > 0, np.where(target >= 0, 1 + np.abs(target) / safe, near), 1.0)  # 1 + r / eta
    away = np.where(eta > 0, np.where(target >= 0, near, 1 + np.abs(target) / safe), 1.0)
    decay = np.exp(-2 * eta * clock)
    risen = np.where(eta > 0, -np.expm1(-2 * eta * clock) / safe, 2 * clock)
    numerator = start * (towards + away * decay) + conserved**2 * risen / 2
    denominator = away + towards * decay + start * risen / 2
    return numerator / np.where(denominator > 0, denominator, 1.0)
