r"""Index against energy: the higher a critical point, the more directions lead down from it.

At a critical point of energy nu the Hessian on the sphere is a matrix of the Gaussian orthogonal ensemble, shifted
by :math:`-Hu`: its eigenvalues fill a semicircle of radius :math:`2\sqrt{H(H-1)}=HE_\infty` around :math:`-Hu`.  So
the fraction of negative eigenvalues is the distribution function of a semicircle of radius :math:`E_\infty`, at u.
Sources: Auffinger, Ben Arous and Černý (2013), Lemma 3.2; Cavagna, Giardina and Parisi (1998), *Stationary points
of the Thouless-Anderson-Palmer free energy*, for the physics.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from lossland import _checks
from lossland.spin_glass.complexity import threshold_energy


def semicircle_distribution(x):
    r"""Distribution function of the semicircle on [-1, 1]: :math:`\frac12+\frac1\pi(x\sqrt{1-x^2}+\arcsin x)`.

    >>> semicircle_distribution(np.array([-2.0, -1.0, 0.0, 1.0]))
    array([0. , 0. , 0.5, 1. ])
    """
    x = np.clip(_checks.real_array("x", x), -1.0, 1.0)
    angle = np.arccos(-x)  # P(s <= x) = (angle - sin(angle) cos(angle)) / pi, without cancellation near -1
    value = np.where(x < -0.9, _small_angle(angle), angle - np.sin(angle) * np.cos(angle)) / np.pi
    return value if value.ndim else float(value)


def index_fraction(energy_density, order):
    """Fraction of negative eigenvalues of the Hessian at a critical point, for many spins.

    Args:
        energy_density: Energy per spin u, any shape.
        order: Number H >= 2 of spins in an interaction.

    Returns:
        Numbers in [0, 1], same shape: 0 below the edge ``-threshold_energy(order)``, 1/2 at u = 0, 1 above the
        opposite edge.

    Raises:
        ValueError: If ``order`` < 2 or an energy is not finite.

    >>> index_fraction(0.0, 3), index_fraction(-1.7, 3)
    (0.5, 0.0)
    """
    u = _checks.real_array("energy_density", energy_density)
    return semicircle_distribution(u / threshold_energy(_checks.integer("order", order, low=2)))


def energy_of_index_fraction(fraction, order):
    """Energy per spin at which critical points have a given fraction of negative eigenvalues: the inverse.

    Args:
        fraction: Numbers in [0, 1], any shape.
        order: Number H >= 2 of spins in an interaction.

    Returns:
        Energies per spin between minus and plus the edge.

    >>> round(index_fraction(energy_of_index_fraction(0.1, 3), 3), 12)
    0.1
    """
    fraction = _checks.real_array("fraction", fraction, low=0.0, high=1.0)
    edge = threshold_energy(_checks.integer("order", order, low=2))
    roots = [_inverse(float(f)) for f in np.ravel(fraction)]
    value = edge * np.reshape(roots, fraction.shape)
    return value if value.ndim else float(value)


def hessian_density(eigenvalue, energy_density, order):
    r"""Density of eigenvalues of the Hessian on the sphere at a critical point of energy nu, for many spins.

    Args:
        eigenvalue: Where to evaluate, any shape.
        energy_density: Energy per spin u, one number.
        order: Number H >= 2 of spins in an interaction.

    Returns:
        The semicircle density of radius :math:`2\sqrt{H(H-1)}` around :math:`-Hu`, normalized to one.

    >>> hessian_density([0.0, 20.0], 0.0, 3).round(6)
    array([0.129949, 0.      ])
    """
    order = _checks.integer("order", order, low=2)
    center = -order * _checks.real_number("energy_density", energy_density)
    radius = 2 * np.sqrt(order * (order - 1))
    x = (_checks.real_array("eigenvalue", eigenvalue) - center) / radius
    return 2 / (np.pi * radius) * np.sqrt(np.maximum(1 - x**2, 0.0))


def _small_angle(angle):
    """angle - sin(angle) cos(angle) by its power series, for angles below one half."""
    y, total, term = 2 * angle, np.zeros_like(angle), (2 * angle) ** 3 / 6
    for k in range(2, 13):
        total, term = total + term, -term * y**2 / ((2 * k) * (2 * k + 1))
    return total / 2


def _inverse(fraction):
    if fraction in (0.0, 1.0):
        return 2 * fraction - 1
    return brentq(lambda x: semicircle_distribution(x) - fraction, -1.0, 1.0, xtol=1e-15, rtol=1e-14)
