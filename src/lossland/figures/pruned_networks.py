"""A pruned network as a graph: units in columns, a line for each connection that is left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from lossland.figures.style import COLORS, axes_or_new

_COLORS = ("blue", "orange", "green", "pink", "gold", "sky")


def plot_pruned_network(
    masks: Sequence[np.ndarray], *, groups: Sequence[Sequence[int]] = (), title: str | None = None,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw which units are connected, inputs on the left.

    Args:
        masks: Zeros and ones, or booleans, one (n_k, n_{k-1}) for each layer.
        groups: For each hidden layer a number for each unit; equal numbers are drawn in one color, -1 in black.
        title: What the network is.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    masks = [np.asarray(mask).astype(bool) for mask in masks]
    counts = [masks[0].shape[1], *(len(mask) for mask in masks)]
    heights = [(np.arange(n)[::-1] - (n - 1) / 2) / max(max(counts) - 1, 1) for n in counts]
    for k, mask in enumerate(masks):
        units, sources = np.nonzero(mask)
        lines = [((k, heights[k][j]), (k + 1, heights[k + 1][i])) for i, j in zip(units, sources, strict=True)]
        ax.add_collection(LineCollection(lines, color=COLORS["gray"], linewidth=1.0, zorder=1))
    for k, places in enumerate(heights):
        names = groups[k - 1] if 0 < k < len(masks) and len(groups) >= k else [-1] * len(places)
        shades = [COLORS[_COLORS[name % len(_COLORS)]] if name >= 0 else COLORS["black"] for name in names]
        ax.scatter(np.full(len(places), k), places, s=110, c=shades, edgecolors="white", zorder=2)
    ax.set(xlim=(-0.3, len(masks) + 0.3), ylim=(-0.62, 0.62))
    ax.set_axis_off()
    if title is not None:
        ax.set_title(title)
    return ax
