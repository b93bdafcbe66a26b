"""How long descent stays at a saddle: measured steps on the line of the linear prediction."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_ORDER = ("orange", "blue", "green", "pink")


def plot_escape_times(
    offsets: np.ndarray,
    measured: Mapping[str, np.ndarray],
    predicted: Mapping[str, np.ndarray],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw escape steps against the distance from the stable manifold, on a logarithmic axis that runs to the left.

    Args:
        offsets: First deviations along the unstable direction, (m,).
        measured: Steps (m,) by name; entries -1, runs that never left, are not drawn.
        predicted: Predicted steps (m,) by the same names.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, steps), color in zip(measured.items(), _ORDER, strict=False):
        steps = np.asarray(steps, dtype=float)
        ax.semilogx(offsets, predicted[name], color=COLORS[color], linewidth=1.3)
        ax.semilogx(offsets, np.where(steps >= 0, steps, np.nan), "o", color=COLORS[color], label=name)
    ax.invert_xaxis()
    ax.set(xlabel="distance $|y_0|$ from the stable manifold", ylabel="steps until the saddle is left")
    ax.legend()
    return ax
