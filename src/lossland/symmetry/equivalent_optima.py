r"""How far away the equivalent optima are: the nearest among all w! copies of a layer.

A layer of w neurons is w points :math:`u_i` in :math:`\mathbb R^D`; its copies are the same points in another order.

* From the layer itself the nearest other copy is always a *transposition*, at :math:`\sqrt2\min_{i<j}|u_i-u_j|`: a
  cycle through k > 2 points has a squared length of at least k times its shortest edge squared, and exchanging the two
  ends of that edge costs only 2 times.
* From any other point of parameter space the nearest copy is an assignment problem, solved exactly.

With several hidden layers the first statement fails (exchanges in neighboring layers can be cheaper together), and the
second problem is no longer an assignment; see :func:`~lossland.symmetry.weight_matching.match_weights`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from lossland.symmetry.layer_points import as_points


class NearestTransposition(NamedTuple):
    """The nearest other copy of a layer.

    Attributes:
        distance: Its distance, (...).
        pair: The two neurons that change places, (..., 2).
    """

    distance: np.ndarray
    pair: np.ndarray


class NearestCopy(NamedTuple):
    """The copy of a reference that is nearest to a given layer.

    Attributes:
        permutation: ``reference[permutation]`` is that copy, (..., w).
        distance: Distance from it, (...).
        distance_unpermuted: Distance from the reference as it is, (...).
    """

    permutation: np.ndarray
    distance: np.ndarray
    distance_unpermuted: np.ndarray


def transposition_distances(points: Any) -> np.ndarray:
    r"""Distances :math:`\sqrt2|u_i-u_j|` from a layer to its copies with two neurons exchanged.

    Args:
        points: Neurons (..., w, D), w at least 2.

    Returns:
        Array (..., w, w), symmetric, infinite on the diagonal.

    Raises:
        ValueError: If ``points`` is no set of points.

    >>> transposition_distances([[0.0, 0.0], [3.0, 4.0]])[0, 1] / np.sqrt(2)
    np.float64(5.0)
    """
    points = as_points("points", points)
    squares = np.sum(points**2, axis=-1)
    gaps = squares[..., :, None] + squares[..., None, :] - 2 * points @ np.swapaxes(points, -1, -2)
    # the nearest pairs may be nearly equal: take their differences themselves
    near = gaps < 1e-6 * (squares[..., :, None] + squares[..., None, :])
    *batch, i, j = np.nonzero(near)
    gaps[near] = np.sum((points[(*batch, i)] - points[(*batch, j)]) ** 2, axis=-1)
    distances = np.sqrt(2 * np.maximum(gaps, 0.0))
    places = np.arange(points.shape[-2])
    distances[..., places, places] = np.inf
    return distances


def nearest_transposition(points: Any) -> NearestTransposition:
    """The nearest of all w! - 1 other copies of a layer, which is one with two neurons exchanged.

    Args:
        points: Neurons (..., w, D), w at least 2.

    Returns:
        NearestTransposition: distance 0 if two neurons are equal.

    Raises:
        ValueError: If ``points`` is no set of points.

    >>> nearest_transposition([[0.0], [5.0], [6.0]]).pair.tolist()
    [1, 2]
    """
    distances = transposition_distances(points)
    width = distances.shape[-1]
    flat = distances.reshape(*distances.shape[:-2], width * width)
    best = flat.argmin(axis=-1)
    pair = np.stack([best // width, best % width], axis=-1)
    return NearestTransposition(np.take_along_axis(flat, best[..., None], axis=-1)[..., 0], np.sort(pair, axis=-1))


def nearest_copy(points: Any, reference: Any) -> NearestCopy:
    """Which of the w! copies of ``reference`` is nearest to ``points``.

    Args:
        points: Neurons (..., w, D).
        reference: The layer whose copies are meant, (..., w, D); leading dimensions broadcast.

    Returns:
        NearestCopy: exact, by linear assignment; where two copies are equally near, one of them.

    Raises:
        ValueError: If the shapes do not fit.

    >>> reference = np.array([[0.0], [1.0], [5.0]])
    >>> nearest_copy([[5.2], [0.1], [0.9]], reference).permutation.tolist()
    [2, 0, 1]
    """
    points, reference = as_points("points", points, at_least=1), as_points("reference", reference, at_least=1)
    if points.shape[-2:] != reference.shape[-2:]:
        raise ValueError(
            f"reference: expected as many neurons of as many coordinates as in points, {points.shape[-2:]}, got "
            f"{reference.shape[-2:]}"
        )
    points, reference = np.broadcast_arrays(points, reference)
    batch, width = points.shape[:-2], points.shape[-2]
    gain = points @ np.swapaxes(reference, -1, -2)
    orders = np.empty((*batch, width), dtype=np.int64)
    for index in np.ndindex(batch):
        orders[index] = linear_sum_assignment(gain[index], maximize=True)[1]
    copy = np.take_along_axis(reference, orders[..., None], axis=-2)
    distance, unpermuted = (np.sqrt(((points - other) ** 2).sum(axis=(-2, -1))) for other in (copy, reference))
    return NearestCopy(orders, distance, unpermuted)
