"""Noisy descent after an optimum that moves, many runs and many step sizes at once."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch

from lossland import _checks
from lossland.networks.device import check_inputs


class Tracking(NamedTuple):
    """Errors of runs behind a moving optimum.

    Attributes:
        errors: Last distances, iterate minus optimum, of the shape of the starts.
        mean: Mean error over the steps after the burn-in, of the same shape.
        mean_square: Mean squared error over those steps.
    """

    errors: torch.Tensor
    mean: torch.Tensor
    mean_square: torch.Tensor


def track_optimum(
    starts: torch.Tensor,
    eigenvalue: Any,
    learning_rate: Any,
    n_steps: int,
    *,
    noise_std: float = 1.0,
    drift_std: float = 0.0,
    velocity: float = 0.0,
    burn_in: int = 0,
    generator: torch.Generator,
) -> Tracking:
    """Follow an optimum that walks at random or drifts, one mode for each entry of the starts.

    Args:
        starts: First errors, any shape; device and dtype are those of the run.
        eigenvalue: Curvature, a number or a tensor that broadcasts with the starts.
        learning_rate: Step size, likewise.
        n_steps: Steps after the burn-in.
        noise_std: Standard deviation of the gradient noise.
        drift_std: Standard deviation of the random move of the optimum in one step.
        velocity: Its constant move in one step.
        burn_in: Steps before the means begin.
        generator: Source of randomness, on the device of the starts.

    Returns:
        Tracking: last errors and means over time, measured after a step and a move.

    Raises:
        TypeError: If ``starts`` is no floating-point tensor.
        ValueError: If a number is out of range.

    >>> run = track_optimum(torch.zeros(1, dtype=torch.float64), 0.5, 0.1, 10, noise_std=0.0, velocity=0.01,
    ...                     burn_in=1000, generator=torch.Generator().manual_seed(0))
    >>> round(run.mean.item(), 9)  # behind by velocity over step times curvature
    -0.2
    """
    check_inputs(starts, generator, name="starts")
    n_steps = _checks.integer("n_steps", n_steps, low=1)
    burn_in = _checks.integer("burn_in", burn_in, low=0)
    noise_std = _checks.real_number("noise_std", noise_std, low=0.0)
    drift_std = _checks.real_number("drift_std", drift_std, low=0.0)
    velocity = _checks.real_number("velocity", velocity)
    rate = torch.as_tensor(learning_rate, dtype=starts.dtype, device=starts.device)
    kept = 1 - rate * torch.as_tensor(eigenvalue, dtype=starts.dtype, device=starts.device)
    # both shocks are normal and independent, so that one draw with the sum of their variances has the same law
    spread = torch.sqrt(rate**2 * noise_std**2 + math.pow(drift_std, 2))
    error, shock = starts.clone(), torch.empty_like(starts)
    total, squares = torch.zeros_like(starts), torch.zeros_like(starts)
    for t in range(burn_in + n_steps):
        shock.normal_(generator=generator)
        error.mul_(kept).addcmul_(shock, spread).sub_(velocity)
        if t >= burn_in:
            total += error
            squares.addcmul_(error, error)
    return Tracking(error, total / n_steps, squares / n_steps)
