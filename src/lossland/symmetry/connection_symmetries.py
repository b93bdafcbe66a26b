r"""Symmetries of a connection table: exchanges of sources and of targets that leave it as it is.

A pair of permutations is a symmetry (an automorphism) of a table :math:`B` when
:math:`B_{\rho(i),\kappa(j)}=B_{ij}` for all i, j.  Only such exchanges respect the absent connections.  For a given
:math:`\rho` of the sources there are either none or :math:`\prod_cm_c!` fitting :math:`\kappa`, where :math:`m_c` are
the multiplicities of equal columns, so that it is enough to try all :math:`\rho`.

Source: LeCun et al. (1998), table I, for LeNet-5; the count is ours.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import permutations
from typing import NamedTuple

import numpy as np

from lossland import _checks

MAX_SOURCES = 9


class TableSymmetries(NamedTuple):
    """The symmetries of a connection table.

    Attributes:
        n_symmetries: How many pairs of permutations there are.
        sources: Those permutations of the sources that occur, (n, n_sources); the identity is among them.
        targets: For each of them one fitting permutation of the targets, (n, n_targets).
        n_per_source: Fitting permutations of the targets for each; above 1 if columns are equal.
    """

    n_symmetries: int
    sources: np.ndarray
    targets: np.ndarray
    n_per_source: int


def table_symmetries(table: np.ndarray) -> TableSymmetries:
    """Find all symmetries of a connection table by trying all permutations of its sources.

    Args:
        table: Zeros and ones, or booleans, (n_sources, n_targets), with at most 9 sources.  Transpose a table with
            fewer targets than sources.

    Returns:
        TableSymmetries: with ``table[np.ix_(sources[i], targets[i])]`` equal to ``table`` for each i.

    Raises:
        ValueError: If the table is no matrix of zeros and ones, or has too many sources.

    >>> table_symmetries([[1, 1, 0], [0, 1, 1]]).n_symmetries  # turn it around, or not
    2
    """
    table = _check_table(table)
    n_sources, n_targets = table.shape
    columns = Counter(map(tuple, table.T.tolist()))
    n_per_source = math.prod(math.factorial(count) for count in columns.values())
    own_order, sources, targets = np.lexsort(table), [], []
    for order in permutations(range(n_sources)):
        moved = table[list(order)]
        sorting = np.lexsort(moved)
        if np.array_equal(moved[:, sorting], table[:, own_order]):
            target = np.empty(n_targets, dtype=np.int64)
            target[own_order] = sorting
            sources.append(order)
            targets.append(target)
    found = np.array(sources, dtype=np.int64), np.array(targets, dtype=np.int64)
    return TableSymmetries(len(sources) * n_per_source, *found, n_per_source)


def _check_table(table) -> np.ndarray:
    array = np.asarray(table)
    array = array.astype(np.float64) if array.dtype == bool else _checks.real_array("table", table)
    if array.ndim != 2 or not array.size or not np.isin(array, (0, 1)).all():
        raise ValueError(f"table: expected a matrix of zeros and ones, (n_sources, n_targets), got shape {array.shape}")
    if array.shape[0] > MAX_SOURCES:
        raise ValueError(
            f"table: expected at most {MAX_SOURCES} sources, since all their permutations are tried, got "
            f"{array.shape[0]}; if there are fewer targets, pass the transpose"
        )
    return array.astype(np.int64)
