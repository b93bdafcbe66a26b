"""A closed curve of inputs, layer by layer: it contracts in the ordered phase and folds in the chaotic one.

The picture of Poole et al. (2016), Section 3: a circle of inputs, pushed through a random network, projected
on the three directions in which its image varies most.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import LogLocator, NullFormatter

from lossland.figures.style import COLORS, axes_or_new

_AROUND = LinearSegmentedColormap.from_list(
    "around", [COLORS[name] for name in ("blue", "sky", "green", "gold", "orange", "pink", "blue")]
)


def plot_curve(points: np.ndarray, *, half_width: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw a closed curve in the plane, colored by the position along it, so that neighbors share a color.

    Args:
        points: Shape (n_points, 2) or (n_points, 3); the first two columns are drawn.
        half_width: The axes run from minus to plus this number in both directions; the extent of the curve
            when ``None``.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    plane = np.asarray(points, float)[:, :2]
    closed = np.concatenate([plane, plane[:1]])
    segments = np.stack([closed[:-1], closed[1:]], axis=1)
    lines = LineCollection(segments, cmap=_AROUND, linewidths=1.3, capstyle="round")
    lines.set_array(np.linspace(0.0, 1.0, len(segments)))
    ax.add_collection(lines)
    reach = float(half_width) if half_width is not None else 1.05 * float(np.max(np.abs(plane)))
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xticks=[], yticks=[])
    ax.grid(False)
    ax.spines[:].set(visible=True, color="#DDDDDD")
    return ax


def plot_curve_gallery(
    rows: Sequence[Sequence[np.ndarray]], *, row_names: Sequence[str], column_names: Sequence[str]
) -> np.ndarray:
    """Draw curves on a grid: one row per network, one column per layer, one common scale for each row.

    Args:
        rows: ``rows[i][j]`` is the (n_points, 2 or 3) projected curve of network i at the j-th layer shown.
        row_names: One name per row, written at its left.
        column_names: One name per column, written on top.

    Returns:
        The (n_rows, n_columns) array of axes.
    """
    shape = (len(rows), len(rows[0]))
    figure, axes = plt.subplots(
        *shape, figsize=(1.75 * shape[1], 1.9 * shape[0]), squeeze=False, layout="constrained"
    )
    for row, curves in zip(axes, rows, strict=True):
        reach = 1.05 * max(float(np.max(np.abs(curve[:, :2]))) for curve in curves)
        for ax, curve in zip(row, curves, strict=True):
            plot_curve(curve, half_width=reach, ax=ax)
    for ax, name in zip(axes[:, 0], row_names, strict=True):
        ax.set_ylabel(name)
    for ax, name in zip(axes[0], column_names, strict=True):
        ax.set_title(name, loc="center", fontsize=10)
    figure.align_ylabels(axes[:, 0])
    return axes


def plot_curve_lengths(
    lengths: np.ndarray, chi1: float, *, label: str = "", color: str = COLORS["blue"], ax: Axes | None = None
) -> Axes:
    """Draw the measured length of a curve against depth with error bars, and the prediction sqrt(chi1)^(k-1).

    Args:
        lengths: Shape (n_draws, n_layers), length at layers 1..n_layers for each random network.
        chi1: The predicted growth of the squared length per layer.
        label: Name of the network in the legend.
        color: Color of the points and of the line.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on; lengths are relative to layer 1, the vertical axis is logarithmic.
    """
    ax = axes_or_new(ax)
    ratios = np.asarray(lengths, float) / np.asarray(lengths, float)[:, :1]
    layers = np.arange(1, ratios.shape[1] + 1)
    error = np.std(ratios, axis=0, ddof=1) / np.sqrt(len(ratios))
    named = f"{label}, " if label else ""
    ax.errorbar(layers, np.mean(ratios, axis=0), error, fmt="o", color=color, label=rf"{named}$\chi_1={chi1:.3f}$")
    ax.plot(layers, chi1 ** ((layers - 1) / 2), color=color)
    ax.set(xlabel="layer $k$", ylabel="curve length / length at layer 1", yscale="log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.legend()
    return ax
