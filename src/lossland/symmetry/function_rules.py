"""What functions and methods of tensors do to the order of units, by name: axes of the inputs to axes of the output.

A rule gets the walk through the network and the call: the axes of tensors among its arguments, the arguments themselves
and the output.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from lossland.symmetry.axis_labels import fixed
from lossland.symmetry.layer_rules import Axes, pooled
from lossland.symmetry.permutation_spec import axis_size

if TYPE_CHECKING:
    from lossland.symmetry.module_tracing import Walk


class Call(NamedTuple):
    """One call in the network.

    Attributes:
        function: Name of the function.
        name: Name of the place in the network, for messages.
        tensors: Axes of the arguments that are tensors, in order.
        args: All arguments, as values.
        kwargs: Keyword arguments, as values.
        output: What it returned.
    """

    function: str
    name: str
    tensors: list[Axes]
    args: tuple
    kwargs: dict[str, Any]
    output: Any

    def argument(self, position: int, name: str, default=None):
        """An argument given by position or by name."""
        return self.args[position] if len(self.args) > position else self.kwargs.get(name, default)


def _entrywise(walk: Walk, call: Call) -> Axes:
    """One or several tensors, entry by entry, with broadcasting."""
    found = [fixed(n) for n in call.output.shape]
    for k in range(1, len(found) + 1):
        whole = [axes[-k] for axes in call.tensors if len(axes) >= k and axis_size(axes[-k]) == call.output.shape[-k]]
        for other in whole[1:]:
            reason = f"they are added to {{other}} at {call.name} (residual connection)"
            walk.labels.same(whole[0], other, reason)
        found[-k] = whole[0] if whole else found[-k]
    return tuple(found)


def _matmul(walk: Walk, call: Call) -> Axes | None:
    one, two = call.tensors
    if len(one) < 2 or len(two) < 2:
        return None
    walk.labels.same(one[-1], two[-2], f"they meet {{other}} in the product {call.name}")
    return (*_batches(walk, call, one[:-2], two[:-2]), one[-2], two[-1])


def _batches(walk: Walk, call: Call, one: Axes, two: Axes) -> Axes:
    shape = call.output.shape[: max(len(one), len(two))]
    return _entrywise(walk, call._replace(tensors=[one, two], output=torch.empty(shape, device="meta")))


def _attention(walk: Walk, call: Call) -> Axes:
    query, key, value = call.tensors[:3]
    walk.labels.same(query[-1], key[-1], f"they meet {{other}} in the product {call.name}")
    walk.labels.same(key[-2], value[-2], f"they meet {{other}} in the product {call.name}")
    for mask in call.tensors[3:]:
        for axis in mask:
            walk.labels.fix(axis, f"they are masked at {call.name}")
    first = _batches(walk, call, query[:-2], key[:-2])
    return (*_batches(walk, call, first, value[:-2]), query[-2], value[-1])


def _linear(walk: Walk, call: Call) -> Axes:
    inputs, weight, *bias = call.tensors
    walk.labels.same(inputs[-1], weight[1], f"they are read together with {{other}} at {call.name}")
    for other in bias:
        walk.labels.same(weight[0], other[0], f"they follow {{other}} at {call.name}")
    return (*inputs[:-1], weight[0])


def _reduction(_walk: Walk, call: Call) -> Axes | None:
    axes, dims = call.tensors[0], call.argument(1, "dim")
    if not isinstance(call.output, torch.Tensor):
        return None
    if dims is None:
        return tuple(fixed(n) for n in call.output.shape)
    dims = {d % len(axes) for d in (dims if isinstance(dims, tuple | list) else (dims,))}
    if call.argument(2, "keepdim", False):
        return tuple(fixed(1) if k in dims else axis for k, axis in enumerate(axes))
    return tuple(axis for k, axis in enumerate(axes) if k not in dims)


def _reshape(walk: Walk, call: Call) -> Axes:
    return walk.reshaped(call.tensors[0], call.output.shape)


def _permute(_walk: Walk, call: Call) -> Axes:
    dims = call.argument(1, "dims")
    dims = dims if isinstance(dims, tuple | list) else call.args[1:]
    return tuple(call.tensors[0][d] for d in dims)


def _transpose(_walk: Walk, call: Call) -> Axes:
    axes = list(call.tensors[0])
    i, j = (call.argument(1, "dim0", -2), call.argument(2, "dim1", -1))
    axes[i], axes[j] = axes[j], axes[i]
    return tuple(axes)


def _expand(walk: Walk, call: Call) -> Axes:
    return _entrywise(walk, call)


def _pooling(walk: Walk, call: Call) -> Axes:
    digits = [int(letter) for letter in call.function if letter.isdigit()]
    n_spatial = digits[0] if digits else len(call.tensors[0]) - 2
    return pooled(walk, call.tensors[0], call.output, n_spatial, call.name)


def _concatenation(walk: Walk, call: Call) -> Axes:
    dim = call.argument(1, "dim", 0) % len(call.tensors[0])
    first, *rest = call.tensors
    for other in rest:
        for k, (a, b) in enumerate(zip(first, other, strict=True)):
            if k != dim:
                walk.labels.same(a, b, f"they stand beside {{other}} at {call.name}")
    joined = tuple(segment for axes in call.tensors for segment in walk.labels.resolve(axes[dim]))
    return (*first[:dim], joined, *first[dim + 1 :])


def _stack(walk: Walk, call: Call) -> Axes:
    dim = call.argument(1, "dim", 0) % (len(call.tensors[0]) + 1)
    first, *rest = call.tensors
    for other in rest:
        for a, b in zip(first, other, strict=True):
            walk.labels.same(a, b, f"they stand beside {{other}} at {call.name}")
    return (*first[:dim], fixed(len(call.tensors)), *first[dim:])


def _pieces(walk: Walk, call: Call) -> tuple[Axes, ...] | None:
    """chunk, split: several tensors that are cut out of one axis."""
    axes, dim = call.tensors[0], call.argument(2, "dim", 0) % len(call.tensors[0])
    parts = walk.labels.split_concatenation(axes[dim], [part.shape[dim] for part in call.output])
    return None if parts is None else tuple((*axes[:dim], part, *axes[dim + 1 :]) for part in parts)


def _unbind(walk: Walk, call: Call) -> tuple[Axes, ...]:
    axes, dim = call.tensors[0], call.argument(1, "dim", 0) % len(call.tensors[0])
    walk.labels.fix(axes[dim], f"they are taken apart at {call.name}")
    return tuple((*axes[:dim], *axes[dim + 1 :]) for _ in call.output)


def _getitem(walk: Walk, call: Call) -> Axes | None:
    index = call.args[1] if isinstance(call.args[1], tuple) else (call.args[1],)
    if any(not (item is None or item is Ellipsis or isinstance(item, int | slice)) for item in index):
        return None
    axes, n_used = call.tensors[0], sum(item is not None and item is not Ellipsis for item in index)
    if Ellipsis not in index:
        index = (*index, Ellipsis)
    left, found = list(axes), []
    for item in index:
        if item is None:
            found.append(fixed(1))
        elif item is Ellipsis:
            found += [left.pop(0) for _ in range(len(axes) - n_used)]
        else:
            axis = left.pop(0)
            if isinstance(item, slice) and item == slice(None):
                found.append(axis)
                continue
            walk.labels.fix(axis, f"some of them are picked at {call.name}")
            if isinstance(item, slice):
                found.append(fixed(len(range(axis_size(axis))[item])))
    return tuple(found)


def _layer_norm(walk: Walk, call: Call) -> Axes:
    inputs, *parameters = call.tensors
    for axes in parameters:
        for a, b in zip(inputs[-len(axes) :], axes, strict=True):
            walk.labels.same(a, b, f"they follow {{other}} at {call.name}")
    return inputs


def _batch_norm(walk: Walk, call: Call) -> Axes:
    inputs, *parameters = call.tensors
    for (axis,) in parameters:
        walk.labels.same(inputs[1], axis, f"they follow {{other}} at {call.name}")
    return inputs


_ENTRYWISE = (
    "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "tanh", "sigmoid", "softplus",
    "softsign", "hardtanh", "hardswish", "logsigmoid", "dropout", "dropout1d", "dropout2d", "dropout3d", "neg",
    "exp", "log", "log1p", "expm1", "abs", "sqrt", "rsqrt", "square", "sin", "cos", "erf", "clone", "contiguous",
    "detach", "float", "double", "half", "to", "type", "type_as", "clamp", "clip", "softmax", "log_softmax",
    "add", "sub", "mul", "div", "truediv", "true_divide", "iadd", "isub", "imul", "itruediv", "pow", "maximum",
    "minimum", "reciprocal", "identity", "expand", "expand_as", "radd", "rsub", "rmul", "masked_fill", "where",
    "eq", "ne", "lt", "gt", "le", "ge",
)  # fmt: skip
_RESHAPES = (
    "flatten", "reshape", "view", "reshape_as", "view_as", "unflatten", "unsqueeze", "squeeze",
)  # fmt: skip
_POOLS = (
    "max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d",
    "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d", "interpolate",
)  # fmt: skip

FUNCTION_RULES: dict[str, Callable[[Walk, Call], Any]] = {
    **dict.fromkeys(_ENTRYWISE, _entrywise),
    **dict.fromkeys(_RESHAPES, _reshape),
    **dict.fromkeys(_POOLS, _pooling),
    **dict.fromkeys(("mean", "sum", "amax", "amin", "logsumexp", "var", "std"), _reduction),
    **dict.fromkeys(("matmul", "bmm", "mm"), _matmul),
    **dict.fromkeys(("cat", "concat", "concatenate"), _concatenation),
    **dict.fromkeys(("chunk", "split"), _pieces),
    "linear": _linear,
    "scaled_dot_product_attention": _attention,
    "layer_norm": _layer_norm,
    "batch_norm": _batch_norm,
    "permute": _permute,
    "transpose": _transpose,
    "swapaxes": _transpose,
    "t": _transpose,
    "stack": _stack,
    "unbind": _unbind,
    "getitem": _getitem,
}
