r"""An agent that learns of change only through its rewards: two arms whose means are swapped now and then.

Greedy agents with a constant step of learning hold on to an arm that has become the worse one until its estimate has
fallen below the stale one of the other; with probability :math:`\varepsilon` of a random choice they notice sooner and
pay :math:`\varepsilon/2` of the gap for it.  The best :math:`\varepsilon` is neither 0 nor 1.

Source: an instance of Section 2 of Glukhov (2024), "Second".
"""

from __future__ import annotations

from typing import Any

import torch

from lossland import _checks


def switching_bandit(
    exploration: Any,
    n_steps: int,
    *,
    period: int = 500,
    learning_rate: float = 0.1,
    noise_std: float = 0.5,
    n_runs: int = 100,
    dtype: torch.dtype = torch.float64,
    generator: torch.Generator,
) -> torch.Tensor:
    """Mean reward of agents that explore with given probabilities; arms pay 1 and 0 on average and are swapped.

    Args:
        exploration: Probabilities of a random choice, (m,).
        n_steps: Steps.
        period: Steps between swaps.
        learning_rate: Step of the running estimates, which begin at 0.
        noise_std: Standard deviation of a reward.
        n_runs: Agents for each probability.
        dtype: Floating type.
        generator: Source of randomness; the run is on its device.

    Returns:
        Mean true reward of each agent, (m, n_runs); an agent that knows the swaps gets 1.

    Raises:
        ValueError: If a number is out of range.

    >>> g = torch.Generator().manual_seed(0)
    >>> switching_bandit([1.0], 2000, n_runs=50, generator=g).mean().sub(0.5).abs().item() < 0.01
    True
    """
    values = _checks.real_array("exploration", exploration, low=0.0, high=1.0).ravel()
    n_steps, period = _checks.integer("n_steps", n_steps, low=1), _checks.integer("period", period, low=1)
    rate = _checks.real_number("learning_rate", learning_rate, low=0.0, high=1.0)
    noise_std = _checks.real_number("noise_std", noise_std, low=0.0)
    n_runs, device = _checks.integer("n_runs", n_runs, low=1), generator.device
    share = torch.as_tensor(values, dtype=dtype, device=device)[:, None]
    shape = (len(values), n_runs)
    first, second = torch.zeros(shape, dtype=dtype, device=device), torch.zeros(shape, dtype=dtype, device=device)
    total = torch.zeros(shape, dtype=dtype, device=device)
    for t in range(n_steps):
        draws = torch.rand(2, *shape, dtype=dtype, device=device, generator=generator)
        noise = torch.randn(shape, dtype=dtype, device=device, generator=generator)
        chosen = torch.where(draws[0] < share, draws[1] < 0.5, first >= second)  # True for the first arm
        mean = (chosen == ((t // period) % 2 == 0)).to(dtype)
        total += mean
        reward = mean + noise_std * noise
        first = torch.where(chosen, first + rate * (reward - first), first)
        second = torch.where(chosen, second, second + rate * (reward - second))
    return total / n_steps
