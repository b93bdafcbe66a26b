"""The chance that a random slice through a saddle shows a minimum, against the share of directions that go down."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_ORDER = ("gold", "green", "blue", "pink")


def plot_bowl_probability(
    fractions: np.ndarray,
    lines: Mapping[int, np.ndarray],
    planes: Mapping[int, np.ndarray],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw the probability of a bowl for random lines (curves, exact) and random planes (points, simulated).

    Args:
        fractions: Index over dimension, (m,).
        lines: Probabilities (m,) by dimension, for lines.
        planes: Fractions (m,) by dimension, for planes.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (dimension, values), color in zip(lines.items(), _ORDER, strict=False):
        ax.plot(fractions, values, color=COLORS[color], linewidth=1.3)
        ax.plot(fractions, planes[dimension], "o", color=COLORS[color], label=f"{dimension} dimensions")
    ax.set(xlabel="fraction of directions that go down", ylabel="probability of a bowl", ylim=(-0.03, 1.05))
    ax.legend(loc="lower left", title="points: planes, curves: lines")
    return ax
