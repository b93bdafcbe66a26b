"""The added exponential neuron: its landscape, its way to infinity, where descent stalls, and a line that runs away.

The modified loss is that of Kawaguchi and Kaelbling (2020); the figures are not in the paper.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_PALETTE = (COLORS["blue"], COLORS["orange"], COLORS["green"], COLORS["pink"])


def plot_reduced_landscape(
    theta: np.ndarray,
    shift: np.ndarray,
    loss: np.ndarray,
    *,
    paths: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw level lines of a loss over the model's parameter and the shift of the neuron, logarithmic in height.

    Args:
        theta: Parameter of the model, (m,).
        shift: b, (n,).
        loss: Positive, (n, m).
        paths: Ways through the plane by label, each ``(theta, shift)``; the start is a dot, the end an arrow.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    height = np.log10(loss)
    filled = ax.contourf(theta, shift, height, levels=24, cmap="cividis")
    ax.contour(theta, shift, height, levels=24, colors="white", linewidths=0.4)
    ax.figure.colorbar(filled, ax=ax, label=r"$\log_{10}\,\min_a\,\tilde{\mathcal{L}}$")
    for (label, (x, y)), color in zip((paths or {}).items(), ("#FFFFFF", COLORS["orange"]), strict=False):
        ax.plot(x, y, color=color, linewidth=2.2, label=label)
        ax.plot(x[0], y[0], "o", color=color)
        ax.annotate("", (x[-1], y[-1]), (x[-8], y[-8]), arrowprops={"arrowstyle": "-|>", "color": color, "lw": 2})
    if paths:
        ax.legend(loc="upper center", frameon=True, facecolor="#555555", labelcolor="white")
    ax.grid(False)
    ax.set(xlim=(np.min(theta), np.max(theta)), ylim=(np.min(shift), np.max(shift)))
    ax.set(xlabel=r"parameter $\theta$ of the model", ylabel="shift $b$ of the neuron")
    return ax


def plot_two_losses(
    times: np.ndarray,
    model_loss: np.ndarray,
    modified_loss: np.ndarray,
    *,
    asymptote: np.ndarray | None = None,
    reference: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the loss that the flow descends and the loss of the model alone over time, both axes logarithmic.

    Args:
        times: Positive times, (m,).
        model_loss: Of the model without the neuron, (m,).
        modified_loss: With neuron and penalty, (m,).
        asymptote: Closed form for the modified loss at late times, (m,).
        reference: Best loss of the model, a dotted line.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    ax.loglog(times, modified_loss, color=COLORS["blue"], label=r"modified loss $\tilde{\mathcal{L}}$")
    ax.loglog(times, model_loss, color=COLORS["orange"], label=r"loss of the model $\mathcal{L}(\theta)$")
    if asymptote is not None:
        ax.loglog(times, asymptote, "--", color=COLORS["black"], linewidth=1.2, label="closed form, late times")
    if reference is not None:
        ax.axhline(reference, color=COLORS["gray"], linestyle=":", label=r"best $\mathcal{L}$ of the model")
    ax.set(xlabel="time $t$ of the flow", ylabel="loss")
    ax.legend()
    return ax


def plot_stall(
    steps: np.ndarray, shifts: Mapping[str, np.ndarray], limits: Mapping[str, float], *, ax: Axes | None = None
) -> Axes:
    """Draw the shift of the neuron during descent with fixed steps, and where each step must stall.

    Args:
        steps: Recorded steps, positive, (m,).
        shifts: b at those, (m,), by label.
        limits: Predicted end of each run, by the same labels, dashed.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on, steps logarithmic.
    """
    ax = axes_or_new(ax)
    for (label, shift), color in zip(shifts.items(), _PALETTE, strict=False):
        ax.semilogx(steps, shift, color=color, linewidth=1.2, label=label)
        ax.axhline(limits[label], color=color, linestyle="--", linewidth=1.2)
    ax.set(xlabel="step of gradient descent", ylabel="shift $b$ of the neuron")
    ax.legend()
    return ax


def plot_parts(
    x: np.ndarray, model: np.ndarray, neuron: np.ndarray, points: tuple[np.ndarray, np.ndarray], *, title: str = "",
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw a model, its neuron and their sum over one input variable.

    Args:
        x: Inputs, (m,).
        model: Predictions of the model alone, (m,).
        neuron: Contribution of the neuron, (m,).
        points: Data, ``(inputs, targets)``.
        title: Title of the axes.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    ax.plot(x, model, color=COLORS["orange"], label="model")
    ax.plot(x, neuron, color=COLORS["green"], label="neuron")
    ax.plot(x, model + neuron, color=COLORS["blue"], label="sum")
    ax.plot(*points, "o", color=COLORS["black"], label="data")
    ax.set(xlabel="$x$", title=title)
    return ax
