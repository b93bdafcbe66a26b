r"""Losses that are not symmetric, and what a quadratic hides.

Losses of the residual :math:`r=y-\hat y`, so that r > 0 is a prediction too low:

=============  ==============================================================  ============================
loss           value                                                           best constant
=============  ==============================================================  ============================
``pinball``    :math:`\tau r^++(1-\tau)r^-`                                    the :math:`\tau`-quantile
``expectile``  :math:`|\tau-\mathbf 1_{r<0}|\,r^2`                             the :math:`\tau`-expectile
``linex``      :math:`e^{ar}-ar-1`                                             :math:`\frac1a\log\mathbb Ee^{ay}`
=============  ==============================================================  ============================

The quadratic answers "the mean" whatever the costs.  Near the optimum every smooth loss is quadratic, and noisy descent
there knows its curvature alone; the next order is a **shift of the mean**: since the noise has mean zero,
:math:`\mathbb EJ'(\theta)=0` in equilibrium, and a well that rises faster on one side holds the iterates on the other,

.. math:: \mathbb E\theta-\theta^*\approx-\frac{J'''}{2J''}\mathrm{Var}\approx-\frac{\eta s^2J'''}{4J''^2}.

Source: Glukhov (2024), Section 3.1, which names the question and gives no formula.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace

from lossland import _checks
from lossland.sgd.errors import FlatDirectionError

_BISECTIONS = 200


class ResidualLoss(NamedTuple):
    """A convex loss of the residual y - prediction.

    Attributes:
        value: Loss of residuals, NumPy or torch.
        derivative: Its derivative in the residual; at a kink, one from the right.
    """

    value: Callable
    derivative: Callable


def pinball_loss(tau: float) -> ResidualLoss:
    """Loss whose best constant is the quantile at level ``tau`` in (0, 1).

    >>> pinball_loss(0.9).value(np.array([1.0, -1.0])).round(12).tolist()
    [0.9, 0.1]
    """
    tau = _level(tau)

    def derivative(r):
        xp = array_namespace(r)
        return xp.where(r >= 0, xp.full_like(r, tau), xp.full_like(r, tau - 1))

    return ResidualLoss(lambda r: r * derivative(r), derivative)


def expectile_loss(tau: float) -> ResidualLoss:
    """Squared residual, weighted by ``tau`` where the prediction is too low and by 1 - ``tau`` where it is too high.

    >>> expectile_loss(0.75).value(np.array([2.0, -2.0])).tolist()
    [3.0, 1.0]
    """
    tau = _level(tau)

    def weight(r):
        xp = array_namespace(r)
        return xp.where(r >= 0, xp.full_like(r, tau), xp.full_like(r, 1 - tau))

    return ResidualLoss(lambda r: weight(r) * r**2, lambda r: 2 * weight(r) * r)


def linex_loss(rate: float) -> ResidualLoss:
    """Exponential on one side, linear on the other: exp(a r) - a r - 1, with a of either sign (Varian 1975).

    >>> float(linex_loss(1.0).value(np.array(0.0)))
    0.0
    """
    a = _checks.real_number("rate", rate)
    if a == 0:
        raise ValueError("rate: expected a number other than 0; a zero rate gives the zero loss")

    def grown(r):
        return array_namespace(r).expm1(a * r)

    return ResidualLoss(lambda r: grown(r) - a * r, lambda r: a * grown(r))


def best_constant(loss: ResidualLoss, samples: Any) -> float:
    """The constant prediction with the least mean loss, by bisection on the mean derivative.

    Args:
        loss: A convex loss.
        samples: Targets (N,).

    >>> round(best_constant(expectile_loss(0.5), [0.0, 1.0, 5.0]), 9)  # symmetric: the mean
    2.0
    """
    y = _checks.real_array("samples", samples).ravel()
    low, high = float(y.min()), float(y.max())
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if float(np.mean(loss.derivative(y - middle))) > 0:  # the loss falls as the prediction rises
            low = middle
        else:
            high = middle
    return (low + high) / 2


def cost_of_the_mean(loss: ResidualLoss, samples: Any) -> float:
    """Mean loss of predicting the mean, over that of the best constant: what the quadratic costs.

    >>> y = np.random.default_rng(0).exponential(size=1000)
    >>> cost_of_the_mean(pinball_loss(0.9), y) > 1.4, round(cost_of_the_mean(expectile_loss(0.5), y), 9)
    (True, 1.0)
    """
    y = _checks.real_array("samples", samples).ravel()
    least = float(np.mean(loss.value(y - best_constant(loss, y))))
    if least <= 0:
        raise ValueError("samples: expected targets that differ, got a best loss of 0")
    return float(np.mean(loss.value(y - y.mean()))) / least


def mean_shift(second_derivative: Any, third_derivative: Any, noise_variance: Any, learning_rate: Any) -> np.ndarray:
    r"""Shift :math:`-\eta s^2J'''/(4J''^2)` of the mean of the iterates off the optimum of a lopsided well.

    Leading order in the step; arguments broadcast.

    Args:
        second_derivative: J'' > 0 at the optimum.
        third_derivative: J''' there.
        noise_variance: Variance of the gradient noise.
        learning_rate: Step size.

    Raises:
        FlatDirectionError: If J'' is not positive.

    >>> float(mean_shift(1.0, 1.0, 1.0, 0.1))
    -0.025
    """
    curvature = _checks.real_array("second_derivative", second_derivative)
    if np.any(curvature <= 0):
        raise FlatDirectionError(f"second_derivative: expected positive numbers, got {float(curvature.min()):g}")
    heat = _checks.real_array("learning_rate", learning_rate, low=0.0) * _checks.real_array(
        "noise_variance", noise_variance, low=0.0
    )
    return -heat * _checks.real_array("third_derivative", third_derivative) / (4 * curvature**2)


def _level(tau: float) -> float:
    tau = _checks.real_number("tau", tau, low=0.0, high=1.0)
    if tau in (0.0, 1.0):
        raise ValueError(f"tau: expected a number between 0 and 1, got {tau:g}; the loss would be flat on one side")
    return tau
