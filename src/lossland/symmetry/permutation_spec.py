r"""Which axes of which parameters are permuted together: the permutation symmetry of a network, as data.

Reordering the units of a layer leaves the function of a network as it is, if every parameter that meets these units
follows: rows of the weights that feed them, biases, scales, columns of the weights that read them.  A *group* is a set
of axes that must follow one order.  A *spec* names the groups and says for each axis of each entry of a state dict
which group orders it.  With Git Re-Basin's example of two hidden layers::

    0.weight (h1, input)   0.bias (h1)   2.weight (h2, h1)   2.bias (h2)   4.weight (output, h2)   4.bias (output)

Axes are more than names.  An axis is a concatenation of *segments*, and a segment is a product of *factors*, each
ordered by a group or fixed, in the order of ``reshape``: columns that read a flattened image of 16 channels with 5 x 5
places are the product (channels, 25 fixed), the rows of a joint projection to queries, keys and values of an attention
layer are three segments (heads, size of a head).

Convention: ``permutation[i]`` is the unit that goes to place i.

Source: Ainsworth, Hayase and Srinivasa (2023), *Git Re-Basin: merging models modulo permutation symmetries*, section 3
and appendix A.3 (``PermutationSpec`` of their code, where an axis is one group).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import prod
from typing import NamedTuple

from lossland import _checks


class Factor(NamedTuple):
    """A number of places, ordered by a group or fixed.

    Attributes:
        group: Name of the group, or None if the order is fixed.
        size: Number of places.
    """

    group: str | None
    size: int


Segment = tuple[Factor, ...]  # a product, the last factor runs fastest
Axis = tuple[Segment, ...]  # a concatenation


class LayerOrder(NamedTuple):
    """What orders the outputs of a layer.

    Attributes:
        axes: One axis of segments for each dimension of the layer's output.
        group: The group of its units, or None if they cannot be permuted.
        reason: Why this layer has no group of its own name: a part of a sentence; empty if it has.
    """

    axes: tuple[Axis, ...]
    group: str | None
    reason: str = ""


@dataclass(frozen=True)
class PermutationSpec:
    """The permutation symmetry of a network; see the module for the words.

    Attributes:
        sizes: Number of units of each group, groups in the order of the data through the network.
        axes: The axes of each entry of the state dict.
        buffers: Entries that no training changes by gradients (running statistics): permuted, but not matched.
        layers: What orders the outputs of each layer, where it was found by tracing.
        tied: Names of entries that are one tensor.
    """

    sizes: Mapping[str, int]
    axes: Mapping[str, tuple[Axis, ...]]
    buffers: frozenset[str] = frozenset()
    layers: Mapping[str, LayerOrder] = field(default_factory=dict)
    tied: tuple[tuple[str, ...], ...] = ()

    def groups_of(self, name: str) -> tuple[str, ...]:
        """Groups that order some axis of the entry ``name``, without repetition."""
        found = (factor.group for axis in self.axes[name] for segment in axis for factor in segment)
        return tuple(dict.fromkeys(group for group in found if group is not None))

    def shape_of(self, name: str) -> tuple[int, ...]:
        """Shape that the spec gives the entry ``name``."""
        return tuple(axis_size(axis) for axis in self.axes[name])


def axis_size(axis: Axis) -> int:
    """Number of places of an axis."""
    return sum(prod(factor.size for factor in segment) for segment in axis)


def spec_from_axes(axes: Mapping[str, Sequence], shapes: Mapping[str, Sequence[int]]) -> PermutationSpec:
    """Write a spec by hand: the group of each axis of each parameter.

    Args:
        axes: For each parameter one item per dimension: None if it is fixed, the name of a group, or a pair (group, n)
            if each unit has n consecutive places there, as columns that read flattened images.
        shapes: The shape of each parameter; tensors and arrays are taken as well.

    Returns:
        PermutationSpec: groups in the order in which they come; entries of ``shapes`` without axes are fixed.

    Raises:
        ValueError: If the axes do not fit the shapes, or two axes of one group have different numbers of units.

    >>> shapes = {"0.weight": (8, 3), "0.bias": (8,), "2.weight": (2, 8), "2.bias": (2,)}
    >>> axes = {"0.weight": ("hidden", None), "0.bias": ("hidden",), "2.weight": (None, "hidden")}
    >>> spec = spec_from_axes(axes, shapes)
    >>> dict(spec.sizes), spec.groups_of("2.weight")
    ({'hidden': 8}, ('hidden',))
    """
    sizes: dict[str, tuple[int, str]] = {}
    unknown = [name for name in axes if name not in shapes]
    if unknown:
        raise ValueError(f"axes: there is no parameter {unknown[0]!r}; there are {_some(shapes)}")
    found = {}
    for name, given in shapes.items():
        shape = tuple(getattr(given, "shape", given))
        items = axes.get(name, (None,) * len(shape))
        if isinstance(items, str) or len(items) != len(shape):
            raise ValueError(
                f"axes[{name!r}]: expected {len(shape)} items, one for each dimension of the shape {shape}, "
                f"got {items!r}"
            )
        pairs = enumerate(zip(items, shape, strict=True))
        found[name] = tuple(_axis(name, k, item, n, sizes) for k, (item, n) in pairs)
    return PermutationSpec({group: n for group, (n, _) in sizes.items()}, found)


def mlp_spec(widths: Sequence[int]) -> PermutationSpec:
    """The spec of a perceptron, groups ``hidden 1``, ``hidden 2`` and so on, entries named as by ``mlp_state``.

    Args:
        widths: ``(d_0, d_1, ..., d_K)``, input width first.

    Raises:
        ValueError: If there are fewer than two widths.

    >>> dict(mlp_spec((3, 8, 5, 2)).sizes)
    {'hidden 1': 8, 'hidden 2': 5}
    """
    widths = _checks.layer_widths("widths", widths, at_least=2)
    names = [None, *(f"hidden {k}" for k in range(1, len(widths) - 1)), None]
    axes, shapes = {}, {}
    for k, ((before, after), (n, m)) in enumerate(zip(pairwise(names), pairwise(widths), strict=True)):
        axes[f"weights.{k}"], shapes[f"weights.{k}"] = (after, before), (m, n)
        axes[f"biases.{k}"], shapes[f"biases.{k}"] = (after,), (m,)
    return spec_from_axes(axes, shapes)


def _axis(name: str, dim: int, item, n_places: int, sizes: dict[str, tuple[int, str]]) -> Axis:
    if item is None:
        return ((Factor(None, n_places),),)
    group, block = (item, 1) if isinstance(item, str) else item
    block = _checks.integer(f"axes[{name!r}][{dim}][1]", block, low=1)
    if n_places % block:
        raise ValueError(f"axes[{name!r}][{dim}]: {n_places} places are no multiple of {block} for each unit")
    n_units, where = sizes.setdefault(group, (n_places // block, f"dimension {dim} of {name!r}"))
    if n_units != n_places // block:
        raise ValueError(
            f"axes[{name!r}][{dim}]: group {group!r} has {n_units} units in {where}, but here it has "
            f"{n_places // block}; if each unit has several consecutive places here, give ({group!r}, number of places)"
        )
    return ((Factor(group, n_units), *([Factor(None, block)] if block > 1 else [])),)


def _some(names) -> str:
    shown = [repr(name) for name in list(names)[:6]]
    return ", ".join(shown) + (" and more" if len(names) > 6 else "")
