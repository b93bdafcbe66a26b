r"""When to stop training again: the criterion that the paper sketches, with the ball that it needs.

The sketch: stop as soon as the iterates come into the cloud in which the network trained before moves.  What this cloud
is has to be said:

* ``covariance``: the ellipsoid :math:`(\theta-\theta^*)^{\mathsf T}\Sigma^{-1}(\theta-\theta^*)\le\chi^2_{D,q}` that
  holds the share q of a Gaussian cloud;
* ``radius``: a ball around :math:`\theta^*`, for instance of the rms radius :math:`\sqrt{\operatorname{tr}\Sigma}` or
  of the paper's :math:`R^*` (Equation 22), which is the width along the narrowest direction and holds almost no
  iterate in many dimensions.

The criterion compares with the OLD optimum.  A run that starts inside the cloud stops at once, whatever the new data
say; one that settles elsewhere, at another optimum or at another copy, never stops.

Source: Glukhov (2024), section 6.1, last paragraph; made definite here.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from lossland import _checks


class Stopping(NamedTuple):
    """Where a run was stopped.

    Attributes:
        step: Index of the iterate at which the criterion was met, -1 if it never was; (...).
        distance: Distance to the old optimum at every step in units of the cloud, (..., T); at most 1 inside.
    """

    step: np.ndarray
    distance: np.ndarray


def stopping_step(
    iterates: Any,
    center: Any,
    *,
    covariance: Any = None,
    radius: float | None = None,
    level: float = 0.95,
    patience: int = 1,
) -> Stopping:
    r"""First step at which the iterates have been in the cloud of the old optimum ``patience`` times in a row.

    Args:
        iterates: Parameters step by step, (..., T, D), aligned with the benchmark.
        center: The old optimum, (D,).
        covariance: Covariance (D, D) of its cloud, positive definite, or its diagonal (D,): the ellipsoid that holds
            ``level`` of a Gaussian cloud.
        radius: Radius of a ball instead.
        level: Share of the cloud that the ellipsoid holds, in (0, 1).
        patience: How many steps in a row have to be inside; the last of them is returned.

    Returns:
        Stopping: step, -1 for never, and distances in units of the cloud.

    Raises:
        ValueError: If shapes do not fit, not exactly one of covariance and radius is given, or a value is out of range.

    >>> path = np.array([[3.0, 0.0], [1.0, 0.0], [2.5, 0.0], [1.0, 1.0], [0.5, 0.0]])
    >>> int(stopping_step(path, [0.0, 0.0], radius=2.0).step)
    1
    >>> int(stopping_step(path, [0.0, 0.0], radius=2.0, patience=2).step)
    4
    >>> int(stopping_step(path, [0.0, 0.0], covariance=[0.01, 0.01]).step)
    -1
    """
    iterates, center = _checks.real_array("iterates", iterates), _checks.real_array("center", center)
    if iterates.ndim < 2 or center.shape != iterates.shape[-1:]:
        raise ValueError(
            f"iterates: expected (..., T, D) with D = {center.shape[-1] if center.ndim else 1} as in center, "
            f"got the shape {iterates.shape}"
        )
    patience = _checks.integer("patience", patience, low=1)
    if (covariance is None) == (radius is None):
        raise ValueError("covariance, radius: expected exactly one of the two, the ellipsoid or the ball")
    offsets = iterates - center
    if radius is not None:
        unit = _checks.real_number("radius", radius, low=0.0)
        if unit == 0:
            raise ValueError("radius: expected a positive number, got 0")
        distance = np.linalg.norm(offsets, axis=-1) / unit
    else:
        distance = np.linalg.norm(_whiten(offsets, covariance), axis=-1) / cloud_radius(len(center), level)
    return Stopping(_first_streak(distance <= 1, patience), distance)


def cloud_radius(dimension: int, level: float = 0.95) -> float:
    r"""Root of the quantile of :math:`\chi^2_D`: the radius, in standard deviations, that holds ``level`` of a cloud.

    Args:
        dimension: Number D of parameters.
        level: Share of a Gaussian cloud, in (0, 1).

    Raises:
        ValueError: If an argument is out of range.

    >>> round(cloud_radius(4), 3), round(cloud_radius(1000), 1)
    (3.08, 32.8)
    """
    dimension = _checks.integer("dimension", dimension, low=1)
    level = _checks.real_number("level", level, low=0.0, high=1.0)
    if level in (0.0, 1.0):
        raise ValueError(f"level: expected a number between 0 and 1, got {level:g}")
    return math.sqrt(stats.chi2.ppf(level, dimension))


def _whiten(offsets: np.ndarray, covariance) -> np.ndarray:
    """Offsets in standard deviations of the cloud."""
    covariance = _checks.real_array("covariance", covariance)
    d = offsets.shape[-1]
    if covariance.shape == (d,):
        if covariance.min() <= 0:
            raise ValueError("covariance: expected positive variances; along a flat direction there is no cloud")
        return offsets / np.sqrt(covariance)
    if covariance.shape != (d, d) or not np.allclose(covariance, covariance.T, rtol=1e-8, atol=0):
        raise ValueError(f"covariance: expected a symmetric matrix ({d}, {d}) or a diagonal ({d},), got the shape "
                         f"{covariance.shape}")  # fmt: skip
    values, vectors = np.linalg.eigh(covariance)
    if values[0] <= 0:
        raise ValueError(f"covariance: expected it positive definite, got the eigenvalue {values[0]:g}")
    return offsets @ vectors / np.sqrt(values)


def _first_streak(inside: np.ndarray, patience: int) -> np.ndarray:
    """Index of the end of the first run of ``patience`` true entries, -1 if there is none."""
    count = np.cumsum(np.concatenate([np.zeros((*inside.shape[:-1], 1), int), inside], axis=-1), axis=-1)
    if inside.shape[-1] < patience:
        return np.full(inside.shape[:-1], -1)
    streak = count[..., patience:] - count[..., :-patience] == patience
    return np.where(streak.any(axis=-1), streak.argmax(axis=-1) + patience - 1, -1)
