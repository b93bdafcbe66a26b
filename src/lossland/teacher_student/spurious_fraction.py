r"""Share of runs that end in spurious minima, with the interval of Wilson.

For m hits in N runs the interval holds the shares p that a test of :math:`|\hat p-p|\le z\sqrt{p(1-p)/N}` does not
reject.  Unlike :math:`\hat p\pm z\sqrt{\hat p(1-\hat p)/N}` it stays in [0, 1] and makes sense for no hits at all.

Source: Wilson (1927), *Probable inference, the law of succession, and statistical inference*.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from lossland import _checks


class Fraction(NamedTuple):
    """A share with its interval.

    Attributes:
        share: Hits over runs.
        low: Lower end of the interval.
        high: Upper end.
    """

    share: np.ndarray
    low: np.ndarray
    high: np.ndarray


def spurious_fraction(n_spurious: Any, n_runs: Any, *, level: float = 0.95) -> Fraction:
    """Share of spurious ends with its confidence interval.

    Args:
        n_spurious: Number of runs that ended in a spurious minimum, an integer or an array of them.
        n_runs: Number of all runs.
        level: Confidence level.

    Returns:
        Fraction: share and both ends of the interval.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If there are no runs, more hits than runs, or the level is not between 0 and 1.

    >>> [round(float(number), 4) for number in spurious_fraction(0, 100)]  # no hits do not prove that there are none
    [0.0, 0.0, 0.037]
    """
    hits, runs = _checks.real_array("n_spurious", n_spurious, low=0.0), _checks.real_array("n_runs", n_runs, low=1.0)
    level = _checks.real_number("level", level, low=0.0, high=1.0)
    if not 0.0 < level < 1.0:
        raise ValueError(f"level: expected a number between 0 and 1, such as 0.95, got {level:g}")
    if np.any(hits > runs):
        raise ValueError("n_spurious: expected at most as many hits as runs, got more: were the arguments swapped?")
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = hits / runs
    center = (share + z**2 / (2 * runs)) / (1 + z**2 / runs)
    half_width = z / (1 + z**2 / runs) * np.sqrt(share * (1 - share) / runs + z**2 / (4 * runs**2))
    low, high = np.where(hits == 0, 0.0, center - half_width), np.where(hits == runs, 1.0, center + half_width)
    return Fraction(share, np.maximum(low, 0.0), np.minimum(high, 1.0))
