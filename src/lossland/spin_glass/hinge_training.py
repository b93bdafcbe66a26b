r"""Training a bias-free ReLU network on the hinge loss, with the weights of chosen steps kept.

The loss is :math:`\frac1m\sum_s[1-y_s\hat y(x_s)]_+` with all samples in every step.  Its gradient is that of
:math:`-\frac1m\sum_sM_sy_s\hat y(x_s)`: samples beyond the margin say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch

from lossland import _checks
from lossland.spin_glass.hinge import hinge_loss
from lossland.spin_glass.path_polynomial import network_output


class HingeRun(NamedTuple):
    """What training did.

    Attributes:
        steps: Numbers of the steps after which weights were kept, 0 for the start.
        weights: The weights at each of them.
        losses: Mean hinge loss at each of them, (n_records,).
    """

    steps: tuple[int, ...]
    weights: list[tuple[torch.Tensor, ...]]
    losses: torch.Tensor


def train_hinge(
    weights: Sequence[torch.Tensor],
    inputs: torch.Tensor,
    labels: torch.Tensor,
    *,
    learning_rate: float,
    record_at: Sequence[int],
    momentum: float = 0.9,
) -> HingeRun:
    """Gradient descent with momentum on the mean hinge loss of all samples; nothing is random.

    Args:
        weights: H tensors (d_k, d_{k-1}), not changed.
        inputs: Input vectors (m, d_0).
        labels: -1 and 1, (m,).
        learning_rate: Step size.
        record_at: Increasing numbers of steps at which to keep the weights; the last one ends the training.
        momentum: Fraction of the last step that is kept.

    Returns:
        HingeRun: one entry for each number in ``record_at``.

    Raises:
        ValueError: If the numbers of steps are not increasing, or a setting is out of range.
    """
    steps = tuple(_checks.integer("record_at", step, low=0) for step in record_at)
    if not steps or any(later <= earlier for earlier, later in pairwise(steps)):
        raise ValueError(f"record_at: expected increasing numbers of steps, got {list(record_at)}")
    learning_rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    momentum = _checks.real_number("momentum", momentum, low=0.0, high=1.0)
    current = [weight.detach().clone().requires_grad_(True) for weight in weights]
    optimizer = torch.optim.SGD(current, lr=learning_rate, momentum=momentum)
    kept, losses = [], []
    for step in range(steps[-1] + 1):
        loss = hinge_loss(labels, network_output(current, inputs)).mean()
        if step in steps:
            kept.append(tuple(weight.detach().clone() for weight in current))
            losses.append(loss.detach())
        if step < steps[-1]:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return HingeRun(steps, kept, torch.stack(losses))
