"""The definition of the symmetry, used as a check: a permuted network must give the same outputs."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn
from torch.func import functional_call

from lossland.symmetry.permutation_spec import PermutationSpec
from lossland.symmetry.spec_actions import Permutations, apply_permutations, sample_permutations

_TOLERANCE = 1e-8  # in float64, of outputs of order 1


def output_change(
    module: nn.Module, spec: PermutationSpec, permutations: Permutations, inputs: torch.Tensor | tuple
) -> float:
    """How far the outputs of a module move when its units are permuted: zero up to rounding, if the spec is right.

    Args:
        module: The network, in the mode in which it is; call ``eval()`` first where that matters.  It is not changed.
        spec: Its symmetry.
        permutations: For each group an integer tensor.
        inputs: One batch of inputs, or a tuple of arguments.

    Returns:
        The largest change of an output, divided by the largest output.

    Raises:
        TypeError: If a permutation is not integers.
        ValueError: If the spec does not fit the module, or a permutation is none.

    >>> module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).double()
    >>> from lossland.symmetry import trace_permutation_spec
    >>> x = torch.ones(5, 3, dtype=torch.float64)
    >>> output_change(module, trace_permutation_spec(module, x), {"0": [2, 0, 1, 3]}, x) < 1e-12
    True
    """
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    state = {name: entry.detach().clone() for name, entry in module.state_dict().items()}
    permuted = apply_permutations(spec, permutations, state)
    with torch.no_grad():
        before, after = (
            _numbers(functional_call(module, side, inputs, tie_weights=False)) for side in (state, permuted)
        )
    pairs = list(zip(before, after, strict=True))
    largest = max((float(x.abs().max()) for x, _ in pairs if x.numel()), default=0.0)
    moved = max((float((x - y).abs().max()) for x, y in pairs if x.numel()), default=0.0)
    return moved / largest if largest else moved


def check_outputs(spec: PermutationSpec, module: nn.Module, inputs: tuple) -> None:
    """Check a spec on a copy of the module with random parameters, in float64 and evaluation mode.

    Random parameters, because a new network may hide errors: zero biases, equal scales, blocks that start at zero.

    Raises:
        ValueError: If permuted units change the outputs.
    """
    module = copy.deepcopy(module).eval().double()
    generator = torch.Generator("cpu").manual_seed(0)
    _randomize(module, generator)
    inputs = tuple(
        torch.randn(x.shape, generator=generator, dtype=torch.float64, device="cpu").to(x.device)
        if isinstance(x, torch.Tensor) and x.is_floating_point()
        else x
        for x in inputs
    )
    device = next((p.device for p in module.parameters()), None)
    change = output_change(module, spec, sample_permutations(spec, generator=generator, device=device), inputs)
    if not change <= _TOLERANCE:
        raise ValueError(
            f"spec: permuting the units changes the outputs of the module, by {change:.1g} of their size: the spec is "
            "not a symmetry of it (or its outputs are random)"
        )


def _randomize(module: nn.Module, generator: torch.Generator) -> None:
    """Random parameters and running statistics, of a scale that lets signals through."""
    options = {"generator": generator, "dtype": torch.float64, "device": "cpu"}
    with torch.no_grad():
        for part in module.parameters():
            noise = torch.randn(part.shape, **options).to(part.device)
            part.copy_(noise / max(1, part[0].numel()) ** 0.5 if part.ndim > 1 else 1 + 0.3 * noise)
        for name, buffer in module.named_buffers():
            if name.endswith(("running_mean", "running_var")):
                buffer.copy_(0.5 + torch.rand(buffer.shape, **options).to(buffer.device))


def _numbers(outputs: Any) -> list[torch.Tensor]:
    if isinstance(outputs, torch.Tensor):
        return [outputs.double()]
    values = outputs.values() if isinstance(outputs, dict) else outputs if isinstance(outputs, tuple | list) else ()
    return [part for value in values for part in _numbers(value)]
