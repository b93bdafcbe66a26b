r"""The energy distance of two laws of neurons, estimated from samples.

.. math:: D(p, q) = 2\,\mathbb E|X - Y| - \mathbb E|X - X'| - \mathbb E|Y - Y'| \ge 0,

with all variables independent, X and X' of law p, Y and Y' of law q; it vanishes only for p = q.  Székely and Rizzo
(2013), *Energy statistics*, eq. (5).  Distances have the unit of the coordinates; rescale these before if they differ
in unit.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist, pdist

from lossland import _checks


def energy_distance(first, second) -> float:
    """Unbiased estimate of the energy distance from two independent samples of vectors.

    Pairs of a point with itself are left out, so the mean over samples is the true distance: zero for two samples of
    one law, where single estimates are of either sign.

    Args:
        first, second: Samples, (n, k) and (m, k), of at least two vectors each.

    Returns:
        The estimate.

    Raises:
        ValueError: If a sample is too small or the dimensions differ.

    >>> energy_distance([[0.0], [0.0]], [[3.0], [3.0]])  # two point masses at distance 3: 2 * 3
    6.0
    """
    one, two = _sample("first", first), _sample("second", second)
    if one.shape[1] != two.shape[1]:
        raise ValueError(f"second: expected vectors of {one.shape[1]} entries as in first, got {two.shape[1]}")
    return float(2 * cdist(one, two).mean() - pdist(one).mean() - pdist(two).mean())


def _sample(name: str, value) -> np.ndarray:
    sample = _checks.real_array(name, value)
    if sample.ndim != 2 or len(sample) < 2:
        raise ValueError(f"{name}: expected at least two vectors, one in each row, got shape {sample.shape}")
    return sample
