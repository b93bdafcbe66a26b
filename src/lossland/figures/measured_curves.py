"""Theory and measurement in one axes: lines for what was computed, points with error bars for what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from lossland.figures.style import COLORS, axes_or_new

_COLORS = ("blue", "orange", "green", "pink", "gold", "sky", "black")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def plot_measured_curves(
    curves: Mapping[str, tuple[Any, Any]],
    points: Mapping[str, tuple[Any, Any, Any]],
    *,
    xlabel: str,
    ylabel: str,
    xscale: str = "linear",
    yscale: str = "linear",
    join: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw predicted curves and measured points, a curve and its points in one color.

    Args:
        curves: Abscissas and ordinates of each curve, by name.
        points: Abscissas, means and standard errors; the name of a curve gives its color and no second entry of the
            legend.
        xlabel: What the abscissas are.
        ylabel: What the ordinates are.
        xscale: Scale of the horizontal axis.
        yscale: Scale of the vertical axis.
        join: Whether points without a curve are joined by a thin line.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    names = list(dict.fromkeys([*curves, *points]))
    looks = {name: (COLORS[_COLORS[k % 7]], _MARKERS[k % 7]) for k, name in enumerate(names)}
    for name, (x, y) in curves.items():
        ax.plot(x, y, color=looks[name][0], label=name)
    for name, (x, mean, error) in points.items():
        color, marker = looks[name]
        alone = name not in curves
        ax.errorbar(
            x, np.asarray(mean, float), np.asarray(error, float), fmt=marker, color=color, markersize=5,
            markerfacecolor=color if alone else "white", label=name if alone else None,
            linestyle="-" if alone and join else "none", linewidth=1.1, elinewidth=1.1,
        )  # fmt: skip
    ax.set(xlabel=xlabel, ylabel=ylabel, xscale=xscale, yscale=yscale)
    for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        if axis.get_scale() == "log":
            _few_ticks(axis, limits)
    if len(names) > 1:
        ax.legend()
    return ax


def _few_ticks(axis, limits) -> None:
    """Label 1, 2 and 5 of each decade if there are few decades, so that labels do not run into each other."""
    decades = np.log10(limits[1] / limits[0])
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if decades < 2.3 else (1.0,)))
    axis.set_minor_formatter(NullFormatter())
    if decades < 4:
        axis.set_major_formatter(FuncFormatter(lambda value, _position: f"{value:g}"))
