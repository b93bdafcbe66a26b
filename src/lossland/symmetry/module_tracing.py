"""Find the permutation symmetry of a torch module by walking through it once.

The module is traced with ``torch.fx`` and run on example inputs, operation by operation; beside each tensor runs what
is known about the order of its axes.  A layer starts a new group with its outputs; an addition makes the groups of its
terms one (that is what a residual connection does); flattening makes a group a factor of a longer axis; outputs of the
network are fixed.  What there is no rule for is fixed: such a spec has fewer symmetries than the network, but never a
wrong one.  At the end the spec is checked: units of a copy with random parameters are permuted at random, and its
outputs must stay.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import fx, nn

from lossland.symmetry.axis_labels import AxisLabels, fixed, labels_of
from lossland.symmetry.function_rules import FUNCTION_RULES, Call
from lossland.symmetry.layer_rules import LAYER_RULES, Axes
from lossland.symmetry.output_invariance import check_outputs
from lossland.symmetry.permutation_spec import Axis, LayerOrder, PermutationSpec, axis_size


def trace_permutation_spec(module: nn.Module, example_inputs: torch.Tensor | tuple) -> PermutationSpec:
    """Find which units of a module can be permuted, and what must follow.

    Known are linear and convolutional layers, normalization, embeddings, attention (``nn.MultiheadAttention``, or
    written with matrix products or ``scaled_dot_product_attention``), entrywise functions, pooling, reshaping, joining
    and cutting; parameters that are one tensor follow one order.  The module is not changed.

    Args:
        module: The network; taken in evaluation mode.
        example_inputs: One batch of inputs, or a tuple of arguments.

    Returns:
        PermutationSpec: a group is named after the layer whose outputs it orders, where several share it the first.

    Raises:
        TypeError: If ``module`` is none.
        ValueError: If ``torch.fx`` cannot trace it, or it cannot be run on the example inputs.

    >>> module = nn.Sequential(nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(24, 5))
    >>> spec = trace_permutation_spec(module, torch.zeros(2, 1, 4, 4))
    >>> dict(spec.sizes), spec.axes["4.weight"][1]
    ({'0': 6}, ((Factor(group='0', size=6), Factor(group=None, size=4)),))
    """
    if not isinstance(module, nn.Module):
        raise TypeError(f"module: expected a torch module, got {type(module).__name__}")
    inputs = example_inputs if isinstance(example_inputs, tuple) else (example_inputs,)
    walk = Walk(copy.deepcopy(module).eval())
    try:
        with torch.no_grad():
            walk.run(*inputs)
    except Exception as error:
        raise ValueError(
            f"example_inputs: the module cannot be run on tensors of the shapes "
            f"{[tuple(x.shape) for x in inputs if isinstance(x, torch.Tensor)]}: {error}"
        ) from error
    spec = walk.spec()
    check_outputs(spec, module, inputs)
    return spec


_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)


class _LayerTracer(fx.Tracer):
    """Stops at layers that have a rule, and at layers of torch that have no layers inside."""

    proxy_buffer_attributes = True

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        """Whether a layer is taken as a whole."""
        if type(module) in LAYER_RULES:
            return True
        return super().is_leaf_module(module, name) and not list(module.children()) and type(module) not in _CONTAINERS


class Several(list):
    """Axes of the tensors of a tuple."""


class Walk(fx.Interpreter):
    """A walk through a module, with the axes of each tensor.

    Attributes:
        labels: What is known about the order of places.
    """

    def __init__(self, module: nn.Module):
        try:
            graph = _LayerTracer().trace(module)
        except Exception as error:
            raise ValueError(
                f"module: torch.fx cannot trace it ({type(error).__name__}: {error}); its path through the layers must "
                "not depend on values; write its spec by hand with spec_from_axes"
            ) from error
        super().__init__(fx.GraphModule(module, graph), garbage_collect_values=False)
        self.labels = AxisLabels()
        self.axes: dict[fx.Node, Any] = {}
        self.layers: dict[str, Axes] = {}
        self.entries: Mapping[str, torch.Tensor] = module.state_dict(keep_vars=True)
        self.buffers = frozenset(name for name, _ in module.named_buffers(remove_duplicate=False))
        first: dict[int, str] = {}
        self.canonical = {name: first.setdefault(id(entry), name) for name, entry in self.entries.items()}
        self.declared: dict[str, Axes] = {}

    def outputs_of(self, name: str, size: int, dim: int = 0) -> Axis:
        """The order of the outputs of a layer: that of its weights if they are known already, else a new one."""
        known = self.declared.get(self.canonical.get(f"{name}.weight", ""))
        return self.labels.fresh(size, name) if known is None else known[dim]

    def declare(self, name: str, axes: tuple[Axis | None, ...], reason: str = "") -> None:
        """Say which order the axes of a parameter follow (None: fixed); a parameter that does not exist is skipped."""
        if name not in self.entries:
            return
        entry, key = self.entries[name], self.canonical[name]
        axes = tuple(fixed(n) if axis is None else axis for axis, n in zip(axes, entry.shape, strict=True))
        if key not in self.declared:
            self.declared[key] = axes
            return
        once_more = f"{name!r} is used more than once" if name == key else f"{name!r} and {key!r} are one tensor"
        for one, two in zip(self.declared[key], axes, strict=True):
            self.labels.same(one, two, f"{once_more} (tied weights)" + (f" and {reason}" if reason else ""))

    def reshaped(self, axes: Axes, shape: torch.Size) -> Axes:
        """Axes of a tensor after its entries, in their order, were given another shape."""
        found, i, j = [], 0, 0
        sizes = [axis_size(axis) for axis in axes]
        while i < len(sizes) or j < len(shape):
            old, new, n_old, n_new = [], [], 1, 1
            while not (old or new) or n_old != n_new:
                if (n_old <= n_new and i < len(sizes)) or j == len(shape):
                    old.append(axes[i])
                    n_old, i = n_old * sizes[i], i + 1
                else:
                    new.append(shape[j])
                    n_new, j = n_new * shape[j], j + 1
            found += self._regrouped(old, new)
        return tuple(found)

    def _regrouped(self, old: list[Axis], new: list[int]) -> list[Axis]:
        if not new:
            return []
        whole = self.labels.product(old) if old else fixed(1)
        parts = [whole] if len(new) == 1 else self.labels.split_product(whole, new)
        if parts is None:
            self.labels.fix(whole, "a reshape cuts across them")
            parts = [fixed(n) for n in new]
        return parts

    def run_node(self, n: fx.Node) -> Any:
        """Run one operation, and find the axes of its output."""
        output = super().run_node(n)
        tensors: list[Axes] = []
        fx.map_arg((n.args, n.kwargs), lambda node: tensors.extend(_flat(self.axes.get(node))))
        if n.op == "output":
            for axes in tensors:
                self._fix(axes, "they are outputs of the network")
        elif n.op == "get_attr":
            self.axes[n] = self._attribute(n.target, output)
        else:
            self.axes[n] = self._axes_of(n, tensors, output)
        return output

    def _axes_of(self, n: fx.Node, tensors: list[Axes], output: Any) -> Any:
        found, what = None, f"{n.op} {n.target}"
        if n.op == "call_module":
            layer = self.module.get_submodule(n.target)
            rule, what = LAYER_RULES.get(type(layer)), f"layer {n.target!r}, a {type(layer).__name__}"
            if rule is not None:
                found = rule(self, n.target, layer, tensors, output)
                self.layers.setdefault(n.target, found if isinstance(output, torch.Tensor) else found[0])
        elif n.op in ("call_function", "call_method"):
            name = n.target if isinstance(n.target, str) else n.target.__name__
            what = f"{name} at {n.name!r}"
            if name == "getitem" and isinstance(self.axes.get(n.args[0]), Several):
                return self.axes[n.args[0]][n.args[1]]
            if name == "getattr" and (n.args[1] == "mT" or (n.args[1] == "T" and len(tensors[0]) == 2)):
                name = "transpose"
            found = self._called(name.rstrip("_"), what, n, tensors, output)
        if found is not None:
            return Several(found) if not isinstance(output, torch.Tensor) else found
        for axes in tensors:
            if _tensors(output):
                self._fix(axes, f"there is no rule for {what}, into which they go")
        return _fixed_axes(output)

    def _called(self, name: str, what: str, n: fx.Node, tensors: list[Axes], output: Any) -> Any:
        if not tensors or name not in FUNCTION_RULES or not _tensors(output):
            return None
        args, kwargs = (self.map_nodes_to_values(part, n) for part in (n.args, n.kwargs))
        if what.startswith("getattr"):
            args = args[:1]
        return FUNCTION_RULES[name](self, Call(name, repr(n.name), tensors, args, kwargs, output))

    def _attribute(self, name: str, value: Any) -> Any:
        if not isinstance(value, torch.Tensor) or name not in self.entries:
            return _fixed_axes(value)
        key = self.canonical[name]
        if key not in self.declared:
            self.declared[key] = tuple(self.labels.fresh(n, f"{name}[{k}]") for k, n in enumerate(value.shape))
        return self.declared[key]

    def _fix(self, axes: Axes, reason: str) -> None:
        for axis in axes:
            self.labels.fix(axis, reason)

    def spec(self) -> PermutationSpec:
        """The spec, after the walk."""
        axes = {}
        for name, entry in self.entries.items():
            declared = self.declared.get(self.canonical[name], tuple(fixed(n) for n in entry.shape))
            axes[name] = tuple(self.labels.resolve(axis) for axis in declared)
        used = {label for entry in axes.values() for axis in entry for label in labels_of(axis)}
        sizes = {label: n for label, n in self.labels.sizes.items() if label in used}
        twins: dict[str, list[str]] = {}
        for name, key in self.canonical.items():
            twins.setdefault(key, []).append(name)
        return PermutationSpec(
            sizes=sizes,
            axes=axes,
            buffers=self.buffers & self.entries.keys(),
            layers={name: self._layer_order(name, found) for name, found in self.layers.items()},
            tied=tuple(tuple(names) for names in twins.values() if len(names) > 1),
        )

    def _layer_order(self, name: str, axes: Axes) -> LayerOrder:
        axes = tuple(self.labels.resolve(axis) for axis in axes)
        labels = [label for axis in axes for label in labels_of(axis)]
        own = [label for label in labels if label == name or label.startswith(f"{name} ")]
        group = (own or labels or [None])[0]
        if group == name:
            return LayerOrder(axes, group)
        state = self.labels.states.get(name)
        if state is not None:
            return LayerOrder(axes, group, state.reason)
        return LayerOrder(axes, group, f"it passes on those of {group!r}" if group else "it passes on fixed places")


def _flat(axes: Any) -> list[Axes]:
    if axes is None:
        return []
    return [part for part in axes if part is not None] if isinstance(axes, Several) else [axes]


def _tensors(value: Any) -> bool:
    """Whether there is a tensor in a value."""
    return isinstance(value, torch.Tensor) or (isinstance(value, tuple | list) and any(map(_tensors, value)))


def _fixed_axes(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return tuple(fixed(n) for n in value.shape)
    if isinstance(value, tuple | list) and not isinstance(value, torch.Size):
        return Several(_fixed_axes(part) for part in value)
    return None
