r"""Noise of the gradient, :math:`\epsilon=b+F\xi`, with independent coordinates :math:`\xi` of one law.

===============  ================================================================  =================
law              coordinates :math:`\xi_i`                                          excess kurtosis
===============  ================================================================  =================
``normal``       standard normal                                                   0
``two-point``    :math:`\pm1` with probability 1/2                                 -2
``uniform``      uniform on :math:`[-\sqrt3,\sqrt3]`                               -1.2
``stable``       symmetric stable, :math:`\mathbb Ee^{ik\xi}=e^{-|k|^\alpha}`       variance infinite
===============  ================================================================  =================

All but the last have variance 1, so that :math:`C=FF^{\mathsf T}` is the covariance.  Three cases of C tell the stories
of the paper: :math:`C\propto I` (isotropic, Equation 22), :math:`C\propto H` (well-specified likelihood near its
optimum, what Equation 25 needs), :math:`C\propto H^2` (shifts of the optimum, Equation 4).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.sgd.symmetric import covariance_matrix, spectral_power, symmetric_matrix

LAWS = ("normal", "two-point", "uniform", "stable")
_KURTOSIS = {"normal": 0.0, "two-point": -2.0, "uniform": -1.2}


class GradientNoise(NamedTuple):
    """A law of gradient noise that does not depend on the parameters.

    Attributes:
        factor: F (n, n).
        bias: Mean b (n,).
        law: Law of the coordinates, one of ``LAWS``.
        tail_index: 2 where the variance is finite, else the index of the stable law, in (0, 2).
    """

    factor: np.ndarray
    bias: np.ndarray
    law: str = "normal"
    tail_index: float = 2.0

    @property
    def dimension(self) -> int:
        """Number of parameters."""
        return len(self.bias)

    @property
    def covariance(self) -> np.ndarray:
        """Covariance (n, n); a ``ValueError`` for stable noise, which has none."""
        if self.law == "stable":
            raise ValueError(f"noise: expected a finite variance, got a stable law of index {self.tail_index:g}")
        return self.factor @ self.factor.T

    @property
    def excess_kurtosis(self) -> float:
        """Excess kurtosis of a coordinate; infinite for stable noise."""
        return _KURTOSIS.get(self.law, np.inf)


def isotropic_noise(dimension: int, std: float = 1.0, *, law: str = "normal") -> GradientNoise:
    """Noise with independent coordinates of one standard deviation: C = std^2 I.

    Args:
        dimension: Number n of parameters.
        std: Standard deviation s of EACH coordinate; the expected squared norm of the noise is n s^2.
        law: "normal", "two-point" or "uniform".

    Raises:
        ValueError: If an argument is out of range.

    >>> isotropic_noise(2, 3.0).covariance.tolist()
    [[9.0, 0.0], [0.0, 9.0]]
    """
    n = _checks.integer("dimension", dimension, low=1)
    return GradientNoise(_checks.real_number("std", std, low=0.0) * np.eye(n), np.zeros(n), _finite(law))


def covariance_noise(covariance: Any, *, law: str = "normal") -> GradientNoise:
    """Noise with a given covariance; F is its symmetric square root.

    Raises:
        AsymmetricMatrixError: If ``covariance`` is not symmetric.
        IndefiniteMatrixError: If it has a negative eigenvalue.

    >>> bool(np.allclose(covariance_noise([[2.0, 1.0], [1.0, 2.0]]).covariance, [[2, 1], [1, 2]]))
    True
    """
    matrix = covariance_matrix("covariance", covariance)
    return GradientNoise(spectral_power(matrix, 0.5), np.zeros(len(matrix)), _finite(law))


def hessian_noise(hessian: Any, power: float = 1.0, *, scale: float = 1.0, law: str = "normal") -> GradientNoise:
    r"""Noise with covariance :math:`C=\mathrm{scale}\cdot H^{\mathrm{power}}`.

    Args:
        hessian: Symmetric H (n, n) without negative eigenvalues.
        power: Exponent g: 0 is isotropic, 1 the Hessian itself, 2 its square.
        scale: Factor of the covariance.
        law: "normal", "two-point" or "uniform".

    Raises:
        IndefiniteMatrixError: If ``hessian`` has a negative eigenvalue.
        ValueError: If ``power`` or ``scale`` is negative.

    >>> hessian_noise(np.diag([4.0, 1.0]), 2, scale=0.5).covariance.round(12).tolist()
    [[8.0, 0.0], [0.0, 0.5]]
    """
    matrix = covariance_matrix("hessian", hessian)
    power = _checks.real_number("power", power, low=0.0)
    scale = _checks.real_number("scale", scale, low=0.0)
    return GradientNoise(np.sqrt(scale) * spectral_power(matrix, power / 2), np.zeros(len(matrix)), _finite(law))


def stable_noise(dimension: int, tail_index: float, scale: float = 1.0) -> GradientNoise:
    r"""Heavy tails: independent symmetric stable coordinates, :math:`\mathbb Ee^{ik\epsilon}=e^{-|\gamma k|^\alpha}`.

    Args:
        dimension: Number of parameters.
        tail_index: :math:`\alpha\in(0,2)`; 1 is the Cauchy law, tails fall as :math:`|\epsilon|^{-1-\alpha}`.
        scale: :math:`\gamma`.

    Raises:
        ValueError: If an argument is out of range.

    >>> stable_noise(1, 1.0).law
    'stable'
    """
    n = _checks.integer("dimension", dimension, low=1)
    index = _checks.real_number("tail_index", tail_index, low=1e-3, high=2.0)
    if index == 2:
        raise ValueError("tail_index: expected a number below 2, got 2; that is normal noise, see isotropic_noise")
    return GradientNoise(_checks.real_number("scale", scale, low=0.0) * np.eye(n), np.zeros(n), "stable", index)


def biased_noise(noise: GradientNoise, bias: Any) -> GradientNoise:
    """The same noise with a mean: a gradient that is wrong on average.

    Raises:
        ValueError: If ``bias`` is not a vector of n numbers.

    >>> biased_noise(isotropic_noise(2), [0.1, 0.0]).bias.tolist()
    [0.1, 0.0]
    """
    shift = _checks.real_array("bias", bias)
    if shift.shape != (noise.dimension,):
        raise ValueError(f"bias: expected shape {(noise.dimension,)}, got {shift.shape}")
    return noise._replace(bias=noise.bias + shift)


def batch_noise(noise: GradientNoise, batch_size: int) -> GradientNoise:
    r"""The mean of a batch of independent draws: its scale goes as :math:`B^{-1/2}`, :math:`B^{1/\alpha-1}` if stable.

    At :math:`\alpha=1` (Cauchy) batches do not help at all, and below they make it worse.

    Raises:
        ValueError: If the law of the sum is not one of ``LAWS``: only normal and stable laws keep their form.

    >>> float(batch_noise(stable_noise(1, 1.0), 100).factor[0, 0])
    1.0
    """
    size = _checks.integer("batch_size", batch_size, low=1)
    if noise.law not in ("normal", "stable"):
        raise ValueError(f"noise: expected a law that sums keep, 'normal' or 'stable', got {noise.law!r}")
    return noise._replace(factor=noise.factor * size ** (1 / noise.tail_index - 1))


def noise_exponent(hessian: Any, noise_covariance: Any) -> float:
    r"""Exponent g with which the noise grows with the curvature: slope of :math:`\log q_i^{\mathsf T}Cq_i` on
    :math:`\log\lambda_i`.

    The stationary variance then goes as :math:`\lambda^{g-1}`: round where g = 1.

    Args:
        hessian: Symmetric H (n, n) with at least two different positive eigenvalues; others are left out.
        noise_covariance: Covariance C (n, n) of the gradient.

    Raises:
        ValueError: If fewer than two different eigenvalues are positive, or the noise vanishes along one of them.

    >>> h = np.diag([1.0, 0.1, 0.01])
    >>> round(noise_exponent(h, h @ h), 12)
    2.0
    """
    matrix = symmetric_matrix("hessian", hessian)
    covariance = covariance_matrix("noise_covariance", noise_covariance, len(matrix))
    values, vectors = np.linalg.eigh(matrix)
    along = np.einsum("ij,ik,kj->j", vectors, covariance, vectors)
    curved = values > 1e-10 * np.abs(values).max()
    x, y = values[curved], along[curved]
    if x.size < 2 or np.ptp(x) <= 1e-9 * x.max() or np.any(y <= 0):
        raise ValueError("hessian: expected two different positive eigenvalues with noise along them to fit a slope")
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def _finite(law: str) -> str:
    if law not in _KURTOSIS:
        raise ValueError(f"law: expected one of {', '.join(map(repr, _KURTOSIS))}, got {law!r}; see also stable_noise")
    return law
