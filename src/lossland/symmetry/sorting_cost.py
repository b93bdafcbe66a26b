r"""What it costs to sort the neurons of a perceptron: operations counted, against the printed formula.

The paper prints :math:`N_S\sim\sum_{k=1}^dn_K(\log n_k+c)`.  Counted for hidden layers :math:`k=1,\dots,d-1` of widths
:math:`n_k`, there are :math:`n_k\log_2n_k` comparisons to sort one key; :math:`2n_{k-1}n_k` more to find the driver by
the spreads of all inputs; and every weight into and out of the layer is moved, :math:`n_{k-1}n_k+n_kn_{k+1}`, with
:math:`n_k` biases.  The sum is proportional to the number of parameters, like one forward pass: the "constant" c is
about :math:`n_{k-1}`.  Matching costs :math:`n_k^2(n_{k-1}+n_{k+1})` multiplications for the gains and up to
:math:`n_k^3` steps for the assignment.

Source: Glukhov (2024), section 6.1, unnumbered formula after the maximin sorting; counted here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from lossland import _checks

_SPREAD_METHODS = {"maximin": True, "lexicographic": False, "matching": False}


class ReorderingCost(NamedTuple):
    """Operations of sorting all hidden layers once.

    Attributes:
        sorting: Comparisons to sort the keys; for ``"matching"`` the steps of the assignments.
        keys: Comparisons to find the drivers; for ``"matching"`` the multiplications of the gains.
        moves: Weights and biases that are moved.
        total: Sum of the three.
        printed: The printed formula for the same layers with c = 1, with :math:`n_k` for :math:`n_K`.
        n_parameters: Weights and biases of the network.
    """

    sorting: float
    keys: float
    moves: float
    total: float
    printed: float
    n_parameters: int


def reordering_cost(widths: Sequence[int], *, method: str = "maximin") -> ReorderingCost:
    """Count the operations of sorting the hidden neurons of a perceptron.

    Args:
        widths: ``(d_0, d_1, ..., d_K)``, input width first.
        method: ``"maximin"``, ``"lexicographic"`` or ``"matching"`` (one sweep over the layers).

    Returns:
        ReorderingCost: the counts.

    Raises:
        ValueError: If there is no hidden layer, or no such method.

    >>> cost = reordering_cost((1000, 1000, 1000, 10))
    >>> round(cost.sorting), round(cost.keys), cost.n_parameters
    (19932, 4000000, 2012010)
    >>> 2 < cost.total / cost.n_parameters < 5
    True
    """
    widths = _checks.layer_widths("widths", widths, at_least=3)
    if method not in _SPREAD_METHODS:
        raise ValueError(f"method: expected one of {', '.join(_SPREAD_METHODS)}, got {method!r}")
    layers = list(zip(widths[:-2], widths[1:-1], widths[2:], strict=True))
    sorting = float(sum(n * math.log2(n) for _, n, _ in layers))
    printed = float(sum(n * (math.log2(n) + 1) for _, n, _ in layers))
    keys = 2.0 * sum(before * n for before, n, _ in layers) if _SPREAD_METHODS[method] else 0.0
    if method == "matching":
        sorting = float(sum(n**3 for _, n, _ in layers))
        keys = float(sum(n**2 * (before + after) for before, n, after in layers))
    moves = float(sum(before * n + n * after + n for before, n, after in layers))
    n_parameters = sum((before + 1) * after for before, after in pairwise(widths))
    return ReorderingCost(sorting, keys, moves, sorting + keys + moves, printed, n_parameters)
