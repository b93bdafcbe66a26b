"""Index against energy of critical points of a spin glass, and the spectra of their Hessians."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from lossland import spin_glass as sg
from lossland.figures.style import COLORS, axes_or_new

_LINES = ("blue", "orange", "green")


def plot_index_against_energy(
    groups: Sequence[tuple[str, np.ndarray, np.ndarray]], *, order: int = 3, ax: Axes | None = None
) -> Axes:
    """Draw the fraction of negative eigenvalues of critical points against their energy, and the semicircle law.

    Args:
        groups: For each group of points a name, energies per spin, and fractions of negative eigenvalues.
        order: Number of spins in an interaction.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, energies, fractions), color in zip(groups, _LINES, strict=False):
        ax.plot(energies, fractions, ".", markersize=2.5, alpha=0.35, color=COLORS[color])
        ax.plot([], [], "o", color=COLORS[color], label=name)
    edge = sg.threshold_energy(order)
    u = np.linspace(-1.1 * edge, 1.1 * edge, 400)
    ax.plot(u, sg.index_fraction(u, order), color=COLORS["black"], label="semicircle")
    for end in (-edge, edge):
        ax.axvline(end, color=COLORS["gray"], linewidth=0.9, linestyle=":")
    ax.set(xlabel="energy per spin $u$", ylabel="fraction of negative eigenvalues", ylim=(-0.03, 1.03))
    ax.legend(loc="upper left")
    return ax


def plot_hessian_spectra(
    spectra: Sequence[tuple[float, np.ndarray]], *, order: int = 3, bins: int = 30, axes: Sequence[Axes]
) -> Sequence[Axes]:
    """Draw eigenvalues of Hessians, one panel for each energy, with the shifted semicircle; what is negative in color.

    Args:
        spectra: For each panel an energy per spin and eigenvalues.
        order: Number of spins in an interaction.
        bins: Number of bins of a histogram.
        axes: One axes for each panel.

    Returns:
        The axes that were drawn on.
    """
    radius = 2 * (order * (order - 1)) ** 0.5
    lowest = min(-order * u - radius for u, _ in spectra) - 1
    highest = max(-order * u + radius for u, _ in spectra) + 1
    grid = np.linspace(lowest, highest, 500)
    step = (highest - lowest) / bins  # zero is an edge, so that no bar is half negative
    edges_of_bins = step * np.arange(np.floor(lowest / step), np.ceil(highest / step) + 1)
    for ax, (u, eigenvalues) in zip(axes, spectra, strict=True):
        counts, edges = np.histogram(eigenvalues, bins=edges_of_bins, density=True)
        centers, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
        colors = [COLORS["orange"] if center < 0 else COLORS["sky"] for center in centers]
        ax.bar(centers, counts, width, color=colors, alpha=0.65)
        ax.plot(grid, sg.hessian_density(grid, u, order), color=COLORS["black"])
        ax.axvline(0, color=COLORS["gray"], linewidth=0.9, linestyle=":")
        ax.set(title=f"$u = {u:.2f}$", xlabel="eigenvalue", xlim=(lowest, highest), yticks=[])
    return axes
