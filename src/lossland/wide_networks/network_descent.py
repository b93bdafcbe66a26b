r"""Gradient descent on the quadratic loss of a batch of networks at once, with what the theorem of Gori and Tesi
needs to know.

The loss is :math:`L=\frac1{2N}\sum_n|\tilde f(x_n)-y_n|^2`, the gradient the explicit one of
:func:`lossland.networks.backpropagation.layer_gradients`, all weights and biases are trained with one learning rate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from lossland.descent import gradient_descent
from lossland.networks import MLP, forward, from_vector, layer_gradients, to_vector


class Descent(NamedTuple):
    """A batch of runs of gradient descent.

    Attributes:
        steps: Numbers of the recorded steps, (n_records,), NumPy.
        loss: Loss at those, (n_records, n_runs).
        gradient_norm: Norm of the full gradient at the end, (n_runs,).
        mlp: The networks at the end, a batch.
        snapshots: The networks at the recorded steps, with two leading dimensions (n_records, n_runs).
    """

    steps: np.ndarray
    loss: torch.Tensor
    gradient_norm: torch.Tensor
    mlp: MLP
    snapshots: MLP


def quadratic_loss(mlp: MLP, inputs: torch.Tensor, targets: torch.Tensor, activation) -> torch.Tensor:
    """Half the mean squared distance to the targets, (...) over the batch of networks.

    >>> mlp = MLP((torch.eye(2),), (torch.zeros(2),))
    >>> float(quadratic_loss(mlp, torch.eye(2), torch.zeros(2, 2), "linear"))
    0.5
    """
    return (forward(mlp, inputs, activation) - targets).pow(2).sum(-1).mean(-1) / 2


def loss_gradient(like: MLP, inputs: torch.Tensor, targets: torch.Tensor, activation) -> Callable:
    """The gradient of :func:`quadratic_loss` as a function of parameter vectors (..., n_parameters).

    Args:
        like: A network of the shape meant, for :func:`~lossland.networks.parameters.from_vector`.
        inputs: Samples (N, d_0).
        targets: (N, d_K).
        activation: Name, Activation or torch function.

    Returns:
        A function from vectors to gradients of the same shape, for
        :func:`lossland.descent.gradient_descent.gradient_descent`.
    """

    def gradient(vectors: torch.Tensor) -> torch.Tensor:
        mlp = from_vector(vectors, like)
        return to_vector(layer_gradients(mlp, inputs, activation, lambda outputs: outputs - targets))

    return gradient


def descend(
    mlp: MLP, inputs: torch.Tensor, targets: torch.Tensor, activation, *, learning_rate: float, n_steps: int,
    record_every: int,
) -> Descent:  # fmt: skip
    """Train a batch of networks by gradient descent on the whole sample.

    Args:
        mlp: Starting points, with a leading dimension of runs; not changed.
        inputs: Samples (N, d_0) that all runs share.
        targets: (N, d_K).
        activation: Name, Activation or torch function.
        learning_rate: Step size.
        n_steps: Number of steps.
        record_every: Keep every so many steps.

    Returns:
        Descent: losses of all runs over time, and the networks.

    >>> from lossland.networks import sample_mlp
    >>> generator = torch.Generator().manual_seed(0)
    >>> start = sample_mlp((2, 2, 1), 1.0, 0.1, n_draws=3, generator=generator)
    >>> inputs, targets = torch.eye(2, dtype=torch.float64), torch.ones(2, 1, dtype=torch.float64)
    >>> run = descend(start, inputs, targets, "softplus", learning_rate=0.2, n_steps=200, record_every=50)
    >>> run.loss.shape, bool((run.loss[-1] < 1e-3).all())
    (torch.Size([5, 3]), True)
    """
    gradient = loss_gradient(mlp, inputs, targets, activation)
    run = gradient_descent(gradient, to_vector(mlp), learning_rate, n_steps, record_every=record_every)
    snapshots = from_vector(run.points, mlp)
    loss = quadratic_loss(snapshots, inputs, targets, activation)
    return Descent(run.recorded_steps, loss, run.gradient_norm, from_vector(run.end, mlp), snapshots)
