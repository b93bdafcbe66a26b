"""The objective on the plane through a minimum and two copies of it: a disc that looks the same from three sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LightSource
from matplotlib.patches import Circle

from lossland.figures.style import axes_or_new

NAMES = ("1 2 3", "2 3 1", "3 1 2")


def plot_three_names(values: Mapping[str, Any], ax: Axes | None = None) -> Axes:
    """Draw the logarithm of the objective as a relief, cut out as a disc, with the three corners and their names.

    Args:
        values: Values of a cell of the experiment ``three_names``.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on, without a frame.
    """
    ax = axes_or_new(ax)
    axis, heights = np.asarray(values["axis"]), np.log(np.asarray(values["objective"]))
    edge = (axis[0], axis[-1], axis[0], axis[-1])
    disc = Circle((0, 0), axis[-1], transform=ax.transData)
    step = axis[1] - axis[0]
    light = LightSource(altdeg=90)  # from above, so that the light has no side either
    colors = light.shade(heights, colormaps["cividis"], vert_exag=4 * step, dx=step, dy=step,
                         blend_mode="soft")
    image = ax.imshow(colors, origin="lower", extent=edge, interpolation="bicubic")
    lines = ax.contour(axis, axis, heights, 26, colors="white", linewidths=0.5, alpha=0.55, linestyles="solid")
    for artist in (image, lines):
        artist.set_clip_path(disc)
    points = np.asarray(values["points"])
    ax.plot(*points.T, "o", color="white", markersize=7)
    for (x, y), name in zip(points, NAMES, strict=True):
        ax.text(x, y - 0.045 * np.ptp(axis), name, color="white", ha="center", va="top", fontsize=11)
    ax.set_aspect("equal")
    ax.axis("off")
    return ax
