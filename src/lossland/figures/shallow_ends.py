"""Ends of descent in the shallow laboratory: sorted losses by kind of end, and the functions that were learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

if TYPE_CHECKING:
    from lossland.descent import PiecewiseLinear

END_SIGNS = {
    "global minimum": ("o", COLORS["blue"]),
    "local minimum": ("s", COLORS["green"]),
    "dead units": ("X", COLORS["orange"]),
    "plateau": ("^", COLORS["gray"]),
    "undecided": ("P", COLORS["pink"]),
}


def plot_sorted_losses(
    losses: np.ndarray, ends: np.ndarray, *, floor: float = 1e-10, levels: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the final losses of all runs in increasing order, each with the sign of its end.

    Args:
        losses: Losses, (m,).
        ends: Kinds of ends, (m,) texts.
        floor: Losses below are drawn there.
        levels: Losses to mark by horizontal lines, by name.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """  # fmt: skip
    ax = axes_or_new(ax)
    order = np.argsort(losses)
    losses, ends = np.maximum(np.asarray(losses)[order], floor), np.asarray(ends)[order]
    heights = np.array(list((levels or {}).values()))
    for name, height in (levels or {}).items():
        ax.axhline(height, color=COLORS["gray"], linewidth=0.8, linestyle=":")
        crowded = np.any((heights > height) & (heights < 3 * height))
        place = {"va": "top" if crowded else "bottom", "ha": "left"}
        ax.text(len(losses) * 1.02, height, name, fontsize=9, color=COLORS["black"], **place)
    for name, (marker, color) in END_SIGNS.items():
        here = np.flatnonzero(ends == name)
        if len(here):
            ax.semilogy(here + 1, losses[here], marker, color=color, markersize=4.5, label=f"{name} ({len(here)})")
    ax.set(xlabel="run, sorted by loss", ylabel="loss at the end", ylim=(floor / 3, None), xlim=(0, len(losses) + 1))
    ax.legend(loc="lower right")
    return ax


def plot_learned_functions(
    target: PiecewiseLinear, x: np.ndarray, outputs: Mapping[str, np.ndarray], *, ax: Axes | None = None
) -> Axes:
    """Draw the target and what networks made of it.

    Args:
        target: The target.
        x: Inputs, (m,).
        outputs: Values (m,) by kind of end or any other name.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    ax.plot(x, target(x), color=COLORS["black"], linewidth=4.5, alpha=0.25, label="target")
    for name, values in outputs.items():
        ax.plot(x, values, color=END_SIGNS.get(name, (None, None))[1], label=name)
    ax.set(xlabel="$x$", ylabel="$f(x)$", xlim=(float(np.min(x)), float(np.max(x))))
    ax.legend(loc="upper right")
    return ax
