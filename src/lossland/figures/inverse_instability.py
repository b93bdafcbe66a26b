"""Functions that shrink while the parameters behind them grow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

SHADES = ("#08306B", "#2171B5", "#6BAED6", "#9ECAE1")


def plot_functions(inputs: np.ndarray, values: Mapping[str, np.ndarray], *, ax: Axes | None = None) -> Axes:
    """Draw functions of one variable, the first one darkest.

    Args:
        inputs: Points, (P,).
        values: For each function its name and its values there.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, outputs), color in zip(values.items(), SHADES, strict=False):
        ax.plot(inputs, outputs, color=color, label=name)
    ax.set(xlabel="$x$", ylabel="$f(x)$")
    ax.legend()
    return ax


def plot_closeness(
    functions: np.ndarray, parameters: Mapping[str, tuple[np.ndarray, str]], *, ax: Axes | None = None
) -> Axes:
    """Draw distances of parameters against distances of functions, both logarithmic, small functions to the right.

    Args:
        functions: Distances of functions.
        parameters: For each line its name, its distances, and its format (``"-"`` for theory, ``"o"`` for measured).
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, (distances, style)), color in zip(parameters.items(), ("orange", "blue", "green"), strict=False):
        ax.plot(functions, distances, style, color=COLORS[color], label=name)
    ax.set(xscale="log", yscale="log", xlabel="largest value of the function", ylabel="norm of the parameters")
    ax.invert_xaxis()
    ax.legend()
    return ax
