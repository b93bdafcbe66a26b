r"""The smallest deep linear network: :math:`L(w_1,w_2)=\frac12(w_2w_1-r)^2`, with its hyperbola of minima."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new


def plot_two_weights(target: float, *, limit: float = 2.5, ax: Axes | None = None) -> Axes:
    """Draw contours of the loss of two weights, both branches of its minima, the saddle, and a chord of minima.

    Args:
        target: The number r that the product should be, not 0.
        limit: Both axes go from minus to plus this.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    grid = np.linspace(-limit, limit, 301)
    loss = 0.5 * (grid[:, None] * grid[None, :] - target) ** 2
    levels = np.array([0.0, 0.02, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32]) * target**2
    shades = colormaps["Blues"](np.linspace(0.05, 0.8, len(levels)))  # one step for each level, not by value
    ax.contourf(grid, grid, loss, levels=levels, colors=shades, extend="max")
    ax.contour(grid, grid, loss, levels=[0.5 * target**2], colors=COLORS["gray"], linewidths=0.8)
    half = np.geomspace(abs(target) / limit, limit, 200)
    for number, sign in enumerate((1, -1)):
        style = {"color": COLORS["orange"], "linewidth": 2.2, "label": "minima $w_2w_1 = r$" if not number else None}
        ax.plot(sign * half, sign * target / half, **style)
    root = abs(target) ** 0.5
    ends = np.array([root, -root]), np.array([root, -root]) * np.sign(target)
    ax.plot(*ends, "--", color=COLORS["black"], linewidth=1.2, label="chord between two minima")
    ax.plot(*ends, "o", color=COLORS["orange"], markersize=6)
    ax.plot(0, 0, "s", color=COLORS["black"], markersize=7, label="saddle")
    ax.set(xlabel="$w_1$", ylabel="$w_2$", xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
    ax.grid(visible=False)
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0))
    return ax
