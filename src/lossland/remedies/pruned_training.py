"""Train many pruned perceptrons at once, and see how long each takes to reach a loss.

Source: the experiment that the review of Glukhov (2024) asks for, on the pruning of his section 6.2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch

from lossland import _checks
from lossland.networks import MLP, Split, forward


class PrunedTraining(NamedTuple):
    """What training did.

    Attributes:
        mlp: The trained parameters, with the leading dimension of networks; weights that are cut are zero.
        steps: Steps after which the loss was looked at, (n_records,).
        loss: Training cross-entropy in nats at those, (n_records, n_networks).
    """

    mlp: MLP
    steps: torch.Tensor
    loss: torch.Tensor


def train_pruned(
    masks: Sequence[torch.Tensor],
    data: Split,
    activation,
    *,
    n_steps: int,
    learning_rate: float,
    batch_size: int = 64,
    momentum: float = 0.9,
    every: int = 5,
    n_watched: int = 1000,
    generator: torch.Generator,
) -> PrunedTraining:
    """Train a batch of perceptrons whose masks differ, by stochastic gradient descent with momentum.

    Initial weights are normal with variance one over the number of inputs that a unit keeps, biases are zero.  The step
    size is constant for the first half and then falls linearly to a hundredth.  Batches are drawn with replacement,
    for each network its own.

    Args:
        masks: One (n_networks, n_k, n_{k-1}) of zeros and ones for each layer, on the device of the data.
        data: Training data, the same for all networks.
        activation: Name, Activation or torch function.
        n_steps: Number of steps.
        learning_rate: Step size at first.
        batch_size: Images per step and network.
        momentum: Fraction of the last step that is kept.
        every: Steps from one look at the training loss to the next; after 20 looks, one in 20 of the steps done.
        n_watched: Training images that are looked at.
        generator: Draws weights and batches, on the device of the data.

    Returns:
        PrunedTraining: parameters, and the course of the loss.

    Raises:
        ValueError: If the masks do not fit each other or the data, cut off a unit, or an argument is out of range.

    >>> from lossland.networks import load_digits
    >>> generator = torch.Generator().manual_seed(0)
    >>> digits = load_digits(generator=generator)
    >>> masks = [torch.ones(2, 16, 64), torch.ones(2, 10, 16)]
    >>> run = train_pruned(masks, digits, "tanh", n_steps=60, learning_rate=0.05, generator=generator)
    >>> bool((run.loss[-1] < 0.5 * run.loss[0]).all())
    True
    """
    masks = _check_masks(masks, data)
    n_steps = _checks.integer("n_steps", n_steps, low=1)
    every = _checks.integer("every", every, low=1)
    batch_size = _checks.integer("batch_size", batch_size, low=1)
    n_watched = _checks.integer("n_watched", n_watched, low=1)
    learning_rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    momentum = _checks.real_number("momentum", momentum, low=0.0, high=1.0)
    parameters = _start(masks, generator)
    velocities = [torch.zeros_like(part) for part in parameters]
    current = MLP(tuple(parameters[: len(masks)]), tuple(parameters[len(masks) :]))
    shape, device = (len(masks[0]), batch_size), data.train_inputs.device
    watched = data.train_inputs[:n_watched], data.train_labels[:n_watched]
    steps, history = [], []
    for step in range(n_steps + 1):
        if not steps or step - steps[-1] >= max(every, step // 20) or step == n_steps:
            steps.append(step)
            with torch.no_grad():
                history.append(_losses(current, *watched, activation))
        if step == n_steps:
            break
        batch = torch.randint(len(data.train_labels), shape, generator=generator, device=device)
        losses = _losses(current, data.train_inputs[batch], data.train_labels[batch], activation)
        gradients = torch.autograd.grad(losses.sum(), parameters)
        with torch.no_grad():
            rate = learning_rate * min(1.0, max(0.01, 2 - 2 * step / n_steps))
            for k, gradient in enumerate(gradients):
                velocities[k].mul_(momentum).add_(gradient * masks[k] if k < len(masks) else gradient)
                parameters[k].sub_(velocities[k], alpha=rate)
    trained = [part.detach() for part in parameters]
    return PrunedTraining(
        MLP(tuple(trained[: len(masks)]), tuple(trained[len(masks) :])),
        torch.tensor(steps, device=device),
        torch.stack(history),
    )


def steps_to_reach(run: PrunedTraining, loss: float) -> torch.Tensor:
    """Steps after which the training loss was first seen at or below a value.

    Args:
        run: What :func:`train_pruned` returned.
        loss: The value, in nats.

    Returns:
        Steps (n_networks,), infinite for a network that did not get there.

    >>> flat = PrunedTraining(None, torch.tensor([0, 20]), torch.tensor([[2.0, 1.0], [0.5, 0.9]]))
    >>> steps_to_reach(flat, 0.6).tolist()
    [20.0, inf]
    """
    reached = run.loss <= loss
    steps = run.steps.to(run.loss)[:, None]
    return torch.where(reached, steps, torch.inf).amin(dim=0)


def _start(masks: list[torch.Tensor], generator: torch.Generator) -> list[torch.Tensor]:
    weights = []
    for mask in masks:
        draws = torch.randn(mask.shape, generator=generator, dtype=mask.dtype, device=mask.device)
        weights.append(draws * mask / mask.sum(dim=-1, keepdim=True).sqrt())
    return [part.requires_grad_() for part in (*weights, *(mask.new_zeros(mask.shape[:2]) for mask in masks))]


def _losses(mlp: MLP, inputs: torch.Tensor, labels: torch.Tensor, activation) -> torch.Tensor:
    """Mean cross-entropy of each network, on the same inputs or on inputs of its own."""
    scores = forward(mlp, inputs, activation)
    labels = labels.expand(scores.shape[:-1])
    return (scores.logsumexp(dim=-1) - scores.gather(-1, labels[..., None])[..., 0]).mean(dim=-1)


def _check_masks(masks: Sequence[torch.Tensor], data: Split) -> list[torch.Tensor]:
    masks = [torch.as_tensor(mask, device=data.train_inputs.device).to(data.train_inputs.dtype) for mask in masks]
    if not masks or any(mask.ndim != 3 or len(mask) != len(masks[0]) for mask in masks):
        shapes = ", ".join(str(tuple(mask.shape)) for mask in masks)
        raise ValueError(f"masks: expected (n_networks, units, inputs) for each layer, got {shapes or 'none'}")
    if masks[0].shape[2] != data.train_inputs.shape[1]:
        raise ValueError(f"masks[0]: expected {data.train_inputs.shape[1]} columns, got {masks[0].shape[2]}")
    for k, (before, behind) in enumerate(pairwise(masks), start=1):
        if behind.shape[2] != before.shape[1]:
            raise ValueError(f"masks[{k}]: expected {before.shape[1]} columns, got {behind.shape[2]}")
    for k, mask in enumerate(masks):
        if not bool(((mask == 0) | (mask == 1)).all()):
            raise ValueError(f"masks[{k}]: expected zeros and ones")
        if not bool(mask.any(dim=2).all()):
            raise ValueError(f"masks[{k}]: expected an input for each unit; one is cut off from all")
    n_classes = int(data.train_labels.max()) + 1
    if masks[-1].shape[1] < n_classes:
        raise ValueError(f"masks[{len(masks) - 1}]: expected a row for each of {n_classes} classes, got "
                         f"{masks[-1].shape[1]}")  # fmt: skip
    return masks
