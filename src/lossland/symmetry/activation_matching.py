r"""Activation matching: units that answer alike to the same inputs are put at the same places.

For each group the similarity of unit i of network a and unit j of network b is taken over inputs (and places of a map,
tokens of a sequence): their correlation, or their inner product.  The pairing with the largest sum is one linear
assignment per group; layers do not wait for each other, because each network is measured as it is.  Compared are the
outputs of layers as they are, before an activation.

Source: Li et al. (2016), *Convergent learning: do different neural networks learn the same representations?*
(correlations); Ainsworth, Hayase and Srinivasa (2023), *Git Re-Basin*, section 3.1 (inner products).
"""

from __future__ import annotations

from math import prod

import numpy as np
import torch
from torch import nn

from lossland.networks import MLP, preactivations
from lossland.symmetry.assignment import best_assignment
from lossland.symmetry.matching import _check_pair
from lossland.symmetry.permutation_spec import Axis, PermutationSpec

MEASURES = ("correlation", "product")


def match_activations(
    spec: PermutationSpec,
    reference: nn.Module,
    module: nn.Module,
    inputs: torch.Tensor | tuple,
    *,
    measure: str = "correlation",
) -> dict[str, torch.Tensor]:
    """Find the orders of the units of a module that make their answers most similar to those of another.

    Both run once, in the mode (training or evaluation) in which they are; call ``eval()`` first where that matters.

    Args:
        spec: The symmetry of both, found by tracing: it knows the layers.
        reference: Network a.
        module: Network b, to be permuted onto a.
        inputs: One batch of inputs, or a tuple of arguments; on the device of the modules.
        measure: ``"correlation"`` or ``"product"``.

    Returns:
        dict: for each group an integer tensor (n,) on the device of the module's parameters; a group that is the
        output of no layer keeps its order.

    Raises:
        ValueError: If the spec was not traced, does not fit, or there is no such measure.

    >>> from lossland.symmetry import apply_permutations, trace_permutation_spec
    >>> generator = torch.Generator().manual_seed(0)
    >>> module, x = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), torch.randn(50, 3, generator=generator)
    >>> for parameter in module.parameters():
    ...     _ = nn.init.normal_(parameter, generator=generator)
    >>> spec = trace_permutation_spec(module, x)
    >>> other = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    >>> _ = other.load_state_dict(apply_permutations(spec, {"0": [2, 0, 3, 1]}, module.state_dict()))
    >>> match_activations(spec, module, other, x)["0"].tolist()
    [1, 3, 0, 2]
    """
    _check_measure(measure)
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    if not spec.layers and spec.sizes:
        raise ValueError("spec: it does not know the layers of the network; make it with trace_permutation_spec")
    ours, theirs = (_outputs(spec, side, inputs, name) for side, name in ((reference, "reference"), (module, "module")))
    orders: dict[str, torch.Tensor] = {}
    for group, n in spec.sizes.items():
        total = np.zeros((n, n))
        for name, layer in spec.layers.items():
            if name in ours and any(group == factor.group for axis in layer.axes for seg in axis for factor in seg):
                pairs = zip(
                    _units(ours[name], layer.axes, group, {}), _units(theirs[name], layer.axes, group, orders),
                    strict=True,
                )  # fmt: skip
                total += sum(similarity(a, b, measure) for a, b in pairs)
        orders[group] = torch.as_tensor(best_assignment(total), device="cpu")
    device = next(module.parameters()).device
    return {group: order.to(device) for group, order in orders.items()}


def match_mlp_activations(
    reference: MLP, mlp: MLP, inputs: torch.Tensor, activation, *, measure: str = "correlation"
) -> tuple[torch.Tensor, ...]:
    """Find the orders of the hidden neurons of a perceptron that make their pre-activations most similar.

    Args:
        reference: Network a.
        mlp: Network b of the same widths, or batches of both.
        inputs: Input vectors, (P, d_0).
        activation: Name, Activation or torch function.
        measure: ``"correlation"`` or ``"product"``.

    Returns:
        One integer tensor (..., d_k) for each hidden layer, for ``permute_neurons``.

    Raises:
        TypeError: If an argument is no network.
        ValueError: If shapes differ, parameters are not finite, or there is no such measure.

    >>> from lossland.networks import sample_mlp
    >>> from lossland.symmetry import permute_neurons
    >>> g = torch.Generator().manual_seed(0)
    >>> mlp, x = sample_mlp((3, 4, 2), 1.0, 0.1, generator=g), torch.randn(50, 3, dtype=torch.float64, generator=g)
    >>> match_mlp_activations(mlp, permute_neurons(mlp, [[2, 0, 3, 1]]), x, "tanh")[0].tolist()
    [1, 3, 0, 2]
    """
    batch = _check_pair(reference, mlp)
    _check_measure(measure)
    with torch.no_grad():
        ours, theirs = (
            [z.to("cpu", torch.float64).numpy() for z in preactivations(side, inputs, activation)[:-1]]
            for side in (reference, mlp)
        )
    return tuple(
        torch.as_tensor(
            np.array([best_assignment(similarity(a[i].T, b[i].T, measure)) for i in np.ndindex(batch)]),
            dtype=torch.int64, device=mlp.weights[0].device,
        ).reshape(*batch, a.shape[-1])
        for a, b in zip(ours, theirs, strict=True)
    )  # fmt: skip


def similarity(a: np.ndarray, b: np.ndarray, measure: str) -> np.ndarray:
    """Similarity (n, n) of units from their answers (n, samples); units that never change correlate with none."""
    if measure == "correlation":
        a, b = (_standardized(x) for x in (a, b))
    return a @ b.T / a.shape[1]


def _standardized(x: np.ndarray) -> np.ndarray:
    x = x - x.mean(axis=1, keepdims=True)
    std = np.sqrt(np.mean(x * x, axis=1, keepdims=True))
    return x / np.where(std > 0, std, 1.0)


def _check_measure(measure: str) -> None:
    if measure not in MEASURES:
        raise ValueError(f"measure: expected one of {', '.join(MEASURES)}, got {measure!r}")


def _outputs(spec: PermutationSpec, module: nn.Module, inputs: tuple, name: str) -> dict[str, np.ndarray]:
    """Outputs of the layers of the spec that have a group, in float64."""
    found, hooks, layers = {}, [], dict(module.named_modules())
    for layer, order in spec.layers.items():
        if layer not in layers:
            raise ValueError(f"{name}: the spec has a layer {layer!r}, the module does not")
        if order.group is not None:
            hooks.append(
                layers[layer].register_forward_hook(
                    lambda _, __, output, layer=layer: found.setdefault(layer, output.detach())
                )
            )
    try:
        with torch.no_grad():
            module(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return {layer: output.to("cpu", torch.float64).numpy() for layer, output in found.items()}


def _units(output: np.ndarray, axes: tuple[Axis, ...], group: str, orders):
    """Answers (n, samples) of the units of a group, for each place of the group in the axes of a layer's output."""
    for dim, axis in enumerate(axes):
        start = 0
        for segment in axis:
            stop = start + prod(factor.size for factor in segment)
            part = np.take(output, range(start, stop), axis=dim)
            part = part.reshape(*output.shape[:dim], *(factor.size for factor in segment), *output.shape[dim + 1 :])
            for k, factor in enumerate(segment):
                if factor.group in orders and factor.group != group:
                    part = np.take(part, orders[factor.group].numpy(), axis=dim + k)
            for k, factor in enumerate(segment):
                if factor.group == group:
                    yield np.moveaxis(part, dim + k, 0).reshape(factor.size, -1)
            start = stop
