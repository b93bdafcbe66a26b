"""The cost of a gradient against the number of weights: in operations, and by the clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

if TYPE_CHECKING:
    from lossland.descent import GradientTimes, OperationCount


def plot_operation_counts(counts: Sequence[OperationCount], *, ax: Axes | None = None) -> Axes:
    """Draw the operations of three roads to the gradient, in units of one evaluation, against the weights.

    Args:
        counts: One count for each network, in the order of their size.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    n = np.array([count.forward for count in counts])
    size = np.array([count.n_parameters for count in counts])
    differences = np.array([count.finite_differences for count in counts]) / n
    tangents = np.array([count.forward_mode for count in counts]) / n + 1
    ratios = np.array([count.ratio for count in counts])
    ax.plot(size, differences, "s-", color=COLORS["orange"], label="finite differences")
    ax.plot(size, tangents, "^-", color=COLORS["gold"], label="from the right")
    ax.plot(size, ratios, "o-", color=COLORS["blue"], label="from the left: back-propagation")
    ax.axhline(4, color=COLORS["black"], linestyle="--", linewidth=1, label="bound 4")
    ax.set(xscale="log", yscale="log", xlabel="number of weights $W$", ylabel="operations / operations of the value")
    ax.legend()
    return ax


def plot_gradient_times(times: Sequence[GradientTimes], *, ax: Axes | None = None) -> Axes:
    """Draw the seconds of one evaluation, back-propagation and finite differences against the weights.

    Finite differences that were run in some directions only, and scaled up, are drawn hollow.

    Args:
        times: One measurement for each network, in the order of their size.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    size = np.array([measured.n_weights for measured in times])
    differences = np.array([measured.finite_differences for measured in times])
    complete = np.array([measured.n_differences == measured.n_weights for measured in times])
    ax.plot(size, differences, color=COLORS["orange"])
    marks = {"color": COLORS["orange"], "linestyle": "none", "marker": "s", "markersize": 6}
    ax.plot(size[complete], differences[complete], **marks, label="finite differences")
    if not complete.all():
        hollow = {**marks, "markerfacecolor": "white"}
        ax.plot(size[~complete], differences[~complete], **hollow, label="finite differences, scaled up")
    kinds = (("backpropagation", "blue", "o", "back-propagation"), ("forward", "black", "v", "one evaluation"))
    for name, color, marker, label in kinds:
        seconds = [getattr(measured, name) for measured in times]
        ax.plot(size, seconds, marker=marker, color=COLORS[color], label=label)
    ax.set(xscale="log", yscale="log", xlabel="number of weights $W$", ylabel="seconds")
    ax.legend()
    return ax
