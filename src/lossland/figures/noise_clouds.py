"""Clouds of noisy descent in the plane, and the density of iterates beside a law."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_LINES = (("orange", "--"), ("green", ":"), ("pink", "-."))


def plot_cloud(
    points: np.ndarray, covariance: np.ndarray, *, hessian: np.ndarray | None = None, n_stds: float = 2.0,
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw iterates in the plane, the ellipse of a covariance around the origin, and level lines of the objective.

    Args:
        points: Iterates (n_runs, 2).
        covariance: Predicted covariance (2, 2).
        hessian: Curvature (2, 2) whose level lines are drawn; none when ``None``.
        n_stds: Half-axes of the ellipse in standard deviations.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    cloud = np.asarray(points, float)
    angle = np.linspace(0, 2 * np.pi, 181)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    reach = 1.05 * np.abs(cloud).max()
    if hessian is not None:
        x = np.linspace(-reach, reach, 81)
        grid = np.stack(np.meshgrid(x, x), axis=-1)
        height = np.einsum("...i,ij,...j->...", grid, np.asarray(hessian, float), grid) / 2
        ax.contour(x, x, np.sqrt(height), levels=6, colors=COLORS["gray"], linewidths=0.6)
    ax.plot(*cloud.T, ".", color=COLORS["blue"], markersize=2, alpha=0.5, label="iterates")
    values, vectors = np.linalg.eigh(np.asarray(covariance, float))
    ellipse = n_stds * (vectors * np.sqrt(np.maximum(values, 0.0))) @ circle
    ax.plot(*ellipse, color=COLORS["orange"], label=f"predicted, {n_stds:g} std")
    ax.set(aspect="equal", xlim=(-reach, reach), ylim=(-reach, reach), xlabel=r"$\theta_1$", ylabel=r"$\theta_2$")
    ax.grid(False)
    return ax


def plot_laws(
    sample: np.ndarray,
    laws: Mapping[str, tuple[np.ndarray, np.ndarray]],
    *,
    n_bins: int = 60,
    xlabel: str = r"$\theta$",
    ax: Axes | None = None,
) -> Axes:
    """Draw a histogram of iterates and densities that are to describe it.

    Args:
        sample: Iterates, any shape.
        laws: Points and densities, by name.
        n_bins: Bins of the histogram.
        xlabel: What the iterates are.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    values = np.asarray(sample, float).ravel()
    ax.hist(values, bins=n_bins, density=True, color=COLORS["sky"], alpha=0.5, label=f"{len(values):,} runs")
    for (name, (x, density)), (color, line) in zip(laws.items(), (("black", "-"), *_LINES), strict=False):
        ax.plot(x, density, line, color=COLORS[color], label=name)
    ax.set(xlabel=xlabel, ylabel="density")
    ax.set_ylim(top=1.3 * ax.get_ylim()[1])  # room for the legend
    ax.legend(ncols=2, loc="upper center")
    return ax
