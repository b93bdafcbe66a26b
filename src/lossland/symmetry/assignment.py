"""The best one-to-one assignment of rows to columns, quickly where it is obvious.

If every row has its largest entry in a column of its own, no assignment can be better: that is how it ends for a
permuted copy of a network, and it costs one pass over the matrix instead of the solver's cubic worst case.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment


def best_assignment(gain: np.ndarray) -> np.ndarray:
    """Column of each row in the assignment with the largest sum.

    Args:
        gain: Square matrix (n, n) of finite numbers.

    Returns:
        numpy.ndarray: integers (n,), a permutation.

    >>> best_assignment(np.array([[3.0, 2.0], [3.0, 0.0]])).tolist()
    [1, 0]
    """
    largest = gain.argmax(axis=1)
    if len(gain) and np.bincount(largest, minlength=len(gain)).max() == 1:
        return largest
    return linear_sum_assignment(gain, maximize=True)[1]
