"""How flat a saddle is: the decrease of the loss with the distance from points with one, two, three zero layers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_STYLES = (("orange", "o"), ("blue", "s"), ("green", "^"), ("pink", "D"))


def plot_decrease(
    distances: np.ndarray, decreases: Mapping[int, np.ndarray], *, unit: str = "zero layers", ax: Axes | None = None
) -> Axes:
    """Draw the decrease of the loss along a direction of descent, and the power of the distance that it should be.

    Args:
        distances: Distances from the point, ascending, (n,).
        decreases: For each power the positive decreases at the distances; it is the name of the curve as well.
        unit: What the powers count.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    distances = np.asarray(distances, float)
    for (power, decrease), (color, marker) in zip(decreases.items(), _STYLES, strict=False):
        name = f"{power} {unit if power > 1 else unit.removesuffix('s')}: slope {power}"
        style = {"color": COLORS[color], "label": name}
        ax.loglog(distances, decrease, marker, **style)
        line = decrease[0] * (distances / distances[0]) ** power
        ax.loglog(distances, line, "-", color=COLORS[color], linewidth=1.0)
    ax.set(xlabel="distance from the point", ylabel="decrease of the loss")
    ax.legend(loc="lower right")
    return ax
