"""A network as one vector, and back."""

from __future__ import annotations

import torch

from lossland.networks.mlp import MLP


def to_vector(mlp: MLP) -> torch.Tensor:
    """All parameters of a network as one vector: layer by layer, weights (row by row) before biases.

    Args:
        mlp: The parameters; a batch keeps its leading dimension.

    Returns:
        Tensor (..., n_parameters).

    >>> from lossland.networks import sample_mlp
    >>> mlp = sample_mlp((3, 5, 2), 1.0, 0.1, generator=torch.Generator().manual_seed(0))
    >>> to_vector(mlp).shape
    torch.Size([32])
    """
    parts = [
        part
        for weight, bias in zip(mlp.weights, mlp.biases, strict=True)
        for part in (weight.flatten(start_dim=-2), bias)
    ]
    return torch.cat(parts, dim=-1)


def from_vector(vector: torch.Tensor, like: MLP) -> MLP:
    """Inverse of :func:`to_vector`, with the shapes of ``like``.

    Args:
        vector: Tensor (..., n_parameters).
        like: A network of the wanted shape.

    Returns:
        MLP: views of ``vector``.

    Raises:
        ValueError: If the length does not fit.
    """
    shapes = [
        shape
        for weight, bias in zip(like.weights, like.biases, strict=True)
        for shape in (tuple(weight.shape[-2:]), tuple(bias.shape[-1:]))
    ]
    sizes = [torch.Size(shape).numel() for shape in shapes]
    if vector.shape[-1] != sum(sizes):
        raise ValueError(f"vector: expected length {sum(sizes)}, got {vector.shape[-1]}")
    pieces = vector.split(sizes, dim=-1)
    parts = [piece.reshape(*vector.shape[:-1], *shape) for piece, shape in zip(pieces, shapes, strict=True)]
    return MLP(tuple(parts[0::2]), tuple(parts[1::2]))
