"""Random 3-SAT around its threshold, and how often local minimization of the concave program finds the zero."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new


def plot_sat_threshold(
    ratios: np.ndarray,
    satisfiable: np.ndarray,
    found: np.ndarray,
    *,
    n_formulas: int,
    n_starts: np.ndarray,
    threshold: float,
    ax: Axes | None = None,
) -> Axes:
    """Draw two fractions against the number of clauses per variable, with binomial standard errors.

    Args:
        ratios: Clauses per variable, (m,).
        satisfiable: Fraction of formulas that have a solution, (m,).
        found: Fraction of local searches, in formulas with a solution, that end in one, (m,); NaN where there is none.
        n_formulas: Formulas per ratio.
        n_starts: Searches behind each entry of ``found``, (m,).
        threshold: Ratio to mark, that of infinitely long formulas.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    ax.axvline(threshold, color=COLORS["gray"], linestyle=":", label=f"threshold {threshold:g}")
    for values, counts, color, label in (
        (satisfiable, np.full(len(ratios), n_formulas), "blue", "formulas with a solution"),
        (found, np.asarray(n_starts), "orange", "local searches that find it"),
    ):
        values = np.asarray(values, dtype=float)
        error = np.sqrt(values * (1 - values) / np.maximum(counts, 1))
        ax.errorbar(ratios, values, error, marker="o", color=COLORS[color], label=label)
    ax.set(xlabel="clauses per variable", ylabel="fraction", ylim=(-0.03, 1.05))
    ax.legend(loc="lower left")
    return ax
