r"""The stationary spread of Adam on a noisy quadratic.

Adam divides by the root of a running mean of squared gradients.  In equilibrium that is
:math:`v_i=s_i^2+\lambda_i^2\mathrm{Var}_i`, nearly constant for :math:`\beta_2\to1`, so that the method is heavy ball
with the effective step :math:`\alpha/\sqrt{v_i}` (its :math:`1-\beta_1` inside the velocity): a scalar equation for
:math:`\mathrm{Var}_i`.  For small steps

.. math:: \mathrm{Var}_i\approx\frac{\alpha\,s_i}{2\lambda_i}.

At equal effective step the cloud is that of plain descent: what Adam reduces is the step where the noise is large, not
the noise, and at a constant step the cloud stays.

Source: Kingma and Ba (2015) for the method; the spread is derived here, and holds up to the fluctuations of
:math:`v_i`, of relative size :math:`\sqrt{1-\beta_2}`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks
from lossland.sgd.symmetric import check_curved

_BISECTIONS = 200


def adam_variance(
    eigenvalue: Any, noise_std: Any, learning_rate: Any, *, beta1: float = 0.9, epsilon: float = 0.0
) -> np.ndarray:
    r"""Stationary variance of a coordinate of Adam, the mean of squared gradients taken as constant.

    Args:
        eigenvalue: Curvature > 0 along the coordinate; arguments broadcast.
        noise_std: Standard deviation s > 0 of the gradient noise.
        learning_rate: :math:`\alpha`.
        beta1: Memory of the mean gradient.
        epsilon: Added to the root in the denominator.

    Returns:
        The variance; it solves the fixed-point equation of the module.

    Raises:
        ValueError: If an argument is out of range.

    >>> round(float(adam_variance(1.0, 1.0, 1e-3)), 6)  # learning rate * std / (2 * curvature)
    0.0005
    """
    curvature = _checks.real_array("eigenvalue", eigenvalue)
    check_curved(np.atleast_1d(curvature), "the variance grows without limit")
    std = _checks.real_array("noise_std", noise_std, low=1e-300)
    rate = _checks.real_array("learning_rate", learning_rate, low=1e-300)
    beta = _checks.real_number("beta1", beta1, low=0.0, high=1 - 1e-9)
    floor = _checks.real_number("epsilon", epsilon, low=0.0)
    curvature, std, rate = np.broadcast_arrays(curvature, std, rate)
    low = np.zeros(curvature.shape)
    high = np.full(curvature.shape, 1.0) * (rate * std / curvature + rate**2 + (std / curvature) ** 2)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        step = rate / (np.sqrt(std**2 + curvature**2 * middle) + floor)
        x = step * (1 - beta) * curvature
        unstable = x >= 2 * (1 + beta)
        spread = std**2 * step * (1 + beta) / (curvature * np.where(unstable, 1.0, 2 * (1 + beta) - x))
        grows = unstable | (spread > middle)
        low, high = np.where(grows, middle, low), np.where(grows, high, middle)
    return (low + high) / 2


def effective_step(noise_std: Any, learning_rate: Any) -> np.ndarray:
    r"""Step :math:`\alpha/s` with which plain descent has the cloud of Adam, for small steps.

    >>> float(effective_step(5.0, 0.01))
    0.002
    """
    std = _checks.real_array("noise_std", noise_std, low=1e-300)
    return _checks.real_array("learning_rate", learning_rate, low=0.0) / std
