"""The iterates of noisy descent as a histogram, beside laws that are to describe them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_LINES = (("orange", "--"), ("green", ":"), ("pink", "-."))


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
