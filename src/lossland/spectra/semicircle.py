r"""Wigner's semicircle: where the eigenvalues of a large symmetric matrix of independent entries are.

.. math:: \rho(x)=\frac{2}{\pi R^2}\sqrt{R^2-(x-c)^2},\qquad |x-c|\le R .

An n x n matrix with independent entries of mean 0 and standard deviation s off the diagonal has :math:`R=2s\sqrt n`,
:math:`c=0`.  Source: Wigner (1958), *On the distribution of the roots of certain symmetric matrices*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lossland import _checks


@dataclass(frozen=True)
class Semicircle:
    """The semicircle law of a radius and a center.

    Raises:
        ValueError: If the radius is not positive.

    >>> law = Semicircle(2.0)
    >>> law.edges
    (-2.0, 2.0)
    >>> float(law.density(0.0) * np.pi)
    1.0
    """

    radius: float
    center: float = 0.0

    def __post_init__(self) -> None:
        if _checks.real_number("radius", self.radius, low=0.0) == 0:
            raise ValueError("radius: expected a number > 0, got 0")
        _checks.real_number("center", self.center)

    @property
    def edges(self) -> tuple[float, float]:
        """Ends of the support."""
        return self.center - self.radius, self.center + self.radius

    def density(self, x) -> np.ndarray:
        """Density at ``x``, any shape; 0 outside."""
        t = (_checks.real_array("x", x) - self.center) / self.radius
        return 2 / (math.pi * self.radius) * np.sqrt(np.maximum(1 - t**2, 0.0))

    def cdf(self, x) -> np.ndarray:
        """Share of eigenvalues at or below ``x``, any shape."""
        t = np.clip((_checks.real_array("x", x) - self.center) / self.radius, -1.0, 1.0)
        return 0.5 + (t * np.sqrt(1 - t**2) + np.arcsin(t)) / math.pi


def wigner_radius(size: int, entry_std: float) -> float:
    r"""Radius :math:`2s\sqrt n` for an n x n matrix with entries of standard deviation s off the diagonal.

    >>> wigner_radius(100, 0.1)
    2.0
    """
    size = _checks.integer("size", size, low=1)
    return 2 * _checks.real_number("entry_std", entry_std, low=0.0) * math.sqrt(size)


def fit_semicircle(eigenvalues) -> Semicircle:
    """The semicircle with the median and the quartiles of some eigenvalues; a few outliers do not move it.

    Args:
        eigenvalues: At least four numbers that are not all equal.

    Returns:
        Semicircle: the quartiles of the law of radius 1 are at -0.404 and 0.404.

    Raises:
        ValueError: If the quartiles coincide.

    >>> law = fit_semicircle([-2.0, -1.0, 0.0, 1.0, 2.0, 500.0])
    >>> round(law.center, 3)
    0.5
    """
    low, middle, high = _quartiles(eigenvalues)
    return Semicircle(float((high - low) / (2 * _QUARTILE)), float(middle))


_QUARTILE = 0.40397275329951721  # x with x sqrt(1 - x^2) + arcsin(x) = pi / 4


def _quartiles(eigenvalues) -> np.ndarray:
    eigenvalues = _checks.real_array("eigenvalues", eigenvalues).ravel()
    if eigenvalues.size < 4:
        raise ValueError(f"eigenvalues: expected at least 4, got {eigenvalues.size}")
    quartiles = np.quantile(eigenvalues, [0.25, 0.5, 0.75])
    if quartiles[0] == quartiles[2]:
        raise ValueError(f"eigenvalues: expected quartiles that differ, got {quartiles[0]:g} twice")
    return quartiles
