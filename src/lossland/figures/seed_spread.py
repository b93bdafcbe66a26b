"""The spread of seeds around a minimum of a real network: noise and variances along the directions of the Hessian."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new


def plot_noise_along(
    eigenvalues: np.ndarray, noise: np.ndarray, *, weight_decay: float, ax: Axes | None = None
) -> Axes:
    """Draw the variance of the gradient against the curvature of the data, one point for each direction.

    The dashed line is proportional, through the median ratio of the sharper half.

    Args:
        eigenvalues: Of the objective's Hessian, (m,).
        noise: Variance of the gradient along the eigenvectors, (m,).
        weight_decay: Curvature that the decay adds, subtracted before drawing.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    curvature, variance = np.asarray(eigenvalues, float) - weight_decay, np.asarray(noise, float)
    kept = (curvature > 0) & (variance > 0)
    curvature, variance = curvature[kept], variance[kept]
    sharp = curvature >= np.median(curvature)
    ratio = np.median(variance[sharp] / curvature[sharp])
    ends = np.array([curvature.min(), curvature.max()])
    ax.loglog(curvature, variance, ".", color=COLORS["blue"], label="directions")
    ax.loglog(ends, ratio * ends, "--", color=COLORS["black"], label=f"{ratio:.2f} times the curvature")
    ax.set(xlabel=r"curvature of the data's loss, $\lambda_i-\mu$", ylabel="variance of the gradient, $s_i^2$")
    ax.legend()
    return ax


def plot_direction_variances(
    eigenvalues: np.ndarray,
    measured: np.ndarray,
    error: np.ndarray,
    laws: Sequence[tuple[str, np.ndarray]],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw measured variances of the iterates against the curvature, and laws that are to predict them.

    Args:
        eigenvalues: Curvatures (m,).
        measured: Variances over runs (m,).
        error: Their standard errors (m,).
        laws: Names and predicted variances (m,); the first is drawn as crosses, the others as lines.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    curvature = np.asarray(eigenvalues, float)
    style = {"fmt": "o", "color": COLORS["blue"], "markersize": 3.5, "elinewidth": 0.8}
    ax.errorbar(curvature, measured, error, label="measured over runs", **style)
    order = np.argsort(curvature)
    for k, (name, values) in enumerate(laws):
        values = np.asarray(values, float)
        if k == 0:
            ax.plot(curvature, values, "x", color=COLORS["orange"], markersize=5, label=name)
        else:
            color, line = (("black", "--"), ("gray", ":"))[(k - 1) % 2]
            ax.plot(curvature[order], values[order], line, color=COLORS[color], label=name)
    ax.set(xscale="log", yscale="log", xlabel=r"curvature $\lambda_i$", ylabel="variance of the iterates")
    ax.legend()
    return ax
