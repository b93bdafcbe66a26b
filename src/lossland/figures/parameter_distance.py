"""Distances of parameters: their law for random matrices, layer by layer, along a retraining, and a stopping rule."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_NAMES = ("blue", "orange", "green", "pink", "gold", "sky", "black")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def plot_distance_law(
    limit: tuple[np.ndarray, np.ndarray],
    laws: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
    measured: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw the relative distance of unrelated matrices against the ratio of mean and standard deviation.

    Args:
        limit: Ratios and distances of infinitely large matrices.
        laws: For each shape ratios, means and standard deviations of the exact law, drawn as bands.
        measured: For each shape ratios, means and standard errors.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    ax.plot(*limit, color=COLORS["black"], linewidth=1.2, label="large matrices")
    for color, marker, (name, (ratio, mean, std)) in zip(_NAMES, _MARKERS, laws.items(), strict=False):
        ax.fill_between(ratio, mean - std, mean + std, color=COLORS[color], alpha=0.2, linewidth=0)
        ax.plot(ratio, mean, color=COLORS[color], linewidth=1)
        if name in measured:
            style = {"color": COLORS[color], "markerfacecolor": "white", "label": name}
            ax.errorbar(*measured[name][:2], measured[name][2], fmt=marker, **style)
    ax.set(xlabel=r"mean / standard deviation of the entries", ylabel=r"relative distance $\Phi$", ylim=(0, None))
    ax.legend()
    return ax


def plot_layer_distances(
    methods: Mapping[str, tuple[np.ndarray, np.ndarray]], *, floor: float = 1e-8, ax: Axes | None = None
) -> Axes:
    """Draw the vector of relative distances over the layers, one line for each way of ordering.

    Args:
        methods: Means (K,) and standard errors (K,), by name.
        floor: Distances below it are drawn at it.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for color, marker, (name, (mean, error)) in zip(_NAMES, _MARKERS, methods.items(), strict=False):
        layers = np.arange(1, len(mean) + 1)
        style = {"color": COLORS[color], "linewidth": 1.2, "label": name, **_open(len(ax.containers))}
        ax.errorbar(layers, np.maximum(mean, floor), error, fmt=f"{marker}-", **style)
        ax.set_xticks(layers)
    ax.set(yscale="log", xlabel="layer", ylabel=r"relative distance $\Phi$")
    ax.legend()
    return ax


def plot_tracks(
    steps: np.ndarray, tracks: Mapping[str, np.ndarray], *, ylabel: str = r"relative distance $\Phi$",
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw distances along retrainings, means over runs with standard errors, on a logarithmic axis.

    Args:
        steps: Steps of the checkpoints, (T,).
        tracks: Distances (runs, T), by name.
        ylabel: What the distances are.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for color, marker, (name, runs) in zip(_NAMES, _MARKERS, tracks.items(), strict=False):
        runs = np.asarray(runs, float)
        error = runs.std(axis=0, ddof=1) / len(runs) ** 0.5
        style = {"color": COLORS[color], "linewidth": 1.2, "label": name, **_open(len(ax.containers))}
        ax.errorbar(steps, runs.mean(axis=0), error, fmt=f"{marker}-", **style)
    ax.set(yscale="log", xlabel="step of the retraining", ylabel=ylabel)
    ax.legend()
    return ax


def plot_approach(
    distances: Mapping[str, np.ndarray], *, stops: Mapping[str, np.ndarray] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw distances to an old optimum in units of its cloud; a stopping rule fires below one.

    Args:
        distances: Distances (runs, T), by name; all runs are drawn.
        stops: Steps (runs,) at which the rule fired, by name, -1 for never; drawn as dots.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for color, (name, runs) in zip(_NAMES, distances.items(), strict=False):
        for number, run in enumerate(runs):
            ax.plot(run, color=COLORS[color], linewidth=0.8, label=None if number else name)
        for run, stop in zip(runs, (stops or {}).get(name, ()), strict=False):
            if stop >= 0:
                ax.plot(stop, run[stop], "o", color=COLORS["black"], markersize=5, zorder=3)
    ax.axhline(1, color=COLORS["black"], linestyle="--", linewidth=1.2, label="edge of the cloud")
    ax.set(yscale="log", xlabel="step", ylabel="distance in units of the cloud")
    ax.legend()
    return ax


def _open(number: int) -> dict:
    """Open markers, each smaller than the one before, so that lines which coincide are all seen."""
    return {"markersize": max(8 - number, 3), "markerfacecolor": "none"}
