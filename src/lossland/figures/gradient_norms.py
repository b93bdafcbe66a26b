"""Back-propagated errors against depth: vanishing, exploding, and what the average hides at finite width.

Schoenholz et al. (2017), Section 4, for the exponential law of the mean; Hanin (2018), *Which neural net
architectures give rise to exploding and vanishing gradients?*, for the log-normal scatter of ReLU networks.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new


def plot_gradient_norms(
    samples: np.ndarray,
    theory: np.ndarray,
    *,
    label: str = "",
    color: str = COLORS["blue"],
    ax: Axes | None = None,
) -> Axes:
    """Draw the mean squared error signal of each layer, relative to the last one: measured and predicted.

    Args:
        samples: Shape (n_draws, n_layers), squared norms |delta_k|^2 / |delta_K|^2 for k = 1..K.
        theory: Shape (n_layers,), the predicted mean.
        label: Name in the legend.
        color: Color of points and line.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on; error bars are one standard error of the mean.
    """
    ax = axes_or_new(ax)
    samples = np.asarray(samples, float)
    layers = np.arange(1, samples.shape[1] + 1)
    error = np.std(samples, axis=0, ddof=1) / np.sqrt(len(samples))
    ax.errorbar(layers, np.mean(samples, axis=0), error, fmt="o", markersize=3.5, color=color, label=label)
    ax.plot(layers, theory, color=color)
    ax.set(xlabel="layer $k$", ylabel=r"$\|\delta_k\|^2\,/\,\|\delta_K\|^2$", yscale="log")
    ax.legend()
    return ax


def plot_gradient_scatter(
    log_ratios: np.ndarray, mean: float, variance: float, *, n_bins: int = 30, ax: Axes | None = None
) -> Axes:
    """Draw the distribution of ln(|delta_1|^2 / |delta_K|^2) over networks and a predicted normal density.

    Args:
        log_ratios: Shape (n_draws,), natural logarithms.
        mean: Mean of the predicted normal density.
        variance: Its variance.
        n_bins: Number of bins of the histogram.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on; a dashed line marks zero, where the *average* network sits.
    """
    ax = axes_or_new(ax)
    ax.hist(log_ratios, bins=n_bins, density=True, color=COLORS["sky"], alpha=0.6, label="random networks")
    grid = np.linspace(np.min(log_ratios), np.max(log_ratios), 300)
    density = np.exp(-((grid - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    ax.plot(grid, density, color=COLORS["blue"], label=f"normal, mean {mean:.2f}, variance {variance:.2f}")
    ax.axvline(0.0, color=COLORS["black"], linestyle="--", linewidth=1.0, label="log of the mean ratio, 0")
    ax.set(xlabel=r"$\ln(\|\delta_1\|^2/\|\delta_K\|^2)$", ylabel="density", ylim=(0, 1.45 * ax.get_ylim()[1]))
    ax.legend(loc="upper left")
    return ax
