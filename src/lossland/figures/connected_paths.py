"""Paths between two networks: losses along them, the plane in which a bent one lies, barriers against width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm

from lossland.figures.style import COLORS, axes_or_new

_ORDER = ("orange", "blue", "green", "pink", "gold", "black")
_MARKERS = ("o", "s", "^", "D", "v", "P")


def plot_losses_along_paths(
    losses: Mapping[str, np.ndarray], *, ylabel: str = "training loss (nats)", log: bool = True, ax: Axes | None = None
) -> Axes:
    """Draw a quantity against the position on a path, one line for each path.

    Args:
        losses: Values at equally spaced times, both ends among them, (T,), by the name of the path.
        ylabel: What the values are.
        log: Whether the vertical axis is logarithmic.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, values), color in zip(losses.items(), _ORDER, strict=False):
        values = np.asarray(values, float)
        ax.plot(np.linspace(0, 1, len(values)), values, color=COLORS[color], label=name)
    ax.set(xlabel="position $t$ on the path", ylabel=ylabel, yscale="log" if log else "linear")
    ax.legend()
    return ax


def plot_plane_of_paths(
    grid: tuple[np.ndarray, np.ndarray, np.ndarray],
    paths: Mapping[str, np.ndarray],
    points: Mapping[str, tuple[float, float]],
    *,
    levels: Sequence[float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the loss on a plane through two ends and a bend, with paths in it.

    Args:
        grid: Coordinates (nx,) and (ny,), and losses (ny, nx); colors are logarithmic.
        paths: Coordinates (T, 2) of each path, by name.
        points: Coordinates of points to name.
        levels: Levels of the loss between colors; a geometric sequence over the range when ``None``.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    x, y, loss = (np.asarray(part, float) for part in grid)
    levels = np.geomspace(loss.min(), loss.max(), 12) if levels is None else np.asarray(levels, float)
    filled = ax.contourf(x, y, loss, levels=levels, cmap="viridis", norm=BoundaryNorm(levels, 256), extend="both")
    ax.figure.colorbar(filled, ax=ax, label="training loss (nats)", format="%.2g")
    for (name, path), style in zip(paths.items(), ("--", "-", ":"), strict=False):
        ax.plot(*np.asarray(path, float).T, style, color="white", linewidth=2.2, label=name)
    for name, (px, py) in points.items():
        ax.plot(px, py, "o", color="white", markeredgecolor=COLORS["black"], markersize=7)
        ax.annotate(name, (px, py), xytext=(6, 6), textcoords="offset points", color="white", weight="bold")
    ax.grid(False)
    ax.set(xlabel="distance along $B - A$", ylabel="distance across", aspect="equal")
    ax.legend(loc="lower right", frameon=True, facecolor="#555555", labelcolor="white", framealpha=0.8)
    return ax


def plot_against_width(
    measured: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
    *,
    ylabel: str,
    log: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw a quantity of pairs of networks against their width, with error bars, one line for each kind of path.

    Args:
        measured: Widths (m,), means (m,) and standard errors (m,), by name.
        ylabel: What the quantity is.
        log: Whether the vertical axis is logarithmic; the horizontal one always is.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, (width, mean, error)), color, marker in zip(measured.items(), _ORDER, _MARKERS, strict=False):
        ax.errorbar(width, mean, error, fmt=f"{marker}-", color=COLORS[color], linewidth=1.2, label=name)
    ax.set(xscale="log", xlabel="hidden neurons $N$", ylabel=ylabel, yscale="log" if log else "linear")
    widths = np.unique(np.concatenate([np.asarray(width) for width, _, _ in measured.values()]))
    ax.set_xticks(widths, [f"{width:g}" for width in widths])
    ax.minorticks_off()
    ax.legend()
    return ax
