"""Time courses of the modes of a linear network: exact lines, simulated points, and how long they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

SHADES = ("#9ECAE1", "#6BAED6", "#3182BD", "#08519C", "#08306B")


def plot_mode_courses(
    courses: Mapping[str, tuple[np.ndarray, np.ndarray]],
    *,
    points: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw strengths of modes against time, exact ones as lines and simulated ones as points of the same color.

    Args:
        courses: For each name times and strengths.
        points: For some of the names times and simulated strengths.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    names = ("blue", "orange", "green", "pink", "gold", "sky")
    for (name, (times, strengths)), color in zip(courses.items(), names, strict=False):
        ax.plot(times, strengths, color=COLORS[color], label=name)
        if points and name in points:
            ax.plot(*points[name], "o", color=COLORS[color], markersize=5, markerfacecolor="white")
    ax.set(xlabel="time $t$", ylabel="strength $q$")
    ax.legend()
    return ax


def plot_waiting_times(
    starts: np.ndarray,
    exact: Mapping[int, np.ndarray],
    *,
    measured: Mapping[int, np.ndarray] | None = None,
    at: np.ndarray | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the time to half strength against the strength at the start, for several depths, on logarithmic axes.

    Args:
        starts: Strengths at time 0, decreasing or increasing.
        exact: For each depth the times that theory gives.
        measured: For each depth times that were measured, at the starts ``at``.
        at: Starts of the measurements.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    names = ("blue", "orange", "green", "pink", "gold")
    for (depth, times), color in zip(exact.items(), names, strict=False):
        ax.plot(starts, times, color=COLORS[color], label=f"$K = {depth}$")
        if measured and depth in measured:
            ax.plot(at, measured[depth], "o", color=COLORS[color], markersize=5, markerfacecolor="white")
    ax.set(xscale="log", yscale="log", xlabel="strength at the start $q_0$", ylabel="time to half strength")
    ax.invert_xaxis()
    ax.legend()
    return ax


def plot_conserved_quantities(
    weights: np.ndarray, *, arrows: tuple[np.ndarray, np.ndarray] | None = None, target: float = 1.0,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw paths of two weights: pieces of hyperbolas that end where the product is the target.

    Args:
        weights: Paths, (n_times, n_paths, 2).
        arrows: Grid of first and second weights at which the direction of the flow is drawn.
        target: Strength of the target.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    low, high = float(weights.min()) - 0.2, float(weights.max()) + 0.2
    side = np.linspace(abs(target) / max(abs(low), high), max(abs(low), high), 200)
    for sign in (1.0, -1.0):
        label = "global minima" if sign > 0 else None
        ax.plot(sign * side, target / (sign * side), color=COLORS["black"], linewidth=2.5, label=label)
    if arrows is not None:
        w1, w2 = np.meshgrid(*arrows)
        slope1, slope2 = w2 * (target - w1 * w2), w1 * (target - w1 * w2)
        size = np.maximum(np.hypot(slope1, slope2), 1e-12)
        ax.quiver(w1, w2, slope1 / size, slope2 / size, color="#BBBBBB", scale=32, width=0.003)
    for number in range(weights.shape[1]):
        path = weights[:, number]
        ax.plot(path[:, 0], path[:, 1], color=COLORS["blue"], linewidth=1.3)
        ax.plot(*path[0], "o", color=COLORS["blue"], markersize=4)
        ax.plot(*path[-1], "s", color=COLORS["orange"], markersize=5)
    ax.set(xlabel="$w_1$", ylabel="$w_2$", xlim=(low, high), ylim=(low, high), aspect="equal")
    ax.legend(loc="upper left")
    return ax


def plot_drifts(times: np.ndarray, drifts: Sequence[tuple[str, np.ndarray]], *, ax: Axes | None = None) -> Axes:
    """Draw how far conserved quantities have moved, logarithmic.

    Args:
        times: Times, without 0.
        drifts: For each curve a name and the largest change of a conserved quantity at these times.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, drift), color in zip(drifts, ("orange", "gold", "green", "blue"), strict=False):
        ax.plot(times, np.maximum(drift, 1e-17), color=COLORS[color], label=name)
    ax.set(yscale="log", xlabel="time $t$", ylabel="change of conserved quantities")
    ax.legend()
    return ax
