"""Perceptrons as state dicts with the names that ``mlp_spec`` uses, and back."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from lossland.networks import MLP


def mlp_state(mlp: MLP) -> dict[str, torch.Tensor]:
    """The parameters of a perceptron as ``weights.0``, ``biases.0``, ``weights.1`` and so on.

    Raises:
        TypeError: If ``mlp`` is no network.

    >>> from lossland.networks import sample_mlp
    >>> list(mlp_state(sample_mlp((3, 2, 1), 1.0, 0.1, generator=torch.Generator().manual_seed(0))))
    ['weights.0', 'biases.0', 'weights.1', 'biases.1']
    """
    if not isinstance(mlp, MLP):
        raise TypeError(f"mlp: expected an MLP, got {type(mlp).__name__}")
    layers = enumerate(zip(mlp.weights, mlp.biases, strict=True))
    return {f"{kind}.{k}": part for k, pair in layers for kind, part in zip(("weights", "biases"), pair, strict=True)}


def mlp_from_state(state: Mapping[str, torch.Tensor]) -> MLP:
    """The perceptron that :func:`mlp_state` came from.

    Raises:
        ValueError: If an entry is missing.

    >>> from lossland.networks import sample_mlp
    >>> mlp = sample_mlp((3, 2, 1), 1.0, 0.1, generator=torch.Generator().manual_seed(0))
    >>> torch.equal(mlp_from_state(mlp_state(mlp)).weights[1], mlp.weights[1])
    True
    """
    names = [[f"{kind}.{k}" for k in range(len(state) // 2)] for kind in ("weights", "biases")]
    missing = [name for kind in names for name in kind if name not in state]
    if missing or len(state) % 2:
        raise ValueError(f"state: expected weights.k and biases.k for each layer k, got {', '.join(state)}")
    return MLP(*(tuple(state[name] for name in kind) for kind in names))
