r"""Does a run cross from one copy of an optimum to another?

The copies of a layer divide parameter space into w! cells: the points that are nearer to one copy than to all others.
A run has *crossed* when it is in the cell of another copy than the one it began in, that is, when the best assignment
of its neurons to those of the beginning is not the identity.  This is exact, for all w! copies at once.

If displacements along each line are normal, the copy with i and j exchanged is nearer with probability
:math:`\Phi(-z_{ij})`, :math:`z_{ij}` the margin (:func:`~lossland.symmetry.vicinity.pair_margins`), so that the
expected number of exchanged pairs is their sum.  It does not contain the radius of the cloud.

Source: Glukhov (2024), arXiv:2411.07008, the conjecture of section 5.2, which has no definition of crossing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr

from lossland import _checks
from lossland.symmetry.equivalent_optima import nearest_copy


class Crossings(NamedTuple):
    """Where a run is.

    Attributes:
        crossed: Whether another copy than the center is nearest, (...).
        moved_share: Share of the neurons that have another name there, (...).
        permutations: Nearest copy ``center[permutation]``, (..., w).
    """

    crossed: np.ndarray
    moved_share: np.ndarray
    permutations: np.ndarray


def find_crossings(points: Any, center: Any) -> Crossings:
    """For each snapshot, the copy of the center that it is nearest to.

    Args:
        points: Neurons at several times, in several runs, (..., w, D).
        center: Where the run began, (..., w, D); leading dimensions broadcast.

    Returns:
        Crossings: in the leading dimensions of ``points`` and ``center``.

    Raises:
        ValueError: If the shapes do not fit.

    >>> center = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 3.0]])
    >>> run = np.array([center + 0.1, center[[1, 0, 2]] - 0.1])
    >>> find_crossings(run, center).crossed.tolist()
    [False, True]
    """
    permutations = nearest_copy(points, center).permutation
    moved = permutations != np.arange(permutations.shape[-1])
    return Crossings(moved.any(axis=-1), moved.mean(axis=-1), permutations)


def expected_exchanges(margins: Any) -> np.ndarray:
    """Expected number of pairs of neurons that are nearer to each other's places, for normal displacements.

    Args:
        margins: Symmetric (..., w, w), as :func:`~lossland.symmetry.vicinity.pair_margins` gives them; infinite ones
            never exchange.

    Returns:
        Expected number of exchanged pairs at a random time, (...); where it is small, the probability of a crossing.

    Raises:
        TypeError: If the margins are not real numbers.
        ValueError: If they are not square matrices, or one is negative.

    >>> margins = np.full((3, 3), np.inf)
    >>> margins[0, 1] = margins[1, 0] = 1.0
    >>> round(float(expected_exchanges(margins)), 4)  # one standard deviation
    0.1587
    """
    margins = np.asarray(margins)
    _checks.real_array("margins", np.where(np.isposinf(margins), 0.0, margins), low=0.0)
    if margins.ndim < 2 or margins.shape[-1] != margins.shape[-2]:
        raise ValueError(f"margins: expected square matrices (..., w, w), got the shape {margins.shape}")
    above = np.triu(np.ones(margins.shape[-2:], dtype=bool), 1)
    return np.sum(ndtr(-margins) * above, axis=(-2, -1))
