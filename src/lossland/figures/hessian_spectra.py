"""Spectra of Hessians in the course of training and against the size of the network."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

SHADES = ("#9ECAE1", "#6BAED6", "#4292C6", "#2171B5", "#08519C", "#08306B")
_ORDER = ("orange", "blue", "green", "pink", "gold", "black")
_MARKERS = ("o", "s", "^", "D", "v", "P")


def plot_quantiles(
    quantiles: Mapping[str, tuple[np.ndarray, np.ndarray]], *, linear: float = 1e-4, ax: Axes | None = None
) -> Axes:
    """Draw eigenvalues in increasing order against their share, on an axis that is logarithmic on both sides of zero.

    Args:
        quantiles: For each name levels between 0 and 1, and eigenvalues at them.
        linear: Eigenvalues up to this size are drawn on a linear scale.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, (levels, values)), color in zip(quantiles.items(), _ORDER, strict=False):
        ax.plot(levels, values, color=COLORS[color], label=name)
    ax.axhline(0, color=COLORS["black"], linewidth=0.8)
    ax.set_yscale("symlog", linthresh=linear)
    ax.set(xlabel="share of eigenvalues below", ylabel=r"eigenvalue $\lambda$", xlim=(0, 1))
    ax.legend()
    return ax


def plot_largest(
    largest: Mapping[str, tuple[np.ndarray, np.ndarray]], *, ax: Axes | None = None
) -> Axes:  # fmt: skip
    """Draw the largest eigenvalues against their rank, logarithmic, with error bars; one line for each network.

    Args:
        largest: For each name eigenvalues in decreasing order, (k,), and their standard errors, (k,).
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, (mean, error)), color, marker in zip(largest.items(), SHADES, _MARKERS, strict=False):
        rank = np.arange(1, len(mean) + 1)
        ax.errorbar(rank, mean, error, fmt=f"{marker}-", color=color, linewidth=1, label=name)
    ax.set(yscale="log", xlabel="rank", ylabel=r"eigenvalue $\lambda$")
    ax.legend(ncols=2)
    return ax


def plot_against_size(
    measured: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
    *,
    ylabel: str,
    level: tuple[float, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a quantity against the number of parameters, with error bars, one line for each name.

    Args:
        measured: Sizes (m,), means (m,) and standard errors (m,), by name.
        ylabel: What the quantity is.
        level: Height and name of a horizontal line.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, (size, mean, error)), color, marker in zip(measured.items(), _ORDER, _MARKERS, strict=False):
        ax.errorbar(size, mean, error, fmt=f"{marker}-", color=COLORS[color], linewidth=1.2, label=name)
    if level is not None:
        ax.axhline(level[0], color=COLORS["gray"], linestyle="--", linewidth=1, label=level[1])
    ax.set(xscale="log", xlabel="number of parameters", ylabel=ylabel)
    sizes = np.unique(np.concatenate([np.asarray(size) for size, _, _ in measured.values()]))
    ax.set_xticks(sizes, [f"{size:,.0f}" for size in sizes])
    ax.minorticks_off()
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax
