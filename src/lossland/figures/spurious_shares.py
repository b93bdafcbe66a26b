"""How often descent ends in a spurious minimum, and which spurious minima there are, by size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_FAMILIES = ("#08519C", "#3182BD", "#E69F00", "#D55E00", "#7F2704", "#8A8A8A")


def plot_spurious_shares(
    measured: Sequence[tuple[str, np.ndarray, np.ndarray, np.ndarray, np.ndarray]],
    printed: Sequence[tuple[str, np.ndarray, np.ndarray]] = (),
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw the share of runs that end in spurious minima against the number of teachers.

    Args:
        measured: For each series a name, numbers of teachers, shares, lower and upper ends of the intervals.
        printed: For each series a name, numbers of teachers and shares, drawn as crosses in the same order of colors.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    colors = ("blue", "orange", "green")
    for (name, k, share, low, high), color in zip(measured, colors, strict=False):
        share = np.asarray(share)
        bars = 100 * np.clip([share - low, np.asarray(high) - share], 0, None)
        ax.errorbar(k, 100 * share, bars, fmt="o-", linewidth=1.2, color=COLORS[color], label=name)
    for (name, k, share), color in zip(printed, colors, strict=False):
        ax.plot(k, 100 * np.asarray(share), "x", markersize=7, color=COLORS[color], label=name)
    ax.set(xlabel="number of teachers $k$", ylabel="runs in spurious minima (%)", ylim=(-2, 100))
    ax.legend()
    return ax


def plot_families(
    families: Mapping[str, Sequence[tuple[int, np.ndarray, np.ndarray]]], *, axes: Sequence[Axes] | None = None
) -> np.ndarray:
    """Draw the least eigenvalue of the Hessian along families of critical points, one panel for each kind.

    Args:
        families: For each panel its title and the families: number of reversed students, numbers of teachers, and
            least eigenvalues.
        axes: One for each panel; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    if axes is None:
        axes = plt.subplots(1, len(families), figsize=(9, 3.6), sharey=True, squeeze=False)[1][0]
    for ax, (title, members) in zip(axes, families.items(), strict=True):
        ax.axhspan(-1, 0, color=COLORS["gray"], alpha=0.15, linewidth=0)
        for m, k, least in members:
            color = _FAMILIES[(m - 1) % len(_FAMILIES)]
            stable = np.asarray(least) > 0
            ax.plot(k, least, color=color, linewidth=1.3, label=f"{m} reversed")
            ax.plot(np.asarray(k)[stable], np.asarray(least)[stable], "o", color=color)
            ax.plot(np.asarray(k)[~stable], np.asarray(least)[~stable], "o", color=color, markerfacecolor="white")
        ax.set(title=title, xlabel="number of teachers $k$")
        ax.legend(fontsize=8 if len(families) > 1 else None)
    low = min(float(np.min(least)) for members in families.values() for _, _, least in members)
    high = max(float(np.max(least)) for members in families.values() for _, _, least in members)
    axes[0].set(ylabel="least Hessian eigenvalue", ylim=(1.15 * min(low, -0.001), 1.1 * high))
    return np.asarray(axes)


def plot_reversals(counts: Mapping[str, Mapping[int, int]], *, ax: Axes | None = None) -> Axes:
    """Draw how many students are reversed at the end of descent, as shares of all runs.

    Args:
        counts: For each series its name, and the number of runs for each number of reversed students.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    width = 0.8 / max(len(counts), 1)
    for number, ((name, by_count), color) in enumerate(zip(counts.items(), _FAMILIES, strict=False)):
        total = sum(by_count.values())
        places = np.array(sorted(by_count))
        shares = [100 * by_count[int(m)] / total for m in places]
        ax.bar(places + (number - (len(counts) - 1) / 2) * width, shares, width, color=color, label=name)
    ax.set(xlabel="reversed students at the end", ylabel="runs (%)")
    ax.set_axisbelow(True)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend()
    return ax
