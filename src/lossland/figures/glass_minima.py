"""Energies of the minima of a spin glass with finitely many spins: exact densities, measured means, the band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from lossland import spin_glass as sg
from lossland.figures.style import COLORS, axes_or_new

_SHADES = ("#9ECAE1", "#6BAED6", "#4292C6", "#2171B5", "#08519C", "#08306B")


def plot_densities_of_minima(
    laws: Mapping[int, tuple[np.ndarray, np.ndarray]], *, order: int = 3, ax: Axes | None = None
) -> Axes:
    """Draw the exact density of the energies of minima for several sizes, and the band where theory puts them all.

    Args:
        laws: For each number of spins the energies per spin and the normalized density there.
        order: Number of spins in an interaction, for the band.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    band(ax, order)
    for number, (n, (energies, density)) in enumerate(laws.items()):
        color = _SHADES[number % len(_SHADES)]
        ax.plot(energies, density, color=color, label=f"$n = {n}$")
        ax.fill_between(energies, density, color=color, alpha=0.12, linewidth=0)
    ax.set(xlabel="energy per spin", ylabel="density of minima", ylim=(0, None))
    ax.legend()
    return ax


def plot_minima_against_size(
    exact: tuple[np.ndarray, np.ndarray],
    *,
    measured: Sequence[tuple[str, np.ndarray, np.ndarray, np.ndarray]] = (),
    order: int = 3,
    ax: Axes | None = None,
) -> Axes:
    """Draw mean energies of minima against the inverse root of the number of spins.

    Args:
        exact: Numbers of spins, and the exact mean energy per spin of all minima.
        measured: For each set of measurements a name, numbers of spins, mean energies and standard errors.
        order: Number of spins in an interaction, for the band and the asymptote.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    edge, ground = sg.threshold_energy(order), sg.ground_state_energy(order)
    ax.axhspan(-ground, -edge, color=COLORS["gold"], alpha=0.22, lw=0, label=r"$[-E_0, -E_\infty]$")
    n = np.asarray(exact[0], float)
    ax.plot(n**-0.5, exact[1], "o-", color=COLORS["blue"], label="all minima, exact")
    fine = np.linspace(0, (n**-0.5).max(), 50)
    shift = 2 * ((order - 2) / order) ** 0.5 * (2 * (order - 1) / order) ** 0.5
    style = {"color": COLORS["black"], "linewidth": 1.0, "label": f"leading law, slope {shift:.3g}"}
    ax.plot(fine, -edge + shift * fine, "--", **style)
    for (name, sizes, mean, error), color in zip(measured, ("orange", "green", "pink"), strict=False):
        ax.errorbar(np.asarray(sizes, float) ** -0.5, mean, error, fmt="s", color=COLORS[color], label=name)
    ax.set(xlabel=r"$n^{-1/2}$", ylabel="energy per spin", xlim=(0, None))
    ax.legend(loc="upper left")
    return ax


def plot_lowest_energies(
    exact: tuple[np.ndarray, np.ndarray, np.ndarray],
    measured: tuple[np.ndarray, np.ndarray, np.ndarray],
    *,
    order: int = 3,
    ax: Axes | None = None,
) -> Axes:
    """Draw the lowest energy per spin against the number of spins, as predicted and as found.

    Args:
        exact: Numbers of spins, predicted means and standard deviations between systems.
        measured: Numbers of spins, mean lowest energies and their standard errors.
        order: Number of spins in an interaction, for the ground state.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    n, mean, std = (np.asarray(column, float) for column in exact)
    ground = -sg.ground_state_energy(order)
    ax.fill_between(n, mean - std, mean + std, color=COLORS["sky"], alpha=0.25, linewidth=0, label="one system")
    ax.plot(n, mean, "o-", color=COLORS["blue"], markersize=4, label="predicted mean")
    ax.errorbar(*measured, fmt="s", color=COLORS["orange"], label="lowest of many descents")
    ax.axhline(ground, color=COLORS["black"], linestyle="--", linewidth=1, label="$-E_0$")
    ax.set(xscale="log", xlabel="number of spins $n$", ylabel="lowest energy per spin")
    ax.legend()
    return ax


def plot_energy_histogram(
    energies: np.ndarray, law: tuple[np.ndarray, np.ndarray], *, bins: int = 24, label: str = "found",
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw energies of minima that were found, as a histogram, and the exact density of all minima.

    Args:
        energies: Energies per spin, shape (m,).
        law: Energies and density of the exact law.
        bins: Number of bins.
        label: Name of the histogram.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    band(ax, 3)
    ax.hist(energies, bins=bins, density=True, color=COLORS["sky"], alpha=0.6, label=label)
    ax.plot(*law, color=COLORS["blue"], label="all minima, exact")
    ax.set(xlabel="energy per spin", ylabel="density")
    ax.legend()
    return ax


def band(ax: Axes, order: int) -> None:
    """Shade the band between the ground state and the edge."""
    low, high = -sg.ground_state_energy(order), -sg.threshold_energy(order)
    ax.axvspan(low, high, color=COLORS["gold"], alpha=0.35, lw=0, label=r"$[-E_0, -E_\infty]$")
