r"""How long gradient descent stays at a saddle: measured, and predicted by the linear part.

Along a direction of curvature :math:`\lambda<0` a deviation grows by :math:`1+\alpha|\lambda|` per step.  From
:math:`|y_0|` to a radius r it takes :math:`\ln(r/|y_0|)/\ln(1+\alpha|\lambda|)` steps: only logarithmic in the distance
from the stable manifold, infinite on it.  Starts on it have Lebesgue measure zero (Lee, Simchowitz, Jordan and Recht
2016), for steps :math:`\alpha<1/M`.
"""

from __future__ import annotations

import numpy as np

from lossland import _checks
from lossland.descent.surfaces import Surface


def predicted_escape_steps(offset, radius: float, learning_rate: float, curvature: float) -> np.ndarray | float:
    r"""Steps until a deviation along the unstable direction has grown to ``radius``, by the linear part.

    Args:
        offset: First deviation :math:`|y_0|>0` along that direction; 0 gives infinity.
        radius: Where the saddle counts as left.
        learning_rate: Step size.
        curvature: Eigenvalue :math:`\lambda<0` of the Hessian.

    Returns:
        Number of steps, not rounded; 0 for deviations beyond ``radius``.

    Raises:
        ValueError: If the curvature is not negative: then nothing leaves.

    >>> round(predicted_escape_steps(1e-8, 0.5, 0.1, -1.0), 1)
    186.0
    """
    offset = np.abs(_checks.real_array("offset", offset))
    radius = _checks.real_number("radius", radius, low=0.0)
    learning_rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    curvature = _checks.real_number("curvature", curvature)
    if curvature >= 0:
        raise ValueError(f"curvature: expected a negative eigenvalue, got {curvature:g}; nothing leaves along it")
    if not radius or not learning_rate:
        raise ValueError("radius and learning_rate: expected positive numbers, got 0")
    with np.errstate(divide="ignore"):
        steps = np.maximum(np.log(radius / offset) / np.log1p(learning_rate * -curvature), 0.0)
    return steps if steps.ndim else float(steps)


def escape_steps(
    surface: Surface, saddle, starts, learning_rate: float, *, radius: float = 0.5, max_steps: int = 10_000
) -> np.ndarray:
    """Measure when gradient descent leaves a saddle along its unstable directions.

    Args:
        surface: The function.
        saddle: Position of the critical point, (d,).
        starts: Starting points (..., d).
        learning_rate: Step size.
        radius: A run has left when its deviation within the unstable space is longer than this.
        max_steps: Where to give up.

    Returns:
        Step at which each run has left, (...); -1 if it has not.

    Raises:
        ValueError: If the Hessian at ``saddle`` has no negative eigenvalue.

    >>> from lossland.descent.surfaces import strict_saddle
    >>> escape_steps(strict_saddle(), [0.0, 0.0], [[1.0, 1e-4], [1.0, 0.0]], 0.1).tolist()
    [91, -1]
    """
    saddle, starts = _checks.real_array("saddle", saddle), _checks.real_array("starts", starts)
    learning_rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    radius = _checks.real_number("radius", radius, low=0.0)
    max_steps = _checks.integer("max_steps", max_steps, low=0)
    eigenvalues, modes = np.linalg.eigh(surface.hessian(saddle))
    unstable = modes[:, eigenvalues < 0]
    if not unstable.size:
        raise ValueError(f"saddle: expected a point with negative curvature, got least eigenvalue {eigenvalues[0]:.3g}")
    points = starts.reshape(-1, starts.shape[-1])
    left_at = np.full(len(points), -1)
    for step in range(max_steps + 1):
        gone = np.linalg.norm((points - saddle) @ unstable, axis=-1) > radius
        left_at[gone & (left_at < 0)] = step
        if np.all(left_at >= 0):
            break
        points = np.where(gone[:, None], points, points - learning_rate * surface.gradient(points))
    return left_at.reshape(starts.shape[:-1])
