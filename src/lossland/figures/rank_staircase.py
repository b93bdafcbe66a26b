"""Learning in steps: singular values that rise one after the other, and the stairs of the loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_NAMES = ("blue", "orange", "green", "pink", "gold", "sky")


def plot_singular_values(
    times: np.ndarray,
    values: np.ndarray,
    targets: Sequence[float],
    *,
    theory: np.ndarray | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the singular values of the end-to-end map against time: runs as bands, theory as dashed lines.

    Args:
        times: Times, (n_times,).
        values: Singular values in decreasing order, (n_times, n_runs, n_modes); mean and standard error are drawn.
        targets: Singular values of the target, (n_modes,).
        theory: Strengths that theory predicts, (n_times, n_modes).
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    mean = values.mean(axis=1)
    error = values.std(axis=1, ddof=1) / values.shape[1] ** 0.5 if values.shape[1] > 1 else np.zeros_like(mean)
    for mode, target in enumerate(targets):
        color = COLORS[_NAMES[mode % len(_NAMES)]]
        ax.axhline(target, color=color, linewidth=0.8, linestyle=":")
        ax.plot(times, mean[:, mode], color=color, label=f"mode {mode + 1}, target {target:g}")
        low, high = mean[:, mode] - error[:, mode], mean[:, mode] + error[:, mode]
        ax.fill_between(times, low, high, color=color, alpha=0.3, linewidth=0)
        if theory is not None:
            label = "predicted" if mode == 0 else None
            ax.plot(times, theory[:, mode], "--", color=COLORS["black"], linewidth=1, label=label)
    ax.set(xlabel="time $t$", ylabel="singular values of the map")
    ax.legend(loc="center right")
    return ax


def plot_loss_stairs(
    times: np.ndarray, losses: np.ndarray, levels: Sequence[float], *, ax: Axes | None = None
) -> Axes:
    """Draw the loss of several runs against time, with the least losses of each rank as dashed lines.

    Args:
        times: Times, (n_times,).
        losses: Losses, (n_times, n_runs).
        levels: Least loss of the ranks 0, 1, 2, ...
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for run in range(losses.shape[1]):
        label = f"{losses.shape[1]} starts" if run == 0 else None
        ax.plot(times, losses[:, run], color=COLORS["blue"], linewidth=1, alpha=0.7, label=label)
    for rank, level in enumerate(levels):
        if level > 0:
            label = "best of rank 0, 1, 2, …" if rank == 0 else None
            ax.axhline(level, color=COLORS["black"], linewidth=0.9, linestyle="--", label=label)
    ax.set(xlabel="time $t$", ylabel="loss", ylim=(0, None))
    ax.legend()
    return ax
