"""Paths through a network: which are open for an input, how often each is open, how they hang together.

Choromanska et al. (2015), *The loss surfaces of multilayer networks*, treat the activity of every path as one and the
same coin; these figures show what it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new


def plot_open_paths(
    weights: Sequence[np.ndarray], activity: Sequence[np.ndarray], *, title: str = "", ax: Axes | None = None
) -> Axes:
    """Draw a small network for one input: open neurons filled, connections of open paths in color.

    Args:
        weights: H matrices (d_k, d_{k-1}); colors show the sign of open connections, widths their size.
        activity: For each hidden layer 0 or 1 for each neuron, (d_k,).
        title: What to write above; the number of open paths is added.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    states = [np.ones(weights[0].shape[1]), *[np.asarray(a) for a in activity], np.ones(1)]
    places = [np.linspace(-1, 1, len(s) + 2)[1:-1] * (len(s) + 1) / 2 for s in states]
    for k, weight in enumerate(weights):
        size = np.abs(weight).max()
        for row, column in np.ndindex(weight.shape):
            is_open = states[k][column] * states[k + 1][row] > 0
            color = COLORS["orange" if weight[row, column] > 0 else "blue"] if is_open else "#CFCFCF"
            width = 0.6 + 2.4 * abs(weight[row, column]) / size if is_open else 0.6
            ends = [places[k][column], places[k + 1][row]]
            ax.plot([k, k + 1], ends, color=color, lw=width, zorder=2 if is_open else 1)
    for k, state in enumerate(states):
        face = [COLORS["black"] if s else "white" for s in state]
        ax.scatter(np.full(len(state), k), places[k], s=110, c=face, edgecolors=COLORS["black"], zorder=3)
    n_open = int(np.prod([s.sum() for s in states[1:-1]])) * len(states[0])
    n_paths = int(np.prod([len(s) for s in states]))
    ax.set_title(loc="left", label=f"{title}{': ' if title else ''}{n_open} of {n_paths} paths open")
    ax.set_xticks(range(len(states)), ["input", *[f"layer {k}" for k in range(1, len(states) - 1)], "output"])
    ax.set_yticks([])
    ax.grid(False)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.tick_params(length=0)
    return ax


def plot_path_frequencies(
    frequencies: dict[str, np.ndarray], *, n_samples: int | None = None, ax: Axes | None = None
) -> Axes:
    """Compare the distribution over paths of how often they are open with the one coin of A1p.

    Args:
        frequencies: For each named network the open frequency of each path, between 0 and 1.
        n_samples: Number of inputs; draws what A1p allows around the mean, two binomial standard deviations.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    colors = (COLORS["blue"], COLORS["orange"], COLORS["green"])
    for (name, values), color in zip(frequencies.items(), colors, strict=False):
        ordered = np.sort(np.asarray(values, float))[::-1]
        rank = (np.arange(ordered.size) + 0.5) / ordered.size
        ax.plot(rank, ordered, color=color, label=name)
        mean = ordered.mean()
        if n_samples is not None:
            noise = 2 * np.sqrt(mean * (1 - mean) / n_samples)
            ax.fill_between([0, 1], mean - noise, mean + noise, color=color, alpha=0.18, lw=0)
        ax.axhline(mean, color=color, ls="--", lw=1)
    ax.set(xlabel="share of the paths", ylabel=r"open frequency $\rho_j$", xlim=(0, 1), ylim=(0, None))
    ax.legend()
    return ax


def plot_sharing_correlation(
    values: Sequence[float], errors: Sequence[float], theory: Sequence[float], *, ax: Axes | None = None
) -> Axes:
    """Draw the correlation of two paths against the number of hidden neurons that they share.

    Args:
        values: Measured correlations for 0, 1, ... shared neurons.
        errors: Their standard errors.
        theory: What the law over random weights predicts.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    shared = np.arange(len(values))
    ax.plot(shared, theory, color=COLORS["black"], label=r"$(2^s-1)/(2^h-1)$")
    ax.errorbar(shared, values, errors, fmt="o", color=COLORS["blue"], label="random networks")
    ax.axhline(0, color=COLORS["gray"], ls="--", lw=1, label="independent paths")
    ax.set(xlabel="hidden neurons shared, $s$", ylabel="correlation of two paths", xticks=shared)
    ax.legend()
    return ax
