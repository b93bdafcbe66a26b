"""Apply, compose and invert the permutations of a spec, on state dicts, on the device where they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

import torch

from lossland.symmetry.permutation_spec import Axis, PermutationSpec

Permutations = Mapping[str, torch.Tensor]


def apply_permutations(
    spec: PermutationSpec, permutations: Permutations, state_dict: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Put the units of a network in a new order.

    Args:
        spec: The symmetry of the network.
        permutations: For each group an integer tensor (n,); ``permutation[i]`` is the unit that goes to place i.
            Groups that are left out keep their order.
        state_dict: Parameters and buffers; not changed.

    Returns:
        dict: new tensors on the device of the old ones, gradients pass; entries that no group orders, and entries that
        the spec does not know (counters of batches, say), are the old ones.

    Raises:
        TypeError: If a permutation is not integers.
        ValueError: If a permutation is none or belongs to no group, if the spec does not fit the state dict, or if it
            would pull entries apart that are one tensor.

    >>> from lossland.symmetry import spec_from_axes
    >>> state = {"0.weight": torch.tensor([[1.0], [2.0], [3.0]]), "1.weight": torch.tensor([[4.0, 5.0, 6.0]])}
    >>> spec = spec_from_axes({"0.weight": ("hidden", None), "1.weight": (None, "hidden")}, state)
    >>> new = apply_permutations(spec, {"hidden": [2, 0, 1]}, state)
    >>> new["0.weight"].flatten().tolist(), new["1.weight"].flatten().tolist()
    ([3.0, 1.0, 2.0], [6.0, 4.0, 5.0])
    """
    orders = check_permutations(spec, permutations)
    check_fit(spec, state_dict)
    _check_tied(spec, orders, state_dict)
    return {name: _permuted(spec, orders, name, entry) for name, entry in state_dict.items()}


def compose_permutations(spec: PermutationSpec, first: Permutations, second: Permutations) -> dict[str, torch.Tensor]:
    """The permutations that do ``second`` after ``first``: place i takes unit ``first[second[i]]``.

    Returns:
        dict: one permutation for each group of the spec.

    >>> from lossland.symmetry import mlp_spec
    >>> spec = mlp_spec((1, 3, 1))
    >>> compose_permutations(spec, {"hidden 1": [2, 0, 1]}, {"hidden 1": [1, 0, 2]})["hidden 1"].tolist()
    [0, 2, 1]
    """
    one, two = check_permutations(spec, first), check_permutations(spec, second)
    found = {}
    for group, n in spec.sizes.items():
        p, q = (side.get(group, torch.arange(n, device="cpu")) for side in (one, two))
        found[group] = p[q.to(p.device)]
    return found


def invert_permutations(spec: PermutationSpec, permutations: Permutations) -> dict[str, torch.Tensor]:
    """The permutations that undo others; one for each group of the spec.

    >>> from lossland.symmetry import mlp_spec
    >>> invert_permutations(mlp_spec((1, 3, 1)), {"hidden 1": [2, 0, 1]})["hidden 1"].tolist()
    [1, 2, 0]
    """
    orders = check_permutations(spec, permutations)
    return {group: orders.get(group, torch.arange(n, device="cpu")).argsort() for group, n in spec.sizes.items()}


def sample_permutations(
    spec: PermutationSpec, *, generator: torch.Generator, device: torch.device | str | None = None
) -> dict[str, torch.Tensor]:
    """One uniformly random permutation for each group, on ``device`` or that of the generator.

    >>> from lossland.symmetry import mlp_spec
    >>> drawn = sample_permutations(mlp_spec((1, 3, 1)), generator=torch.Generator().manual_seed(0))
    >>> sorted(drawn["hidden 1"].tolist())
    [0, 1, 2]
    """
    where = generator.device
    drawn = {group: torch.randperm(n, generator=generator, device=where) for group, n in spec.sizes.items()}
    return {group: order.to(device or where) for group, order in drawn.items()}


def check_permutations(spec: PermutationSpec, permutations: Permutations) -> dict[str, torch.Tensor]:
    """Return the permutations as int64 tensors after checking that each is one, and that its group exists.

    Raises:
        TypeError: If ``permutations`` is no mapping, or one is not integers.
        ValueError: If a group is unknown, with the reason where it is a layer of the network, or one is no permutation.
    """
    if not isinstance(permutations, Mapping):
        raise TypeError(f"permutations: expected a mapping from groups, got {type(permutations).__name__}")
    found = {}
    for group, given in permutations.items():
        if group not in spec.sizes:
            raise ValueError(f"permutations[{group!r}]: {_no_group(spec, group)}")
        n = spec.sizes[group]
        order = given if isinstance(given, torch.Tensor) else torch.as_tensor(given, device="cpu")
        if order.is_floating_point() or order.dtype == torch.bool:
            raise TypeError(f"permutations[{group!r}]: expected integers, got {order.dtype}")
        order = order.to(torch.int64)
        wrong = f"permutations[{group!r}]: expected each of 0 to {n - 1} once, "
        if order.shape != (n,):
            raise ValueError(f"{wrong}in the shape {(n,)}, got the shape {tuple(order.shape)}")
        if not torch.equal(order.sort().values, torch.arange(n, device=order.device)):
            raise ValueError(f"{wrong}got {order[:12].tolist()}{' and more' if n > 12 else ''}")
        found[group] = order
    return found


def check_fit(spec: PermutationSpec, state_dict: Mapping[str, torch.Tensor], name: str = "state_dict") -> None:
    """Check that a state dict has the entries and shapes of the spec.

    Raises:
        ValueError: If one is missing or has another shape; the message names it.
    """
    for entry in spec.axes:
        if entry not in state_dict:
            raise ValueError(
                f"{name}: the spec has {entry!r}, the state dict does not: the spec is of another network; "
                "trace the one that is to be permuted"
            )
        expected, got = spec.shape_of(entry), tuple(state_dict[entry].shape)
        if expected != got:
            raise ValueError(
                f"{name}[{entry!r}]: the spec expects the shape {expected}, got {got}: the spec is of a network of "
                "other widths; trace the one that is to be permuted"
            )


def axis_order(axis: Axis, orders: Permutations) -> torch.Tensor | None:
    """The place from which each place of an axis takes its entry; None if all stay."""
    if not any(factor.group in orders for segment in axis for factor in segment):
        return None
    parts, start = [], 0
    for segment in axis:
        shape = [factor.size for factor in segment]
        places = torch.arange(prod(shape), device="cpu").reshape(shape)
        for dim, factor in enumerate(segment):
            if factor.group in orders:
                places = places.index_select(dim, orders[factor.group].to("cpu"))
        parts.append(places.flatten() + start)
        start += places.numel()
    return torch.cat(parts)


def _permuted(spec: PermutationSpec, orders: Permutations, name: str, entry: torch.Tensor) -> torch.Tensor:
    for dim, axis in enumerate(spec.axes.get(name, ())):
        order = axis_order(axis, orders)
        if order is not None:
            entry = entry.index_select(dim, order.to(entry.device))
    return entry


def _check_tied(spec: PermutationSpec, orders: Permutations, state_dict: Mapping[str, torch.Tensor]) -> None:
    """Check that entries that share memory are permuted alike."""
    for first, second in tied_pairs(spec, state_dict):
        pair = zip(spec.axes[first], spec.axes[second], strict=True)
        for dim, axes in enumerate(pair):
            one, two = (axis_order(axis, orders) for axis in axes)
            places = torch.arange(state_dict[first].shape[dim], device="cpu")
            if not torch.equal(*(places if order is None else order for order in (one, two))):
                raise ValueError(
                    f"state_dict: {first!r} and {second!r} are one tensor (tied weights), but dimension {dim} would be "
                    f"permuted differently in the two: untie them (clone one), or trace the network, so that the spec "
                    "gives both one order"
                )


def tied_pairs(spec: PermutationSpec, state_dict: Mapping[str, torch.Tensor]) -> Iterator[tuple[str, str]]:
    """Pairs of entries of the spec that are the same memory in the same layout."""
    seen: dict[tuple, str] = {}
    for name in spec.axes:
        entry = state_dict[name]
        if entry.numel() and entry.device.type != "meta":
            key = (entry.device, entry.data_ptr(), tuple(entry.shape), entry.stride())
            if key in seen:
                yield seen[key], name
            seen.setdefault(key, name)


def _no_group(spec: PermutationSpec, name: str) -> str:
    layer = spec.layers.get(name)
    if layer is None:
        known = ", ".join(repr(group) for group in list(spec.sizes)[:8]) or "none"
        return f"there is no such group; the groups are {known}{' and more' if len(spec.sizes) > 8 else ''}"
    if layer.group is None:
        return f"the outputs of layer {name!r} cannot be permuted: {layer.reason}"
    return (
        f"the outputs of layer {name!r} have no order of their own: {layer.reason}; "
        f"permute group {layer.group!r} instead, which all of these layers follow"
    )
