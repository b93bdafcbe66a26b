"""A layer as a set of points: each hidden neuron is what it listens to, its bias, and what it says."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks


def neuron_points(mlp: Any) -> np.ndarray:
    """Neurons of a network with one hidden layer as points; permuting the neurons permutes the points.

    Args:
        mlp: A network, or a batch of them, with one hidden layer of w neurons, d inputs and c outputs.  The bias of
            the outputs belongs to no neuron and is left out.

    Returns:
        Array (..., w, d + 1 + c) in float64: incoming weights, bias, outgoing weights.

    Raises:
        ValueError: If there is not exactly one hidden layer.

    >>> import torch
    >>> from lossland.networks import sample_mlp
    >>> neuron_points(sample_mlp((3, 5, 2), 1.0, 0.1, generator=torch.Generator().manual_seed(0))).shape
    (5, 6)
    """
    if len(mlp.weights) != 2:
        raise ValueError(
            f"mlp: expected one hidden layer, that is two weight matrices, got {len(mlp.weights)}; with more hidden "
            "layers a neuron has no point of its own, for its neighbors can be renamed, too"
        )
    incoming, outgoing, bias = (part.detach().cpu().double().numpy() for part in (*mlp.weights, mlp.biases[0]))
    return np.concatenate([incoming, bias[..., None], np.swapaxes(outgoing, -1, -2)], axis=-1)


def as_points(name: str, value: Any, *, at_least: int = 2) -> np.ndarray:
    """Return ``value`` as points (..., w, D) in float64, after checking that there are enough of them.

    Raises:
        TypeError: If it is not real numbers.
        ValueError: If it is not finite, or no set of points.
    """
    points = _checks.real_array(name, value)
    if points.ndim < 2 or points.shape[-2] < at_least or points.shape[-1] < 1:
        raise ValueError(
            f"{name}: expected points (..., w, D) with w >= {at_least}, got the shape {points.shape}; neuron_points "
            "makes them of a network"
        )
    return points
