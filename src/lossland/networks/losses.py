r"""Pointwise losses: what one prediction costs, and the derivative in the *prediction*.

With a target :math:`y` and a prediction :math:`\tilde y` the loss of one sample is :math:`l(y,\tilde y)`; training
averages it over samples.  Back-propagation starts from :math:`\partial l/\partial\tilde y`.

====================  ==============================================  ======================================
loss                  :math:`l(y,\tilde y)`                           :math:`\partial l/\partial\tilde y`
====================  ==============================================  ======================================
``quadratic``         :math:`\tfrac12(y-\tilde y)^2`                  :math:`\tilde y-y`
``cross_entropy``     :math:`-y\ln\tilde y-(1-y)\ln(1-\tilde y)`      :math:`(\tilde y-y)/(\tilde y(1-\tilde y))`
``logistic``          :math:`\ln(1+e^{\tilde y})-y\tilde y`           :math:`\mathrm{sigmoid}(\tilde y)-y`
====================  ==============================================  ======================================

``cross_entropy`` takes probabilities, ``logistic`` takes scores (log-odds, any real number) and equals the
cross-entropy of :func:`sigmoid` of the score.  Targets of both are in [0, 1]; the margin of a label is
:math:`(2y-1)\tilde y`.  Natural logarithms, so losses are in nats.  Everything acts entry by entry on NumPy arrays or
torch tensors and answers in kind.

Source: Yarotsky, *Optimization of neural networks* (slides), "Model training as a parametric optimization".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from array_api_compat import array_namespace


@dataclass(frozen=True)
class Loss:
    """A pointwise loss with its derivative in the prediction.

    Attributes:
        name: Name in :data:`LOSSES`.
        value: Function of ``(y, prediction)``, arrays that broadcast; the loss of each entry.
        derivative: Function of ``(y, prediction)``; the derivative of ``value`` in its second argument.
    """

    name: str
    value: Callable[[Any, Any], Any]
    derivative: Callable[[Any, Any], Any]


def sigmoid(scores):
    r"""Probability :math:`1/(1+e^{-z})` of the class 1 from a real score, without overflow: "soft classification".

    Args:
        scores: Real scores, a NumPy array or torch tensor of any shape.

    Returns:
        An array of the same kind, shape and dtype in [0, 1].

    >>> import numpy as np
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    xp = array_namespace(scores)
    small = xp.exp(-xp.abs(scores))
    return xp.where(scores >= 0, 1 / (1 + small), small / (1 + small))


def _quadratic(y, prediction):
    return (prediction - y) ** 2 / 2


def _quadratic_derivative(y, prediction):
    return prediction - y


def _cross_entropy(y, prediction):
    xp = array_namespace(prediction)
    _check_unit(xp, "y", y)
    _check_unit(xp, "prediction", prediction)
    return -_times_log(xp, y, prediction) - _times_log(xp, 1 - y, 1 - prediction)


def _cross_entropy_derivative(y, prediction):
    xp = array_namespace(prediction)
    _check_unit(xp, "y", y)
    _check_unit(xp, "prediction", prediction)
    return _over(xp, 1 - y, 1 - prediction) - _over(xp, y, prediction)


def _logistic(y, prediction):
    xp = array_namespace(prediction)
    _check_unit(xp, "y", y)
    return xp.log1p(xp.exp(-xp.abs(prediction))) + xp.where(prediction > 0, prediction, 0 * prediction) - y * prediction


def _logistic_derivative(y, prediction):
    _check_unit(array_namespace(prediction), "y", y)
    return sigmoid(prediction) - y


def _times_log(xp, factor, argument):
    """factor * ln(argument), which is 0 where the factor is 0, and -inf where only the argument is."""
    positive = argument > 0
    safe = xp.where(positive, argument, xp.ones_like(argument))
    value = factor * xp.log(safe)
    return xp.where((factor + 0 * value > 0) & ~positive, xp.full_like(value, -math.inf), value)


def _over(xp, numerator, denominator):
    """numerator / denominator, which is 0 where the numerator is 0, and inf where only the denominator is."""
    positive = denominator > 0
    safe = xp.where(positive, denominator, xp.ones_like(denominator))
    value = numerator / safe
    return xp.where((value != 0) & ~positive, xp.full_like(value, math.inf), value)


def _check_unit(xp, name, values) -> None:
    if isinstance(values, int | float):
        inside, seen = 0 <= values <= 1, values
    else:
        outside = ~((values >= 0) & (values <= 1))
        inside, seen = not bool(xp.any(outside)), None
        if not inside:
            seen = float(values[outside][0])
    if not inside:
        advice = "; scores belong to `logistic`, or through `sigmoid`" if name == "prediction" else ""
        raise ValueError(f"{name}: expected numbers in [0, 1], got {seen:g}{advice}")


quadratic = Loss("quadratic", _quadratic, _quadratic_derivative)
cross_entropy = Loss("cross_entropy", _cross_entropy, _cross_entropy_derivative)
logistic = Loss("logistic", _logistic, _logistic_derivative)
LOSSES = {loss.name: loss for loss in (quadratic, cross_entropy, logistic)}
