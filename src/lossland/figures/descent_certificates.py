"""What the convergence theorem promises and what descent does: the best gradient, and factors near a minimum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

if TYPE_CHECKING:
    from lossland.descent import DescentCheck

_ORDER = ("blue", "green", "gold", "orange", "pink", "sky")


def plot_best_gradient(
    checks: Mapping[str, DescentCheck], *, floor: float = 1e-6, ax: Axes | None = None
) -> Axes:
    r"""Draw the smallest gradient so far against the number of steps, and the bound of the theorem (dashed).

    Args:
        checks: Single runs by name.
        floor: Lower end of the axis.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, check), color in zip(checks.items(), _ORDER, strict=False):
        steps = np.arange(1, len(check.best_gradient) + 1)
        ax.loglog(steps, np.maximum(check.best_gradient, floor / 10), color=COLORS[color], label=name)
        ax.loglog(steps, check.best_bound, color=COLORS[color], linestyle="--", linewidth=1.2)
    ax.set(xlabel="steps $N$", ylabel=r"$\min_{n\leq N}|\nabla L|$", ylim=(floor, None))
    ax.legend(loc="lower left")
    return ax


def plot_factors(
    products: np.ndarray, measured: np.ndarray, *, orbit: np.ndarray | None = None, ax: Axes | None = None
) -> Axes:
    r"""Draw the measured factor per step near a critical point over the line :math:`1-\alpha\lambda`.

    Args:
        products: Values of :math:`\alpha\lambda`, (m,).
        measured: Ratio of successive deviations, (m,).
        orbit: Values of :math:`\alpha\lambda` at which the run left the point, (k,); marked at the bottom.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    low, high = float(np.min(products)), float(np.max(products))
    line = np.linspace(low, high, 200)
    ax.axhspan(-1, 1, color=COLORS["sky"], alpha=0.18, linewidth=0)
    ax.plot(line, 1 - line, color=COLORS["black"], label=r"$1-\alpha\lambda$")
    ax.plot(products, measured, "o", color=COLORS["orange"], label="measured")
    if orbit is not None and len(orbit):
        ax.plot(orbit, np.full(len(orbit), 1 - high - 0.12), "x", color=COLORS["gray"], label="left the point")
    ax.text(low, 0.05, "  converges", color=COLORS["blue"], va="bottom")
    ax.set(xlabel=r"$\alpha\lambda$", ylabel="factor per step")
    ax.legend(loc="upper right")
    return ax
