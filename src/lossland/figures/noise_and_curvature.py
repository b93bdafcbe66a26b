"""Noise of the gradient beside the curvature, and what both make of the cloud of iterates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_ORDER = ("blue", "orange", "green", "pink", "gold", "black")
_MARKERS = ("o", "s", "^", "D", "v", "P")


def plot_noise_along(
    pairs: Mapping[str, tuple[np.ndarray, np.ndarray]], *, ylabel: str = "noise along it", ax: Axes | None = None
) -> Axes:
    """Draw the variance of the gradient along eigenvectors against their eigenvalues, logarithmic.

    Args:
        pairs: Eigenvalues (k,) and variances (k,), by name.
        ylabel: What the variances are.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on; its last line is that of equal size.
    """
    ax = axes_or_new(ax)
    for (name, (eigenvalues, noise)), color, marker in zip(pairs.items(), _ORDER, _MARKERS, strict=False):
        ax.plot(eigenvalues, noise, marker, color=COLORS[color], markersize=4, alpha=0.8, label=name)
    every = np.concatenate([np.asarray(eigenvalues, dtype=float) for eigenvalues, _ in pairs.values()])
    ends = np.array([every.min(), every.max()])
    ax.plot(ends, ends, color=COLORS["black"], linewidth=1, label=r"noise $= \lambda$")
    ax.set(xscale="log", yscale="log", xlabel=r"eigenvalue $\lambda$", ylabel=ylabel)
    ax.legend()
    return ax


def plot_cloud_widths(
    theory: Mapping[str, tuple[np.ndarray, np.ndarray]],
    *,
    measured: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the standard deviation of a cloud of iterates along an eigenvector against the eigenvalue, logarithmic.

    Args:
        theory: Eigenvalues and standard deviations by name.
        measured: For some of the names eigenvalues, standard deviations and their standard errors.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, (eigenvalues, widths)), color in zip(theory.items(), _ORDER, strict=False):
        ax.plot(eigenvalues, widths, color=COLORS[color], label=name)
        if measured and name in measured:
            ax.errorbar(*measured[name], fmt="o", color=COLORS[color], markersize=5, markerfacecolor="white")
    ax.set(xscale="log", yscale="log", xlabel=r"eigenvalue $\lambda$", ylabel="width of the cloud")
    ax.legend()
    return ax


def plot_line_and_quadratic(line, *, start: str, end: str, ax: Axes | None = None) -> Axes:
    """Draw a loss along a line and its expansion to second order at the start of it.

    Args:
        line: A :class:`~lossland.spectra.loss_along_line.QuadraticModel`.
        start: Name of the point at position 0.
        end: Name of the point at position 1.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    ax.plot(line.steps, line.loss, color=COLORS["blue"], label="loss")
    ax.plot(line.steps, line.model, "--", color=COLORS["orange"], label="quadratic at the first network")
    for where, name in ((0.0, start), (1.0, end)):
        height = float(np.interp(where, line.steps, line.loss))
        ax.plot(where, height, "o", color=COLORS["black"], markersize=6)
        ax.annotate(name, (where, height), xytext=(0, -16), textcoords="offset points", ha="center")
    ax.set(xlabel="position on the line", ylabel="loss (nats)")
    ax.margins(y=0.12)
    ax.legend()
    return ax
