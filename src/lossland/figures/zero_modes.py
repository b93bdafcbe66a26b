"""Eigenvalues of Hessians on a logarithmic axis, those that vanish at its foot."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new


def plot_eigenvalues(
    spectra: Mapping[str, np.ndarray], *, floor: float = 1e-17, zero: float = 1e-12, ax: Axes | None = None
) -> Axes:
    """Draw the moduli of eigenvalues in descending order, for several matrices, and how many vanish.

    Args:
        spectra: For each name its eigenvalues.
        floor: Smaller ones are drawn at it.
        zero: Those below count as zero.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, values), color, marker in zip(spectra.items(), ("blue", "orange", "green"), "os^", strict=False):
        sizes = np.sort(np.maximum(np.abs(np.asarray(values, float)), floor))[::-1]
        n_zero = int((sizes < zero).sum())
        label = f"{name}: {n_zero} zero" if n_zero else f"{name}: none zero"
        ax.semilogy(np.arange(1, len(sizes) + 1), sizes, marker, color=COLORS[color], label=label)
    ax.axhline(zero, color=COLORS["gray"], linestyle=":", linewidth=1)
    ax.set(xlabel="number of the eigenvalue", ylabel="modulus of the eigenvalue")
    ax.legend(loc="lower left")
    return ax
