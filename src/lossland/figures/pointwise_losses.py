"""Pointwise losses against the prediction, and what a wrong label feels: the slope in the score."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_CYCLE = (COLORS["blue"], COLORS["orange"], COLORS["green"], COLORS["pink"])


def plot_pointwise_losses(predictions: np.ndarray, losses: Mapping[str, np.ndarray], *, ax: Axes | None = None) -> Axes:
    """Draw the loss of one sample against the prediction, one named line per loss.

    Args:
        predictions: Shape (m,).
        losses: Values (m,) by name; infinite values are left out.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    _lines(ax, predictions, losses)
    ax.set(xlabel=r"prediction $\tilde y$", ylabel=r"loss $l(y,\tilde y)$")
    return ax


def plot_score_slopes(scores: np.ndarray, slopes: Mapping[str, np.ndarray], *, ax: Axes | None = None) -> Axes:
    """Draw the derivative of the loss in the score before the sigmoid, one named line per loss.

    Args:
        scores: Shape (m,); negative scores vote against the class 1.
        slopes: Derivatives (m,) by name.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    ax.axhline(0, color=COLORS["gray"], linewidth=0.8)
    _lines(ax, scores, slopes)
    ax.set(xlabel=r"score $z$, with $\tilde y=\mathrm{sigmoid}(z)$", ylabel=r"$\partial l/\partial z$")
    return ax


def _lines(ax: Axes, x: np.ndarray, curves: Mapping[str, np.ndarray]) -> None:
    for index, (name, values) in enumerate(curves.items()):
        shown = np.where(np.isfinite(values), values, np.nan)
        ax.plot(x, shown, color=_CYCLE[index % 4], linestyle=("-", "--", "-.", ":")[index % 4], label=name)
    ax.legend()
