r"""An optimum that moves: how far behind it noisy descent is, and which step is best.

Between steps the optimum moves by :math:`u_t`, of variance :math:`q^2` (a random walk) or of constant size v.  After a
step and a move the error obeys :math:`e\leftarrow(1-\eta\lambda)e-\eta\epsilon-u`, hence

.. math:: \mathbb Ee^2=\frac{\eta^2s^2+q^2}{\eta\lambda(2-\eta\lambda)}+\Big(\frac v{\eta\lambda}\Big)^2.

For a random walk the best step solves :math:`s^2\eta^2+\lambda q^2\eta=q^2`; it is the stationary gain of Kalman's
filter over :math:`\lambda`.  For slow motion :math:`\eta^*\approx q/s` and the floor is :math:`qs/\lambda`: an agent
that learns more slowly than its world changes stays suboptimal, and so does one that learns as fast as it can
from noisy data.

Source: derived here for Section 2 of Glukhov (2024), "First", which has no formula.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks
from lossland.sgd.errors import FlatDirectionError
from lossland.sgd.symmetric import check_stable_products


def tracking_error(
    eigenvalue: Any, noise_variance: Any, learning_rate: Any, *, drift_variance: Any = 0.0, velocity: Any = 0.0
) -> np.ndarray:
    """Mean square distance from a moving optimum in the long run, after a step and a move; arguments broadcast.

    Args:
        eigenvalue: Curvature > 0.
        noise_variance: Variance of the gradient noise.
        learning_rate: Step size.
        drift_variance: Variance q^2 of the random move of the optimum in one step.
        velocity: Constant move of the optimum in one step.

    Raises:
        FlatDirectionError: If an eigenvalue is not positive.
        UnstableStepError: If a product of step and curvature is 2 or more.

    >>> tracking_error(0.5, 1.0, [0.01, 0.05, 0.2], drift_variance=0.05**2).round(4).tolist()
    [0.2607, 0.1013, 0.2237]
    """
    curvature = _positive(eigenvalue)
    rate = _checks.real_array("learning_rate", learning_rate, low=1e-300)
    x = rate * curvature
    check_stable_products(x)
    shocks = rate**2 * _checks.real_array("noise_variance", noise_variance, low=0.0) + _checks.real_array(
        "drift_variance", drift_variance, low=0.0
    )
    return shocks / (x * (2 - x)) + tracking_lag(curvature, rate, velocity) ** 2


def tracking_lag(eigenvalue: Any, learning_rate: Any, velocity: Any) -> np.ndarray:
    r"""Mean distance :math:`v/(\eta\lambda)` behind an optimum that moves at constant velocity; arguments broadcast.

    >>> round(float(tracking_lag(0.5, 0.1, 0.01)), 12)
    0.2
    """
    rate = _checks.real_array("learning_rate", learning_rate, low=1e-300)
    return _checks.real_array("velocity", velocity) / (rate * _positive(eigenvalue))


def best_tracking_step(eigenvalue: Any, noise_variance: Any, drift_variance: Any) -> np.ndarray:
    r"""Step with the least tracking error for a random walk,
    :math:`\eta^*=(\sqrt{\lambda^2q^4+4s^2q^2}-\lambda q^2)/(2s^2)`; arguments broadcast.

    Args:
        eigenvalue: Curvature > 0.
        noise_variance: Variance of the gradient noise; 0 gives a full step, one over the curvature.
        drift_variance: Variance of the move of the optimum in one step.

    Raises:
        FlatDirectionError: If an eigenvalue is not positive.

    >>> round(float(best_tracking_step(0.5, 1.0, 0.05**2)), 4)  # about drift over noise
    0.0494
    """
    curvature = _positive(eigenvalue)
    noise = _checks.real_array("noise_variance", noise_variance, low=0.0)
    moves = _checks.real_array("drift_variance", drift_variance, low=0.0)
    root = np.sqrt(curvature**2 * moves**2 + 4 * noise * moves)
    return np.where(moves == 0, 0.0, 2 * moves / np.where(moves == 0, 1.0, root + curvature * moves))


def _positive(eigenvalue: Any) -> np.ndarray:
    curvature = _checks.real_array("eigenvalue", eigenvalue)
    if np.any(curvature <= 0):
        raise FlatDirectionError(f"eigenvalue: expected positive numbers, got {float(curvature.min()):g}")
    return curvature
