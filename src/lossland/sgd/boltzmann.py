r"""The Boltzmann law of noisy descent, its temperature, and the first correction in the step.

For isotropic noise of variance :math:`s^2` in each coordinate and small steps the stationary law is
:math:`P\propto e^{-J/T}` with

.. math:: T=\frac{\eta s^2}2,\qquad\text{exactly}\quad\frac{\eta s^2}{2-\eta\lambda}\quad\text{on a quadratic mode}.

Equation 21 has :math:`\beta^{-1}\sim\eta\|\epsilon\|^2`: twice that with the variance of one coordinate, 2n times with
the squared norm of the n-vector.  To first order in the step at fixed temperature the law is that of another objective,

.. math:: J_\eta=J-\frac\eta4|\nabla J|^2+\frac{\eta T}2\Delta J,

from the expansion of the transition operator (normal noise).  The Boltzmann law is off by O(eta) in total variation,
the corrected one by O(eta^2), at fixed T as at fixed s, where T falls with :math:`\eta`.
It needs an objective that confines, and noise that is isotropic: with another C the law of a quadratic is normal with
the covariance of :func:`~lossland.sgd.stationary.stationary_covariance`, which is no function of J.

Source: Glukhov (2024), Equations 20 and 21; correction derived here, one-dimensional case in Leimkuhler and Matthews
(2013).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks
from lossland.sgd.symmetric import check_stable_products


def effective_temperature(learning_rate: Any, noise_variance: Any, *, eigenvalue: Any = 0.0) -> np.ndarray:
    r"""Temperature :math:`\eta s^2/(2-\eta\lambda)`; half of :math:`\eta s^2` for small steps.  Arguments broadcast.

    Args:
        learning_rate: Step size; doubling it doubles the temperature.
        noise_variance: Variance of the gradient noise in ONE coordinate; doubling the batch halves it.
        eigenvalue: Curvature of the mode; 0 for the limit of small steps.

    Raises:
        UnstableStepError: If a product of step and curvature is 2 or more.

    >>> float(effective_temperature(0.1, 1.0)), float(effective_temperature(0.1, 1.0, eigenvalue=10.0))
    (0.05, 0.1)
    """
    rate = _checks.real_array("learning_rate", learning_rate, low=0.0)
    variance = _checks.real_array("noise_variance", noise_variance, low=0.0)
    x = rate * _checks.real_array("eigenvalue", eigenvalue, low=0.0)
    check_stable_products(x)
    return rate * variance / (2 - x)


def boltzmann_density(energies: Any, volumes: Any, temperature: float) -> np.ndarray:
    """Density proportional to exp(-J / T) on a grid, of mass 1; nothing overflows.

    Args:
        energies: J at the cells of a grid.
        volumes: Their volumes, of the same shape, or one number.
        temperature: T > 0.

    Raises:
        ValueError: If the temperature is not positive.

    >>> boltzmann_density([0.0, 1e6], 1.0, 1.0).tolist()
    [1.0, 0.0]
    """
    energy = _checks.real_array("energies", energies)
    volume = np.broadcast_to(_checks.real_array("volumes", volumes, low=0.0), energy.shape)
    temperature = _checks.real_number("temperature", temperature, low=1e-300)
    weights = np.exp(-(energy - energy.min()) / temperature)
    return weights / np.sum(weights * volume)


def corrected_energy(
    energies: Any, squared_gradients: Any, laplacians: Any, learning_rate: float, noise_variance: float
) -> np.ndarray:
    r"""The objective :math:`J-\frac\eta4|\nabla J|^2+\frac{\eta^2s^2}4\Delta J` whose Boltzmann law is right to first
    order in the step.

    On a quadratic it is exact: :math:`\lambda(1-\eta\lambda/2)` in place of :math:`\lambda`.  It is to be
    used where the gradient is moderate: far out, for an objective that grows faster than a quadratic, it turns down.

    Args:
        energies: J at points.
        squared_gradients: Squared norm of its gradient there.
        laplacians: Trace of its Hessian there.
        learning_rate: Step size.
        noise_variance: Variance of the gradient noise in one coordinate.

    >>> float(corrected_energy(0.5, 1.0, 0.0, 0.1, 1.0))
    0.475
    """
    rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    variance = _checks.real_number("noise_variance", noise_variance, low=0.0)
    energy = _checks.real_array("energies", energies)
    squares = _checks.real_array("squared_gradients", squared_gradients)
    return energy - rate / 4 * squares + rate**2 * variance / 4 * _checks.real_array("laplacians", laplacians)


def total_variation(first: Any, second: Any, volumes: Any = 1.0) -> float:
    """Half the integral of the absolute difference of two densities: the largest difference of probabilities.

    Args:
        first: Density on a grid, or masses if ``volumes`` is 1.
        second: The other one, of the same shape.
        volumes: Volumes of the cells.

    Raises:
        ValueError: If the shapes differ.

    >>> total_variation([1.0, 0.0], [0.0, 1.0])
    1.0
    """
    p, q = _checks.real_array("first", first), _checks.real_array("second", second)
    if p.shape != q.shape:
        raise ValueError(f"second: expected shape {p.shape}, got {q.shape}")
    return float(np.sum(np.abs(p - q) * _checks.real_array("volumes", volumes)) / 2)


def fit_temperature(densities: Any, energies: Any, *, least_share: float = 1e-3) -> float:
    r"""Temperature of a measured density: minus one over the slope of its logarithm on the energy.

    Cells count with weight P, which is inversely proportional to the variance of :math:`\log P` in a histogram.

    Args:
        densities: Measured density, or counts in cells of one size.
        energies: J at the same cells.
        least_share: Cells below this share of the largest density are left out.

    Raises:
        ValueError: If the cells that are left all have one energy.

    >>> energy = np.linspace(-1, 1, 21) ** 2
    >>> round(fit_temperature(np.exp(-energy / 0.3), energy), 9)
    0.3
    """
    p, energy = _checks.real_array("densities", densities, low=0.0), _checks.real_array("energies", energies)
    share = _checks.real_number("least_share", least_share, low=0.0, high=1.0)
    kept = p > share * p.max()
    weights, x, y = p[kept], energy[kept], np.log(p[kept])
    if x.size < 2 or np.ptp(x) == 0:
        raise ValueError("energies: expected at least two different ones where the density is not negligible")
    centered = x - np.average(x, weights=weights)
    slope = np.sum(weights * centered * y) / np.sum(weights * centered**2)
    return float(-1 / slope)
