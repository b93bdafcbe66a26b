r"""Weight redundancy: few unique values for many weights (A3p), and which tuples of them then occur (A4p).

A3p lets a network keep its accuracy when its N weights are replaced by :math:`\Lambda=\Psi^{1/H}` unique values.  The
best values for given weights in the mean square are those of k-means on a line.  A4p then wants each of the
:math:`\Lambda^H=\Psi` ordered H-tuples of unique weights on exactly one of the :math:`\Psi` paths.  In a network of
equal widths that can be arranged by hand: let the value of a weight be the number of the neuron that it comes from.
Otherwise it cannot, if the last layer has fewer weights than there are values; and values found by k-means, or dealt
out at random, leave most tuples out or use them repeatedly.  Source: Choromanska et al. (2015), *The loss surfaces of
multilayer networks*, Definition 3.2 and the assumptions A3p and A4p.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lossland import _checks

_MOST_TUPLES = 10**8


def shared_weights(values, n_unique: int, *, max_iter: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Replace numbers by few unique ones: k-means on a line, started evenly over the ranks.

    Args:
        values: Numbers of any shape.
        n_unique: Number of unique values, at most the number of different values.
        max_iter: Most rounds; k-means stops by itself when no number changes its group.

    Returns:
        Unique values in increasing order (n_unique,), and for each number the index of its unique value.

    Raises:
        ValueError: If there are fewer different numbers than unique values asked for.

    >>> unique, index = shared_weights([0.0, 0.1, 5.0, 5.2], 2)
    >>> unique.round(2), index
    (array([0.05, 5.1 ]), array([0, 0, 1, 1]))
    """
    values = _checks.real_array("values", values)
    different = np.unique(values)
    n_unique = _checks.integer("n_unique", n_unique, low=1, high=different.size)
    centers = different[((np.arange(n_unique) + 0.5) * different.size / n_unique).astype(int)]
    order = np.sort(values, axis=None)
    total = np.concatenate([[0.0], np.cumsum(order)])
    for _ in range(max_iter):
        ends = np.searchsorted(order, (centers[1:] + centers[:-1]) / 2)
        edges = np.concatenate([[0], ends, [order.size]])
        sizes = np.diff(edges)
        means = np.divide(np.diff(total[edges]), sizes, out=centers.copy(), where=sizes > 0)
        if np.array_equal(means, centers):
            break
        centers = means
    return centers, np.searchsorted((centers[1:] + centers[:-1]) / 2, values)


def random_sharing(shapes: Sequence[tuple[int, ...]], n_unique: int, *, rng: np.random.Generator) -> list[np.ndarray]:
    """Deal unique weights out to the places of a network at random, each as often as any other up to one.

    Args:
        shapes: Shapes (d_k, d_{k-1}) of the layers.
        n_unique: Number of unique weights.
        rng: Source of randomness.

    Returns:
        One array of indices 0, ..., n_unique - 1 per layer.
    """
    n_unique = _checks.integer("n_unique", n_unique, low=1)
    sizes = [int(np.prod(shape)) for shape in shapes]
    dealt = rng.permutation(np.arange(sum(sizes)) % n_unique)
    parts = np.split(dealt, np.cumsum(sizes)[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def tuple_counts(indices: Sequence[np.ndarray], n_unique: int) -> np.ndarray:
    """How many paths carry each ordered tuple of unique weights.

    Args:
        indices: For each layer (d_k, d_{k-1}) the index of the unique weight at each place; one output.
        n_unique: Number of unique weights.

    Returns:
        Integers (n_unique, ..., n_unique) with H axes, first layer first, that sum to the number of paths.

    Raises:
        ValueError: If there are too many tuples to count.

    >>> tuple_counts([np.array([[0, 1], [1, 1]]), np.array([[0, 1]])], 2)
    array([[1, 0],
           [1, 2]])
    """
    order = len(indices)
    if n_unique**order > _MOST_TUPLES:
        raise ValueError(f"n_unique: expected at most {_MOST_TUPLES:,} tuples, got {n_unique**order:,}; use fewer")
    codes = np.zeros(indices[0].shape[1], dtype=np.int64)  # of the paths so far, and the neurons they end in
    ends = np.arange(indices[0].shape[1])
    for layer in indices:
        codes = (codes[:, None] * n_unique + np.asarray(layer).T[ends]).ravel()
        ends = np.tile(np.arange(layer.shape[0]), ends.size)
    return np.bincount(codes, minlength=n_unique**order).reshape((n_unique,) * order)
