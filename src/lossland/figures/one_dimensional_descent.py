"""Descent on a function of one variable: the curve, the iterates on it, and where each start ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

if TYPE_CHECKING:
    from lossland.descent import Surface

_ORDER = ("blue", "orange", "green", "pink")


def plot_descent_on_curve(
    surface: Surface,
    paths: Mapping[str, np.ndarray],
    *,
    window: tuple[float, float] | None = None,
    critical: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw iterates on the graph of a function of one variable; a ring marks the start, a disk the end.

    Args:
        surface: A surface of dimension 1.
        paths: Iterates (n,) or (n, 1) by name.
        window: Interval to show; by default the surface's own.
        critical: Whether to mark the known critical points by vertical ticks.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    low, high = window or surface.window[0]
    line = np.linspace(low, high, 500)
    ax.plot(line, surface.value(line[:, None]), color=COLORS["black"], linewidth=1.4)
    for (name, path), color in zip(paths.items(), _ORDER, strict=False):
        w = np.asarray(path, dtype=float).reshape(-1)
        height = surface.value(w[:, None])
        ax.plot(w, height, ".", color=COLORS[color], markersize=4, alpha=0.6, label=name, clip_on=True)
        ax.plot(w[0], height[0], "o", color=COLORS[color], markerfacecolor="white", markersize=8)
        ax.plot(w[-1], height[-1], "o", color=COLORS[color], markersize=8)
    if critical:
        for point in surface.critical_points:
            ax.axvline(point.position[0], color=COLORS["gray"], linestyle=":", linewidth=1.0)
    ax.set(xlabel="$w$", ylabel="$L(w)$", xlim=(low, high))
    ax.legend(loc="best", markerscale=2.5)
    return ax
