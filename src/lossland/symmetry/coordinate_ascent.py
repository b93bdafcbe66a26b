r"""Match two networks over all groups of a spec, one group after another, until nothing improves.

The objective is the inner product of the parameters of network a with the permuted ones of network b.  With the other
groups fixed it is linear in the order of one group, whose best order is a linear assignment; a group that meets itself
in one parameter (both axes of a weight inside a residual stream) enters quadratically: its gain is linearized at the
present order, and the new order is kept if the objective itself has grown.

What makes it quick: the products for one parameter are kept until the order of another axis of it changes, a group is
looked at again only after one that it shares a parameter with has changed, and an assignment in which every unit
gets its favorite needs no solver.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np
from scipy.linalg.blas import dgemm

from lossland.symmetry.assignment import best_assignment
from lossland.symmetry.permutation_spec import PermutationSpec

_TIE = 1e-12  # ties and rounding must not go round in circles


class Order(NamedTuple):
    """The order of a group, and the signs of its units (None: all positive)."""

    units: np.ndarray
    signs: np.ndarray | None


class Ascent(NamedTuple):
    """Where the ascent ended: orders, objective, number of sweeps over all groups, whether nothing improved."""

    orders: dict[str, Order]
    objective: float
    n_sweeps: int
    converged: bool


class _Piece(NamedTuple):
    """Part of one parameter in both networks, with one dimension for each factor, and their groups."""

    a: np.ndarray
    b: np.ndarray
    groups: tuple[str | None, ...]


class Matcher:
    """Two networks that share a spec, and the products computed so far."""

    def __init__(self, spec: PermutationSpec, a: Mapping[str, np.ndarray], b: Mapping[str, np.ndarray], signed=False):
        self.sizes, self.signed = dict(spec.sizes), signed
        names = [name for name in spec.axes if name not in spec.buffers]
        for twins in spec.tied:
            names = [name for name in names if name not in twins[1:]]
        pieces = [piece for name in names for piece in _pieces(spec, name, a[name], b[name])]
        sides = [piece.a for piece in pieces], [piece.b for piece in pieces]
        self.scale = np.sqrt(prod(sum(float(np.vdot(x, x)) for x in side) for side in sides))
        self.pieces, self.places = [], {group: [] for group in self.sizes}
        self.alone: dict[str | None, list[tuple[_Piece, int]]] = {group: [] for group in (None, *self.sizes)}
        for piece in pieces:
            dims = [dim for dim, group in enumerate(piece.groups) if group is not None]
            if not dims:
                self.alone[None].append((piece, 0))
            elif len(dims) == 1:
                self.alone[piece.groups[dims[0]]].append((piece, dims[0]))
            else:
                for dim in dims:
                    self.places[piece.groups[dim]].append((len(self.pieces), dim))
                self.pieces.append(piece)
        self.constants: dict[str, np.ndarray] = {}
        self.moved: dict[tuple[int, int], _Piece] = {}
        self.buffers: dict[tuple[tuple[int, ...], int], np.ndarray] = {}
        self.kept: dict[tuple[int, int], tuple[tuple, np.ndarray]] = {}
        self.unmoved = {g: Order(np.arange(n), np.ones(n) if signed else None) for g, n in self.sizes.items()}

    def identity(self) -> dict[str, Order]:
        """The orders that leave everything where it is."""
        return dict(self.unmoved)

    def match(self, max_sweeps: int) -> Ascent:
        """Ascend from the alignment from the input on, and from the identity if that was already better.

        By the inequality of Cauchy and Schwarz nothing lies above the product of the norms: a copy is known at once.
        """
        orders, settled = self.aligned()
        reached = self.objective(orders)
        if reached >= (1 - _TIE) * self.scale:
            return Ascent(orders, reached, int(bool(self.sizes)), True)
        best, identity = self.ascend(orders, max_sweeps - 1, settled), self.identity()
        if best.objective < self.objective(identity):
            best = max(self.ascend(identity, max_sweeps - 1), best, key=lambda found: found.objective)
        return best._replace(n_sweeps=best.n_sweeps + bool(self.sizes))

    def aligned(self) -> tuple[dict[str, Order], set[str]]:
        """Orders found group by group from the input on, from those parameters whose other axes are known by then.

        Where there are none, entries are sorted along the axes that are not known, which leaves what no order changes.
        Also the groups for which that was all parameters: their order is the best while the others stay.
        """
        orders, known, settled = self.identity(), {None}, set()
        for group in self.sizes:
            places = [
                (index, dim)
                for index, dim in self.places[group]
                if all(k == dim or other in known for k, other in enumerate(self.pieces[index].groups))
            ]
            if places or self.alone[group]:
                orders[group] = self._best(self._gain(group, places, orders))
            elif self.places[group]:
                orders[group] = self._best(self._gain_of_sorted(group, known, orders))
            if len(places) == len(self.places[group]):
                settled.add(group)
            known.add(group)
        return orders, settled

    def objective(self, orders: dict[str, Order]) -> float:
        """Inner product of the parameters of a with the permuted ones of b."""
        total = sum(float(np.vdot(piece.a, piece.b)) for piece, _ in self.alone[None])
        total += sum(_value(self._constant(group), order) for group, order in orders.items() if self.alone[group])
        return total + sum(self._overlap(index, orders) for index in range(len(self.pieces)))

    def _overlap(self, index: int, orders: dict[str, Order]) -> float:
        """What one piece adds to the objective; free if its product is kept for some axis."""
        piece = self.pieces[index]
        for dim, group in enumerate(piece.groups):
            kept = self.kept.get((index, dim))
            if kept is not None and _same(kept[0], self._others(piece, dim, orders)):
                return _value(kept[1], orders[group])
        return float(np.vdot(piece.a, self._permuted(piece, orders, None)))

    def ascend(self, orders: dict[str, Order], max_sweeps: int, settled: Collection[str] = ()) -> Ascent:
        """Give each group its best order in turn, until none improves; ``settled`` groups wait for a reason to move."""
        orders, waiting, n_sweeps = dict(orders), set(self.sizes).difference(settled), 0
        while waiting and n_sweeps < max_sweeps:
            n_sweeps += 1
            for group in self.sizes:
                if group in waiting:
                    waiting.discard(group)
                    if self._improve(group, orders):
                        waiting |= self._neighbors(group)
        return Ascent(orders, self.objective(orders), n_sweeps, not waiting)

    def _improve(self, group: str, orders: dict[str, Order]) -> bool:
        gain = self._gain(group, self.places[group], orders)
        old, new = orders[group], self._best(gain)
        if group in self._neighbors(group):
            before, changed = self.objective(orders), {**orders, group: new}
            better = self.objective(changed) - before > _TIE * self.scale
        else:
            better = _value(gain, new) - _value(gain, old) > _TIE * self.scale
        if better:
            orders[group] = new
        return better

    def _neighbors(self, group: str) -> set[str]:
        """Groups that share a parameter with this one; itself, if it orders two axes of one."""
        found = set()
        for index, dim in self.places[group]:
            found |= {other for k, other in enumerate(self.pieces[index].groups) if k != dim and other is not None}
        return found

    def _best(self, gain: np.ndarray) -> Order:
        if not self.signed:
            return Order(best_assignment(gain), None)
        units = best_assignment(np.abs(gain))
        return Order(units, np.where(gain[np.arange(len(units)), units] < 0, -1.0, 1.0))

    def _gain(self, group: str, places: list[tuple[int, int]], orders: dict[str, Order]) -> np.ndarray:
        """Gain (n, n) of putting unit j of b at place i, all else fixed."""
        parts = [self._constant(group)] if self.alone[group] else []
        parts += [self._product(place, orders) for place in places]
        if len(parts) < 2:
            return parts[0] if parts else np.zeros((self.sizes[group],) * 2)
        total = np.add(*parts[:2], out=self._buffer(parts[0].shape, -1))
        for part in parts[2:]:
            total += part
        return total

    def _constant(self, group: str) -> np.ndarray:
        """What the parameters that only this group orders add to its gain."""
        if group not in self.constants:
            first, *rest = ([_rows(x, dim) for x in piece[:2]] for piece, dim in self.alone[group])
            total = first[0] @ first[1].T
            for a, b in rest:  # added where the sum is: its memory is what costs
                dgemm(1.0, b.T, a.T, beta=1.0, c=total.T, trans_a=True, overwrite_c=True)
            self.constants[group] = total
        return self.constants[group]

    def _gain_of_sorted(self, group: str, known: set[str | None], orders: dict[str, Order]) -> np.ndarray:
        total = np.zeros((self.sizes[group], self.sizes[group]))
        for index, dim in self.places[group]:
            piece = self.pieces[index]
            sides = [piece.a, self._permuted(piece, orders, dim)]
            for k, other in enumerate(piece.groups):
                if k != dim and other not in known:
                    sides = [np.sort(side, axis=k) for side in sides]
            total += _rows(sides[0], dim) @ _rows(sides[1], dim).T
        return total

    def _product(self, place: tuple[int, int], orders: dict[str, Order]) -> np.ndarray:
        index, dim = place
        piece = self.pieces[index]
        kept, current = self.kept.get(place), self._others(piece, dim, orders)
        if kept is None or not _same(kept[0], current):
            if dim and piece.b.ndim > 2:  # the axis comes first, once for all: later products copy b only
                piece, dim = self.moved.get(place) or self._moved(place), 0
            a, b = (_rows(x, dim) for x in (piece.a, self._permuted(piece, orders, dim)))
            kept = self.kept[place] = (current, np.matmul(a, b.T, out=kept and kept[1]))
        return kept[1]

    def _buffer(self, shape: tuple[int, ...], dim: int) -> np.ndarray:
        """Memory that is written again and again: new memory would cost as much as moving the numbers."""
        if (shape, dim) not in self.buffers:
            self.buffers[shape, dim] = np.empty(shape)
        return self.buffers[shape, dim]

    def _moved(self, place: tuple[int, int]) -> _Piece:
        index, dim = place
        a, b, groups = self.pieces[index]
        groups = (groups[dim], *groups[:dim], *groups[dim + 1 :])
        self.moved[place] = _Piece(*(np.ascontiguousarray(np.moveaxis(x, dim, 0)) for x in (a, b)), groups)
        return self.moved[place]

    @staticmethod
    def _others(piece: _Piece, dim: int, orders: dict[str, Order]) -> tuple[Order, ...]:
        """Orders of the other axes of a piece, on which its product for this axis depends."""
        return tuple(orders[g] for k, g in enumerate(piece.groups) if k != dim and g is not None)

    def _permuted(self, piece: _Piece, orders: dict[str, Order], except_dim: int | None) -> np.ndarray:
        """Parameters of b in the new order, one axis left as it is; overwritten by the next call."""
        b = piece.b
        for dim, group in enumerate(piece.groups):
            if group is not None and dim != except_dim and orders[group] is not self.unmoved[group]:
                b = np.take(b, orders[group].units, axis=dim, out=self._buffer(b.shape, dim), mode="clip")
                if orders[group].signs is not None:
                    b *= orders[group].signs.reshape(-1, *(1,) * (b.ndim - dim - 1))
        return b


def _rows(x: np.ndarray, dim: int) -> np.ndarray:
    """One row for each index of a dimension."""
    return np.moveaxis(x, dim, 0).reshape(x.shape[dim], -1)


def _same(one: tuple[Order, ...], two: tuple[Order, ...]) -> bool:
    return all(x is y for x, y in zip(one, two, strict=True))


def _value(gain: np.ndarray, order: Order) -> float:
    chosen = gain[np.arange(len(gain)), order.units]
    return float(chosen.sum() if order.signs is None else chosen @ order.signs)


def _pieces(spec: PermutationSpec, name: str, a: np.ndarray, b: np.ndarray) -> list[_Piece]:
    """Cut a parameter at the ends of segments and give each factor a dimension of its own."""
    found = []
    for segments in product(*(_slices(axis) for axis in spec.axes[name])):
        cut = tuple(part for part, _ in segments)
        factors = [factor for _, segment in segments for factor in segment]
        shape = tuple(factor.size for factor in factors)
        found.append(_Piece(a[cut].reshape(shape), b[cut].reshape(shape), tuple(factor.group for factor in factors)))
    return found


def _slices(axis):
    start = 0
    for segment in axis:
        stop = start + prod(factor.size for factor in segment)
        yield slice(start, stop), segment
        start = stop
