"""What each kind of torch layer does to the order of units: which axes of its parameters follow which axes of tensors.

A rule gets the walk through the network (``Walk`` in ``module_tracing``), the name of the layer, the layer,
the axes of its inputs and its output; it declares the axes of the parameters and returns those of the output.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import nn

from lossland.symmetry.axis_labels import fixed
from lossland.symmetry.permutation_spec import Axis

if TYPE_CHECKING:
    from lossland.symmetry.module_tracing import Walk

Axes = tuple[Axis, ...]


def _linear(walk: Walk, name: str, layer: nn.Linear, inputs: list[Axes], _) -> Axes:
    out = walk.outputs_of(name, layer.out_features)
    walk.declare(f"{name}.weight", (out, inputs[0][-1]), f"layer {name!r} reads both")
    walk.declare(f"{name}.bias", (out,))
    return (*inputs[0][:-1], out)


def _convolution(walk: Walk, name: str, layer, inputs: list[Axes], output: torch.Tensor) -> Axes:
    channel_dim = -layer.weight.ndim + 1  # batches may be missing
    before, kernel = inputs[0][channel_dim], [None] * (layer.weight.ndim - 2)
    transposed = type(layer).__name__.startswith("ConvTranspose")
    n_in, n_out, groups = layer.in_channels, layer.out_channels, layer.groups
    if groups == 1:
        out, read = walk.outputs_of(name, n_out), before
    elif groups == n_in:
        out, read = walk.labels.product([before, fixed(n_out // groups)]), None
    else:
        walk.labels.fix(before, f"layer {name!r} convolves groups of channels")
        parts = [walk.outputs_of(f"{name} group {k}", n_out // groups) for k in range(1, groups + 1)]
        out, read = tuple(segment for part in parts for segment in part), None
        if transposed:
            walk.labels.fix(out, f"layer {name!r} convolves groups of channels")
            out = walk.labels.resolve(out)
    rows, columns = (out, read) if not transposed else (read if groups == 1 else before, out if groups == 1 else None)
    walk.declare(f"{name}.weight", (rows, columns, *kernel), f"layer {name!r} reads both")
    walk.declare(f"{name}.bias", (out,))
    spatial = pooled(walk, inputs[0], output, len(kernel), f"layer {name!r}")[channel_dim + 1 :]
    return (*inputs[0][:channel_dim], out, *spatial)


def _per_channel(walk: Walk, name: str, layer, inputs: list[Axes], _) -> Axes:
    """Normalization of each channel over the batch or over places: channels follow their input."""
    axes = inputs[0]
    dim = 1 if len(axes) > 1 else 0
    if isinstance(layer, nn.modules.instancenorm._InstanceNorm) and len(axes) == _INSTANCE_DIMS[type(layer)]:
        dim = 0
    for entry in ("weight", "bias", "running_mean", "running_var"):
        walk.declare(f"{name}.{entry}", (axes[dim],))
    return axes


_INSTANCE_DIMS = {nn.InstanceNorm1d: 2, nn.InstanceNorm2d: 3, nn.InstanceNorm3d: 4}


def _last_axes(walk: Walk, name: str, layer, inputs: list[Axes], _) -> Axes:
    """Normalization over the last axes, which does not care for their order."""
    axes = inputs[0][-len(layer.normalized_shape) :]
    for entry in ("weight", "bias"):
        walk.declare(f"{name}.{entry}", axes)
    return inputs[0]


def _group_norm(walk: Walk, name: str, layer: nn.GroupNorm, inputs: list[Axes], _) -> Axes:
    axes, groups = inputs[0], layer.num_groups
    if groups not in (1, layer.num_channels):
        walk.labels.same(
            axes[1],
            walk.labels.product(
                [
                    walk.labels.fresh(groups, f"{name} groups"),
                    walk.labels.fresh(layer.num_channels // groups, f"{name} channels"),
                ]
            ),
            f"layer {name!r} normalizes groups of channels",
        )
    for entry in ("weight", "bias"):
        walk.declare(f"{name}.{entry}", (axes[1],))
    return axes


def _embedding(walk: Walk, name: str, layer: nn.Embedding, inputs: list[Axes], _) -> Axes:
    out = walk.outputs_of(name, layer.embedding_dim, dim=1)
    walk.declare(f"{name}.weight", (fixed(layer.num_embeddings), out))
    return (*inputs[0], out)


def _prelu(walk: Walk, name: str, layer: nn.PReLU, inputs: list[Axes], _) -> Axes:
    if layer.num_parameters > 1:
        walk.declare(f"{name}.weight", (inputs[0][1],))
    return inputs[0]


def _pooling(walk: Walk, name: str, layer, inputs: list[Axes], output: torch.Tensor) -> Axes:
    digits = [int(letter) for letter in type(layer).__name__ if letter.isdigit()]
    return pooled(walk, inputs[0], output, digits[0] if digits else len(inputs[0]) - 2, f"layer {name!r}")


def pooled(walk: Walk, axes: Axes, output: torch.Tensor, n_spatial: int, where: str) -> Axes:
    """The last axes are places of an image, which have a meaning; the others follow the input."""
    for axis in axes[-n_spatial:]:
        walk.labels.fix(axis, f"neighbors are taken together at {where}")
    return (*axes[:-n_spatial], *(fixed(n) for n in output.shape[-n_spatial:]))


def _same_order(_walk: Walk, _name: str, _layer, inputs: list[Axes], _) -> Axes:
    return inputs[0]


def _flatten(walk: Walk, _name: str, _layer, inputs: list[Axes], output: torch.Tensor) -> Axes:
    return walk.reshaped(inputs[0], output.shape)


def _attention(walk: Walk, name: str, layer: nn.MultiheadAttention, inputs: list[Axes], output):
    """Heads trade places; inside all heads, queries and keys follow one order and values another."""
    query, key, value = (axes[-1] for axes in inputs[:3])
    n_heads, size = layer.num_heads, layer.head_dim
    heads, inner, values = (
        walk.labels.fresh(n, f"{name} {what}")
        for n, what in ((n_heads, "heads"), (size, "queries"), (size, "values"))
    )
    rows, value_rows = walk.labels.product([heads, inner]), walk.labels.product([heads, values])
    reads = f"layer {name!r} reads both"
    if layer.in_proj_weight is not None:
        for other in (key, value):
            walk.labels.same(query, other, f"layer {name!r} takes queries, keys and values from both")
        walk.declare(f"{name}.in_proj_weight", ((*rows, *rows, *value_rows), query), reads)
    else:
        for entry, out, before in (("q", rows, query), ("k", rows, key), ("v", value_rows, value)):
            walk.declare(f"{name}.{entry}_proj_weight", (out, before), reads)
    walk.declare(f"{name}.in_proj_bias", ((*rows, *rows, *value_rows),))
    walk.declare(f"{name}.bias_k", (None, None, rows))
    walk.declare(f"{name}.bias_v", (None, None, value_rows))
    out = walk.outputs_of(f"{name}.out_proj", layer.embed_dim)
    walk.declare(f"{name}.out_proj.weight", (out, value_rows))
    walk.declare(f"{name}.out_proj.bias", (out,))
    weights = output[1]
    if weights is not None:
        axes = [fixed(n) for n in weights.shape]
        if weights.ndim == len(inputs[0]) + 1:
            axes[-3] = heads
        weights = tuple(axes)
    return (*inputs[0][:-1], out), weights


_CONVOLUTIONS = (
    nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d,
)  # fmt: skip
_CHANNELS = (
    nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d,
)  # fmt: skip
_POOLS = (
    nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d, nn.AdaptiveAvgPool1d,
    nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d,
    nn.Upsample, nn.ZeroPad2d,
)  # fmt: skip
_ENTRYWISE = (
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish, nn.Tanh, nn.Sigmoid,
    nn.Softplus, nn.Softsign, nn.Hardtanh, nn.Hardswish, nn.Hardsigmoid, nn.LogSigmoid, nn.Tanhshrink, nn.Threshold,
    nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.Softmax, nn.LogSoftmax,
    nn.Softmin,
)  # fmt: skip

LAYER_RULES: dict[type, Callable] = {
    nn.Linear: _linear,
    **dict.fromkeys(_CONVOLUTIONS, _convolution),
    **dict.fromkeys(_CHANNELS, _per_channel),
    nn.LayerNorm: _last_axes,
    nn.RMSNorm: _last_axes,
    nn.GroupNorm: _group_norm,
    nn.Embedding: _embedding,
    nn.PReLU: _prelu,
    nn.Flatten: _flatten,
    nn.Unflatten: _flatten,
    nn.MultiheadAttention: _attention,
    **dict.fromkeys(_POOLS, _pooling),
    **dict.fromkeys(_ENTRYWISE, _same_order),
}
