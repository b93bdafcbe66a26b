r"""How large the equilibrium cloud is: radii, volumes in the logarithm, and where its mass is.

With :math:`\mathrm{Var}_i=\eta s_i^2/(\lambda_i(2-\eta\lambda_i))`:

* the narrowest direction is the sharpest one, for isotropic noise; Equation 22, :math:`\sqrt{\eta s^2/\lambda_1}`,
  exceeds that width by :math:`\sqrt{2-\eta\lambda_1}`, and says nothing about the extent, which the flat directions
  make: the largest width, and the rms radius :math:`\sqrt{\sum\mathrm{Var}_i}`;
* the ellipsoid of one standard deviation has :math:`\log V=\log V_n+\frac12\sum\log\mathrm{Var}_i`,
  :math:`V_n=\pi^{n/2}/\Gamma(n/2+1)`: with the temperature in it to the power n/2, not 1/2 as in Equation 23;
* almost nothing is inside that ellipsoid in many dimensions.  The mass lies in a shell at :math:`\sqrt n` standard
  deviations, and the volume of the typical set is e to the entropy, :math:`(2\pi e)^{n/2}\prod\sqrt{\mathrm{Var}_i}`.

All volumes are natural logarithms: nothing overflows at any n.

Source: Glukhov (2024), Equations 22 and 23.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from lossland import _checks
from lossland.sgd.errors import IndefiniteMatrixError
from lossland.sgd.stationary import stationary_variance


class EquilibriumSize(NamedTuple):
    """Lengths of an equilibrium cloud.

    Attributes:
        variances: Stationary variance of each mode, (n,).
        narrowest: Least standard deviation.
        widest: Largest standard deviation.
        rms_radius: Root of the mean squared distance from the optimum.
        printed: The radius of Equation 22 as printed, with the variance of one coordinate.
    """

    variances: np.ndarray
    narrowest: float
    widest: float
    rms_radius: float
    printed: float


class TypicalShell(NamedTuple):
    """Where the squared distance from the optimum concentrates, in standard deviations of each mode.

    Attributes:
        radius: Root n.
        thickness: Standard deviation of the radius, to leading order 1 / sqrt(2).
        log_mass_inside: Natural logarithm of the probability of the ellipsoid of one standard deviation.
    """

    radius: float
    thickness: float
    log_mass_inside: float


def equilibrium_size(eigenvalues: Any, noise_variances: Any, learning_rate: float) -> EquilibriumSize:
    """Widths and radius of the equilibrium cloud of noisy descent.

    Args:
        eigenvalues: Curvatures (n,), positive.
        noise_variances: Variance of the gradient noise along each eigenvector, one number or (n,).
        learning_rate: Step size.

    Raises:
        FlatDirectionError: If an eigenvalue is not positive.
        UnstableStepError: If the step is too long.

    >>> size = equilibrium_size(np.logspace(0, -3, 100), 1.0, 0.1)
    >>> [round(x, 3) for x in (size.narrowest, size.widest, size.rms_radius, size.printed)]
    [0.229, 7.071, 27.229, 0.316]
    """
    values = np.atleast_1d(_checks.real_array("eigenvalues", eigenvalues))
    noise = np.broadcast_to(_checks.real_array("noise_variances", noise_variances, low=0.0), values.shape)
    variances = stationary_variance(values, noise, learning_rate)
    sharpest = int(np.argmax(values))
    printed = math.sqrt(learning_rate * noise[sharpest] / values[sharpest])
    std = np.sqrt(variances)
    return EquilibriumSize(variances, float(std.min()), float(std.max()), float(np.sqrt(variances.sum())), printed)


def log_ball_volume(dimension: int) -> float:
    """Logarithm of the volume of the unit ball.

    >>> round(math.exp(log_ball_volume(3)), 9) == round(4 * math.pi / 3, 9)
    True
    """
    n = _checks.integer("dimension", dimension, low=1)
    return n / 2 * math.log(math.pi) - float(special.gammaln(n / 2 + 1))


def log_ellipsoid_volume(variances: Any, *, radius: float = 1.0) -> float:
    """Logarithm of the volume of an ellipsoid whose semi-axes are so many standard deviations.

    Args:
        variances: Variances (n,) along the axes, positive.
        radius: Number of standard deviations.

    Raises:
        IndefiniteMatrixError: If a variance is not positive.

    >>> round(math.exp(log_ellipsoid_volume([0.1, 0.1, 0.1])), 5)
    0.13246
    """
    values = _variances(variances)
    radius = _checks.real_number("radius", radius, low=1e-300)
    return log_ball_volume(len(values)) + len(values) * math.log(radius) + float(np.log(values).sum()) / 2


def log_typical_volume(variances: Any) -> float:
    r"""Logarithm of the volume of the typical set of a normal law: its entropy,
    :math:`\frac n2\log2\pi e+\frac12\sum\log\mathrm{Var}_i`, in nats.

    Raises:
        IndefiniteMatrixError: If a variance is not positive.

    >>> round(log_typical_volume([1.0]), 6)
    1.418939
    """
    values = _variances(variances)
    return len(values) / 2 * math.log(2 * math.pi * math.e) + float(np.log(values).sum()) / 2


def log_printed_volume(eigenvalues: Any, noise_variance: float, learning_rate: float) -> float:
    r"""Logarithm of Equation 23 as printed, :math:`V_n(\eta s^2)^{1/2}\prod\lambda_i^{-1/2}`; read n/2 for 1/2.

    >>> round(math.exp(log_printed_volume([1.0, 1.0, 1.0], 0.01, 1.0)), 4)  # 4 pi / 3 times 0.1
    0.4189
    """
    values = _variances(eigenvalues, "eigenvalues")
    heat = _checks.real_number("learning_rate", learning_rate, low=1e-300) * _checks.real_number(
        "noise_variance", noise_variance, low=1e-300
    )
    return log_ball_volume(len(values)) + math.log(heat) / 2 - float(np.log(values).sum()) / 2


def log_mass_within(dimension: int, radius: float) -> float:
    r"""Logarithm of the probability that a standard normal vector is shorter than ``radius``; no underflow.

    The regularized incomplete gamma function :math:`P(n/2,r^2/2)`, by its series in the logarithm where it is small.

    Args:
        dimension: n.
        radius: In standard deviations.

    >>> round(log_mass_within(100, 1.0) / math.log(10), 2)
    -79.75
    """
    n = _checks.integer("dimension", dimension, low=1)
    x, a = _checks.real_number("radius", radius, low=1e-150) ** 2 / 2, n / 2
    if x > a:
        return float(np.log1p(-special.gammaincc(a, x)))
    term, total, k = 1.0, 1.0, 0
    while term > 1e-17 * total:
        k += 1
        term *= x / (a + k)
        total += term
    return a * math.log(x) - x - float(special.gammaln(a + 1)) + math.log(total)


def typical_shell(dimension: int) -> TypicalShell:
    """Where a normal law in many dimensions has its mass, in standard deviations.

    >>> shell = typical_shell(10_000)
    >>> shell.radius, round(shell.thickness, 3)
    (100.0, 0.707)
    """
    n = _checks.integer("dimension", dimension, low=1)
    mean = math.sqrt(2) * math.exp(float(special.gammaln((n + 1) / 2) - special.gammaln(n / 2)))
    spread = math.sqrt(n - mean**2) if n < 10**5 else math.sqrt(0.5)
    return TypicalShell(math.sqrt(n), spread, log_mass_within(n, 1.0))


def _variances(variances: Any, name: str = "variances") -> np.ndarray:
    values = np.atleast_1d(_checks.real_array(name, variances))
    if values.ndim != 1 or not values.size:
        raise ValueError(f"{name}: expected a vector, got shape {values.shape}")
    if np.any(values <= 0):
        raise IndefiniteMatrixError(f"{name}: expected positive numbers, got {values.min():g}: no volume")
    return values
