"""How many generic starts have not arrived yet."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_NAMES = ("blue", "orange", "green", "pink")


def plot_share_left(
    shares: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
    *,
    theory: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the share of runs that have not reached the global minimum against time, both logarithmic.

    Args:
        shares: For each kind of start times, shares and standard errors; shares of 0 are not drawn.
        theory: For some of the kinds times and predicted shares.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, (times, share, error)), color in zip(shares.items(), _NAMES, strict=False):
        some = share > 0
        style = {"color": COLORS[color], "markersize": 3.5, "linewidth": 1, "label": name}
        ax.errorbar(times[some], share[some], error[some], fmt="o", **style)
        if theory and name in theory:
            ax.plot(*theory[name], color=COLORS[color], linewidth=1.3)
    ax.set(xscale="log", yscale="log", xlabel="time $t$", ylabel="share not yet at the minimum")
    ax.legend()
    return ax


def share_and_error(left: np.ndarray, n_runs: int) -> tuple[np.ndarray, np.ndarray]:
    """Share of runs and its binomial standard error, from counts."""
    share = np.asarray(left, float) / n_runs
    return share, np.sqrt(share * (1 - share) / n_runs)
