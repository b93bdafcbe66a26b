"""A mode that is stuck, one that should be and is not, and the steps that are too large."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_NAMES = ("blue", "orange", "green", "pink", "gold")


def plot_rounding_escape(
    times: np.ndarray,
    losses: Mapping[str, np.ndarray],
    *,
    level: float,
    predicted: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw losses of runs that are the same in exact arithmetic, and the time at which they should part.

    Args:
        times: Times.
        losses: For each run a name and its loss at the times.
        level: Loss of the stuck mode.
        predicted: Time at which rounding is predicted to free the mode.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, loss), color in zip(losses.items(), _NAMES, strict=False):
        ax.plot(times, loss, color=COLORS[color], label=name)
    ax.axhline(level, color=COLORS["black"], linestyle="--", linewidth=0.9, label="stuck: half of $r^2$")
    if predicted is not None:
        ax.axvline(predicted, color=COLORS["gray"], linestyle=":", label="predicted escape")
    ax.set(xlabel="time $t$", ylabel="loss", ylim=(0, None))
    ax.legend()
    return ax


def plot_step_limits(
    targets: np.ndarray,
    limits: Mapping[int, np.ndarray],
    *,
    measured: Mapping[int, np.ndarray] | None = None,
    at: np.ndarray | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the largest stable step against the target, theory as lines and trials as points, on logarithmic axes.

    Args:
        targets: Strengths of the target.
        limits: For each depth the limit that theory gives.
        measured: For each depth the least step that was found to fail, at the targets ``at``.
        at: Targets of the measurements.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (depth, limit), color in zip(limits.items(), _NAMES, strict=False):
        ax.plot(targets, limit, color=COLORS[color], label=f"$K = {depth}$")
        if measured and depth in measured:
            ax.plot(at, measured[depth], "o", color=COLORS[color], markersize=5, markerfacecolor="white")
    ax.axvline(1.0, color=COLORS["gray"], linestyle=":", linewidth=1)
    ax.set(xscale="log", yscale="log", xlabel="target $r$", ylabel=r"largest step $\alpha$")
    ax.legend()
    return ax


def plot_growing_defect(
    defects: Mapping[str, tuple[np.ndarray, np.ndarray]], *, seed: float, rate: float, ax: Axes | None = None
) -> Axes:
    """Draw how a broken symmetry grows, with the exponential that starts at one rounding error.

    Args:
        defects: For each run its name, times and defects.
        seed: Defect at time 0.
        rate: Predicted rate of growth.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, (times, defect)), color in zip(defects.items(), ("green", "pink"), strict=False):
        some = defect > 0
        ax.plot(times[some], defect[some], color=COLORS[color], label=name)
    until = np.log(1 / seed) / rate
    law = np.linspace(0, until, 50)
    label = r"$\varepsilon\,e^{|r|t}$"
    ax.plot(law, seed * np.exp(rate * law), "--", color=COLORS["black"], linewidth=1, label=label)
    ax.set(yscale="log", xlabel="time $t$", ylabel="mirror defect")
    ax.legend()
    return ax
