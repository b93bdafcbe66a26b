"""Densities of eigenvalues: estimates with error bands, exact ones, histograms beside the laws of random matrices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_ORDER = ("blue", "orange", "green", "pink", "gold")


def plot_spectral_densities(
    densities: Mapping[str, Any], *, exact: Mapping[str, Any] | None = None, floor: float = 1e-5, ax: Axes | None = None
) -> Axes:
    """Draw smoothed densities of eigenvalues on a logarithmic axis, estimates with a band of two standard errors.

    Args:
        densities: Estimates by name, with ``x``, ``density`` and ``standard_error``, as
            :func:`~lossland.spectra.density.lanczos_density` returns them.
        exact: Densities of all eigenvalues by name, drawn as dashed black lines.
        floor: Lower end of the vertical axis.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, found), color in zip(densities.items(), _ORDER, strict=False):
        low, high = (np.maximum(found.density + sign * 2 * found.standard_error, floor / 10) for sign in (-1, 1))
        ax.fill_between(found.x, low, high, color=COLORS[color], alpha=0.3, linewidth=0)
        ax.plot(found.x, np.maximum(found.density, floor / 10), color=COLORS[color], label=name)
    for name, found in (exact or {}).items():
        ax.plot(found.x, np.maximum(found.density, floor / 10), "--", color=COLORS["black"], linewidth=1, label=name)
    ax.set(yscale="log", xlabel=r"eigenvalue $\lambda$", ylabel="density")
    ax.set_ylim(bottom=floor)
    ax.legend()
    return ax


def plot_law(
    law: Any,
    eigenvalues: Mapping[str, np.ndarray],
    *,
    name: str,
    bins: int = 40,
    span: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the density of a law with histograms of eigenvalues beside it.

    Args:
        law: A law with ``density`` and ``edges``, of :mod:`lossland.spectra`.
        eigenvalues: Eigenvalues by name; the first as a filled histogram, others as outlines.
        name: Name of the law.
        bins: Number of bins in the span.
        span: Interval that is drawn, 1.5 times that of the law when ``None``; eigenvalues beyond count, but do not
            show.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    low, high = law.edges
    span = (low - (high - low) / 4, high + (high - low) / 4) if span is None else span
    edges = np.linspace(*span, bins + 1)
    for number, (label, values) in enumerate(eigenvalues.items()):
        heights = np.histogram(values, edges)[0] / (np.size(values) * np.diff(edges))
        style = {"fill": True, "color": "#C9DDEC"} if number == 0 else {"color": COLORS["orange"], "linewidth": 1.5}
        ax.stairs(heights, edges, label=label, **style)
    x = np.linspace(*span, 801)
    ax.plot(x, law.density(x), color=COLORS["black"], label=name)
    ax.set(xlabel=r"eigenvalue $\lambda$", ylabel="density", xlim=span)
    ax.legend()
    return ax
