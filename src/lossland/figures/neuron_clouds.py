"""Clouds of neurons on their way from one network to another, and their moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from lossland.connectivity import path_moments
from lossland.figures.style import COLORS, axes_or_new

_KINDS = {"segment": "orange", "arc": "blue", "centered arc": "green"}


def plot_neuron_clouds(
    panels: Sequence[tuple[str, Mapping[str, np.ndarray]]], *, axes: Sequence[Axes] | None = None
) -> Sequence[Axes]:
    """Draw clouds of points in the plane, with the circle that holds 86 % of a standard normal law.

    Args:
        panels: For each panel a title and one or more clouds (n, 2) by name; the first is drawn in gray where there are
            several, and gives the others their background.
        axes: As many axes; a new row of panels when ``None``.

    Returns:
        The axes that were drawn on.
    """
    if axes is None:
        axes = np.ravel(plt.subplots(1, len(panels), figsize=(2.7 * len(panels), 2.9), sharex=True, sharey=True)[1])
    angle = np.linspace(0, 2 * np.pi, 200)
    for ax, (title, clouds) in zip(axes, panels, strict=True):
        for (name, cloud), color in zip(clouds.items(), ("blue", "orange", "green"), strict=False):
            ax.plot(*np.asarray(cloud).T, ".", color=COLORS[color], markersize=3.2, alpha=0.55, label=name)
        ax.plot(2 * np.cos(angle), 2 * np.sin(angle), color=COLORS["black"], linewidth=0.9)
        ax.set(title=title, aspect="equal", xlim=(-3.6, 3.6), ylim=(-3.6, 3.6))
        if len(clouds) > 1:
            ax.legend(loc="lower right", handletextpad=0.1, borderpad=0.1)
    return axes


def plot_path_moments(
    quantity: str,
    measured: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
    *,
    factor: float = 1.0,
    legend: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw a moment of the cloud against the position on the path: closed form as lines, samples with error bars.

    Args:
        quantity: ``"mean"``, ``"covariance"`` or ``"excess_kurtosis"``.
        measured: Positions (T,), values and standard errors, by kind of path (``"segment"``, ``"arc"``,
            ``"centered arc"``).
        factor: Value at the ends.
        legend: Whether to name the kinds.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    t = np.linspace(0, 1, 201)
    for kind, (times, values, errors) in measured.items():
        color = COLORS[_KINDS[kind]]
        ax.plot(t, factor * getattr(path_moments(kind, t), quantity), color=color, linewidth=1.3)
        ax.errorbar(times, values, errors, fmt="o", color=color, label=kind)
    ax.set(xlabel="position $t$ on the path", ylabel=quantity.replace("_", " "))
    if legend:
        ax.legend()
    return ax


def plot_fits(losses: Mapping[int, np.ndarray], *, floor: float = 1e-12, ax: Axes | None = None) -> Axes:
    """Draw the final losses of runs with different numbers of neurons, one point a run, on a logarithmic axis.

    Args:
        losses: Final losses (n_runs,), by the number of neurons.
        floor: Losses below are drawn at it.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for place, values in enumerate(losses.values()):
        values = np.sort(np.maximum(np.asarray(values, float), floor))
        spread = place + np.linspace(-0.25, 0.25, len(values))
        ax.semilogy(spread, values, "o", color=COLORS["blue"], alpha=0.75)
    ax.set_xticks(range(len(losses)), [f"$N = {n}$" for n in losses])
    ax.set(ylabel="loss where the run ended")
    ax.grid(axis="x", visible=False)
    return ax
