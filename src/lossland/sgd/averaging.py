r"""How many batches an iterate averages over: exponential averages, boxes, and increments.

With :math:`x=\eta\lambda` an iterate is minus :math:`1/\lambda` times the exponential average
:math:`x\sum_j(1-x)^j\epsilon_{t-1-j}` of the noise.  Three lengths are in use:

* the e-folding time :math:`-1/\ln(1-x)` of the memory, the paper's number of effective batches;
* its leading term 1/x, Equation 16;
* the **effective averaging length** (2 - x)/x: the box average with the same variance, twice as long.

Equation 17 puts the box of length 1/x in place of the exponential: its variance x is twice the right one x/(2 - x).
Path by path no box comes close: the correlation is at most 0.9025, at 1.256 e-folding times.

The **increments** have variance :math:`2\eta^2s^2/(2-x)`, between one and two times :math:`\eta^2s^2` for x < 1: almost
the same in all directions, and not the size of the cloud.

Source: Glukhov (2024), Equations 15 to 18 and the display of effective batches.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import signal

from lossland import _checks
from lossland.sgd.relaxation import relaxation_time
from lossland.sgd.symmetric import check_stable_products


def effective_batches(eigenvalue: Any, learning_rate: Any) -> np.ndarray:
    r"""The paper's effective number of batches, :math:`-1/\ln(1-\eta\lambda)`: an e-folding time; arguments broadcast.

    Raises:
        ValueError: If a product of step and curvature is 1 or more: iterates alternate and the logarithm means nothing.
        UnstableStepError: If it is 2 or more.

    >>> effective_batches(1.0, [0.1, 0.01]).round(2).tolist()
    [9.49, 99.5]
    """
    times = relaxation_time(eigenvalue, learning_rate)
    x = _product(eigenvalue, learning_rate)
    if np.any(x >= 1):
        raise ValueError(
            f"learning_rate: expected a product with the curvature below 1, got {float(x.max()):g}; iterates then "
            "alternate around the optimum, see effective_averaging_length"
        )
    return times


def effective_averaging_length(eigenvalue: Any, learning_rate: Any) -> np.ndarray:
    r"""Number :math:`(2-x)/x`, :math:`x=\eta\lambda`, of batches with a mean as noisy as the exponential average.

    Also the ratio of the variance of the noise to that of its average; below 1 for x > 1, where averaging adds noise.

    Raises:
        UnstableStepError: If a product of step and curvature is 2 or more.

    >>> float(effective_averaging_length(1.0, 0.01))
    199.0
    """
    x = _product(eigenvalue, learning_rate)
    with np.errstate(divide="ignore"):
        return (2 - x) / x


def increment_variance(eigenvalue: Any, noise_variance: Any, learning_rate: Any) -> np.ndarray:
    r"""Variance :math:`2\eta^2s^2/(2-\eta\lambda)` of one step in equilibrium; Equation 18 has its leading order.

    Args:
        eigenvalue: Curvature >= 0; arguments broadcast.
        noise_variance: Variance of the gradient noise along the eigenvector.
        learning_rate: Step size.

    Raises:
        UnstableStepError: If a product of step and curvature is 2 or more.

    >>> round(float(increment_variance(1.0, 1.0, 0.5)) / 0.25, 4)
    1.3333
    """
    x, rate = _product(eigenvalue, learning_rate), _checks.real_array("learning_rate", learning_rate, low=0.0)
    return 2 * rate**2 * _checks.real_array("noise_variance", noise_variance, low=0.0) / (2 - x)


def exponential_average(samples: Any, weight: float) -> np.ndarray:
    """Running average with weights x (1 - x)^j, newest first, of samples (T, ...) along the first axis.

    Args:
        samples: Samples, oldest first.
        weight: x, in (0, 2).

    Returns:
        Averages (T, ...); the one at t uses the samples up to t, and nothing before the first.

    >>> exponential_average([1.0, 0.0, 0.0], 0.5).tolist()
    [0.5, 0.25, 0.125]
    """
    x = _checks.real_number("weight", weight, low=0.0, high=2.0)
    return signal.lfilter([x], [1.0, x - 1.0], _checks.real_array("samples", samples), axis=0)


def box_average(samples: Any, length: int) -> np.ndarray:
    """Running plain mean of the last ``length`` samples of (T, ...); the first ``length`` - 1 are left out.

    >>> box_average([1.0, 3.0, 5.0], 2).tolist()
    [2.0, 4.0]
    """
    data = _checks.real_array("samples", samples)
    length = _checks.integer("length", length, low=1, high=len(data))
    sums = np.concatenate([np.zeros((1, *data.shape[1:])), np.cumsum(data, axis=0)])
    return (sums[length:] - sums[:-length]) / length


def box_correlation(weight: Any, length: Any) -> np.ndarray:
    r"""Correlation :math:`(1-(1-x)^L)\sqrt{(2-x)/(xL)}` of an exponential average with a box over the same white noise.

    For small x and a box of c e-folding times it is :math:`\sqrt{2/c}\,(1-e^{-c})`, at most 0.9025.

    Args:
        weight: x, in (0, 1]; arguments broadcast.
        length: Length L >= 1 of the box.

    >>> [round(float(box_correlation(1e-4, c * 1e4)), 3) for c in (1, 1.256, 2)]
    [0.894, 0.903, 0.865]
    """
    x = _checks.real_array("weight", weight, low=1e-300, high=1.0)
    box = _checks.real_array("length", length, low=1.0)
    with np.errstate(divide="ignore"):
        return -np.expm1(box * np.log1p(-x)) * np.sqrt((2 - x) / (x * box))


def _product(eigenvalue, learning_rate):
    x = _checks.real_array("eigenvalue", eigenvalue, low=0.0) * _checks.real_array(
        "learning_rate", learning_rate, low=0.0
    )
    check_stable_products(x)
    return x
