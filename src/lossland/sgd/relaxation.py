r"""How the start is forgotten: fast along sharp directions, slowly along flat ones.

The mean obeys :math:`\mathbb E\theta_t-\theta^*=(I-\eta H)^t(\theta_0-\theta^*)`; what remains of the mode i after one
step is :math:`a_i=1-\eta\lambda_i`.  The expected excess of the objective is a bias that decays and a noise floor that
fills up,

.. math:: \mathbb EJ_t-J_*=\tfrac12\sum_i\lambda_ia_i^{2t}\delta_{0,i}^2
   +\sum_i\frac{\eta s_i^2(1-a_i^{2t})}{2(2-\eta\lambda_i)}.

The e-folding time is :math:`-1/\ln|1-x|=1/x-\frac12-\frac{x}{12}-\dots` with :math:`x=\eta\lambda`; the paper's
:math:`\tau\sim1/x` (Equation 16) is its first term.

Source: Glukhov (2024), Equations 14 and 16, Section 4.1 ("exponentially fast first, and then slowly").
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.sgd.symmetric import check_stable, check_stable_products, step_size


class ExpectedLoss(NamedTuple):
    """Expected excess of a quadratic objective along a run.

    Attributes:
        times: Numbers of steps, (n_times,).
        bias: What is left of the start, of each mode, (n_times, n).
        variance: What noise has added, of each mode, (n_times, n).
        floor: Limit of the variance of each mode, (n,).
    """

    times: np.ndarray
    bias: np.ndarray
    variance: np.ndarray
    floor: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """Expected excess, all modes together, (n_times,)."""
        return (self.bias + self.variance).sum(-1)


def relaxation_time(eigenvalue: Any, learning_rate: Any) -> np.ndarray:
    r"""Steps :math:`-1/\ln|1-\eta\lambda|` in which a mode falls by a factor e; infinite for a flat one.

    Args:
        eigenvalue: Curvature >= 0; arguments broadcast.
        learning_rate: Step size.

    Raises:
        UnstableStepError: If a mode grows.

    >>> relaxation_time([1.0, 0.1], 0.1).round(3).tolist()
    [9.491, 99.499]
    """
    curvature = _checks.real_array("eigenvalue", eigenvalue)
    x = curvature * _checks.real_array("learning_rate", learning_rate, low=0.0)
    check_stable_products(x)
    with np.errstate(divide="ignore"):
        logarithm = np.where(x < 0.5, np.log1p(-np.minimum(x, 0.5)), np.log(np.abs(1 - x)))
        return -1 / np.where(logarithm == 0, -0.0, logarithm)


def kept_fraction(eigenvalue: Any, learning_rate: Any, times: Any) -> np.ndarray:
    r"""What is left, :math:`(1-\eta\lambda)^t`, of the distance to the optimum; arguments broadcast.

    >>> round(float(kept_fraction(0.01, 0.5, 600)), 6)  # a flat direction after 600 steps
    0.049414
    """
    x = _checks.real_array("eigenvalue", eigenvalue) * _checks.real_array("learning_rate", learning_rate, low=0.0)
    return (1 - x) ** _checks.real_array("times", times, low=0.0)


def expected_loss(
    eigenvalues: Any, start: Any, noise_variances: Any, learning_rate: float, times: Any
) -> ExpectedLoss:
    """Expected excess of the objective along a run, taken apart into bias and variance and into modes.

    Args:
        eigenvalues: Curvatures (n,), flat ones allowed.
        start: Distance of the start from the optimum along each eigenvector, (n,).
        noise_variances: Variance of the gradient noise along each eigenvector, one number or (n,).
        learning_rate: Step size.
        times: Numbers of steps, (n_times,).

    Returns:
        ExpectedLoss: bias, variance and floor of each mode.

    Raises:
        UnstableStepError: If a mode grows.
        ValueError: If an argument is out of range.

    >>> curve = expected_loss([1.0, 0.01], [1.0, 1.0], 0.0, 0.5, [0, 10])
    >>> [[float(f"{x:.1e}") for x in row] for row in curve.bias]
    [[0.5, 0.005], [4.8e-07, 0.0045]]
    """
    values = np.atleast_1d(_checks.real_array("eigenvalues", eigenvalues))
    delta, variances = _checks.real_array("start", start), _checks.real_array("noise_variances", noise_variances, low=0)
    rate, steps = step_size(learning_rate), np.atleast_1d(_checks.real_array("times", times, low=0.0))
    check_stable(values, rate)
    x = rate * values
    left = (1 - x) ** (2 * steps[:, None])
    floor = rate * variances / (2 * (2 - x)) * np.where(values > 0, 1.0, 0.0)
    return ExpectedLoss(steps, values * left * delta**2 / 2, floor * (1 - left), floor)
