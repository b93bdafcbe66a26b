r"""Closed-form Gaussian moments of activations.

For :math:`u_1\sim\mathcal N(0,q_1)`, :math:`u_2\sim\mathcal N(0,q_2)` with correlation :math:`c`:

====================  ===================================================================
``covariance``        :math:`\mathbb E\,\sigma(u_1)\sigma(u_2)`
``slope_covariance``  :math:`\mathbb E\,\sigma'(u_1)\sigma'(u_2)`
``variance_slope``    :math:`\frac{d}{dq}\mathbb E\,\sigma(u)^2` for :math:`u\sim\mathcal N(0,q)`
``decorrelation``     :math:`\mathbb E\,\sigma(u_1)^2-\mathbb E\,\sigma(u_1)\sigma(u_2)` at
                      :math:`q_1=q_2=q`, :math:`c=1-d`, without cancellation for small :math:`d`
====================  ===================================================================

Sources: rectifiers, Cho and Saul (2009), equation 6; erf, Williams (1998), equation 11; the sine by
expanding it into exponentials.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class ClosedMoments(NamedTuple):
    """Four functions of float64 arrays: see the module's table.  Arguments broadcast."""

    covariance: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]  # (c, q1, q2)
    slope_covariance: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]  # (c, q1, q2)
    variance_slope: Callable[[np.ndarray], np.ndarray]  # (q)
    decorrelation: Callable[[np.ndarray, np.ndarray], np.ndarray]  # (d, q)


def _sine_minus_angle_cosine(angle: np.ndarray) -> np.ndarray:
    """Return sin(t) - t cos(t) = t^3/3 - t^5/30 + ..., by its series where the difference would cancel."""
    t2 = angle * angle
    series = angle * t2 * (1 / 3 - t2 * (1 / 30 - t2 * (1 / 840 - t2 * (1 / 45360 - t2 / 3991680))))
    return np.where(angle < 0.3, series, np.sin(angle) - angle * np.cos(angle))


def rectifier(slope: float) -> ClosedMoments:
    """Moments of ``max(z, slope * z)`` for ``slope`` in [0, 1] (any real slope on the negative side)."""
    gap = (1 - slope) ** 2

    def covariance(c, q1, q2):
        angle = np.arccos(c)
        return np.sqrt(q1 * q2) * (slope * c + gap * (np.sin(angle) + c * (np.pi - angle)) / (2 * np.pi))

    def slope_covariance(c, q1, q2):
        probability = (np.pi - np.arccos(c)) / (2 * np.pi)  # both positive
        return slope + gap * probability + 0 * (q1 + q2)

    def decorrelation(d, q):
        angle = 2 * np.arcsin(np.sqrt(d / 2))
        return q * (slope * d + gap * (np.pi * d - _sine_minus_angle_cosine(angle)) / (2 * np.pi))

    return ClosedMoments(covariance, slope_covariance, lambda q: (1 + slope**2) / 2 + 0 * q, decorrelation)


LINEAR = ClosedMoments(
    lambda c, q1, q2: c * np.sqrt(q1 * q2),
    lambda c, q1, q2: 1.0 + 0 * (c + q1 + q2),
    lambda q: 1.0 + 0 * q,
    lambda d, q: d * q,
)


def _erf_decorrelation(d, q):
    x1, x2 = 2 * q / (1 + 2 * q), 2 * q * (1 - d) / (1 + 2 * q)
    # arcsin x1 - arcsin x2 = arctan2(sine, cosine) of the difference; the sine by its conjugate for small d
    y1, y2 = np.sqrt(1 - x1 * x1), np.sqrt(1 - x2 * x2)
    total = x1 * y2 + x2 * y1
    with np.errstate(divide="ignore", invalid="ignore"):
        conjugate = 2 * q * d / (1 + 2 * q) * (x1 + x2) / total
    sine = np.where((d < 0.5) & (total > 0), conjugate, x1 * y2 - x2 * y1)
    return 2 / np.pi * np.arctan2(sine, y1 * y2 + x1 * x2)


ERF = ClosedMoments(
    lambda c, q1, q2: 2 / np.pi * np.arcsin(2 * c * np.sqrt(q1 * q2) / np.sqrt((1 + 2 * q1) * (1 + 2 * q2))),
    lambda c, q1, q2: 4 / np.pi / np.sqrt(1 + 2 * q1 + 2 * q2 + 4 * q1 * q2 * (1 - c * c)),
    lambda q: 4 / np.pi / ((1 + 2 * q) * np.sqrt(1 + 4 * q)),
    _erf_decorrelation,
)


def _sin_covariance(c, q1, q2):
    mean, product = (q1 + q2) / 2, c * np.sqrt(q1 * q2)
    return 0.5 * (np.exp(product - mean) - np.exp(-product - mean))


def _sin_slope_covariance(c, q1, q2):
    mean, product = (q1 + q2) / 2, c * np.sqrt(q1 * q2)
    return 0.5 * (np.exp(product - mean) + np.exp(-product - mean))


SIN = ClosedMoments(
    _sin_covariance,
    _sin_slope_covariance,
    lambda q: np.exp(-2 * q),
    lambda d, q: -0.5 * (1 + np.exp(-q * (2 - d))) * np.expm1(-q * d),
)
