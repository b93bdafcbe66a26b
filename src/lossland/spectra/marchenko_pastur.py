r"""The Marchenko-Pastur law: eigenvalues of :math:`XX^{\mathsf T}/N` for an n x N matrix of independent entries.

With :math:`\gamma=n/N` and entries of mean 0 and variance :math:`s^2`,

.. math::
   \rho(x)=\frac{\sqrt{(b-x)(x-a)}}{2\pi\gamma s^2x},\qquad a,b=s^2(1\mp\sqrt\gamma)^2,

and, when :math:`\gamma>1`, a share :math:`1-1/\gamma` of eigenvalues that are exactly 0: as in a network with more
parameters than data.  Source: Marchenko and Pastur (1967).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lossland import _checks

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(200)


@dataclass(frozen=True)
class MarchenkoPastur:
    """The law of a ratio (rows over columns) and a variance of the entries.

    Attributes:
        ratio: The number gamma.
        variance: Variance of the entries.

    Raises:
        ValueError: If a parameter is not positive.

    >>> law = MarchenkoPastur(4.0)
    >>> law.edges, law.atom
    ((1.0, 9.0), 0.75)
    """

    ratio: float
    variance: float = 1.0

    def __post_init__(self) -> None:
        for name in ("ratio", "variance"):
            if _checks.real_number(name, getattr(self, name), low=0.0) == 0:
                raise ValueError(f"{name}: expected a number > 0, got 0")

    @property
    def edges(self) -> tuple[float, float]:
        """Ends of the continuous part."""
        return tuple(self.variance * (1 + sign * math.sqrt(self.ratio)) ** 2 for sign in (-1, 1))

    @property
    def atom(self) -> float:
        """Share of eigenvalues that are 0."""
        return max(0.0, 1 - 1 / self.ratio)

    def density(self, x) -> np.ndarray:
        """Density of the continuous part at ``x``, any shape; it integrates to 1 less the atom."""
        x = _checks.real_array("x", x)
        low, high = self.edges
        inside = (x > low) & (x < high) & (x > 0)
        x = np.where(inside, x, (low + high) / 2)
        return np.where(inside, np.sqrt((high - x) * (x - low)) / (2 * math.pi * self.ratio * self.variance * x), 0.0)

    def cdf(self, x) -> np.ndarray:
        """Share of eigenvalues at or below ``x``, any shape, the atom included."""
        x = _checks.real_array("x", x)
        low, high = self.edges
        end = np.arcsin(np.sqrt(np.clip((x - low) / (high - low), 0.0, 1.0)))[..., None]  # x = a + (b-a) sin^2
        angle = end / 2 * (_NODES + 1)
        points = low + (high - low) * np.sin(angle) ** 2
        slope = (high - low) * np.sin(2 * angle)
        return np.sum(self.density(points) * slope * _WEIGHTS, axis=-1) * end[..., 0] / 2 + self.atom * (x >= 0)


def fit_marchenko_pastur(eigenvalues, ratio: float) -> MarchenkoPastur:
    """The law of a known ratio whose continuous part has the median of the eigenvalues that are not 0.

    Args:
        eigenvalues: Eigenvalues of a matrix without negative ones; outliers move the median little.
        ratio: Rows over columns of the matrix that was multiplied with its transpose.

    Returns:
        MarchenkoPastur: with the variance that fits (Gavish and Donoho 2014).

    Raises:
        ValueError: If no eigenvalue is positive.

    >>> round(fit_marchenko_pastur([0.0, 3.0, 3.0, 3.0], 0.001).variance, 2)
    3.0
    """
    eigenvalues = _checks.real_array("eigenvalues", eigenvalues).ravel()
    law = MarchenkoPastur(ratio)
    positive = np.sort(eigenvalues)[::-1][: max(1, round(len(eigenvalues) * (1 - law.atom)))]
    if positive.size == 0 or positive[-1] < 0 or np.median(positive) <= 0:
        raise ValueError("eigenvalues: expected none below 0 and some above")
    return MarchenkoPastur(ratio, float(np.median(positive)) / _median(law))


def _median(law: MarchenkoPastur) -> float:
    from scipy.optimize import brentq

    half = law.atom + (1 - law.atom) / 2
    return brentq(lambda x: float(law.cdf(x)) - half, *law.edges, xtol=1e-12)
