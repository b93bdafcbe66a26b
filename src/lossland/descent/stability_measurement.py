r"""Where heavy ball stops converging, found by running it: the measured twin of ``stability_limit``."""

from __future__ import annotations

import numpy as np

from lossland import _checks
from lossland.descent.heavy_ball import heavy_ball


def measure_stability_limit(momentum: float, form: str = "polyak", *, n_steps: int = 1200, tol: float = 1e-4) -> float:
    r"""Largest stable :math:`\alpha\lambda` on :math:`L=\frac12 w^2`, by bisection on whether runs shrink or grow.

    A run counts as stable if its largest iterate in the last quarter is smaller than in the second quarter.  Each round
    runs 33 learning rates at once and keeps the gap between the last stable and the first unstable one.

    Args:
        momentum: :math:`\beta\in[0,1)`.
        form: "polyak" or "printed".
        n_steps: Steps of each run, at least 100.
        tol: Width of the last gap.

    Returns:
        The middle of the last gap.

    >>> abs(measure_stability_limit(0.5) - 3.0) < 1e-4
    True
    """
    n_steps = _checks.integer("n_steps", n_steps, low=100)
    tol = _checks.real_number("tol", tol, low=1e-12)
    low, high = 0.0, 4.5  # above the largest limit of either form, 4
    while high - low > tol:
        rates = np.linspace(low, high, 35)[1:-1]
        stable = _shrinks(rates, momentum, form, n_steps)
        count = len(rates) if stable.all() else int(np.argmin(stable))
        edges = np.concatenate([[low], rates, [high]])
        low, high = edges[count], edges[count + 1]
    return float((low + high) / 2)


def _shrinks(rates: np.ndarray, momentum: float, form: str, n_steps: int) -> np.ndarray:
    run = heavy_ball(lambda w: w, np.ones((len(rates), 1)), rates, momentum, n_steps, form=form, record_every=1)
    size = np.abs(run.points[..., 0])
    early, late = size[n_steps // 4 : n_steps // 2].max(axis=0), size[-(n_steps // 4) :].max(axis=0)
    return (run.diverged_at < 0) & ((late < early) | (late == 0))
