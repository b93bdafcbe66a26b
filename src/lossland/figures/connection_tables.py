"""A connection table as black and white cells, and where an exchange changes it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new


def plot_connection_table(
    table: np.ndarray, *, reference: np.ndarray | None = None, rows=None, ax: Axes | None = None
) -> Axes:
    """Draw which targets listen to which sources: a filled square for each link.

    Args:
        table: Zeros and ones, or booleans, (n_sources, n_targets).
        reference: A table of the same shape; cells that differ from it are marked by crosses.
        rows: Names of the sources, in the order of the rows; their numbers by default.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    table = np.asarray(table).astype(bool)
    sources, targets = np.nonzero(table)
    ax.scatter(targets, sources, marker="s", s=52, color=COLORS["blue"], zorder=2)
    if reference is not None:
        wrong = np.nonzero(table != np.asarray(reference).astype(bool))
        ax.scatter(wrong[1], wrong[0], marker="x", s=60, linewidths=2.2, color=COLORS["orange"], zorder=3)
    names = range(len(table)) if rows is None else rows
    ax.set_yticks(range(len(table)), [str(name) for name in names])
    ax.set_xticks(range(0, table.shape[1], 5))
    ax.set(xlim=(-0.7, table.shape[1] - 0.3), ylim=(len(table) - 0.4, -0.6), xlabel="map of C3", ylabel="map of S2")
    ax.set_aspect("equal")
    return ax
