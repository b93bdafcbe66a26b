"""Neurons in order: weight matrices before and after sorting, and how large a disturbance an ordering stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_NAMES = ("blue", "orange", "green", "pink", "gold", "sky", "black")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")

Points = tuple[np.ndarray, np.ndarray, np.ndarray]


def plot_weight_panels(
    panels: Mapping[str, np.ndarray], *, limit: float | None = None, axes: Sequence[Axes] | None = None
) -> Sequence[Axes]:
    """Draw weight matrices side by side in one scale of colors, rows are neurons.

    Args:
        panels: Matrices (n, m) by title.
        limit: Weights at both ends of the scale; the largest modulus when ``None``.
        axes: One for each panel; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    if axes is None:
        axes = plt.subplots(1, len(panels), figsize=(9, 2.6))[1]
    limit = max(float(np.abs(matrix).max()) for matrix in panels.values()) if limit is None else limit
    for ax, (title, matrix) in zip(axes, panels.items(), strict=True):
        image = ax.imshow(matrix, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")
        ax.set(title=title, xlabel="input", xticks=[], yticks=[])
        ax.grid(False)
    axes[0].set_ylabel("neuron")
    axes[-1].figure.colorbar(image, ax=list(axes), label="weight", shrink=0.9)
    return axes


def plot_recovery(
    laws: Mapping[str, tuple[np.ndarray, np.ndarray]],
    points: Sequence[tuple[str, Points]],
    *,
    xlabel: str = r"disturbance $\delta$",
    ylabel: str = "share of runs with all neurons in place",
    ax: Axes | None = None,
) -> Axes:
    """Draw how often, or how much of, an order is recovered, against the disturbance.

    Points have the color of the law with their name; the first ones are circles, the second ones of the same name
    squares, then triangles, and so on.

    Args:
        laws: Disturbances and shares, by name, drawn as lines.
        points: Name of a law, and disturbances, shares and standard errors.
        xlabel: What the horizontal, logarithmic axis is.
        ylabel: What the vertical axis is.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    colors = {name: COLORS[color] for name, color in zip(laws, _NAMES, strict=False)}
    for name, (x, y) in laws.items():
        ax.plot(x, y, color=colors[name], label=name)
    seen: dict[str, int] = {}
    for name, (x, y, error) in points:
        marker, seen[name] = _MARKERS[seen.get(name, 0)], seen.get(name, 0) + 1
        ax.errorbar(x, y, error, fmt=marker, color=colors[name], markerfacecolor="white", linestyle="none")
    ax.set(xscale="log", xlabel=xlabel, ylabel=ylabel, ylim=(-0.04, 1.06))
    ax.legend()
    return ax


def plot_half_disturbances(
    laws: Mapping[str, tuple[np.ndarray, np.ndarray]], points: Mapping[str, Points], *, ax: Axes | None = None
) -> Axes:
    """Draw the disturbance that an ordering stands in half of the runs, against the number of neurons.

    Args:
        laws: Numbers of neurons and disturbances, by name, drawn as lines.
        points: Numbers of neurons, measured disturbances and standard errors, by name.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, (n, disturbance)), style in zip(laws.items(), ("-", "--", ":"), strict=False):
        ax.plot(n, disturbance, style, color=COLORS["black"], linewidth=1.3, label=name)
    for color, marker, (name, (n, disturbance, error)) in zip(_NAMES, _MARKERS, points.items(), strict=False):
        ax.errorbar(n, disturbance, error, fmt=marker, color=COLORS[color], markerfacecolor="white", label=name)
    ax.set(xscale="log", yscale="log", xlabel="neurons $n$", ylabel=r"disturbance $\delta_{50}$")
    ax.legend()
    return ax
