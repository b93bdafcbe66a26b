r"""Random networks of finite width: lengths, covariances and correlations measured layer by layer.

The simulated twin of the length and correlation maps.  Networks are drawn in a batch, one layer of weights at a time,
so that memory is that of one layer however deep the network.  Layer k=1 is :math:`z_1=W_1x_0+h_1`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lossland import _checks
from lossland.networks.device import check_inputs
from lossland.networks.mlp import sample_layer
from lossland.networks.torch_activations import torch_activation
from lossland.signal_propagation.measurement import Measurement, measurement

_LAYER_NUMBERS = 1 << 25  # weights of a batch of networks that are held at a time


def measure_lengths(
    inputs: torch.Tensor,
    widths: Sequence[int],
    weight_std: float,
    bias_std: float,
    activation,
    *,
    n_draws: int,
    generator: torch.Generator,
) -> Measurement:
    r"""Lengths :math:`q_k=\frac1{d_k}\sum_iz_{k,i}^2` of one signal in each layer of random networks.

    Args:
        inputs: One input vector, (d_0,); sets device and dtype.
        widths: Widths of the layers ``(d_1, ..., d_K)``.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name, Activation or torch function.
        n_draws: Number of independent networks.
        generator: Source of randomness, on the device of ``inputs``.

    Returns:
        Measurement: samples of shape (n_draws, K).

    Raises:
        TypeError: If ``inputs`` is no floating tensor.
        ValueError: If a shape, a width or the generator's device does not fit.

    >>> x = torch.ones(10, dtype=torch.float64)
    >>> q = measure_lengths(x, [200] * 3, 1.0, 0.0, "linear", n_draws=50, generator=torch.Generator().manual_seed(0))
    >>> bool(abs(q.mean[-1] - 1.0) < 4 * q.standard_error[-1])
    True
    """
    check_inputs(inputs, generator)
    if inputs.ndim != 1:
        raise ValueError(f"inputs: expected one vector of shape (d_0,), got {tuple(inputs.shape)}")
    layers = _grams(inputs[None, :], widths, weight_std, bias_std, activation, n_draws, generator)
    return measurement(layers[:, :, 0, 0])


def measure_covariances(
    inputs: torch.Tensor,
    widths: Sequence[int],
    weight_std: float,
    bias_std: float,
    activation,
    *,
    n_draws: int,
    generator: torch.Generator,
) -> Measurement:
    r"""Covariances :math:`q_{k,ab}=\frac1{d_k}\sum_iz_{k,i,a}z_{k,i,b}` of several signals in each layer.

    Args:
        inputs: Input vectors, (P, d_0); set device and dtype.
        widths: Widths of the layers ``(d_1, ..., d_K)``.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name, Activation or torch function.
        n_draws: Number of independent networks.
        generator: Source of randomness, on the device of ``inputs``.

    Returns:
        Measurement: samples of shape (n_draws, K, P, P).

    Raises:
        TypeError: If ``inputs`` is no floating tensor.
        ValueError: If a shape, a width or the generator's device does not fit.
    """
    return measurement(_grams(inputs, widths, weight_std, bias_std, activation, n_draws, generator))


def measure_correlations(
    inputs: torch.Tensor,
    widths: Sequence[int],
    weight_std: float,
    bias_std: float,
    activation,
    *,
    n_draws: int,
    generator: torch.Generator,
) -> Measurement:
    """Correlation coefficients of several signals in each layer: covariances over the root of the lengths.

    Arguments, errors and shapes are those of :func:`measure_covariances`.
    """
    return measurement(normalized(_grams(inputs, widths, weight_std, bias_std, activation, n_draws, generator)))


def normalized(gram: torch.Tensor) -> torch.Tensor:
    """Correlations of Gram matrices (..., P, P)."""
    root = gram.diagonal(dim1=-2, dim2=-1).sqrt()
    return gram / (root[..., :, None] * root[..., None, :])


def _grams(inputs, widths, weight_std, bias_std, activation, n_draws, generator) -> torch.Tensor:
    """Gram matrices (n_draws, K, P, P) of the pre-activations, in batches of networks that fit in memory."""
    check_inputs(inputs, generator)
    if inputs.ndim != 2:
        raise ValueError(f"inputs: expected vectors of shape (P, d_0), got {tuple(inputs.shape)}")
    widths = _checks.layer_widths("widths", widths)
    n_draws = _checks.integer("n_draws", n_draws, low=1)
    largest = max(a * b for a, b in zip((inputs.shape[-1], *widths), widths, strict=False))
    size = max(1, min(n_draws, _LAYER_NUMBERS // largest))
    sigma = torch_activation(activation).value
    batches = []
    for start in range(0, n_draws, size):
        batch = (min(size, n_draws - start),)
        signal, grams = inputs.expand(*batch, *inputs.shape), []
        for width in widths:
            weight, bias = sample_layer(
                signal.shape[-1], width, weight_std, bias_std, batch=batch, dtype=inputs.dtype, generator=generator
            )
            z = torch.baddbmm(bias[:, None, :], signal, weight.mT)
            grams.append(z @ z.mT / width)
            signal = sigma(z)
        batches.append(torch.stack(grams, dim=1))
    return torch.cat(batches)
