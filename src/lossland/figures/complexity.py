"""Complexity of the spin glass: the functions Theta_k by energy, and the energies E_k at which they vanish.

Auffinger, Ben Arous and Černý (2013), *Random matrices and complexity of spin glasses*, Figure 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from lossland import spin_glass as sg
from lossland.figures.style import COLORS, axes_or_new

_LINES = ("blue", "orange", "green", "pink", "gold", "sky")


def plot_complexity(
    order: int, indices: Sequence[int], *, energies: np.ndarray | None = None, ax: Axes | None = None
) -> Axes:
    """Draw Theta_k against the energy per spin for several indices, the band of deep critical points shaded.

    Args:
        order: Number H >= 3 of spins in an interaction.
        indices: The indices k, in the order of the legend.
        energies: Where to draw; from a little below the ground state to a little above the edge when ``None``.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    ground, edge = sg.ground_state_energy(order), sg.threshold_energy(order)
    if energies is None:
        energies = np.linspace(-ground - 0.35 * (ground - edge), -edge + 0.25 * (ground - edge), 600)
    _shade_band(ax, order)
    ax.axhline(0, color=COLORS["black"], linewidth=0.8)
    for number, k in enumerate(indices):
        color = COLORS[_LINES[number % len(_LINES)]]
        ax.plot(energies, sg.complexity_of_index(energies, order, k), color=color, label=f"$k = {k}$")
        ax.plot(-sg.critical_energy(order, k), 0, "o", color=color)
    ax.set(xlabel="energy per spin $u$", ylabel=r"complexity $\Theta_k(u)$", xlim=(energies[0], energies[-1]))
    plateau = sg.complexity_plateau(order)
    ax.set(ylim=(-1.6 * plateau, 1.35 * plateau))
    ax.legend(loc="lower right")
    return ax


def plot_total_complexity(order: int, *, ax: Axes | None = None) -> Axes:
    """Draw the complexity of all critical points and of minima over all energies.

    Args:
        order: Number H >= 3 of spins in an interaction.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    u = np.linspace(-sg.ground_state_energy(order) - 0.05, 0.3, 800)
    _shade_band(ax, order)
    ax.axhline(0, color=COLORS["black"], linewidth=0.8)
    ax.plot(u, sg.complexity(u, order), color=COLORS["black"], label="any index")
    ax.plot(u, sg.complexity_of_index(u, order, 0), color=COLORS["blue"], label="minima")
    top = 0.5 * np.log(order - 1)
    ax.set(xlabel="energy per spin $u$", ylabel="complexity, points below $u$", ylim=(-0.08 * top, 1.12 * top))
    ax.legend(loc="upper left")
    return ax


def plot_critical_energies(order: int, indices: np.ndarray, *, ax: Axes | None = None) -> Axes:
    """Draw how far the energies E_k are from the edge, on logarithmic axes, with the power law they approach.

    Args:
        order: Number H >= 3 of spins in an interaction.
        indices: The indices k >= 0.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    count = np.asarray(indices, float) + 1
    edge, plateau = sg.threshold_energy(order), sg.complexity_plateau(order)
    ax.plot(count, sg.critical_energy_gap(order, indices), "o", color=COLORS["blue"], label=r"$E_k - E_\infty$")
    power = edge / 2 * (1.5 * plateau / count) ** (2 / 3)
    ax.plot(count, power, "--", color=COLORS["black"], linewidth=1.0, label="$(k+1)^{-2/3}$ law")
    ax.set(xscale="log", yscale="log", xlabel="$k + 1$", ylabel=r"distance to the edge")
    ax.legend()
    return ax


def _shade_band(ax: Axes, order: int) -> None:
    ax.axvspan(-sg.ground_state_energy(order), -sg.threshold_energy(order), color=COLORS["gold"], alpha=0.22, lw=0,
               label=r"$[-E_0, -E_\infty]$")  # fmt: skip
