"""Worst accuracy on a path: how a classifier fares at its weakest point between two trained networks.

Source: the table of Yarotsky, *Optimization of neural networks* (slides), "Lowest accuracy (%) of connection for
networks with a single hidden layer", from Anokhin and Yarotsky (2020), *Low-loss connection of weight vectors*,
table 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from lossland.connectivity.barrier import path_losses
from lossland.connectivity.network_objectives import network_accuracy
from lossland.networks import MLP, Split


class PathAccuracy(NamedTuple):
    """Accuracies along a path, as fractions.

    Attributes:
        train: Lowest training accuracy, (...), one for each pair.
        test: Lowest test accuracy, (...); its point on the path may be another one.
        train_curve: Training accuracies at all times, (n_points, ...).
        test_curve: Test accuracies, (n_points, ...).
    """

    train: torch.Tensor
    test: torch.Tensor
    train_curve: torch.Tensor
    test_curve: torch.Tensor


def worst_accuracy(
    path: Callable[[Any], MLP], split: Split, activation="relu", *, n_points: int = 21, batch_size: int | None = None
) -> PathAccuracy:
    """Lowest accuracy on a path of networks, on training and on test data.

    Args:
        path: Function of times (T,) that returns networks with a leading dimension T, and behind it one for pairs.
        split: Training and test data; training labels may be noisy.
        activation: Name, Activation or torch function.
        n_points: Number of equally spaced times, both ends among them.
        batch_size: Most times at once, where memory is short; all when ``None``.

    Returns:
        PathAccuracy: the lowest accuracies, and those at all times.

    Raises:
        ValueError: If an argument is out of range, or widths, labels or devices do not fit.

    >>> from lossland.connectivity.paths import linear_path
    >>> one, eye = torch.ones(2), torch.eye(2)
    >>> right, wrong = MLP((eye,), (0 * one,)), MLP((-eye,), (0.5 * one,))
    >>> split = Split(eye, torch.tensor([0, 1]), eye, torch.tensor([0, 0]))
    >>> result = worst_accuracy(lambda t: linear_path(right, wrong, t), split, n_points=5)
    >>> float(result.train), result.train_curve.tolist(), float(result.test)
    (0.0, [1.0, 1.0, 0.5, 0.0, 0.0], 0.5)
    """
    curves = [
        path_losses(
            path, lambda mlp, x=x, y=y: network_accuracy(mlp, x, y, activation), n_points, batch_size=batch_size
        )
        for x, y in ((split.train_inputs, split.train_labels), (split.test_inputs, split.test_labels))
    ]
    return PathAccuracy(*(curve.amin(dim=0) for curve in curves), *curves)
