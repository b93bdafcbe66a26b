"""Pyramidal networks: the gradient against its lower bound, and training with few and with many samples.

The theorem is that of Gori and Tesi (1992); the figures are not in the paper.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_PALETTE = (COLORS["blue"], COLORS["green"], COLORS["gold"], COLORS["orange"])
_SMALLEST = 1e-32  # rounding of a loss in double precision: nothing is to be seen below


def plot_gradient_bound(bound: np.ndarray, gradient_norm: np.ndarray, *, ax: Axes | None = None) -> Axes:
    """Scatter the norm of the gradient against its lower bound; below the diagonal nothing can be.

    Args:
        bound: Lower bounds, positive, (n,).
        gradient_norm: Norms, (n,).
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on, both axes logarithmic.
    """
    ax = axes_or_new(ax)
    bound, gradient_norm = np.asarray(bound), np.asarray(gradient_norm)
    ends = np.array([bound.min() / 3, gradient_norm.max() * 3])
    ax.fill_between(ends, ends, ends[0], color=COLORS["gray"], alpha=0.25, linewidth=0)
    ax.plot(ends, ends, color=COLORS["black"], linewidth=1.2)
    ax.loglog(bound, gradient_norm, "o", color=COLORS["blue"], alpha=0.5, markersize=3.5)
    ax.text(0.7, 0.25, "excluded", color=COLORS["black"], ha="center", va="center", transform=ax.transAxes)
    ax.set(xlabel=r"bound $C\,\|r\|$", ylabel=r"gradient in layer 1, $\|\nabla_{\tilde W_1}L\|$")
    ax.set(xlim=tuple(ends), ylim=tuple(ends))
    return ax


def plot_training(steps: np.ndarray, losses: Mapping[str, np.ndarray], *, ax: Axes | None = None) -> Axes:
    """Draw losses over time, one thin line for each run and a thick one for their median.

    Args:
        steps: Recorded steps, (m,).
        losses: Losses (m, n_runs) by label.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on, the loss logarithmic and cut where rounding ends.
    """
    ax = axes_or_new(ax)
    for (label, values), color in zip(losses.items(), _PALETTE, strict=False):
        shown = np.maximum(np.asarray(values), _SMALLEST)
        ax.semilogy(steps, shown, color=color, linewidth=0.7, alpha=0.45)
        ax.semilogy(steps, np.median(shown, axis=1), color=color, linewidth=2.4, label=label)
    ax.set(xlabel="step", ylabel="training loss $L$")
    ax.legend()
    return ax
