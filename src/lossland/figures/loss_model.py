"""The spin-glass model of the hinge loss against the loss: by stage, over training, and where ruggedness begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_CYCLE = tuple(COLORS[name] for name in ("blue", "orange", "green", "pink", "gold", "sky"))


def plot_stages(
    true: np.ndarray, stages: Mapping[str, np.ndarray], *, figsize: tuple[float, float] = (9.6, 2.9)
) -> np.ndarray:
    """Draw the loss at every stage of the derivation against the true one, a point for each network.

    Args:
        true: True losses (R,).
        stages: Losses (R,) by the name of the assumption that was added.
        figsize: Size of the figure in inches.

    Returns:
        The array of axes, one for each stage; titles carry the correlations.
    """
    figure, axes = plt.subplots(1, len(stages), figsize=figsize, sharex=True, sharey=True, squeeze=False)
    ends = [min(true.min(), *(v.min() for v in stages.values())), max(true.max(), *(v.max() for v in stages.values()))]
    for ax, (name, values), color in zip(axes[0], stages.items(), _CYCLE, strict=False):
        ax.plot(ends, ends, color=COLORS["gray"], lw=1, ls="--")
        ax.plot(true, values, ".", color=color, markersize=3, alpha=0.7)
        correlation = np.corrcoef(true, values)[0, 1]
        ax.set_title(f"{name}\n$r = {correlation:.2f}$", fontsize=10, loc="left")
    figure.supxlabel("true hinge loss of a network", fontsize=11)
    axes[0, 0].set_ylabel("loss of the model")
    return axes[0]


def plot_training(
    steps: Sequence[int], curves: Mapping[str, np.ndarray], *, ylabel: str = "", ax: Axes | None = None
) -> Axes:
    """Draw quantities over training steps, mean and standard error over networks.

    Args:
        steps: Steps of the records (s,); step 0 is drawn at 1/2 of the first positive one.
        curves: By name, values (networks, s); NaN entries are left out.
        ylabel: Label of the vertical axis.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    steps = np.asarray(steps, float)
    shown = np.where(steps == 0, steps[steps > 0].min() / 2, steps)
    for (name, values), color in zip(curves.items(), _CYCLE, strict=False):
        values = np.asarray(values, float)
        good = np.isfinite(values).all(axis=0)
        mean, error = values[:, good].mean(axis=0), values[:, good].std(axis=0, ddof=1) / len(values) ** 0.5
        ax.errorbar(shown[good], mean, error, fmt="o-", color=color, label=name)
    ax.set(xscale="log", xlabel="training step", ylabel=ylabel)
    ticks = shown[:: max(1, len(shown) // 6)]
    ax.set_xticks(ticks, [f"{step:g}" for step in steps[:: max(1, len(shown) // 6)]])
    ax.minorticks_off()
    ax.legend()
    return ax


def plot_hinge_average(
    margin_std: np.ndarray,
    loss: np.ndarray,
    factorized: np.ndarray,
    *,
    measured: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the mean hinge loss against the size of the margins, and what independence of M makes of it.

    Args:
        margin_std: Standard deviations of the margin (k,).
        loss: Mean hinge loss (k,).
        factorized: The product of means (k,).
        measured: Margin size, true loss and product of means of networks, each (R,).
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    if measured is not None:
        size, true, model = measured
        ax.plot(size, true, ".", color=COLORS["sky"], markersize=4)
        ax.plot(size, model, ".", color=COLORS["gold"], markersize=4)
    ax.plot(margin_std, loss, color=COLORS["blue"], label=r"mean hinge loss, $\Phi(1/s)+s\,\varphi(1/s)$")
    ax.plot(margin_std, factorized, color=COLORS["orange"], label=r"$M$ independent, $\Phi(1/s)$")
    ax.set(xlabel="standard deviation $s$ of the margins", ylabel="loss", ylim=(0, None))
    ax.legend()
    return ax


def plot_minima_levels(levels: Mapping[str, np.ndarray], *, ax: Axes | None = None) -> Axes:
    """Draw the values at which many descents ended, relative to the lowest, sorted; one line for each kind of coupling.

    Args:
        levels: By name, the end values (n_starts,), negative.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, values), color in zip(levels.items(), _CYCLE, strict=False):
        depth = np.sort(np.asarray(values, float) / np.min(values))[::-1]
        ax.plot(np.arange(1, depth.size + 1), depth, "o-", color=color, ms=3.5, lw=1, label=name)
    ax.set(xlabel="descent, sorted", ylabel="depth relative to the deepest")
    ax.legend()
    return ax
