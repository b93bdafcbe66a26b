"""Labels for the axes of tensors, while a network is walked through: which places must follow one order.

A label stands for the order of a number of places.  It starts free; it is made *the same* as another where two tensors
are added or one is read by a layer; it is *fixed* where places have a meaning, as inputs and outputs do; it is
*refined* where a reshape or a cut shows that it is a product or a concatenation of others.  Where two axes cannot be
brought together otherwise, all their labels are fixed: that loses symmetries, but is never wrong.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from lossland.symmetry.permutation_spec import Axis, Factor, Segment, axis_size


class _State(NamedTuple):
    """What has become of a label: an axis that replaces it (a fixed one too), and why."""

    axis: Axis
    reason: str


class AxisLabels:
    """The labels of one network.  Inside axes, the name of a group is the name of a label."""

    def __init__(self):
        self.sizes: dict[str, int] = {}
        self.states: dict[str, _State] = {}

    def fresh(self, size: int, owner: str) -> Axis:
        """A free label named after its owner, as an axis."""
        if size == 1:
            return fixed(1)
        name, count = owner, 2
        while name in self.sizes:
            name, count = f"{owner} #{count}", count + 1
        self.sizes[name] = size
        return ((Factor(name, size),),)

    def resolve(self, axis: Axis) -> Axis:
        """The axis with each label replaced by what it has become."""
        while True:
            known = [f.group for segment in axis for f in segment if f.group in self.states]
            if not known:
                return _canonical(axis)
            axis = tuple(part for segment in axis for part in self._expand(segment))

    def _expand(self, segment: Segment) -> Axis:
        for k, factor in enumerate(segment):
            if factor.group in self.states:
                inside = self.states[factor.group].axis
                if len(inside) > 1 and prod(f.size for f in segment[:k]) > 1:
                    self.fix(inside, "a concatenation of several outputs lies inside a reshaped axis")
                    inside = fixed(factor.size)
                return tuple((*segment[:k], *part, *segment[k + 1 :]) for part in inside)
        return (segment,)

    def fix(self, axis: Axis, reason: str) -> None:
        """Fix all labels of an axis."""
        for segment in self.resolve(axis):
            for factor in segment:
                if factor.group is not None and factor.group not in self.states:
                    self.states[factor.group] = _State(fixed(factor.size), reason)

    def same(self, one: Axis, two: Axis, reason: str) -> None:
        """Make two axes of equal size follow one order; ``{other}`` in the reason is filled with a name."""
        one, two = self.resolve(one), self.resolve(two)
        if one == two:
            return
        if _single(one) and _single(two):
            order = list(self.sizes)
            older, newer = sorted((one, two), key=lambda axis: order.index(_single(axis)))
            self._become(_single(newer), older, reason)
        elif _single(two):
            self._become(_single(two), one, reason)
        elif _single(one):
            self._become(_single(one), two, reason)
        else:
            self._same_parts(one, two, reason)

    def _same_parts(self, one: Axis, two: Axis, reason: str) -> None:
        sizes = [[prod(f.size for f in segment) for segment in axis] for axis in (one, two)]
        if sizes[0] == sizes[1] and len(one) > 1:
            for a, b in zip(one, two, strict=True):
                self.same((a,), (b,), reason)
        elif len(one) == len(two) == 1 and [f.size for f in one[0]] == [f.size for f in two[0]]:
            for a, b in zip(one[0], two[0], strict=True):
                self.same(((a,),), ((b,),), reason)
        elif (refined := self._refined(one, two) or self._refined(two, one)) is not None:
            self.same(*refined, reason)
        else:
            for axis, other in ((one, two), (two, one)):
                self.fix(axis, reason.format(other=_name_of(other)) + ", and the two are divided differently")

    def _refined(self, coarse: Axis, fine: Axis) -> tuple[Axis, Axis] | None:
        """Cut the factors of a one-segment axis at the sizes of another one."""
        if len(coarse) != 1 or len(fine) != 1:
            return None
        parts = self.split_product(coarse, [f.size for f in fine[0]])
        return None if parts is None else (self.product(parts), fine)

    def _become(self, label: str, axis: Axis, reason: str) -> None:
        self.states[label] = _State(axis, reason.format(other=_name_of(axis)))

    def product(self, axes: list[Axis]) -> Axis:
        """The axis of a tensor whose axes are flattened to one, the last running fastest."""
        axes = [self.resolve(axis) for axis in axes]
        for axis in axes[1:]:
            if len(axis) > 1:
                self.fix(axis, "a concatenation of several outputs is flattened")
        axes = [self.resolve(axis) for axis in axes]
        tail = tuple(factor for axis in axes[1:] for factor in axis[0])
        return _canonical(tuple((*segment, *tail) for segment in axes[0]))

    def split_product(self, axis: Axis, sizes: list[int]) -> list[Axis] | None:
        """The axes of sizes whose product an axis is, its labels refined if need be; None if it cannot be."""
        axis = self.resolve(axis)
        if len(axis) != 1:
            return None
        left, found = list(axis[0]), []
        for size in sizes:
            taken = []
            while size > 1:
                if not left:
                    return None
                factor = left.pop(0)
                if factor.size > size:
                    if factor.size % size:
                        return None
                    factor, rest = self._halve(factor, size)
                    left.insert(0, rest)
                if size % factor.size:
                    return None
                taken.append(factor)
                size //= factor.size
            found.append(_canonical((tuple(taken),)) if taken else fixed(1))
        return found

    def _halve(self, factor: Factor, outer: int) -> tuple[Factor, Factor]:
        """Cut a factor in an outer and an inner one."""
        inner = factor.size // outer
        if factor.group is None:
            return Factor(None, outer), Factor(None, inner)
        parts = [self.fresh(n, f"{factor.group} ({where})") for n, where in ((outer, "outer"), (inner, "inner"))]
        first, second = (part[0][0] for part in parts)
        self.states[factor.group] = _State(((first, second),), "its places are reshaped to two axes")
        return first, second

    def split_concatenation(self, axis: Axis, sizes: list[int]) -> list[Axis] | None:
        """The axes of sizes one after another that make up an axis; None if it cannot be cut there."""
        axis = self.resolve(axis)
        if _single(axis) and len(sizes) > 1:
            label = _single(axis)
            parts = [self.fresh(n, f"{label} ({k})") for k, n in enumerate(sizes, start=1)]
            self.states[label] = _State(tuple(part[0] for part in parts), "its places are cut into several")
            return parts
        left, found = list(axis), []
        for size in sizes:
            taken = []
            while size:
                segment = left.pop(0)
                n = prod(factor.size for factor in segment)
                if n > size:
                    if any(factor.group is not None for factor in segment):
                        return None
                    left.insert(0, (Factor(None, n - size),))
                    segment, n = (Factor(None, size),), size
                taken.append(segment)
                size -= n
            found.append(_canonical(tuple(taken)))
        return found


def fixed(size: int) -> Axis:
    """An axis whose places have a meaning."""
    return ((Factor(None, size),),)


def labels_of(axis: Axis) -> list[str]:
    """The labels in an axis, in order."""
    return [factor.group for segment in axis for factor in segment if factor.group is not None]


def _single(axis: Axis) -> str | None:
    """The label of an axis that is one label."""
    return axis[0][0].group if len(axis) == 1 and len(axis[0]) == 1 else None


def _name_of(axis: Axis) -> str:
    labels = labels_of(axis)
    return f"those of {labels[0]!r}" if labels else "places that have a meaning (inputs, outputs, places of an image)"


def _canonical(axis: Axis) -> Axis:
    """Join fixed factors and fixed segments that follow each other; leave out factors of size 1."""
    segments: list[Segment] = []
    for segment in axis:
        factors: list[Factor] = []
        for factor in segment:
            if factor.size == 1:
                continue
            if factor.group is None and factors and factors[-1].group is None:
                factors[-1] = Factor(None, factors[-1].size * factor.size)
            else:
                factors.append(factor)
        factors = factors or [Factor(None, 1)]
        before = segments[-1] if segments else None
        if before and all(f.group is None for f in (*before, *factors)):
            segments[-1] = (Factor(None, axis_size((before,)) + factors[0].size),)
        else:
            segments.append(tuple(factors))
    return tuple(segments)
