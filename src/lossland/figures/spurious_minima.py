"""Spurious minima of ReLU students: the weights, the way to the global minimum, and what an added student changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_LINES = ("blue", "orange", "green", "pink", "gold", "sky")


def plot_descents(steps: np.ndarray, losses: np.ndarray, bad: np.ndarray, *, ax: Axes | None = None) -> Axes:
    """Draw the loss of many runs against the step, those that end in a spurious minimum in another color.

    Args:
        steps: Shape (m,).
        losses: Shape (m, runs).
        bad: Which runs end in a spurious minimum, shape (runs,).
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    bad = np.asarray(bad, bool)
    groups = (("blue", ~bad, "to the global minimum"), ("orange", bad, "to a spurious one"))
    for color, chosen, name in groups:
        if np.any(chosen):
            lines = ax.plot(steps, losses[:, chosen], color=COLORS[color], linewidth=0.8, alpha=0.6)
            lines[0].set_label(f"{int(chosen.sum())} runs {name}")
    ax.set(xscale="log", yscale="log", xlabel="step", ylabel="loss")
    ax.legend(loc="lower left")  # the best place takes long to find among so many lines
    return ax


def plot_weights(
    matrices: Mapping[str, np.ndarray], *, numbers: bool = False, axes: Sequence[Axes] | None = None
) -> np.ndarray:
    """Draw matrices of students, one row each, in one scale of colors: blue is toward a teacher, orange away from it.

    Args:
        matrices: Name and weights (n, d) for each panel, in coordinates whose axes are the teachers.
        numbers: Whether to write the entries.
        axes: One for each matrix; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    if axes is None:
        width = 3.2 * len(matrices) + 0.8
        axes = plt.subplots(1, len(matrices), figsize=(width, 3.4), squeeze=False)[1][0]
    shades = plt.get_cmap("PuOr")
    for ax, (name, weights) in zip(axes, matrices.items(), strict=True):
        image = ax.imshow(weights, cmap=shades, vmin=-1, vmax=1)
        ax.set(title=name, xlabel="teacher", ylabel="student")
        ax.set(xticks=[], yticks=[])
        ax.grid(False)
        if numbers:
            for (i, j), entry in np.ndenumerate(weights):
                color = "white" if abs(entry) > 0.55 else COLORS["black"]
                ax.text(j, i, f"{entry:.2f}".replace("0.", "."), ha="center", va="center", color=color, fontsize=8)
    axes[0].figure.colorbar(image, ax=list(axes), shrink=0.8, label="overlap with the teacher")
    return np.asarray(axes)


def plot_path(t: np.ndarray, losses: Mapping[str, np.ndarray], *, ax: Axes | None = None) -> Axes:
    """Draw the loss along paths between two points.

    Args:
        t: Position on the path, from 0 to 1.
        losses: For each path its name and the loss there.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, loss), color in zip(losses.items(), _LINES, strict=False):
        ax.plot(t, loss, color=COLORS[color], label=name)
        ax.plot(t[[0, -1]], np.asarray(loss)[[0, -1]], "o", color=COLORS[color])
    ax.set(xlabel="position between the spurious and the global minimum", ylabel="loss", ylim=(0, None))
    ax.legend()
    return ax


def plot_after_adding(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], level: float, *, ax: Axes | None = None
) -> Axes:
    """Draw the loss of descents that start at a spurious minimum with one student added.

    Args:
        curves: For each way of adding it its name, the steps and the losses.
        level: Loss of the minimum at the start.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    ax.axhline(level, color=COLORS["gray"], linewidth=1, linestyle="--", label="the spurious minimum")
    for (name, (steps, losses)), color in zip(curves.items(), _LINES, strict=False):
        ax.plot(steps, losses, color=COLORS[color], label=name)
    ax.set(xlabel="step of descent", ylabel="loss", ylim=(0, 1.2 * level))
    ax.legend()
    return ax
