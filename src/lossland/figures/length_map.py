"""Pictures of the length map: cobwebs, trajectories over layers, branches of fixed points.

Conventions as in `lossland.signal_propagation`: lengths are mean squares of pre-activations, and the first
entry of an array over layers belongs to layer 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lossland.figures.style import COLORS, axes_or_new

_CYCLE = ("blue", "orange", "green", "pink", "gold", "sky")


def _staircase(orbit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners of the cobweb: up to the curve, across to the diagonal, starting on the horizontal axis."""
    across = np.repeat(orbit, 2)[:-1]
    up = np.concatenate([[0.0], np.repeat(orbit[1:], 2)])
    return across, up


def plot_cobweb(
    x: np.ndarray,
    images: np.ndarray,
    orbits: Sequence[np.ndarray] = (),
    *,
    fixed_points: Iterable = (),
    symbol: str = "q",
    label: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a one-dimensional map, the diagonal, and the staircases of some of its orbits.

    Vertical steps go to the curve (apply the map), horizontal ones to the diagonal (make the result the next
    argument), so that an orbit can be followed by pencil.

    Args:
        x: arguments, shape (m,).
        images: values of the map at ``x``, shape (m,).
        orbits: each an array (start, map(start), map(map(start)), ...).
        fixed_points: records with ``value`` and ``stable``; filled circles are stable, open ones are not.
        symbol: letter of the variable in the axis labels.
        label: name of the map in the legend.
        ax: axes to draw in; new ones when left out.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax)
    x = np.asarray(x, dtype=float)
    ax.plot(x, x, color=COLORS["gray"], linewidth=1.0, label="diagonal")
    ax.plot(x, images, color=COLORS["black"], linewidth=2.2, label=label or "the map")
    for orbit, color in zip(orbits, _CYCLE, strict=False):
        across, up = _staircase(np.asarray(orbit, dtype=float))
        up[0] = min(x[0], up[1])
        ax.plot(across, up, color=COLORS[color], linewidth=1.2, label=f"start at {orbit[0]:.3g}")
    for point in fixed_points:
        face = COLORS["black"] if point.stable else "white"
        ax.plot([point.value], [point.value], "o", markersize=8, markerfacecolor=face,
                markeredgecolor=COLORS["black"], zorder=5, clip_on=False)
    ax.set(xlabel=f"${symbol}_{{k-1}}$", ylabel=f"${symbol}_k$", xlim=(x[0], x[-1]))
    ax.set_ylim(min(x[0], float(np.min(images))), max(x[-1], float(np.max(images))))
    ax.legend(loc="best")
    return ax


def plot_length_trajectories(
    theory: Mapping[str, np.ndarray],
    measured: Mapping[str, np.ndarray] | None = None,
    *,
    ylabel: str = "length $q_k$",
    ax: Axes | None = None,
) -> Axes:
    """Draw predicted lines, and means over random networks with their standard errors, against the layer.

    Args:
        theory: for each label, predicted values, shape (n_layers,); entry 0 is layer 1.
        measured: for the same labels, samples of single networks, shape (n_draws, n_layers).
        ylabel: what is shown.
        ax: axes to draw in; new ones when left out.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax)
    measured = measured or {}
    for (label, values), color in zip(theory.items(), _CYCLE, strict=False):
        layers = np.arange(1, len(values) + 1)
        ax.plot(layers, values, color=COLORS[color], label=label)
        if label in measured:
            samples = measured[label]
            error = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
            ax.errorbar(layers, samples.mean(axis=0), yerr=error, fmt="o", markersize=3.5,
                        color=COLORS[color], markerfacecolor="white", linewidth=1.1)
    ax.set(xlabel="layer $k$", ylabel=ylabel)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def plot_network_fates(
    samples: np.ndarray, fixed_points: Iterable, *, threshold: float, ax: Axes | None = None
) -> Axes:
    """Draw the lengths of single networks over layers, colored by the side on which they end.

    Args:
        samples: lengths, shape (n_draws, n_layers).
        fixed_points: records with ``value`` and ``stable``; drawn as horizontal lines, unstable ones dashed.
        threshold: networks that end above it have one color, the others another.
        ax: axes to draw in; new ones when left out.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax)
    layers = np.arange(1, samples.shape[1] + 1)
    rises = samples[:, -1] > threshold
    for name, color, group in (("rise", "orange", samples[rises]), ("die", "blue", samples[~rises])):
        for i, row in enumerate(group):
            label = f"{len(group)} networks {name}" if i == 0 else None
            ax.plot(layers, row, color=COLORS[color], linewidth=0.7, alpha=0.6, label=label)
    for point in fixed_points:
        ax.axhline(point.value, color=COLORS["black"], linewidth=1.0, linestyle="-" if point.stable else "--")
    ax.set(xlabel="layer $k$", ylabel="length $q_k$", xlim=(1, layers[-1]))
    ax.legend()
    return ax


def plot_fixed_point_branches(
    weight_std: np.ndarray, branches: Mapping[str, np.ndarray], *, ax: Axes | None = None
) -> Axes:
    """Draw fixed points of the length map against the standard deviation of the weights.

    Args:
        weight_std: shape (m,).
        branches: for each label, the fixed point at each ``weight_std``, shape (m,).
        ax: axes to draw in; new ones when left out.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax)
    for (label, values), color in zip(branches.items(), _CYCLE, strict=False):
        ax.plot(weight_std, values, color=COLORS[color], label=label)
    ax.set(xlabel="standard deviation $\\alpha_w$ of the weights", ylabel="stable fixed point $q_*$",
           xlim=(weight_std[0], weight_std[-1]))
    ax.legend()
    return ax


def plot_quantile_fan(
    samples: np.ndarray,
    theory: np.ndarray,
    *,
    quantiles: Sequence[float] = (0.05, 0.25, 0.5),
    ax: Axes | None = None,
) -> Axes:
    """Draw how the lengths of single networks spread around the prediction of infinite width.

    Args:
        samples: lengths, shape (n_draws, n_layers).
        theory: prediction of infinite width, shape (n_layers,).
        quantiles: lower quantiles; each band reaches up to the mirrored one. A last 0.5 draws the median.
        ax: axes to draw in; new ones when left out.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax)
    layers = np.arange(1, samples.shape[1] + 1)
    for level in quantiles:
        low, high = np.quantile(samples, [level, 1.0 - level], axis=0)
        if level == 0.5:
            ax.plot(layers, low, "--", color=COLORS["blue"], label="median network")
        else:
            ax.fill_between(layers, low, high, color=COLORS["sky"], alpha=0.3, linewidth=0,
                            label=f"{100 * (1 - 2 * level):.0f} % of the networks")
    ax.plot(layers, samples.mean(axis=0), color=COLORS["orange"], label="mean of the networks")
    ax.plot(layers, theory, color=COLORS["black"], linewidth=1.2, label="infinite width")
    ax.set(xlabel="layer $k$", ylabel="length $q_k$", yscale="log", xlim=(1, layers[-1]))
    ax.legend()
    return ax
