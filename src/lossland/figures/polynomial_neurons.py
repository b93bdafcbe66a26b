"""Polynomials and splines as neurons: where their zeros are, who fits what, and what happens outside the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lossland.figures.style import COLORS, axes_or_new

_COLORS = ("blue", "orange", "green", "pink", "gold", "sky", "black", "gray")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def plot_zeros(zeros: Sequence[Any], *, xlabel: str = "$x$", ax: Axes | None = None) -> Axes:
    """Draw the zeros of polynomials, a row for each degree.

    Args:
        zeros: The zeros of polynomial 1, 2, ..., an array for each.
        xlabel: Name of the horizontal axis.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for row, places in enumerate(zeros, start=1):
        ax.plot(places, np.full(len(places), row), "|", color=COLORS["blue"], markersize=9, markeredgewidth=1.6)
    ax.set(xlabel=xlabel, ylabel="degree", ylim=(0.3, len(zeros) + 0.7))
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    return ax


def plot_compared_errors(
    errors: Mapping[str, Mapping[str, tuple[float, float, float]]], *, xlabel: str, ax: Axes | None = None
) -> Axes:
    """Draw an error on a logarithmic axis for each problem (a row) and each method (a color and a marker).

    Args:
        errors: By problem and then by method: the error, and the lower and upper end of its interval; an upper end may
            be infinite.
        xlabel: What the errors are.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    methods = list(dict.fromkeys(method for row in errors.values() for method in row))
    offsets = np.linspace(0.3, -0.3, len(methods)) if len(methods) > 2 else np.zeros(len(methods))
    rows = np.arange(len(errors))[::-1]
    for row, values in zip(rows, errors.values(), strict=True):
        middle = [value for value, *_ in values.values()]
        ax.hlines(row, min(middle), max(middle), color="#CCCCCC", linewidth=1, zorder=0)
    for k, method in enumerate(methods):
        shown = [(row, *values[method]) for row, values in zip(rows, errors.values(), strict=True) if method in values]
        place, middle, low, high = (np.array(part, float) for part in zip(*shown, strict=True))
        high = np.where(np.isfinite(high), high, 1e3 * middle)
        ax.errorbar(
            middle, place + offsets[k], xerr=(middle - low, high - middle), fmt=_MARKERS[k % 8],
            color=COLORS[_COLORS[k % 8]], linestyle="none", markersize=5.5, label=method,
        )  # fmt: skip
    ax.set(xscale="log", xlabel=xlabel, yticks=rows, yticklabels=list(errors), ylim=(-0.6, len(errors) - 0.4))
    ax.grid(axis="y", visible=False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=min(len(methods), 4))
    return ax


def plot_fits_outside(
    x: Any, target: Any, fits: Mapping[str, Any], *, inside: tuple[float, float] = (-1.0, 1.0), ax: Axes | None = None
) -> Axes:
    """Draw a function and what was fitted to it, within the data and beyond.

    Args:
        x: Points, (n,).
        target: The function there, (n,).
        fits: What each method says there, by name, each (n,).
        inside: Ends of the interval that had data.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    ax.axvspan(*inside, color="#EEEEEE", zorder=0, label="data")
    ax.plot(x, target, color=COLORS["black"], linewidth=3.2, alpha=0.35, label="function")
    styles = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
    for k, (name, values) in enumerate(fits.items()):
        ax.plot(x, values, color=COLORS[_COLORS[k % 8]], linestyle=styles[k % 5], label=name)
    spread = np.ptp(target)
    ax.set(xlabel="$x$", ylabel="$y$", ylim=(np.min(target) - 1.5 * spread, np.max(target) + 1.5 * spread))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return ax
