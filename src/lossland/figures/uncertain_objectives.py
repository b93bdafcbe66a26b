"""An objective seen through samples: its draws, the optima of the draws, running means, losses of other shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse

from lossland.figures.style import COLORS, axes_or_new


def plot_objective_draws(
    positions: Any,
    draws: Any,
    mean: Any,
    *,
    xlabel: str = "position on a line",
    ylabel: str = "loss (nats)",
    ax: Axes | None = None,
) -> Axes:
    """Draw an objective on a line of parameters, as each of several samples shows it, and as all data do.

    Args:
        positions: Positions on the line, (T,).
        draws: Objective of each sample, (k, T); the minimum of each is marked.
        mean: Objective of all data, (T,).
        xlabel: What the positions are.
        ylabel: What the objective is.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    positions = np.asarray(positions, float)
    for number, draw in enumerate(np.asarray(draws, float)):
        ax.plot(positions, draw, color=COLORS["sky"], linewidth=1.1, label="one sample each" if number == 0 else None)
        lowest = int(np.argmin(draw))
        ax.plot(positions[lowest], draw[lowest], "o", color=COLORS["blue"], markersize=4)
    ax.plot(positions, mean, color=COLORS["black"], linewidth=2.4, label="all data")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend()
    return ax


def plot_optimum_cloud(
    optima: Mapping[str, Any],
    covariances: Mapping[str, Any],
    center: Any,
    *,
    n_std: float = 2.0,
    names: tuple[str, str] = (r"$\theta_1$", r"$\theta_2$"),
    ax: Axes | None = None,
) -> Axes:
    """Draw where the optima of samples lie in a plane, with the ellipses that theory gives.

    Args:
        optima: Optima (N, 2) of samples of one size, by name; the first is drawn first, under the others.
        covariances: Their predicted covariances (2, 2), by the same names.
        center: The optimum of all data (2,).
        n_std: Half axes of the ellipses, in standard deviations.
        names: Names of the two parameters.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, cloud), color in zip(optima.items(), ("sky", "orange", "green"), strict=False):
        ax.plot(*np.asarray(cloud, float).T, ".", color=COLORS[color], markersize=3, alpha=0.5, label=name)
        values, vectors = np.linalg.eigh(np.asarray(covariances[name], float))
        angle = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
        sides = 2 * n_std * np.sqrt(values)
        ax.add_patch(
            Ellipse(center, sides[1], sides[0], angle=angle, fill=False, edgecolor=COLORS["black"], linewidth=1.5)
        )
    ax.plot(*center, "X", color=COLORS["black"], markersize=8, label="optimum of all data")
    ax.set(xlabel=names[0], ylabel=names[1])
    ax.legend(markerscale=1.5)
    return ax


def plot_running_means(
    series: Mapping[str, Any], *, bands: Mapping[str, Any] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the mean of the first n samples against n, several runs for each law.

    Args:
        series: Samples (runs, N) by the name of their law.
        bands: For some names the standard deviation of the mean for n = 1, ..., N, drawn as a band around 0.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, samples), color in zip(series.items(), ("blue", "orange", "green"), strict=False):
        samples = np.asarray(samples, float)
        counts = np.arange(1, samples.shape[1] + 1)
        means = np.cumsum(samples, axis=1) / counts
        for number, mean in enumerate(means):
            ax.plot(counts, mean, color=COLORS[color], linewidth=1.1, label=name if number == 0 else None)
        if bands and name in bands:
            ax.fill_between(counts, -2 * bands[name], 2 * bands[name], color=COLORS[color], alpha=0.15, linewidth=0)
    ax.set(xscale="log", xlabel="number of samples", ylabel="mean so far")
    ax.legend()
    return ax


def plot_loss_shapes(
    predictions: Any, mean_losses: Mapping[str, Any], *, xlabel: str = "constant prediction", ax: Axes | None = None
) -> Axes:
    """Draw mean losses of constant predictions, each relative to its least, with the best constant marked.

    Args:
        predictions: Constants (T,).
        mean_losses: Mean loss at each of them, (T,), by the name of the loss.
        xlabel: What is predicted.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    predictions = np.asarray(predictions, float)
    for (name, losses), color in zip(mean_losses.items(), ("black", "blue", "orange", "green"), strict=False):
        losses = np.asarray(losses, float) / np.min(losses)
        lowest = int(np.argmin(losses))
        ax.plot(predictions, losses, color=COLORS[color], label=name)
        ax.plot(predictions[lowest], 1.0, "o", color=COLORS[color], markersize=7)
    ax.set(xlabel=xlabel, ylabel="mean loss / least mean loss", ylim=(0.9, 4))
    ax.legend()
    return ax
