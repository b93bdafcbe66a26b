"""Critical points on the contour lines of a surface: minima, saddles and maxima, each with a sign of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

if TYPE_CHECKING:
    from lossland.descent import CriticalPoint, Surface

SIGNS = {
    "minimum": ("o", COLORS["blue"]),
    "saddle": ("X", COLORS["orange"]),
    "maximum": ("^", COLORS["black"]),
    "degenerate": ("s", COLORS["pink"]),
}


def plot_critical_points(
    surface: Surface,
    points: Sequence[CriticalPoint],
    *,
    window: tuple[tuple[float, float], tuple[float, float]] | None = None,
    n_levels: int = 22,
    ax: Axes | None = None,
) -> Axes:
    """Mark critical points on the contour lines of a surface of two parameters.

    Args:
        surface: The surface.
        points: Its critical points.
        window: ``((low, high), (low, high))``; by default the surface's own.
        n_levels: Number of contour lines, denser near the bottom.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    (left, right), (bottom, top) = window or surface.window
    x, y = np.meshgrid(np.linspace(left, right, 240), np.linspace(bottom, top, 240))
    heights = surface.value(np.stack([x, y], axis=-1))
    low, high = float(heights.min()), float(heights.max())
    levels = low + (high - low) * np.linspace(0, 1, n_levels + 1)[1:] ** 2.2
    ax.contour(x, y, heights, levels=levels, colors=COLORS["gray"], linewidths=0.7, alpha=0.75, negative_linestyles="-")
    for kind, (marker, color) in SIGNS.items():
        places = np.array([point.position for point in points if point.kind == kind]).reshape(-1, 2)
        if len(places):
            style = {"marker": marker, "s": 62, "color": color, "edgecolor": "white", "linewidth": 0.8, "zorder": 3}
            ax.scatter(*places.T, label=f"{kind} ({len(places)})", **style)
    ax.grid(False)
    ax.set(xlabel="$w_1$", ylabel="$w_2$", xlim=(left, right), ylim=(bottom, top))
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0))
    return ax
