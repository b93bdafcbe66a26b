r"""The lowest minimum of a finite system, from the mean number of minima at each energy.

Deep minima of the spherical spin glass come like independent points: at the bottom they form, for many spins, a Poisson
process whose intensity grows like :math:`e^{cn(u-u_n)}` (Subag and Zeitouni 2017, *The extremal process of critical
points of the pure p-spin spherical spin glass model*, Theorem 1).  Then the chance that no minimum lies below :math:`u`
is :math:`e^{-N(u)}`, where :math:`N(u)` is the mean number below.  Here :math:`N` is the exact one of finite n, so that
nothing is left to fit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.integrate import trapezoid
from scipy.interpolate import CubicSpline

from lossland import _checks

_N_FINE = 20_001  # nodes of the trapezoidal rule between the first and the last energy


class LowestEnergy(NamedTuple):
    """Law of the lowest energy per spin: its mean and standard deviation, and the level with one minimum below it."""

    mean: float
    std: float
    one_below: float


def lowest_energy(energies, density, log_number: float) -> LowestEnergy:
    r"""Predict the lowest energy per spin of a Poisson process of minima.

    Args:
        energies: Increasing grid of energies per spin (m,), from where there are none to where there are nearly all.
        density: Normalized density of the energies of minima there, (m,), positive; its logarithm is interpolated.
        log_number: Natural logarithm of the mean number of minima.

    Returns:
        LowestEnergy: mean and standard deviation given that there is a minimum at all, and the energy below which there
        is one minimum on average.

    Raises:
        ValueError: If the grid does not increase, a density is not positive, or there is less than one minimum.

    For an exponential intensity the law is Gumbel's, with mean :math:`u_n-\gamma/(cn)`:

    >>> u = np.linspace(-30.0, 5.0, 200)
    >>> law = lowest_energy(u, np.exp(u - 5), 5.0)
    >>> round(law.mean, 4), round(law.std, 4), abs(round(law.one_below, 4))
    (-0.5772, 1.2825, 0.0)
    """
    energies = _checks.real_array("energies", energies)
    density = _checks.real_array("density", density, low=0.0)
    log_number = _checks.real_number("log_number", log_number)
    if energies.ndim != 1 or energies.shape != density.shape or len(energies) < 4 or np.any(np.diff(energies) <= 0):
        raise ValueError(f"energies: expected an increasing grid of at least 4 numbers, got shape {energies.shape}")
    if np.any(density == 0):
        raise ValueError("density: expected positive numbers, got 0; cut the grid where the density underflows")
    if log_number <= 0:
        raise ValueError(f"log_number: expected more than one minimum on average, got exp({log_number:g})")
    fine = np.linspace(energies[0], energies[-1], _N_FINE)
    step = fine[1] - fine[0]
    number = np.exp(CubicSpline(energies, np.log(density))(fine) + log_number)
    below = np.concatenate([[0.0], np.cumsum((number[1:] + number[:-1]) * step / 2)])
    none_below = np.exp(-below)
    chance = (none_below - none_below[-1]) / (1 - none_below[-1])  # given that there is one
    mean = float(fine[0]) + float(trapezoid(chance, fine))
    square = 2 * float(trapezoid((fine - fine[0]) * chance, fine))
    std = float(np.sqrt(max(square - (mean - float(fine[0])) ** 2, 0.0)))
    return LowestEnergy(mean, std, float(np.interp(1.0, below, fine)))
