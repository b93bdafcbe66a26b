r"""Orders of the neurons of a layer that do not depend on how they were numbered: sorting by weights.

A network whose neurons are put into such an order is the same for all permuted copies of it.  Convention: weights are
(d_k, d_{k-1}), **rows are neurons** (the paper's W(k) is the transpose: there neurons are columns, and what it calls a
row is an input), and ``order[i]`` is the neuron that goes to place i, ascending.

* ``lexicographic``: by the weight from the first input; ties by the second, and so on.  Real-valued weights have no
  ties, so only one of d_{k-1} inputs is ever looked at.
* ``maximin``: by the weights from the driver, the input whose weights spread most over the neurons (Equation 36; the
  printed one has the index of the maximum within its own definition).
* further keys: one number for each neuron, from all its weights or its bias.

Ties are broken lexicographically, so that the result depends on the numbering only if two neurons are equal.

Source: Glukhov (2024), section 6.1, lexicographic (after Sorensen, 2020) and maximin sorting.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lossland import _checks

SORT_KEYS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sum": lambda w: w.sum(axis=-1),
    "norm": lambda w: np.sqrt(np.einsum("...m,...m->...", w, w)),
    "largest": lambda w: w.max(axis=-1),
    "spread": lambda w: np.ptp(w, axis=-1),
    "cubes": lambda w: (w * w * w).sum(axis=-1),
}
ORDERINGS = ("lexicographic", "maximin", *SORT_KEYS, "bias")


def lexicographic_order(weights: Any) -> np.ndarray:
    """Order the neurons by their weights from the first input, ties by the second, and so on.

    Args:
        weights: Rows are neurons, (..., n, m).

    Returns:
        Integers (..., n): ``order[i]`` is the neuron that goes to place i.

    Raises:
        TypeError: If ``weights`` is not real numbers.
        ValueError: If it is no matrix, or has entries that are not finite.

    >>> lexicographic_order([[2.0, 0.0], [1.0, 5.0], [1.0, 4.0]]).tolist()
    [2, 1, 0]
    """
    return sorted_by(_matrix(weights), "lexicographic")


def driver_row(weights: Any) -> Any:
    """The input whose weights spread most over the neurons (Equation 36), the first of several.

    It is a row of the paper's matrix and a column of ours.  Reordering the neurons does not change it.

    Args:
        weights: Rows are neurons, (..., n, m).

    Returns:
        Index of the input, an int, or integers (...) with a batch.

    Raises:
        TypeError: If ``weights`` is not real numbers.
        ValueError: If it is no matrix, or has entries that are not finite.

    >>> driver_row([[2.0, 0.0], [1.0, 5.0], [1.0, 4.0]])
    1
    """
    found = np.ptp(_matrix(weights), axis=-2).argmax(axis=-1)
    return int(found) if np.ndim(found) == 0 else found


def maximin_order(weights: Any) -> np.ndarray:
    """Order the neurons by their weights from the driver, the input that :func:`driver_row` finds.

    Args:
        weights: Rows are neurons, (..., n, m).

    Returns:
        Integers (..., n): ``order[i]`` is the neuron that goes to place i.

    Raises:
        TypeError: If ``weights`` is not real numbers.
        ValueError: If it is no matrix, or has entries that are not finite.

    >>> maximin_order([[2.0, 0.0], [1.0, 5.0], [1.0, 4.0]]).tolist()
    [0, 2, 1]
    """
    return sorted_by(_matrix(weights), "maximin")


def order_by(weights: Any, key: str | Callable[[np.ndarray], np.ndarray], *, biases: Any = None) -> np.ndarray:
    """Order the neurons by any of the orderings, or by a key of your own.

    Args:
        weights: Rows are neurons, (..., n, m).
        key: ``"lexicographic"``, ``"maximin"``, ``"sum"``, ``"norm"``, ``"largest"`` (the largest weight), ``"spread"``
            (of the weights of a neuron), ``"cubes"`` (sum of the cubes), ``"bias"``, or a function from the weights
            (..., n, m) to numbers (..., n).
        biases: Biases (..., n), for ``"bias"``.

    Returns:
        Integers (..., n): ``order[i]`` is the neuron that goes to place i.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If there is no such key, or shapes do not fit.

    >>> order_by([[3.0, 4.0], [1.0, 0.0], [0.0, 2.0]], "norm").tolist()
    [1, 2, 0]
    """
    return sorted_by(_matrix(weights), key, biases)


def sorted_by(weights: np.ndarray, key: str | Callable[[np.ndarray], np.ndarray], biases: Any = None) -> np.ndarray:
    """What :func:`order_by` does, for weights that have been checked already."""
    if key == "lexicographic":
        return _by_key(weights[..., 0], weights)
    if key == "maximin":
        driver = np.ptp(weights, axis=-2).argmax(axis=-1)
        return _by_key(np.take_along_axis(weights, driver[..., None, None], axis=-1)[..., 0], weights)
    if key == "bias":
        if biases is None:
            raise ValueError('biases: expected the biases of the neurons for the key "bias", got None')
        values = _checks.real_array("biases", biases)
    elif callable(key) or key in SORT_KEYS:
        values = _checks.real_array("key", (SORT_KEYS[key] if isinstance(key, str) else key)(weights))
    else:
        raise ValueError(f"key: expected a function or one of {', '.join(ORDERINGS)}, got {key!r}")
    if values.shape != weights.shape[:-1]:
        name = "biases" if key == "bias" else "key"
        raise ValueError(f"{name}: expected one number for each neuron, {weights.shape[:-1]}, got {values.shape}")
    return _by_key(values, weights)


def _matrix(weights) -> np.ndarray:
    array = _checks.real_array("weights", weights, copy=False)
    if array.ndim < 2 or 0 in array.shape:
        raise ValueError(f"weights: expected a matrix (..., n, m) with rows for neurons, got the shape {array.shape}")
    return array


def _by_key(key: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sort by the key, then settle ties by all weights; without ties one argsort is all."""
    order = np.argsort(key, axis=-1, kind="stable")
    ranked = np.take_along_axis(key, order, axis=-1)
    tied = ranked[..., 1:] == ranked[..., :-1]
    if tied.any():
        for index in np.argwhere(tied.any(axis=-1)):
            place = tuple(index)
            _settle(order[place], tied[place], weights[place])
    return order


def _settle(order: np.ndarray, tied: np.ndarray, weights: np.ndarray) -> None:
    """Sort each run of equal keys in place, by the first weight, then the second, and so on."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], tied, [False])).astype(int)))
    for start, stop in edges.reshape(-1, 2):
        group = np.sort(order[start : stop + 1])
        order[start : stop + 1] = group[np.lexsort(weights[group].T[::-1])]
