"""Numbers of copies of a network as powers of ten: against the width, for one architecture, and against success."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new


def plot_copies_against_width(
    widths: np.ndarray,
    log10_copies: Mapping[str, np.ndarray],
    *,
    mark: tuple[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw numbers of copies against the width of the hidden layers, both axes logarithmic in what they name.

    Args:
        widths: Numbers of neurons.
        log10_copies: For each line its name and powers of ten.
        mark: Name and power of ten of a number to compare with.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, powers), color in zip(log10_copies.items(), ("blue", "orange", "green", "pink"), strict=False):
        ax.plot(widths, powers, color=COLORS[color], label=name)
    if mark is not None:
        ax.axhline(mark[1], color=COLORS["gray"], linestyle=":")
        place = {"xytext": (0, 4), "textcoords": "offset points", "ha": "right"}
        ax.annotate(mark[0], (widths[-1], mark[1]), color=COLORS["black"], **place)
    ax.set(xscale="log", yscale="log", xlabel="neurons in a layer", ylabel=r"$\log_{10}$ of the number of copies")
    ax.legend(loc="upper left")
    return ax


def plot_counts(counts: Mapping[str, float | tuple[float, float]], *, first: str, ax: Axes | None = None) -> Axes:
    """Draw powers of ten as horizontal bars; a pair is a range.

    Args:
        counts: By name, from the top.
        first: Name of the bar that the others are compared with: it has a color of its own and a line through all.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for place, (name, count) in enumerate(counts.items()):
        low, high = count if isinstance(count, tuple) else (count, count)
        color = COLORS["orange"] if name == first else COLORS["blue"]
        ax.barh(place, low, color=color, height=0.62)
        text = f"{high:.1f}"
        if high > low:
            ax.barh(place, high - low, left=low, color="white", edgecolor=color, hatch="////", height=0.62)
            text = f"{low:.1f} to {high:.1f}"
        ax.annotate(text, (high, place), xytext=(5, 0), textcoords="offset points", va="center", fontsize=10)
    reference = counts[first]
    ax.axvline(reference if not isinstance(reference, tuple) else reference[1], color=COLORS["orange"], linestyle=":")
    ax.set_yticks(range(len(counts)), list(counts))
    ax.invert_yaxis()
    top = max(count[1] if isinstance(count, tuple) else count for count in counts.values())
    ax.set(xlim=(0, 1.22 * top), xlabel=r"$\log_{10}$ of the number of copies")
    ax.grid(axis="y", visible=False)
    return ax


def plot_success_and_copies(
    widths: np.ndarray, success: tuple[np.ndarray, np.ndarray], log10_copies: np.ndarray, *, axes=None
) -> np.ndarray:
    """Draw, one above the other, the share of runs that reach an optimum and the number of its copies.

    Args:
        widths: Numbers of neurons.
        success: Shares and their standard errors.
        log10_copies: Powers of ten.
        axes: Two axes to draw on; a new figure when ``None``.

    Returns:
        The two axes.
    """
    if axes is None:
        top = axes_or_new(None)
        figure = top.figure
        top.remove()
        axes = figure.subplots(2, 1, sharex=True)
    axes[0].errorbar(widths, success[0], success[1], fmt="o-", color=COLORS["blue"])
    axes[0].set(ylabel="share of runs\nthat succeed", ylim=(-0.05, 1.08))
    axes[1].plot(widths, log10_copies, "s-", color=COLORS["orange"])
    axes[1].set(xlabel="neurons of the student", ylabel=r"$\log_{10}$ of $n!$", xscale="log")
    axes[1].set_xticks(widths, [str(int(width)) for width in widths])
    axes[1].minorticks_off()
    return np.asarray(axes)
