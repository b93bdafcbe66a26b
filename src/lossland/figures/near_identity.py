"""How near to the identity the factors of a matrix can be: the largest deviation against their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new
from lossland.linear_networks import NearIdentity

_STYLES = (("blue", "o"), ("orange", "s"), ("green", "^"), ("pink", "D"), ("gold", "v"))


def plot_near_identity(results: Mapping[str, Sequence[NearIdentity]], *, ax: Axes | None = None) -> Axes:
    """Draw the largest deviation of the factors against their number, and the line its constant is to tend to.

    Args:
        results: For each matrix the factorizations into various numbers of factors, shared out half and half.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for (name, found), (color, marker) in zip(results.items(), _STYLES, strict=False):
        numbers = np.array([len(result.factors) for result in found], float)
        deviations = [result.deviations.max() for result in found]
        limit = 2 * max(found[0].stretch, found[0].angle)
        ax.loglog(numbers, deviations, marker, color=COLORS[color], label=f"{name}: {limit:.3g}$/n$")
        fine = np.geomspace(numbers.min(), numbers.max(), 50)
        ax.loglog(fine, limit / fine, "-", color=COLORS[color], linewidth=1.0)
    ax.axhline(1, color=COLORS["gray"], linestyle=":", linewidth=1.2)
    ax.set(xlabel="number of factors $n$", ylabel=r"largest deviation $\max_k\|V_k\|$")
    ax.legend()
    return ax
