"""Train many classifiers at once, each on batches of its own: what takes minutes one by one takes one."""

from __future__ import annotations

from typing import NamedTuple

import torch

from lossland import _checks
from lossland.networks.data import Split
from lossland.networks.mlp import MLP, forward


class BatchTraining(NamedTuple):
    """What training did.

    Attributes:
        mlp: The trained parameters, with the leading dimension of networks.
        loss: Training cross-entropy in nats before each step, of that step's batch, (n_steps, n_networks).
    """

    mlp: MLP
    loss: torch.Tensor


def train_batch(
    mlp: MLP,
    data: Split,
    activation,
    *,
    n_steps: int,
    learning_rate: float,
    batch_size: int = 128,
    momentum: float = 0.9,
    weight_decay: float = 0.0,
    generator: torch.Generator,
) -> BatchTraining:
    """Train a batch of independent classifiers by stochastic gradient descent with momentum.

    The step size is constant for the first half and then falls linearly to a hundredth, reached at nine tenths.
    Batches are drawn with replacement, for each network its own.

    Args:
        mlp: Initial parameters with one leading dimension of networks; not changed.
        data: Training data on the device of the parameters, the same for all networks.
        activation: Name, Activation or torch function.
        n_steps: Number of steps.
        learning_rate: Step size at first.
        batch_size: Images per step and network.
        momentum: Fraction of the last step that is kept.
        weight_decay: Factor of half the squared norm of all parameters that is added to the loss.
        generator: Draws the batches, on the device of the data.

    Returns:
        BatchTraining: parameters, and the loss of each step.

    Raises:
        ValueError: If ``mlp`` is no batch, or an argument is out of range.

    >>> from lossland.networks import load_digits, sample_mlp
    >>> generator = torch.Generator().manual_seed(0)
    >>> digits = load_digits(generator=generator)
    >>> start = sample_mlp((64, 20, 10), 1.0, 0.0, n_draws=3, dtype=torch.float32, generator=generator)
    >>> end = train_batch(start, digits, "relu", n_steps=50, learning_rate=0.05, generator=generator)
    >>> bool((end.loss[-1] < 0.5 * end.loss[0]).all())
    True
    """
    if mlp.weights[0].ndim != 3:
        raise ValueError(
            f"mlp: expected one leading dimension of networks, got weights of shape {tuple(mlp.weights[0].shape)}; "
            "draw them with n_draws"
        )
    n_steps = _checks.integer("n_steps", n_steps, low=1)
    batch_size = _checks.integer("batch_size", batch_size, low=1)
    learning_rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    momentum = _checks.real_number("momentum", momentum, low=0.0, high=1.0)
    weight_decay = _checks.real_number("weight_decay", weight_decay, low=0.0)
    parameters = [part.detach().clone().requires_grad_() for part in (*mlp.weights, *mlp.biases)]
    depth = len(mlp.weights)
    current = MLP(tuple(parameters[:depth]), tuple(parameters[depth:]))
    velocities = [torch.zeros_like(part) for part in parameters]
    shape, history = (len(parameters[0]), batch_size), []
    for step in range(n_steps):
        batch = torch.randint(len(data.train_labels), shape, generator=generator, device=data.train_inputs.device)
        losses = _losses(current, data.train_inputs[batch], data.train_labels[batch], activation)
        gradients = torch.autograd.grad(losses.sum(), parameters)
        _step(parameters, gradients, velocities, learning_rate * _schedule(step / n_steps), momentum, weight_decay)
        history.append(losses.detach())
    trained = [part.detach() for part in parameters]
    return BatchTraining(MLP(tuple(trained[:depth]), tuple(trained[depth:])), torch.stack(history))


def _losses(mlp: MLP, inputs: torch.Tensor, labels: torch.Tensor, activation) -> torch.Tensor:
    """Mean cross-entropy of each network on inputs of its own, (n_networks,)."""
    scores = forward(mlp, inputs, activation)
    return (scores.logsumexp(dim=-1) - scores.gather(-1, labels[..., None])[..., 0]).mean(dim=-1)


@torch.no_grad()
def _step(parameters, gradients, velocities, learning_rate, momentum, weight_decay) -> None:
    for parameter, gradient, velocity in zip(parameters, gradients, velocities, strict=True):
        velocity.mul_(momentum).add_(gradient)
        if weight_decay:
            velocity.add_(parameter, alpha=weight_decay)
        parameter.sub_(velocity, alpha=learning_rate)


def _schedule(progress: float) -> float:
    return 1.0 if progress <= 0.5 else max(0.01, 1.0 - (progress - 0.5) / 0.4 * 0.99)
