"""Ritz values of Lanczos against the number of steps: how they find the ends first, and how ghosts appear."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new


def plot_ritz_values(
    steps: Sequence[int],
    ritz_values: Sequence[np.ndarray],
    *,
    eigenvalues: np.ndarray | None = None,
    tol: float = 1e-6,
    ax: Axes | None = None,
) -> Axes:
    """Draw the Ritz values after each of some numbers of steps; values that come more than once are marked.

    Args:
        steps: Numbers of steps.
        ritz_values: For each of them the Ritz values, in any order.
        eigenvalues: True eigenvalues, drawn as thin lines.
        tol: Ritz values closer than this are copies of one another.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on; its lines are all Ritz values, then the copies.
    """
    ax = axes_or_new(ax)
    points, copies = [], []
    for step, values in zip(steps, ritz_values, strict=True):
        ordered = np.sort(np.asarray(values, dtype=float))
        points += [(step, value) for value in ordered]
        copies += [(step, value) for value in ordered[1:][np.diff(ordered) < tol]]
    for value in () if eigenvalues is None else np.asarray(eigenvalues, dtype=float):
        ax.axhline(value, color=COLORS["gray"], linewidth=0.4, zorder=0)
    ax.plot(*_columns(points), ".", color=COLORS["blue"], markersize=3, label="Ritz values")
    ax.plot(*_columns(copies), "o", color=COLORS["orange"], markersize=6, markerfacecolor="none", label="ghosts")
    ax.grid(False)
    ax.set(xlabel="steps of Lanczos", ylabel="Ritz value")
    return ax


def _columns(points: list[tuple[float, float]]) -> np.ndarray:
    return np.array(points, dtype=float).reshape(-1, 2).T
