"""Descent on surfaces: paths over contour lines, errors against steps, and limits of stability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

if TYPE_CHECKING:
    from lossland.descent import Surface

_CYCLE = (COLORS["blue"], COLORS["orange"], COLORS["green"], COLORS["pink"], COLORS["gold"], COLORS["sky"])
FORM_COLORS = {"polyak": COLORS["blue"], "printed": COLORS["orange"]}


def plot_trajectories(
    surface: Surface,
    paths: Mapping[str, np.ndarray],
    *,
    window: tuple[tuple[float, float], tuple[float, float]] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw paths in the plane over the contour lines of a surface of two parameters.

    Args:
        surface: The surface; its ``value`` takes points (..., 2).
        paths: Iterates (n, 2) by name; starts are marked with a ring.  A single name becomes the title.
        window: ``((low, high), (low, high))``; by default the surface's own.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    window = surface.window if window is None else window
    x, y = (np.linspace(low, high, 121) for low, high in window)
    heights = np.asarray(surface.value(np.stack(np.meshgrid(x, y), axis=-1)))
    levels = np.quantile(heights, np.linspace(0, 1, 14)[1:-1] ** 1.5)
    ax.contour(x, y, heights, levels=np.unique(levels), colors="#BBBBBB", linewidths=0.8)
    for index, (name, path) in enumerate(paths.items()):
        color = _CYCLE[index % len(_CYCLE)]
        ax.plot(*np.asarray(path).T, ".-", color=color, linewidth=1.1, markersize=4, label=name)
        ax.plot(*np.asarray(path)[0], "o", markersize=8, markerfacecolor="none", color=color)
    ax.grid(False)
    ax.set(xlim=window[0], ylim=window[1], xlabel="$w_1$", ylabel="$w_2$")
    if len(paths) == 1:
        ax.set_title(next(iter(paths)))
    else:
        ax.legend(loc="upper right", frameon=True, framealpha=0.85)
    return ax


def plot_error_decay(
    errors: Mapping[str, np.ndarray],
    predicted: Mapping[str, np.ndarray] | None = None,
    *,
    steps: np.ndarray | None = None,
    n_points: int = 26,
    ax: Axes | None = None,
) -> Axes:
    """Draw errors against the number of steps on a logarithmic axis: measured points on predicted lines.

    Args:
        errors: Sizes of the error (n,) by name, all positive or zero.
        predicted: Predicted sizes (n,) by the same names; lines in the same color.
        steps: Step numbers (n,); 0, 1, ... by default.
        n_points: About how many points of each run are marked.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for index, (name, error) in enumerate(errors.items()):
        error = np.asarray(error, dtype=float)
        color, at = _CYCLE[index % len(_CYCLE)], np.arange(error.size) if steps is None else np.asarray(steps)
        if predicted is not None:
            ax.plot(at, predicted[name], color=color, linewidth=1.2)
        ax.plot(at, error, "o", color=color, markevery=max(1, error.size // n_points), label=name)
    ax.set(yscale="log", xlabel="step $n$", ylabel="error")
    ax.legend()
    return ax


def plot_loss_curves(steps: np.ndarray, losses: Mapping[str, np.ndarray], *, ax: Axes | None = None) -> Axes:
    """Draw training curves of several runs of each kind: thin lines for runs, a thick one for their mean.

    Args:
        steps: Step numbers, (n,).
        losses: Losses (n, runs) by name.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for index, (name, curves) in enumerate(losses.items()):
        color = _CYCLE[index % len(_CYCLE)]
        ax.plot(steps, curves, color=color, linewidth=0.6, alpha=0.5)
        ax.plot(steps, np.mean(curves, axis=1), color=color, linewidth=2.4, label=name)
    ax.set(yscale="log", xlabel="step $n$", ylabel="loss")
    ax.legend()
    return ax


def plot_stability_limits(
    momenta: np.ndarray,
    measured: Mapping[str, np.ndarray],
    predicted: Mapping[str, tuple[np.ndarray, np.ndarray]],
    *,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw the largest stable :math:`\alpha\lambda` of each form of heavy ball against the momentum.

    Args:
        momenta: Momenta of the measured points, (m,).
        measured: Measured limits (m,) by form, "polyak" or "printed".
        predicted: Momenta and predicted limits of the lines, by form.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    names = {"polyak": "heavy ball (Polyak)", "printed": "as printed"}
    for form, (beta, limit) in predicted.items():
        ax.fill_between(beta, 0, limit, color=FORM_COLORS[form], alpha=0.10, linewidth=0)
        ax.plot(beta, limit, color=FORM_COLORS[form], label=f"{names[form]}, theory")
        ax.plot(momenta, measured[form], "o", color=FORM_COLORS[form], label=f"{names[form]}, measured")
    ax.axhline(2, color=COLORS["black"], linestyle="--", linewidth=1, label="gradient descent")
    ax.set(xlabel=r"momentum $\beta$", ylabel=r"largest stable $\alpha\lambda$", xlim=(0, 1), ylim=(0, 4.2))
    ax.legend(loc="upper right", bbox_to_anchor=(1.0, 0.465))
    return ax
