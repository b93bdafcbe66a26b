"""Adam on a noisy quadratic, many runs at once (Kingma and Ba 2015, with bias correction)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from lossland import _checks
from lossland.networks.device import check_inputs
from lossland.sgd.gradient_noise import GradientNoise
from lossland.sgd.noise_sampling import sample_noise
from lossland.sgd.quadratic_runs import Iterates
from lossland.sgd.symmetric import step_size, symmetric_matrix


def adam_descent(
    hessian: Any,
    noise: GradientNoise,
    starts: torch.Tensor,
    learning_rate: float,
    n_steps: int,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    record_every: int | None = None,
    generator: torch.Generator,
) -> Iterates:
    """Run Adam with the optimum at the origin.

    Args:
        hessian: Symmetric H (n, n).
        noise: Law of the gradient noise.
        starts: First iterates (..., n).
        learning_rate: Step size.
        n_steps: Number of steps.
        beta1: Memory of the mean gradient.
        beta2: Memory of the mean squared gradient.
        epsilon: Added to the root in the denominator.
        record_every: Steps between records, the start included; None keeps none.
        generator: Source of randomness, on the device of the starts.

    Returns:
        Iterates: ends and records; there is no average.

    Raises:
        AsymmetricMatrixError: If ``hessian`` is not symmetric.
        TypeError: If ``starts`` is no floating-point tensor.
        ValueError: If a shape does not fit or a number is out of range.

    >>> from lossland.sgd.gradient_noise import isotropic_noise
    >>> run = adam_descent([[2.0]], isotropic_noise(1, 0.0), torch.ones(1, 1, dtype=torch.float64), 0.1, 1,
    ...                    generator=torch.Generator().manual_seed(0))
    >>> round(run.end.item(), 6)  # the first step has the length of the learning rate
    0.9
    """
    check_inputs(starts, generator, name="starts")
    matrix = symmetric_matrix("hessian", hessian)
    if starts.shape[-1:] != (len(matrix),) or noise.dimension != len(matrix):
        raise ValueError(f"starts: expected last dimension {len(matrix)}, got shape {tuple(starts.shape)}")
    rate, n_steps = step_size(learning_rate), _checks.integer("n_steps", n_steps, low=0)
    beta1 = _checks.real_number("beta1", beta1, low=0.0, high=1 - 1e-12)
    beta2 = _checks.real_number("beta2", beta2, low=0.0, high=1 - 1e-12)
    epsilon = _checks.real_number("epsilon", epsilon, low=0.0)
    every = None if record_every is None else _checks.integer("record_every", record_every, low=1)
    curvature = torch.as_tensor(matrix, dtype=starts.dtype, device=starts.device)
    state, mean, square = starts.clone(), torch.zeros_like(starts), torch.zeros_like(starts)
    steps, records = ([0], [starts]) if every else ([], [])
    for t in range(1, n_steps + 1):
        shock = sample_noise(noise, starts.shape[:-1], dtype=starts.dtype, generator=generator)
        gradient = state @ curvature + shock
        mean.mul_(beta1).add_(gradient, alpha=1 - beta1)
        square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        root = (square / (1 - beta2**t)).sqrt_().add_(epsilon)
        state = state - rate / (1 - beta1**t) * mean / root
        if every and t % every == 0:
            steps.append(t)
            records.append(state)
    kept = torch.stack(records) if records else starts.new_zeros(0, *starts.shape)
    return Iterates(state, np.array(steps, dtype=int), kept, None)
