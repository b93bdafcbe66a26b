"""Plain stochastic gradient descent on the cross-entropy, for networks given as tensors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from lossland import _checks
from lossland.networks.data import Split
from lossland.networks.mlp import MLP, forward


class TrainingCurve(NamedTuple):
    """What training did.

    Attributes:
        mlp: The trained parameters.
        loss: Training cross-entropy in nats before each recorded step, (n_records,).
        train_accuracy: Fraction of training images classified right at the end.
        test_accuracy: The same on the test images.
        diverged: Whether the loss stopped being finite; training ends there.
    """

    mlp: MLP
    loss: np.ndarray
    train_accuracy: float
    test_accuracy: float
    diverged: bool


def train(
    mlp: MLP,
    data: Split,
    activation,
    *,
    n_steps: int,
    learning_rate: float,
    batch_size: int = 64,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
    generator: torch.Generator,
) -> TrainingCurve:
    """Train a classifier by stochastic gradient descent, batches drawn with replacement.

    Args:
        mlp: Initial parameters, whose last width is the number of classes; not changed.
        data: Training and test data on the device of the parameters.
        activation: Name, Activation or torch function.
        n_steps: Number of steps.
        learning_rate: Step size.
        batch_size: Images per step.
        momentum: Fraction of the last step that is kept.
        weight_decay: Factor of half the squared norm of all parameters that is added to the loss that is descended;
            the recorded loss is without.
        generator: Draws the batches, on the device of the data.

    Returns:
        TrainingCurve: parameters, loss of each step's batch, final accuracies.

    Raises:
        ValueError: If an argument is out of range.
    """
    n_steps = _checks.integer("n_steps", n_steps, low=1)
    batch_size = _checks.integer("batch_size", batch_size, low=1)
    learning_rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    momentum = _checks.real_number("momentum", momentum, low=0.0, high=1.0)
    weight_decay = _checks.real_number("weight_decay", weight_decay, low=0.0)
    weights = [w.detach().clone().requires_grad_(True) for w in mlp.weights]
    biases = [b.detach().clone().requires_grad_(True) for b in mlp.biases]
    current = MLP(tuple(weights), tuple(biases))
    optimizer = torch.optim.SGD([*weights, *biases], lr=learning_rate, momentum=momentum, weight_decay=weight_decay)
    n, losses, device = len(data.train_labels), [], data.train_inputs.device
    for _ in range(n_steps):
        batch = torch.randint(n, (batch_size,), generator=generator, device=device)
        outputs = forward(current, data.train_inputs[batch], activation)
        loss = torch.nn.functional.cross_entropy(outputs, data.train_labels[batch])
        losses.append(float(loss.detach()))
        if not np.isfinite(losses[-1]):
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    trained = MLP(tuple(w.detach() for w in weights), tuple(b.detach() for b in biases))
    return TrainingCurve(
        trained,
        np.array(losses),
        accuracy(trained, data.train_inputs, data.train_labels, activation),
        accuracy(trained, data.test_inputs, data.test_labels, activation),
        not np.isfinite(losses[-1]),
    )


def accuracy(mlp: MLP, inputs: torch.Tensor, labels: torch.Tensor, activation) -> float:
    """Fraction of ``inputs`` whose largest output is at the index of their label."""
    with torch.no_grad():
        return float((forward(mlp, inputs, activation).argmax(dim=-1) == labels).double().mean())
