r"""Outliers against bulk: which eigenvalues stand apart at the upper end of a spectrum.

Two definitions, which need not agree:

* :func:`split_bulk` looks for the largest *ratio* between neighbors among the largest eigenvalues, and cuts there: it
  knows no law, and works for a bulk at 0 of whatever shape.
* :func:`outliers` takes everything beyond an edge that a law predicts (:mod:`lossland.spectra.semicircle`,
  :mod:`lossland.spectra.marchenko_pastur`).

For a classifier into c classes about c - 1 or c outliers are seen (Sagun, Bottou and LeCun 2017; Papyan 2020).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossland import _checks

_ROUNDING = 1e-6  # of the largest: below it an eigenvalue may be rounding, and its ratio to others means nothing


class BulkSplit(NamedTuple):
    """Where a spectrum was cut.

    Attributes:
        outliers: Eigenvalues that stand apart, in decreasing order; possibly none.
        bulk_edge: Largest eigenvalue of the rest.
        ratio: Last outlier over the edge of the bulk; 1 when there are no outliers.
        n_outliers: Their number.
    """

    outliers: np.ndarray
    bulk_edge: float
    ratio: float
    n_outliers: int


def split_bulk(eigenvalues, *, max_outliers: int = 30, min_ratio: float = 1.5) -> BulkSplit:
    """Cut at the largest ratio between neighbors among the largest eigenvalues.

    Args:
        eigenvalues: Eigenvalues in any order, at least two.
        max_outliers: Largest number of outliers that is considered.
        min_ratio: Smallest ratio that counts as a gap; with less there are no outliers.

    Returns:
        BulkSplit: the outliers and the edge of the bulk.

    Raises:
        ValueError: If there are fewer than two eigenvalues, or an argument is out of range.

    >>> split_bulk([9.0, 7.0, 6.0, 1.0, 0.9, 0.5, 0.0, -0.5])
    BulkSplit(outliers=array([9., 7., 6.]), bulk_edge=1.0, ratio=6.0, n_outliers=3)
    """
    ordered = np.sort(_checks.real_array("eigenvalues", eigenvalues).ravel())[::-1]
    if ordered.size < 2:
        raise ValueError(f"eigenvalues: expected at least 2, got {ordered.size}")
    max_outliers = _checks.integer("max_outliers", max_outliers, low=1)
    min_ratio = _checks.real_number("min_ratio", min_ratio, low=1.0)
    positive = ordered[ordered > max(_ROUNDING * ordered[0], 0.0)][: max_outliers + 1]
    ratios = positive[:-1] / positive[1:]
    if not ratios.size or ratios.max() < min_ratio:
        return BulkSplit(ordered[:0], float(ordered[0]), 1.0, 0)
    count = int(np.argmax(ratios)) + 1
    return BulkSplit(ordered[:count], float(ordered[count]), float(ratios[count - 1]), count)


def outliers(eigenvalues, edges: tuple[float, float], *, margin: float = 0.0) -> np.ndarray:
    """Eigenvalues outside the support of a law.

    Args:
        eigenvalues: Eigenvalues in any order.
        edges: Lower and upper edge, such as ``fit_semicircle(eigenvalues).edges``.
        margin: Share of the width of the support to go beyond it, since eigenvalues of finite matrices fluctuate
            around the edge by about ``size ** (-2 / 3)`` of it (Tracy and Widom 1994).

    Returns:
        Those outside, in increasing order.

    >>> outliers([-3.0, 0.0, 1.0, 5.0], (-2.0, 2.0))
    array([-3.,  5.])
    """
    eigenvalues = np.sort(_checks.real_array("eigenvalues", eigenvalues).ravel())
    low, high = _checks.real_array("edges", edges)
    beyond = _checks.real_number("margin", margin, low=0.0) * (high - low)
    return eigenvalues[(eigenvalues < low - beyond) | (eigenvalues > high + beyond)]
