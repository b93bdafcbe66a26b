r"""How far the quadratic picture reaches: the loss along a line against its expansion at the point.

.. math:: Q(d)=L(\theta)+g\cdot d+\tfrac12d^{\mathsf T}Hd .

The loss of a network with an analytic activation is analytic; what fails away from the point is this one quadratic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossland import _checks

if TYPE_CHECKING:
    from lossland.spectra.curvature import CurvatureOperator


class QuadraticModel(NamedTuple):
    """A loss along a line, and its quadratic model at the start of it.

    Attributes:
        steps: Positions t on the line.
        loss: Loss at the point plus t times the direction.
        model: Value of the quadratic model there.
        slope: Derivative of the loss along the direction at t = 0.
        curvature: Second derivative along the direction at t = 0.
    """

    steps: np.ndarray
    loss: np.ndarray
    model: np.ndarray
    slope: float
    curvature: float


def quadratic_model(operator: CurvatureOperator, direction, steps) -> QuadraticModel:
    """Compare the loss along a line with its expansion to second order.

    Args:
        operator: The Hessian at the point.
        direction: Vector of parameters (n,), a tensor on the device and in the dtype of the parameters.
        steps: Positions t, (n_steps,).

    Returns:
        QuadraticModel: both losses at all steps.

    Raises:
        ValueError: If the operator is no Hessian, or shapes do not fit.
    """
    if operator.kind != "hessian":
        raise ValueError(f"operator: expected a Hessian, got {operator.kind}")
    steps = np.atleast_1d(_checks.real_array("steps", steps))
    curvature = float(direction @ (operator @ direction))
    slope = float(direction @ operator.gradient())
    loss = np.array([operator.loss_at(float(t) * direction) for t in steps])
    return QuadraticModel(steps, loss, operator.loss() + slope * steps + curvature / 2 * steps**2, slope, curvature)
