"""A cloud and the copy next to it: displacements toward the copy against those across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_COLORS = ("sky", "blue", "orange", "green")


def plot_cloud_toward_copy(
    clouds: Mapping[str, tuple[Any, Any]], *, boundary: float = 1.0, ax: Axes | None = None
) -> Axes:
    """Draw snapshots by their displacement toward the nearest copy and across, in the same unit.

    Args:
        clouds: Displacements toward the copy and across, arrays of equal size, by name; later ones on top.
        boundary: Where another copy becomes the nearer one; that copy is at twice this value.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, (toward, across)), color in zip(clouds.items(), _COLORS, strict=False):
        ax.plot(np.ravel(toward), np.ravel(across), ".", color=COLORS[color], alpha=0.6, markersize=4, label=name)
    ax.axvline(boundary, color=COLORS["black"], linewidth=1.2, linestyle="--", label="half way")
    for place, marker, name in ((0.0, "P", "center"), (2 * boundary, "X", "nearest copy")):
        ax.plot(place, 0.0, marker, color=COLORS["black"], markersize=9, label=name)
    ax.set(xlabel="toward the nearest copy (half distances)", ylabel="across (half distances)")
    ax.set_xlim(-1.2 * boundary, 2.5 * boundary)
    ax.legend(loc="lower right", frameon=True, framealpha=0.9)
    return ax


def plot_renamed_neurons(
    renamed: Mapping[str, tuple[Sequence[float], Sequence[float], Sequence[float]]], *, ax: Axes | None = None
) -> Axes:
    """Draw the share of neurons with another name than at the beginning against time.

    Args:
        renamed: Times in relaxation times, means and standard errors of the share, by name.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    shades = np.linspace(0.1, 0.85, max(len(renamed), 2))
    for (name, (times, mean, error)), shade in zip(renamed.items(), shades, strict=False):
        ax.errorbar(times, mean, error, fmt="o-", color=colormaps["viridis"](shade), linewidth=1.2, label=name)
    ax.set(xlabel="time (relaxation times)", ylabel="share of neurons renamed", ylim=(-0.03, 1.03))
    ax.legend()
    return ax
