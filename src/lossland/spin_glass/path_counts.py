r"""Counting the paths of a network: how many there are, and how few unique weights the spin glass leaves.

A path of a layered network takes one input and one neuron of each hidden layer.  With widths
:math:`(d_0,\dots,d_{H-1},1)` there are :math:`\gamma=d_1\cdots d_{H-1}` paths from an input to the output and
:math:`\Psi=d_0\gamma` in all, made of :math:`N=\sum_kd_{k-1}d_k` weights; the model of Choromanska et al. keeps
:math:`\Lambda=\Psi^{1/H}` of them.  Source: Choromanska, Henaff, Mathieu, Ben Arous and LeCun (2015),
*The loss surfaces of multilayer networks*, section 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from lossland import _checks


class PathCounts(NamedTuple):
    """What can be counted in a bias-free network with one output.

    Attributes:
        order: Number H of weight layers, the degree of the output in the weights.
        hidden_paths: Number gamma of ways through the hidden layers.
        paths: Number Psi of paths from all inputs to the output.
        weights: Number N of weights.
        unique_weights: Lambda = Psi^(1/H), in general not a whole number.
    """

    order: int
    hidden_paths: int
    paths: int
    weights: int
    unique_weights: float

    @property
    def tuple_share(self) -> float:
        """Share of all ordered H-tuples of the N weights that are a path, in one order of the layers."""
        return math.exp(math.log(self.paths) - self.order * math.log(self.weights))


def count_paths(widths: Sequence[int]) -> PathCounts:
    """Count paths, weights and unique weights of a layered network.

    Args:
        widths: ``(d_0, ..., d_{H-1}, 1)``, input first; the last must be 1.

    Returns:
        PathCounts: exact integers, and the root as a float.

    Raises:
        ValueError: If there are fewer than two widths or the last one is not 1.

    >>> count_paths((4, 3, 5, 2, 1))
    PathCounts(order=4, hidden_paths=30, paths=120, weights=39, unique_weights=3.309750919646873)
    >>> round(count_paths((784, 100, 100, 1)).unique_weights, 1)
    198.7
    """
    widths = scalar_widths(widths)
    order = len(widths) - 1
    hidden_paths = math.prod(widths[1:-1])
    paths = widths[0] * hidden_paths
    weights = sum(below * above for below, above in pairwise(widths))
    return PathCounts(order, hidden_paths, paths, weights, math.exp(math.log(paths) / order))


def scalar_widths(widths: Sequence[int]) -> tuple[int, ...]:
    """Return the widths after checking that the last one is 1: the model has one output."""
    widths = _checks.layer_widths("widths", widths, at_least=2)
    if widths[-1] != 1:
        raise ValueError(f"widths: expected one output, so 1 at the end, got {widths[-1]}; append 1")
    return widths
