r"""Steps that decay: on a quadratic the iterates do converge, in mean square, if the steps fall slowly enough.

For one mode :math:`\mathbb E\delta_{t+1}^2=(1-\eta_t\lambda)^2\mathbb E\delta_t^2+\eta_t^2s^2`.  The steps of Robbins
and Monro (1951), :math:`\sum\eta_t=\infty`, :math:`\sum\eta_t^2<\infty`, take it to 0.  With :math:`\eta_t=c/t`:

* :math:`c\lambda=1` gives exactly :math:`s^2/(\lambda^2t)`, the start forgotten after one step;
* :math:`c\lambda>\frac12` gives :math:`c^2s^2/((2c\lambda-1)t)` to leading order;
* :math:`c\lambda<\frac12` is slow, :math:`t^{-2c\lambda}`: the steps run out before the way is done.

So the statement of Section 4, that nothing but the mean is known to converge, is too dark for its own model; what
remains true is that a constant step never converges, and that :math:`1/t` is slow where curvature is small.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks
from lossland.sgd.errors import FlatDirectionError


def harmonic_steps(scale: float, n_steps: int, *, offset: float = 0.0) -> np.ndarray:
    """Steps c / (t + offset), t = 1, ..., n_steps.

    >>> harmonic_steps(2.0, 3).tolist()
    [2.0, 1.0, 0.6666666666666666]
    """
    scale = _checks.real_number("scale", scale, low=0.0)
    offset = _checks.real_number("offset", offset, low=0.0)
    return scale / (np.arange(1, _checks.integer("n_steps", n_steps, low=1) + 1) + offset)


def mean_square_error(
    eigenvalues: Any, noise_variances: Any, learning_rates: Any, *, start: Any = 0.0
) -> np.ndarray:
    """Exact mean square distance from the optimum along each mode, for any sequence of steps.

    Args:
        eigenvalues: Curvatures (n,), or one number.
        noise_variances: Variance of the gradient noise, one number or (n,).
        learning_rates: Steps (T,), in order.
        start: Distance of the start from the optimum along each mode.

    Returns:
        E delta_t^2 after t = 0, ..., T steps, (T + 1, n) or (T + 1,).

    Raises:
        ValueError: If an argument is out of range.

    >>> error = mean_square_error(0.5, 1.0, harmonic_steps(2.0, 100), start=9.0)
    >>> round(float(error[100]), 12)  # s^2 / (lambda^2 t)
    0.04
    """
    values = _checks.real_array("eigenvalues", eigenvalues)
    variances = _checks.real_array("noise_variances", noise_variances, low=0.0)
    rates = np.atleast_1d(_checks.real_array("learning_rates", learning_rates, low=0.0))
    now = np.broadcast_arrays(_checks.real_array("start", start) ** 2, values, variances)[0]
    path = np.empty((len(rates) + 1, *now.shape))
    path[0] = now
    for t, rate in enumerate(rates):
        path[t + 1] = (1 - rate * values) ** 2 * path[t] + rate**2 * variances
    return path


def steps_to_tolerance(eigenvalue: Any, noise_variance: Any, tol: Any) -> np.ndarray:
    r"""Steps :math:`s^2/(\lambda^2\epsilon)`, hence batches, until the mean square error is :math:`\epsilon`.

    No unbiased estimate from t noisy gradients of known curvature does better (the bound of Cramer and Rao for normal
    noise): each tells the optimum with variance :math:`s^2/\lambda^2`.

    Args:
        eigenvalue: Curvature > 0; arguments broadcast.
        noise_variance: Variance of the gradient noise.
        tol: Mean square error wanted.

    Raises:
        FlatDirectionError: If an eigenvalue is not positive.

    >>> round(float(steps_to_tolerance(0.01, 1.0, 0.01)))
    1000000
    """
    curvature = _checks.real_array("eigenvalue", eigenvalue)
    if np.any(curvature <= 0):
        raise FlatDirectionError(f"eigenvalue: expected positive numbers, got {float(curvature.min()):g}")
    variance = _checks.real_array("noise_variance", noise_variance, low=0.0)
    return variance / (curvature**2 * _checks.real_array("tol", tol, low=1e-300))
