r"""What masks leave of the permutation symmetry: the group of exchanges of hidden units that keep every mask.

A network with masks :math:`B_1,\dots,B_d`, shapes (units, inputs), keeps its form when the units of its hidden layers
are reordered by :math:`\pi_1,\dots,\pi_{d-1}` with

.. math:: B_k[\pi_k,\pi_{k-1}]=B_k,\qquad \pi_0=\pi_d=1.

These form a group, the stabilizer of the masks.  Without zeros it is the whole symmetry group, of order
:math:`\prod n_k!`; if in every hidden layer all rows differ it is trivial, by induction from the inputs, which nobody
may exchange.  Other symmetries of the network, sign flips and rescalings of single units, no mask removes.

The order is found as that of the automorphism group of a layered graph: units with the same neighbors are put together
(each such class of m units gives m!), the rest is colored by refinement, which alone decides almost always, and what
refinement leaves open is decided by a search with orbits and stabilizers.  The search is exact and may take long; with
a budget it stops, and the bounds remain: classes of equal units from below, colors from above.

A connection may have several weights, as in a convolution or in a layer of polynomials: its part of the mask is then a
pattern of zeros and ones, and it is patterns that reorderings must keep.

Source: Glukhov (2024), section 6.2.1, the claim behind equation 37; McKay (1981), *Practical graph isomorphism*, for
refinement and individualization.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lossland import _checks

_Colors = list[np.ndarray]  # one array of integers for each layer, ends included


class MaskSymmetry(NamedTuple):
    """The group of reorderings that keep all masks.

    Attributes:
        log_order: Natural logarithm of the order of the group, NaN if the search was given up.
        log_lower: Lower bound of it, from units with the same neighbors.
        log_upper: Upper bound of it, from the colors of refinement.
        classes: For each hidden layer the colors (n_k,): units of different colors cannot be exchanged.
        n_searched: Nodes of the search.
    """

    log_order: float
    log_lower: float
    log_upper: float
    classes: tuple[np.ndarray, ...]
    n_searched: int


def mask_symmetry(masks: Sequence[np.ndarray], *, max_nodes: int = 20_000) -> MaskSymmetry:
    """Find the group of reorderings of hidden units that keep the masks of a network.

    Args:
        masks: Zeros and ones, or booleans, one (n_k, n_{k-1}) for each layer, from the inputs on; or
            (n_k, n_{k-1}, ...) with the weights of a connection in the last axes, as those of a convolution are (for
            layers of polynomials or splines: ``layer.mask.movedim(1, -1)``).
        max_nodes: Nodes after which the search is given up.

    Returns:
        MaskSymmetry: its order, exact or between bounds.

    Raises:
        ValueError: If there are fewer than two masks, their shapes do not fit, or they are not zeros and ones.

    >>> found = mask_symmetry([np.ones((4, 3)), np.eye(4), np.ones((2, 4))])  # four paths that are alike
    >>> round(math.exp(found.log_order))
    24
    """
    masks = _check_masks(masks)
    max_nodes = _checks.integer("max_nodes", max_nodes, low=1)
    colors = _refine([masks], [_start(masks)])[0]
    upper = sum(_log_factorials(layer) for layer in colors[1:-1])
    small, sizes = _collapse(masks)
    lower = sum(math.lgamma(size + 1) for layer in sizes[1:-1] for size in layer)
    search = _Search(small, max_nodes)
    order = search.log_order(_start(small, sizes))
    return MaskSymmetry(order + lower, lower, upper, tuple(colors[1:-1]), search.n_nodes)


class _Search:
    """Orders of groups of colored layered graphs, by orbits and stabilizers."""

    def __init__(self, masks: list[np.ndarray], max_nodes: int):
        self.masks, self.max_nodes, self.n_nodes = masks, max_nodes, 0

    def log_order(self, colors: _Colors) -> float:
        """Logarithm of the order of the group that keeps the colors; NaN beyond the budget."""
        total = 0.0
        while True:
            colors = _refine([self.masks], [colors])[0]
            cell = _smallest_cell(colors)
            if cell is None:
                return total
            layer, units = cell
            first = _single_out(colors, layer, units[0])
            orbit = 1
            for other in units[1:]:
                found = self._maps(first, _single_out(colors, layer, other))
                if found is None:
                    return math.nan
                orbit += found
            total += math.log(orbit)
            colors = first

    def _maps(self, ours: _Colors, theirs: _Colors) -> bool | None:
        """Whether some reordering takes one coloring to the other; None beyond the budget."""
        self.n_nodes += 1
        if self.n_nodes > self.max_nodes:
            return None
        ours, theirs = _refine([self.masks, self.masks], [ours, theirs])
        if any(not np.array_equal(np.sort(a), np.sort(b)) for a, b in zip(ours, theirs, strict=True)):
            return False
        cell = _smallest_cell(ours)
        if cell is None:
            return self._is_symmetry(
                [np.argsort(b)[np.argsort(np.argsort(a))] for a, b in zip(ours, theirs, strict=True)]
            )
        layer, units = cell
        fixed = _single_out(ours, layer, units[0])
        for other in np.flatnonzero(theirs[layer] == ours[layer][units[0]]):
            found = self._maps(fixed, _single_out(theirs, layer, other))
            if found or found is None:
                return found
        return False

    def _is_symmetry(self, orders: list[np.ndarray]) -> bool:
        return all(np.array_equal(m[np.ix_(orders[k + 1], orders[k])], m) for k, m in enumerate(self.masks))


def _refine(graphs: list[list[np.ndarray]], colorings: list[_Colors]) -> list[_Colors]:
    """Split colors by how many neighbors of each color there are, until nothing changes, alike in all graphs."""
    colorings = [list(colors) for colors in colorings]
    n_layers = len(colorings[0])
    names = [_rename([colors[k][:, None] for colors in colorings]) for k in range(n_layers)]
    while True:
        counts = [int(max(part.max() for part in parts)) + 1 for parts in names]
        seen = []
        for k in range(n_layers):
            tables = []
            for g, masks in enumerate(graphs):
                columns = [names[k][g][:, None]]
                if k:
                    columns.append(_neighbors(masks[k - 1], names[k - 1][g], counts[k - 1]))
                if k + 1 < n_layers:
                    columns.append(_neighbors(masks[k].T, names[k + 1][g], counts[k + 1]))
                tables.append(np.hstack(columns))
            seen.append(_rename(tables))
        if [int(max(part.max() for part in parts)) + 1 for parts in seen] == counts:
            return [[parts[g] for parts in names] for g in range(len(graphs))]
        names = seen


def _neighbors(patterns: np.ndarray, colors: np.ndarray, n_colors: int) -> np.ndarray:
    """What each row sees, in any order: how many of each color, or colors with the patterns that lead to them."""
    if patterns.max() < 2:
        return patterns @ np.eye(n_colors, dtype=np.int64)[colors]
    return np.sort(patterns * n_colors + colors, axis=1)


def _rename(tables: list[np.ndarray]) -> list[np.ndarray]:
    """Number the different rows of several tables, in their sorted order."""
    _, numbers = np.unique(np.concatenate(tables), axis=0, return_inverse=True)
    return np.split(numbers.ravel(), np.cumsum([len(table) for table in tables])[:-1])


def _collapse(masks: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Put units with the same neighbors together; return the smaller masks, and how many units each class has."""
    layers = [np.arange(masks[0].shape[1])]
    for before, behind in pairwise(masks):
        layers.append(_rename([np.hstack([before, behind.T])])[0])
    layers.append(np.arange(masks[-1].shape[0]))
    firsts = [np.unique(layer, return_index=True)[1] for layer in layers]
    small = [mask[np.ix_(firsts[k + 1], firsts[k])] for k, mask in enumerate(masks)]
    return small, [np.bincount(layer) for layer in layers]


def _start(masks: list[np.ndarray], sizes: list[np.ndarray] | None = None) -> _Colors:
    """Inputs and outputs have each a color of their own; hidden units that of the size of their class."""
    inner = [np.zeros(m.shape[0], dtype=np.int64) for m in masks[:-1]] if sizes is None else list(sizes[1:-1])
    return [np.arange(masks[0].shape[1]), *inner, np.arange(masks[-1].shape[0])]


def _smallest_cell(colors: _Colors) -> tuple[int, np.ndarray] | None:
    """Layer and units of the smallest color with more than one unit, or None."""
    best = None
    for layer, names in enumerate(colors):
        counts = np.bincount(names)
        many = np.flatnonzero(counts > 1)
        if many.size:
            color = many[np.argmin(counts[many])]
            if best is None or counts[color] < len(best[1]):
                best = layer, np.flatnonzero(names == color)
    return best


def _single_out(colors: _Colors, layer: int, unit: int) -> _Colors:
    changed = [names.copy() for names in colors]
    changed[layer][unit] = changed[layer].max() + 1
    return changed


def _log_factorials(names: np.ndarray) -> float:
    return float(sum(math.lgamma(count + 1) for count in np.bincount(names)))


def _check_masks(masks) -> list[np.ndarray]:
    masks = [np.asarray(mask) for mask in masks]
    if len(masks) < 2:
        raise ValueError(f"masks: expected one for each layer, two at least, got {len(masks)}: without a hidden layer "
                         "there is nothing to exchange")  # fmt: skip
    for k, mask in enumerate(masks):
        if mask.ndim < 2 or not mask.size or not np.isin(mask, (0, 1)).all():
            raise ValueError(f"masks[{k}]: expected a matrix of zeros and ones, got shape {mask.shape}")
        if k and mask.shape[1] != masks[k - 1].shape[0]:
            raise ValueError(
                f"masks[{k}]: expected {masks[k - 1].shape[0]} columns, one for each unit of the layer before, got "
                f"{mask.shape[1]}"
            )
    return [mask.astype(np.int64) if mask.ndim == 2 else _patterns(mask) for mask in masks]


def _patterns(mask: np.ndarray) -> np.ndarray:
    """One number for each connection, equal where the zeros and ones of its weights are."""
    weights = mask.reshape(*mask.shape[:2], -1)
    return np.unique(weights.reshape(-1, weights.shape[2]), axis=0, return_inverse=True)[1].reshape(mask.shape[:2])
