"""How far a signal reaches: the depth scales xi_q and xi_c against weight_std, and the decay they describe.

Schoenholz et al. (2017), *Deep information propagation*, Figures 2 and 3, with error bars of finite width.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, PHASE_COLORS, axes_or_new


def plot_depth_scales(
    weight_std: np.ndarray,
    xi_q: np.ndarray,
    xi_c: np.ndarray,
    *,
    critical: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw xi_q and xi_c in layers against weight_std on a logarithmic axis.

    Args:
        weight_std: Shape (m,).
        xi_q: Shape (m,), the depth scale of lengths.
        xi_c: Shape (m,), the depth scale of correlations; infinite values are left out.
        critical: Critical weight_std, marked by a dashed line; ``None`` leaves it out.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    ax.plot(weight_std, _finite(xi_c), color=COLORS["orange"], label=r"$\xi_c$, correlations")
    ax.plot(weight_std, _finite(xi_q), color=COLORS["blue"], label=r"$\xi_q$, lengths")
    if critical is not None:
        style = {"color": PHASE_COLORS["critical"], "linestyle": "--", "linewidth": 1.0}
        ax.axvline(critical, label=r"$\chi_1=1$", **style)
    ax.set(xlabel=r"weight_std $\alpha_w$", ylabel="depth scale (layers)", yscale="log")
    ax.legend()
    return ax


def plot_measured_depth_scale(
    weight_std: np.ndarray,
    measured: np.ndarray,
    standard_error: np.ndarray,
    *,
    label: str = "measured",
    color: str = COLORS["orange"],
    marker: str = "o",
    ax: Axes | None = None,
) -> Axes:
    """Add measured depth scales with error bars of one standard error to a plot of the theory.

    Args:
        weight_std: Shape (m,).
        measured: Shape (m,), depth scale in layers.
        standard_error: Shape (m,).
        label: Name in the legend.
        color: Color of the points.
        marker: Marker of the points.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    ax.errorbar(weight_std, measured, standard_error, fmt=marker, color=color, label=label)
    ax.set(xlabel=r"weight_std $\alpha_w$", ylabel="depth scale (layers)", yscale="log")
    ax.legend()
    return ax


def plot_decay(
    mean: np.ndarray,
    standard_error: np.ndarray,
    theory: np.ndarray,
    *,
    label: str = "",
    color: str = COLORS["blue"],
    ax: Axes | None = None,
) -> Axes:
    """Draw the distance to a fixed point against depth: measured with error bars, and the theory as a line.

    Args:
        mean: Shape (n_layers,), measured distance at layers 1..n_layers; values at or below zero cannot be
            shown on the logarithmic axis and are left out.
        standard_error: Shape (n_layers,).
        theory: Shape (n_layers,), predicted distance.
        label: Name of the pair of curves in the legend.
        color: Color of both.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    layers, mean = np.arange(1, len(theory) + 1), np.asarray(mean, float)
    shown = mean > 0
    error = np.asarray(standard_error, float)[shown]
    ax.errorbar(layers[shown], mean[shown], error, fmt="o", color=color, label=label)
    ax.plot(layers, theory, color=color)
    ax.set(xlabel="layer $k$", ylabel="distance to the fixed point", yscale="log")
    ax.legend()
    return ax


def _finite(values: np.ndarray) -> np.ndarray:
    values = np.array(values, float)
    values[~np.isfinite(values)] = np.nan
    return values
