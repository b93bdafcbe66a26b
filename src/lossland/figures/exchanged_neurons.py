"""A small network drawn as a graph, before and after two of its neurons changed places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new


def plot_network(
    weights: Sequence[np.ndarray],
    *,
    names: Sequence[Sequence[str]] | None = None,
    colors: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw neurons as circles, one layer in a column, and weights as lines, thick where they are large.

    Args:
        weights: Weight matrices (d_k, d_{k-1}), from the input on; positive ones are drawn solid, negative ones dashed.
        names: For each layer the names of its units, from the top.
        colors: Colors of the style, by name of a unit: for the unit and for all lines that end at it.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    weights = [np.asarray(weight, dtype=float) for weight in weights]
    widths = [weights[0].shape[1], *(weight.shape[0] for weight in weights)]
    names = names or [[""] * width for width in widths]
    heights = [np.linspace((width - 1) / 2, -(width - 1) / 2, width) for width in widths]
    colors = colors or {}
    for k, weight in enumerate(weights):
        largest = np.abs(weight).max() or 1.0
        for (i, j), value in np.ndenumerate(weight):
            name = next((name for name in (names[k + 1][i], names[k][j]) if name in colors), None)
            ax.plot(
                [k, k + 1], [heights[k][j], heights[k + 1][i]],
                linestyle="-" if value >= 0 else (0, (4, 2)), linewidth=0.4 + 3.2 * abs(value) / largest,
                color=COLORS[colors[name]] if name else "#AAAAAA", zorder=2 if name else 1,
            )  # fmt: skip
    for k, layer in enumerate(names):
        for height, name in zip(heights[k], layer, strict=True):
            face = COLORS[colors[name]] if name in colors else "white"
            ax.plot(k, height, "o", markersize=24, color=face, markeredgecolor=COLORS["black"], zorder=3)
            ink = "white" if name in colors else COLORS["black"]
            ax.text(k, height, name, ha="center", va="center", color=ink, fontsize=11, zorder=4)
    ax.set(xlim=(-0.3, len(weights) + 0.3), ylim=(-max(widths) / 2 - 0.1, max(widths) / 2 + 0.1))
    ax.set_axis_off()
    return ax
