"""Curvature of the loss in the outputs of a network, one small block for each sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

_TOLERANCE = 1e-3  # relative; a loss that couples samples misses it by far


class OutputCurvature(NamedTuple):
    """Derivatives of a mean loss in the outputs.

    Attributes:
        signal: First derivative, (N, c).
        blocks: Second derivatives within each sample, (N, c, c).
        separable: Whether there are no second derivatives between samples.
    """

    signal: torch.Tensor
    blocks: torch.Tensor
    separable: bool


def output_curvature(loss: Callable[[torch.Tensor, Any], torch.Tensor], outputs: torch.Tensor, targets: Any):
    """Differentiate a loss twice in the outputs, with c products for c outputs.

    Args:
        loss: Function of (outputs, targets), a mean over samples.
        outputs: Outputs (N, c).
        targets: What the loss compares them with.

    Returns:
        OutputCurvature: the factor 1/N of the mean is in both derivatives.

    >>> outputs = torch.tensor([[0.0, 0.0], [1.0, 3.0]], dtype=torch.float64)
    >>> mse = lambda z, y: ((z - y) ** 2).sum(1).mean() / 2
    >>> output_curvature(mse, outputs, torch.zeros(2, 2, dtype=torch.float64)).blocks[1]
    tensor([[0.5000, 0.0000],
            [0.0000, 0.5000]], dtype=torch.float64)
    """
    with torch.enable_grad():
        at = outputs.detach().requires_grad_(True)
        value = loss(at, targets)
        zero = torch.zeros_like(outputs)
        signal = zero
        if value.requires_grad:
            (signal,) = torch.autograd.grad(value, at, create_graph=True)
        weight = torch.cos(torch.arange(zero.numel(), device=zero.device, dtype=zero.dtype)).view_as(zero)
        blocks = torch.stack([_product(signal, at, _unit(zero, c)) for c in range(zero.shape[1])], dim=1)
        mixed = _product(signal, at, weight)
    expected = torch.bmm(weight[:, None], blocks)[:, 0]
    error = (mixed - expected).abs().max()
    return OutputCurvature(signal.detach(), blocks, bool(error <= _TOLERANCE * mixed.abs().max()))


def _unit(zero: torch.Tensor, column: int) -> torch.Tensor:
    unit = zero.clone()
    unit[:, column] = 1
    return unit


def _product(signal, at, weight) -> torch.Tensor:
    if not signal.requires_grad:
        return torch.zeros_like(at).detach()
    (found,) = torch.autograd.grad(signal, at, weight, retain_graph=True, allow_unused=True)
    return torch.zeros_like(at).detach() if found is None else found.detach()
