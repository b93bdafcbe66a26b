r"""Noisy descent on any objective, and the Langevin equation that it discretizes.

:math:`\theta_{t+1}=\theta_t-\eta(\nabla J(\theta_t)+\epsilon_t)` is the Euler and Maruyama step, of length
:math:`\eta`, of

.. math:: d\theta=-\nabla J\,d\tau+\sqrt{2T}\,dW,\qquad T=\tfrac{\eta s^2}2,

for normal noise of variance :math:`s^2` in each coordinate; :math:`\tau=\eta t`.  The step and the temperature are
tied: a smaller step is both a finer discretization and a colder bath.

Source: Glukhov (2024), Section 4.1.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch

from lossland import _checks
from lossland.networks.device import check_inputs
from lossland.sgd.gradient_noise import GradientNoise
from lossland.sgd.noise_sampling import fill
from lossland.sgd.quadratic_runs import Iterates
from lossland.sgd.symmetric import step_size


def noisy_gradient_descent(
    gradient: Callable[[torch.Tensor], torch.Tensor],
    noise: GradientNoise,
    starts: torch.Tensor,
    learning_rate: float,
    n_steps: int,
    *,
    record_every: int | None = None,
    generator: torch.Generator,
) -> Iterates:
    """Descend along a noisy gradient of any objective, all runs at once.

    Args:
        gradient: Gradient of the objective at points (n_runs, n), each row on its own, as a new tensor.
        noise: Law of the gradient noise.
        starts: First iterates (n_runs, n).
        learning_rate: Step size.
        n_steps: Number of steps.
        record_every: Steps between records, the start included; None keeps none.
        generator: Source of randomness, on the device of the starts.

    Returns:
        Iterates: ends and records; there is no average.  Where the objective does not confine, iterates may become
        infinite or no numbers.

    Raises:
        TypeError: If ``starts`` is no floating-point tensor.
        ValueError: If a shape does not fit or a number is out of range.

    >>> from lossland.sgd.gradient_noise import isotropic_noise
    >>> run = noisy_gradient_descent(lambda p: p**3 - p, isotropic_noise(1, 0.0), torch.tensor([[0.1], [-0.1]]), 0.1,
    ...                              500, generator=torch.Generator().manual_seed(0))
    >>> [round(x, 4) for x in run.end[:, 0].tolist()]
    [1.0, -1.0]
    """
    check_inputs(starts, generator, name="starts")
    if starts.ndim != 2 or starts.shape[1] != noise.dimension:
        raise ValueError(f"starts: expected shape (n_runs, {noise.dimension}), got {tuple(starts.shape)}")
    rate, n_steps = step_size(learning_rate), _checks.integer("n_steps", n_steps, low=0)
    every = None if record_every is None else _checks.integer("record_every", record_every, low=1)
    where = {"dtype": starts.dtype, "device": starts.device}
    diagonal = np.diag(noise.factor)
    plain = np.array_equal(noise.factor, np.diag(diagonal))
    factor = torch.as_tensor((diagonal if plain else noise.factor.T).copy(), **where)
    bias = torch.as_tensor(noise.bias, **where)
    state, shock = starts.clone(), torch.empty_like(starts)
    steps, records = ([0], [starts]) if every else ([], [])
    for t in range(1, n_steps + 1):
        slope = gradient(state)
        if slope.shape != state.shape:
            raise ValueError(f"gradient: expected shape {tuple(state.shape)}, got {tuple(slope.shape)}")
        fill(shock, noise.law, noise.tail_index, generator)
        shaken = shock * factor if plain else shock @ factor
        state = state - rate * (slope + shaken + bias)
        if every and t % every == 0:
            steps.append(t)
            records.append(state)
    kept = torch.stack(records) if records else starts.new_zeros(0, *starts.shape)
    return Iterates(state, np.array(steps, dtype=int), kept, None)


def langevin(
    gradient: Callable[[torch.Tensor], torch.Tensor],
    starts: torch.Tensor,
    temperature: float,
    time_step: float,
    n_steps: int,
    *,
    record_every: int | None = None,
    generator: torch.Generator,
) -> Iterates:
    r"""Euler and Maruyama steps of the overdamped Langevin equation at a temperature of its own.

    The same as :func:`noisy_gradient_descent` with learning rate :math:`h` and noise of variance :math:`2T/h`.

    Args:
        gradient: Gradient of the objective at points (n_runs, n).
        starts: First states (n_runs, n).
        temperature: T >= 0.
        time_step: h, in units of the equation.
        n_steps: Number of steps.
        record_every: Steps between records; None keeps none.
        generator: Source of randomness, on the device of the starts.

    Raises:
        TypeError: If ``starts`` is no floating-point tensor.
        ValueError: If a number is out of range.

    >>> langevin(lambda p: p, torch.ones(1, 1), 0.0, 0.5, 1, generator=torch.Generator().manual_seed(0)).end.item()
    0.5
    """
    check_inputs(starts, generator, name="starts")
    temperature = _checks.real_number("temperature", temperature, low=0.0)
    step = _checks.real_number("time_step", time_step, low=1e-300)
    n = starts.shape[-1] if starts.ndim else 1
    noise = GradientNoise(math.sqrt(2 * temperature / step) * np.eye(n), np.zeros(n))
    return noisy_gradient_descent(
        gradient, noise, starts, step, n_steps, record_every=record_every, generator=generator
    )
