"""Check a spec that was written by hand against the network: which layer breaks it, and why."""

from __future__ import annotations

import torch
from torch import nn

from lossland.symmetry.module_tracing import trace_permutation_spec
from lossland.symmetry.output_invariance import check_outputs
from lossland.symmetry.permutation_spec import PermutationSpec
from lossland.symmetry.spec_actions import axis_order, check_fit


def check_spec(spec: PermutationSpec, module: nn.Module, example_inputs: torch.Tensor | tuple) -> None:
    """Check that a spec is a symmetry of a module.

    The module is traced, and the axes that must follow one order are compared with those that do; then units are
    permuted at random, and the outputs must stay.  A spec may use fewer symmetries than there are.

    Args:
        spec: The spec, say from ``spec_from_axes``.
        module: The network.
        example_inputs: One batch of inputs, or a tuple of arguments.

    Raises:
        ValueError: If the spec does not fit; if it permutes places that have a meaning; if it gives different orders
            where one is needed (two terms of a residual connection, entries that are one tensor, the outputs of a layer
            and what reads them); the message names the layer and says why.

    >>> from lossland.symmetry import spec_from_axes
    >>> module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    >>> spec = spec_from_axes({"0.weight": ("h", None), "2.weight": (None, "h")}, module.state_dict())
    >>> check_spec(spec, module, torch.ones(5, 3))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: spec: dimension 0 of '0.weight' and dimension 0 of '0.bias' must follow one order, ...
    """
    check_fit(spec, module.state_dict(), "module")
    traced = trace_permutation_spec(module, example_inputs)
    orders = {group: torch.arange(n, device="cpu").roll(1) for group, n in spec.sizes.items()}
    first: dict[str, tuple[str, int, torch.Tensor]] = {}
    for name in spec.axes:
        for dim, (given, needed) in enumerate(zip(spec.axes[name], traced.axes[name], strict=True)):
            order, labels = axis_order(given, orders), [f.group for segment in needed for f in segment]
            stays = order is None or torch.equal(order, torch.arange(len(order), device="cpu"))
            if not any(labels) and not stays:
                raise ValueError(f"spec: it permutes dimension {dim} of {name!r}, but {_why_fixed(traced, name, dim)}")
            if len(labels) == 1 and labels[0] is not None:
                order = torch.arange(traced.sizes[labels[0]], device="cpu") if order is None else order
                before = first.setdefault(labels[0], (name, dim, order))
                if not torch.equal(before[2], order):
                    raise ValueError(_different(traced, before[:2], (name, dim)))
    inputs = example_inputs if isinstance(example_inputs, tuple) else (example_inputs,)
    check_outputs(spec, module, inputs)


def _why_fixed(traced: PermutationSpec, name: str, dim: int) -> str:
    layer = traced.layers.get(name.rpartition(".")[0])
    if dim == 0 and layer is not None and layer.group is None:
        return f"the outputs of that layer cannot be permuted: {layer.reason}"
    return "the places there have a meaning (inputs of the network, or places of a kernel)"


def _different(traced: PermutationSpec, one: tuple[str, int], two: tuple[str, int]) -> str:
    message = (
        f"spec: dimension {one[1]} of {one[0]!r} and dimension {two[1]} of {two[0]!r} must follow one order, but have "
        "different ones"
    )
    if any({one[0], two[0]} <= set(names) for names in traced.tied):
        return f"{message}: they are one tensor (tied weights)"
    for name, dim in (two, one):
        layer = name.rpartition(".")[0]
        order = traced.layers.get(layer)
        if dim == 0 and order is not None and order.reason:
            return f"{message}: of the outputs of layer {layer!r}, {order.reason}"
    return message
