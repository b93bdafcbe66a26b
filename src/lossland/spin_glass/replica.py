r"""Ground-state energy of the spherical H-spin glass from one-step replica symmetry breaking, at zero temperature.

This route never looks at critical points, so it is an independent test of the complexity: the lowest energy must be
where the complexity of minima vanishes.  In the limit of zero temperature of the functional of Crisanti and Sommers
the overlap of two states of one valley is :math:`1-\chi T`, and the break point of the overlap distribution is
:math:`\mu T`:

.. math:: E_0=\min_{\chi,\mu>0}\ \tfrac12\Big[H\chi+\mu+\tfrac1\mu\ln\big(1+\tfrac\mu\chi\big)\Big].

The two stationarity conditions leave one equation for :math:`z=\mu/\chi`.  Sources: Crisanti and Sommers (1992),
*The spherical p-spin interaction spin glass model: the statics*; Chen and Sen (2017), *Parisi formula, disorder
chaos and fluctuation for the ground state energy in the spherical mixed p-spin models*, who prove the formula at
zero temperature.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from lossland import _checks

_SERIES_BELOW = 0.02


class OneStepSolution(NamedTuple):
    """Solution of the one-step replica symmetry breaking equations at zero temperature.

    Attributes:
        energy: Ground-state energy per spin, as a positive number.
        susceptibility: Linear response chi of the ground state.
        break_point: Break point mu of the overlap distribution, in units of the inverse temperature.
        ratio: z = mu / chi; zero for H = 2, where replica symmetry is not broken in this way.
    """

    energy: float
    susceptibility: float
    break_point: float
    ratio: float


def one_step_functional(susceptibility, break_point, order):
    r"""The functional :math:`\frac12[H\chi+\mu+\frac1\mu\ln(1+\mu/\chi)]` whose minimum is the ground-state energy.

    Args:
        susceptibility: chi > 0; broadcasts with ``break_point``.
        break_point: mu > 0.
        order: Number H >= 2 of spins in an interaction.

    Returns:
        Positive energies per spin; any value is an upper bound on :math:`E_0`.

    >>> best = one_step_ground_state(3)
    >>> bool(one_step_functional(0.3, 1.0, 3) > best.energy)
    True
    """
    order = _checks.integer("order", order, low=2)
    chi = _checks.real_array("susceptibility", susceptibility, low=np.finfo(float).tiny)
    mu = _checks.real_array("break_point", break_point, low=np.finfo(float).tiny)
    return (order * chi + mu + np.log1p(mu / chi) / mu) / 2


def one_step_ground_state(order) -> OneStepSolution:
    r"""Solve the one-step equations: :math:`\frac1H=\frac{(1+z)\ln(1+z)-z}{z^2}`, :math:`\chi=1/\sqrt{H(1+z)}`.

    Args:
        order: Number H >= 2 of spins in an interaction.

    Returns:
        OneStepSolution: with :math:`E_0=(H+z)/\sqrt{H(1+z)}`.

    >>> solution = one_step_ground_state(3)
    >>> round(solution.energy, 12), round(solution.ratio, 6)
    (1.656998363527, 1.816961)
    """
    order = _checks.integer("order", order, low=2)
    z = 0.0 if order == 2 else brentq(lambda z: _condition(z) - 1 / order, 0.0, 20.0 * order**2, xtol=1e-15, rtol=1e-14)
    chi = 1 / math.sqrt(order * (1 + z))
    return OneStepSolution((order + z) * chi, chi, z * chi, z)


def ground_state_energy(order) -> float:
    """Ground-state energy per spin in the limit of many spins, as a positive number: the minimum is near -n times it.

    Args:
        order: Number H >= 2 of spins in an interaction.

    Returns:
        Positive energy per spin.

    Raises:
        ValueError: If ``order`` < 2.

    >>> round(ground_state_energy(2) ** 2, 12)  # the largest eigenvalue of a symmetric Gaussian matrix
    2.0
    """
    return one_step_ground_state(order).energy


def _condition(z):
    """((1 + z) ln(1 + z) - z) / z^2, which falls from 1/2 at z = 0 to 0."""
    if z < _SERIES_BELOW:
        return sum((-z) ** k / ((k + 1) * (k + 2)) for k in range(12))
    return ((1 + z) * math.log1p(z) - z) / z**2
