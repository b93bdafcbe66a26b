r"""Multilayer perceptrons as plain tensors and pure functions.

Layer k is :math:`z_k=W_k\,\sigma(z_{k-1})+h_k` with :math:`z_1=W_1x_0+h_1`: the input passes no activation, and the
output is the pre-activation of the last layer.  At random, :math:`W_k` has entries of variance
``weight_std**2 / fan_in`` and :math:`h_k` of variance ``bias_std**2``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch

from lossland import _checks
from lossland.networks.torch_activations import torch_activation


class MLP(NamedTuple):
    """Parameters of one perceptron, or of a batch of them in a leading dimension.

    Attributes:
        weights: One tensor per layer, (..., d_k, d_{k-1}).
        biases: One tensor per layer, (..., d_k).
    """

    weights: tuple[torch.Tensor, ...]
    biases: tuple[torch.Tensor, ...]


def sample_mlp(
    widths: Sequence[int],
    weight_std: float,
    bias_std: float,
    *,
    n_draws: int | None = None,
    dtype: torch.dtype = torch.float64,
    generator: torch.Generator,
) -> MLP:
    """Draw Gaussian weights and biases, on the device of the generator.

    Args:
        widths: ``(d_0, d_1, ..., d_K)``, input width first.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        n_draws: Number of networks in a leading batch dimension; None for one without it.
        dtype: Floating type of the parameters.
        generator: Source of randomness; fixes the device.

    Returns:
        MLP: K weights and K biases.

    Raises:
        ValueError: If there are fewer than two widths or an argument is out of range.

    >>> mlp = sample_mlp((3, 5, 2), 1.0, 0.1, generator=torch.Generator().manual_seed(0))
    >>> [tuple(w.shape) for w in mlp.weights]
    [(5, 3), (2, 5)]
    """
    widths = _checks.layer_widths("widths", widths, at_least=2)
    batch = () if n_draws is None else (_checks.integer("n_draws", n_draws, low=1),)
    layers = [
        sample_layer(fan_in, fan_out, weight_std, bias_std, batch=batch, dtype=dtype, generator=generator)
        for fan_in, fan_out in pairwise(widths)
    ]
    weights, biases = zip(*layers, strict=True)
    return MLP(weights, biases)


def sample_layer(
    fan_in: int,
    fan_out: int,
    weight_std: float,
    bias_std: float,
    *,
    batch: tuple[int, ...] = (),
    dtype: torch.dtype = torch.float64,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw the weights (..., fan_out, fan_in) and biases (..., fan_out) of one layer; see :func:`sample_mlp`."""
    weight_std = _checks.real_number("weight_std", weight_std, low=0.0)
    bias_std = _checks.real_number("bias_std", bias_std, low=0.0)
    options = {"dtype": dtype, "device": generator.device, "generator": generator}
    weight = torch.randn(*batch, fan_out, fan_in, **options).mul_(weight_std / fan_in**0.5)
    return weight, torch.randn(*batch, fan_out, **options).mul_(bias_std)


def preactivations(mlp: MLP, inputs: torch.Tensor, activation) -> list[torch.Tensor]:
    """Pre-activations of all layers.

    Args:
        mlp: The parameters; with a batch of draws they carry a leading dimension.
        inputs: Input vectors, (P, d_0), or one vector (d_0,).
        activation: Name, Activation or torch function.

    Returns:
        One tensor per layer, (..., P, d_k), or (..., d_k) for one vector.

    Raises:
        ValueError: If the width or the device of ``inputs`` does not fit the network.
    """
    if inputs.shape[-1] != mlp.weights[0].shape[-1]:
        raise ValueError(f"inputs: expected vectors of width {mlp.weights[0].shape[-1]}, got {tuple(inputs.shape)}")
    if inputs.device != mlp.weights[0].device:
        raise ValueError(f"inputs: expected them on {mlp.weights[0].device}, got {inputs.device}")
    sigma = torch_activation(activation).value
    signal, layers = torch.atleast_2d(inputs), []
    for weight, bias in zip(mlp.weights, mlp.biases, strict=True):
        layers.append(signal @ weight.mT + bias[..., None, :])
        signal = sigma(layers[-1])
    return [z[..., 0, :] for z in layers] if inputs.ndim == 1 else layers


def forward(mlp: MLP, inputs: torch.Tensor, activation) -> torch.Tensor:
    """Output of the network: the pre-activation of its last layer, (..., P, d_K); see :func:`preactivations`."""
    return preactivations(mlp, inputs, activation)[-1]
