r"""Random networks without weights: the exact law of a few signals at any width, at the cost of the signals alone.

Given the layer below, the P pre-activations of one neuron are jointly Gaussian with covariance
:math:`\alpha_w^2XX^T/d_{k-1}+\alpha_h^2` (X the P activation vectors), and neurons are independent.  So a layer can be
drawn from its P x P covariance; the :math:`d_k\times d_{k-1}` weights are never needed.  Not an approximation: for
Gaussian weights the samples have the law of :func:`~lossland.signal_propagation.random_network.measure_covariances`
at the same widths.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lossland import _checks
from lossland.networks.device import check_inputs
from lossland.networks.torch_activations import torch_activation
from lossland.signal_propagation.measurement import Measurement, measurement

_NUMBERS = 1 << 24


def sample_gram(
    gram0: torch.Tensor,
    widths: Sequence[int],
    weight_std: float,
    bias_std: float,
    activation,
    *,
    n_draws: int,
    generator: torch.Generator,
) -> Measurement:
    r"""Covariances of P signals in each layer of random Gaussian networks, drawn without their weights.

    Args:
        gram0: Second moments of the inputs, :math:`x_a\cdot x_b/d_0`, (P, P); sets device and dtype.
        widths: Widths of the layers ``(d_1, ..., d_K)``.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name, Activation or torch function.
        n_draws: Number of independent networks.
        generator: Source of randomness, on the device of ``gram0``.

    Returns:
        Measurement: samples :math:`q_{k,ab}` of shape (n_draws, K, P, P).

    Raises:
        TypeError: If ``gram0`` is no floating tensor.
        ValueError: If it is not square and symmetric, or a width or the generator's device does not fit.

    >>> gram0 = torch.eye(2, dtype=torch.float64)
    >>> q = sample_gram(gram0, [500] * 3, 1.0, 0.0, "linear", n_draws=100, generator=torch.Generator().manual_seed(0))
    >>> bool(abs(q.mean[-1, 0, 1]) < 4 * q.standard_error[-1, 0, 1])
    True
    """
    check_inputs(gram0, generator, name="gram0")
    if gram0.ndim != 2 or gram0.shape[0] != gram0.shape[1] or not torch.allclose(gram0, gram0.T):
        raise ValueError(f"gram0: expected a symmetric (P, P) matrix, got shape {tuple(gram0.shape)}")
    widths = _checks.layer_widths("widths", widths)
    n_draws = _checks.integer("n_draws", n_draws, low=1)
    weight_std = _checks.real_number("weight_std", weight_std, low=0.0)
    bias_std = _checks.real_number("bias_std", bias_std, low=0.0)
    sigma = torch_activation(activation).value
    n_signals = gram0.shape[0]
    size = max(1, _NUMBERS // (max(widths) * n_signals))
    batches = []
    for start in range(0, n_draws, size):
        batch = min(size, n_draws - start)
        second_moment, grams = gram0.expand(batch, n_signals, n_signals), []
        for width in widths:
            root = _root(weight_std**2 * second_moment + bias_std**2)
            noise = torch.randn(
                batch, width, n_signals, dtype=gram0.dtype, device=gram0.device, generator=generator
            )
            z = noise @ root.mT
            grams.append(z.mT @ z / width)
            x = sigma(z)
            second_moment = x.mT @ x / width
        batches.append(torch.stack(grams, dim=1))
    return measurement(torch.cat(batches))


def _root(covariance: torch.Tensor) -> torch.Tensor:
    """A matrix R with R R^T = covariance, also where the covariance is singular (parallel signals)."""
    values, vectors = torch.linalg.eigh(covariance)
    return vectors * values.clamp_min(0).sqrt()[..., None, :]
