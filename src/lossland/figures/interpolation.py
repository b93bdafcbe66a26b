"""Interpolation with 2n + d weights: the broken line on the axis of projections, and the digits that are lost.

The construction is that of Zhang et al. (2017), Theorem 1.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_PALETTE = (COLORS["blue"], COLORS["orange"], COLORS["green"], COLORS["pink"])


def plot_interpolants(
    projections: np.ndarray,
    targets: np.ndarray,
    grid: np.ndarray,
    curves: Mapping[str, np.ndarray],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw networks along the axis of projections through the data that they fit.

    Args:
        projections: Of the data on the direction, (n,).
        targets: (n,).
        grid: Projections at which the networks were evaluated, (m,).
        curves: Values (m,) of each network, by label.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (label, values), color in zip(curves.items(), _PALETTE, strict=False):
        ax.plot(grid, values, color=color, label=label)
    ax.plot(projections, targets, "o", color=COLORS["black"], label="data", zorder=3)
    ax.set(xlabel=r"projection $\mathbf{a}\cdot\mathbf{x}$", ylabel=r"network $c(\mathbf{x})$")
    ax.legend()
    return ax


def plot_interpolation_errors(
    n_points: np.ndarray, errors: Mapping[str, tuple[np.ndarray, np.ndarray]], *, ax: Axes | None = None
) -> Axes:
    """Draw the error of the network at its data against their number, with the error that rounding explains.

    Args:
        n_points: Numbers of points, (m,).
        errors: For each label the measured errors and the errors to expect from rounding, each (m, n_draws).
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on, both axes logarithmic; lines are medians over the draws.
    """
    ax = axes_or_new(ax)
    for (label, (measured, expected)), color in zip(errors.items(), _PALETTE, strict=False):
        ax.loglog(n_points, np.median(measured, axis=1), "o-", color=color, label=label)
        ax.loglog(n_points, np.median(expected, axis=1), "--", color=color, linewidth=1.2)
    ax.plot([], [], "--", color=COLORS["gray"], label="to expect from rounding")
    ax.set(xlabel="number of points $n$", ylabel="largest error at the data")
    ax.legend()
    return ax
