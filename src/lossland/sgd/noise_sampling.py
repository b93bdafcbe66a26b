"""Draws of gradient noise, on the device and in the dtype asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from lossland import _checks
from lossland.sgd.gradient_noise import GradientNoise


def sample_noise(
    noise: GradientNoise,
    shape: int | Sequence[int],
    *,
    dtype: torch.dtype = torch.float64,
    generator: torch.Generator,
) -> torch.Tensor:
    """Independent draws of gradient noise.

    Args:
        noise: The law.
        shape: Leading dimensions of the draws.
        dtype: Floating type.
        generator: Source of randomness; the draws are made on its device.

    Returns:
        Noise of the given shape and (n,).

    Raises:
        ValueError: If ``shape`` is negative.

    >>> from lossland.sgd.gradient_noise import isotropic_noise
    >>> draws = sample_noise(isotropic_noise(2, law="two-point"), 5, generator=torch.Generator().manual_seed(0))
    >>> sorted(set(draws.flatten().tolist()))
    [-1.0, 1.0]
    """
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    shape = tuple(_checks.integer("shape", size, low=0) for size in shape)
    where = {"dtype": dtype, "device": generator.device}
    raw = torch.empty(*shape, noise.dimension, **where)
    fill(raw, noise.law, noise.tail_index, generator)
    return raw @ torch.as_tensor(noise.factor.T.copy(), **where) + torch.as_tensor(noise.bias, **where)


def fill(out: torch.Tensor, law: str, tail_index: float, generator: torch.Generator) -> None:
    """Fill a tensor in place with independent draws of one of the laws of unit scale."""
    if law == "normal":
        _fill_normal(out, generator)
    elif law == "two-point":
        out.bernoulli_(0.5, generator=generator).mul_(2).sub_(1)
    elif law == "uniform":
        out.uniform_(-math.sqrt(3), math.sqrt(3), generator=generator)
    else:
        _fill_stable(out, tail_index, generator)


def _fill_normal(out: torch.Tensor, generator: torch.Generator) -> None:
    """Standard normal draws; in double precision on a CPU by Box and Muller (1958), twice as fast as torch's loop."""
    if out.dtype != torch.float64 or out.device.type != "cpu" or out.numel() < 2:
        out.normal_(generator=generator)
        return
    flat = out.view(-1)
    half = flat.numel() // 2
    flat.uniform_(generator=generator)
    radius, angle = flat[:half], flat[half : 2 * half]
    radius.neg_().log1p_().mul_(-2).sqrt_()
    angle.mul_(2 * math.pi)
    sine = torch.sin(angle)
    angle.cos_().mul_(radius)
    radius.mul_(sine)
    flat[2 * half :].normal_(generator=generator)


def _fill_stable(out: torch.Tensor, alpha: float, generator: torch.Generator) -> None:
    """Symmetric stable draws (Chambers, Mallows and Stuck 1976)."""
    tiny = torch.finfo(out.dtype).tiny
    angle = out.uniform_(-math.pi / 2, math.pi / 2, generator=generator)
    if alpha == 1:
        out.tan_()
        return
    wait = torch.empty_like(out).exponential_(generator=generator).clamp_(min=tiny)
    ratio = torch.cos((1 - alpha) * angle) / wait
    value = torch.sin(alpha * angle) / torch.cos(angle).clamp(min=tiny) ** (1 / alpha) * ratio ** ((1 - alpha) / alpha)
    out.copy_(value)
