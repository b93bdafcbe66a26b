r"""The exact stationary law of noisy descent in one dimension, without a simulation.

One step takes x to a normal law with mean :math:`x-\eta J'(x)` and standard deviation :math:`\eta s`.  On a fine grid
the integral over this kernel is a matrix, by the trapezoid rule, which converges faster than any power for smooth
decaying functions; the stationary density is its fixed vector.  This is what both the Boltzmann law and a histogram of
runs are to be compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lossland import _checks
from lossland.sgd.symmetric import step_size

_COARSEST = 0.75  # spacing over the standard deviation of a step
_LARGEST = 4000


def iterate_density(
    gradient: Callable[[np.ndarray], np.ndarray], grid: Any, learning_rate: float, noise_std: float
) -> np.ndarray:
    r"""Stationary density of :math:`x\leftarrow x-\eta(J'(x)+s\xi)`, normal noise, at the points of a grid.

    Args:
        gradient: J' at points (m,).
        grid: Equally spaced points (m,) that cover all of the law, at most 4,000, spaced below 0.75 eta s.
        learning_rate: Step size.
        noise_std: Standard deviation s of the gradient noise.

    Returns:
        Density (m,); its sum times the spacing is 1.

    Raises:
        ValueError: If the grid is not equally spaced, too coarse or too large, or the law reaches its ends.

    >>> x = np.linspace(-2, 2, 401)
    >>> p = iterate_density(lambda x: x, x, 0.1, 1.0)
    >>> round(float((p * x**2).sum() * 0.01), 9)  # eta s^2 / (lambda (2 - eta lambda))
    0.052631579
    """
    points = _checks.real_array("grid", grid)
    if points.ndim != 1 or not 3 <= len(points) <= _LARGEST:
        raise ValueError(f"grid: expected 3 to {_LARGEST} points, got shape {points.shape}")
    spacing = np.diff(points)
    if spacing.min() <= 0 or np.ptp(spacing) > 1e-9 * np.abs(points).max():
        raise ValueError("grid: expected equally spaced, increasing points")
    width = step_size(learning_rate) * _checks.real_number("noise_std", noise_std, low=1e-300)
    h = float(spacing.mean())
    if h > _COARSEST * width:
        raise ValueError(
            f"grid: expected a spacing below {_COARSEST * width:g}, a part of the length of a random step, got {h:g}"
        )
    slope = _checks.real_array("gradient", gradient(points))
    if slope.shape != points.shape:
        raise ValueError(f"gradient: expected shape {points.shape}, got {slope.shape}")
    distance = (points[:, None] - (points - learning_rate * slope)) / width
    kernel = np.exp(-(distance**2) / 2)
    reach = kernel.sum(0)
    kernel /= np.where(reach > 0, reach, 1.0)
    system = kernel - np.eye(len(points))
    system[0] = 1.0
    right = np.zeros(len(points))
    right[0] = 1.0
    masses = np.linalg.solve(system, right)
    if max(abs(masses[0]), abs(masses[-1])) > 1e-6 * masses.max():
        raise ValueError("grid: expected the law to vanish at both ends, got mass there; widen the grid")
    return np.maximum(masses, 0.0) / np.maximum(masses, 0.0).sum() / h
