"""A few examples of each class to learn from, all the rest to be asked about.

Source: Fei-Fei, Fergus and Perona (2006), *One-shot learning of object categories*, for the task.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossland import _checks


class FewShot(NamedTuple):
    """Rows of the examples.

    Attributes:
        support: Rows to learn from, (n_classes * n_shots,), sorted by class.
        query: All other rows, ascending.
    """

    support: np.ndarray
    query: np.ndarray


def few_shot_split(labels, n_shots: int, *, rng: np.random.Generator) -> FewShot:
    """Draw the same number of examples of each class.

    Args:
        labels: Integers (n,).
        n_shots: Examples of each class to learn from.
        rng: Source of randomness.

    Returns:
        FewShot: rows of those to learn from, and of the others.

    Raises:
        TypeError: If the labels are not integers.
        ValueError: If a class has fewer examples.

    >>> few_shot_split([5, 5, 8, 5, 8], 1, rng=np.random.default_rng(0)).support.shape
    (2,)
    """
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels: expected integers, got {labels.dtype}")
    if labels.ndim != 1:
        raise ValueError(f"labels: expected one for each example, got the shape {labels.shape}")
    n_shots = _checks.integer("n_shots", n_shots, low=1)
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) and counts.min() < n_shots:
        rare = classes[counts.argmin()]
        raise ValueError(f"n_shots: expected at most {counts.min()}, the examples of class {rare}, got {n_shots}")
    order = rng.permutation(len(labels))
    by_class = [order[labels[order] == label][:n_shots] for label in classes]
    support = np.concatenate(by_class) if by_class else np.zeros(0, np.int64)
    return FewShot(support, np.setdiff1d(np.arange(len(labels)), support))
