r"""Back-propagated errors measured on random networks of finite width.

The recursion :math:`\delta_{k,i}=\sigma'(z_{k,i})\sum_j(W_{k+1})_{ji}\delta_{k+1,j}` is run with the very weights of
the forward pass: the independence that the theory assumes is not built in, it is put to the test.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch

from lossland import _checks
from lossland.networks.device import check_inputs
from lossland.networks.mlp import MLP, preactivations, sample_mlp
from lossland.networks.torch_activations import torch_activation
from lossland.signal_propagation.measurement import Measurement, measurement

_NETWORK_NUMBERS = 1 << 26  # weights of a batch of whole networks that are held at a time


def measure_gradient_norms(
    inputs: torch.Tensor,
    widths: Sequence[int],
    weight_std: float,
    bias_std: float,
    activation,
    *,
    n_draws: int,
    generator: torch.Generator,
) -> Measurement:
    r"""Squared norms of the back-propagated error of each layer relative to the last,
    :math:`|\delta_k|^2/|\delta_K|^2`.

    The error of the last layer is a standard normal vector.

    Args:
        inputs: One input vector, (d_0,); sets device and dtype.
        widths: Widths of the layers ``(d_1, ..., d_K)``; they may differ.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name, Activation or torch function.
        n_draws: Number of independent networks.
        generator: Source of randomness, on the device of ``inputs``.

    Returns:
        Measurement: samples of shape (n_draws, K); the last column is 1.

    Raises:
        TypeError: If ``inputs`` is no floating tensor.
        ValueError: If a shape, a width or the generator's device does not fit.
    """
    check_inputs(inputs, generator)
    if inputs.ndim != 1:
        raise ValueError(f"inputs: expected one vector of shape (d_0,), got {tuple(inputs.shape)}")
    widths = (inputs.shape[0], *_checks.layer_widths("widths", widths))
    n_draws = _checks.integer("n_draws", n_draws, low=1)
    n_weights = sum(a * b for a, b in pairwise(widths))
    size = max(1, min(n_draws, _NETWORK_NUMBERS // n_weights))
    samples = []
    for start in range(0, n_draws, size):
        batch = min(size, n_draws - start)
        mlp = sample_mlp(widths, weight_std, bias_std, n_draws=batch, dtype=inputs.dtype, generator=generator)
        error = torch.randn(batch, widths[-1], dtype=inputs.dtype, device=inputs.device, generator=generator)
        samples.append(_relative_norms(mlp, inputs, error, activation))
    return measurement(torch.cat(samples))


def _relative_norms(mlp: MLP, inputs: torch.Tensor, error: torch.Tensor, activation) -> torch.Tensor:
    errors = backpropagated_errors(mlp, inputs, error, activation)
    norms = torch.stack([(delta * delta).sum(dim=-1) for delta in errors], dim=-1)
    return norms / norms[..., -1:]


def backpropagated_errors(mlp: MLP, inputs: torch.Tensor, error: torch.Tensor, activation) -> list[torch.Tensor]:
    r"""Errors :math:`\delta_k=\partial L/\partial z_k` of all layers by the recursion.

    Args:
        mlp: The parameters, possibly a batch of draws.
        inputs: One input vector, (d_0,).
        error: Error of the last layer, :math:`\partial L/\partial z_K`, (..., d_K).
        activation: Name, Activation or torch function.

    Returns:
        One tensor per layer, (..., d_k).
    """
    slope = torch_activation(activation).derivative
    errors = [error]
    layers = preactivations(mlp, inputs, activation)
    for z, weight in zip(layers[-2::-1], mlp.weights[:0:-1], strict=True):
        errors.append(slope(z) * (weight.mT @ errors[-1][..., None])[..., 0])
    return errors[::-1]
