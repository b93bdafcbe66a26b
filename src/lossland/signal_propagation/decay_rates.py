r"""Depth scales measured in random networks of finite width: how fast a small difference is forgotten.

Two copies of random networks start from signals that differ a little, in length or in correlation.  The mean
difference after k layers shrinks like :math:`e^{-k/\xi}`; unlike the deviation of one copy from a fixed point it has no
floor, although lengths and correlations go on fluctuating by :math:`1/\sqrt{d}`.  Each copy is drawn by conditioning
layer by layer on the Gram matrix of its activations (exact for Gaussian weights).  The mean difference depends only on
the law of each copy, so both may be given the same noise, and then the error of the difference shrinks with it.
Infinitely wide, the rates are the slopes a and b of Schoenholz, Gilmer, Ganguli and Sohl-Dickstein (2017), equations 9
to 12; at width d they differ by :math:`O(1/d)`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import torch

from lossland import _checks
from lossland.networks.torch_activations import torch_activation
from lossland.signal_propagation.correlation_fixed_points import c_star
from lossland.signal_propagation.length_fixed_points import q_star
from lossland.signal_propagation.measurement import Measurement, measurement

_NUMBERS = 1 << 21


class DecayScale(NamedTuple):
    """A depth scale fitted to the decay of a mean difference.

    Attributes:
        value: Depth scale in layers; infinite where the difference did not shrink.
        standard_error: Its standard error.
        rate: Factor per layer.
        rate_error: Standard error of the rate.
    """

    value: float
    standard_error: float
    rate: float
    rate_error: float


def measure_decay(
    quantity: Literal["length", "correlation"],
    weight_std: float,
    bias_std: float,
    activation,
    *,
    width: int,
    n_layers: int,
    n_draws: int,
    burn_in: int = 10,
    perturbation: float = 1e-4,
    generator: torch.Generator,
) -> Measurement:
    r"""Difference between two copies of random networks, layer by layer, after a small perturbation.

    The copies start at :math:`(q^*,c^*)` and are one for ``burn_in`` layers, so that signals fluctuate as they do at
    this width.  Then, in one copy, the variance of one signal's pre-activations is raised by the factor
    ``1 + perturbation``, or the correlation lowered by ``perturbation``.

    Args:
        quantity: ``"length"`` for :math:`q_k`, ``"correlation"`` for :math:`c_k` of two signals.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name, Activation or torch function known to the theory, too.
        width: Width of all layers.
        n_layers: Number of layers after the perturbation, the perturbed layer included.
        n_draws: Number of independent pairs of networks.
        burn_in: Number of layers before.
        perturbation: Size of the perturbation; the bias of a rate from it is of the same order.
        generator: Source of randomness; sets the device.

    Returns:
        Measurement: samples of shape (n_draws, n_layers), in float64.

    Raises:
        ValueError: If ``quantity`` is unknown or an argument is out of range.

    >>> q = measure_decay("length", 0.5, 0.2, "linear", width=100, n_layers=5, n_draws=200,
    ...                   generator=torch.Generator().manual_seed(0))
    >>> scale = fit_decay(q)
    >>> bool(abs(scale.rate - 0.25) < 4 * scale.rate_error)
    True
    """
    if quantity not in ("length", "correlation"):
        raise ValueError(f"quantity: expected 'length' or 'correlation', got {quantity!r}")
    weight_std = _checks.real_number("weight_std", weight_std, low=0.0)
    bias_std = _checks.real_number("bias_std", bias_std, low=0.0)
    width = _checks.integer("width", width, low=2)
    n_layers = _checks.integer("n_layers", n_layers, low=1)
    n_draws = _checks.integer("n_draws", n_draws, low=1)
    burn_in = _checks.integer("burn_in", burn_in, low=0)
    perturbation = _checks.real_number("perturbation", perturbation, low=1e-9, high=0.1)
    q, sigma = q_star(weight_std, bias_std, activation).value, torch_activation(activation).value
    pair = quantity == "correlation"
    c = c_star(weight_std, bias_std, activation).value if pair else 1.0
    parts = []
    size = max(1, _NUMBERS // width)
    for start in range(0, n_draws, size):
        n = min(size, n_draws - start)
        state = torch.tensor([q, q, q * c], dtype=torch.float64, device=generator.device).expand(1, n, 3)
        rows = []
        for layer in range(burn_in + n_layers):
            if layer == burn_in:
                state = torch.cat([state, _perturbed(state, pair, perturbation)])
            z = _draw_layer(state, width, pair, generator)
            if layer >= burn_in:
                seen = _correlation(z) if pair else z[0].square().mean(dim=-1)
                rows.append((seen[0] - seen[1]) if pair else (seen[1] - seen[0]))
            x = [sigma(part) for part in z]
            moments = [x[0].square().mean(-1), x[-1].square().mean(-1), (x[0] * x[-1]).mean(-1)]
            state = weight_std**2 * torch.stack(moments, dim=-1) + bias_std**2
        parts.append(torch.stack(rows, dim=-1))
    return measurement(torch.cat(parts))


def fit_decay(differences: Measurement) -> DecayScale:
    r"""Depth scale from the mean differences in the first and the last layer.

    With means :math:`m_1, m_K` the rate is :math:`(m_K/m_1)^{1/(K-1)}`.  Its error follows from the covariance of the
    two over draws (to first order in their relative errors); the bias of the logarithm is of second order.

    Args:
        differences: Samples (n_draws, n_layers) with at least two layers.

    Returns:
        DecayScale: depth scale and rate with standard errors; NaN where the mean changed its sign, that is, where
        the decay is lost in noise.
    """
    first, last = differences.samples[:, 0], differences.samples[:, -1]
    n_draws, n_layers = differences.samples.shape
    if n_layers < 2:
        raise ValueError(f"differences: expected at least 2 layers, got {n_layers}")
    means = first.mean(), last.mean()
    if not means[0] * means[1] > 0:
        return DecayScale(np.nan, np.nan, np.nan, np.nan)
    log_rate = np.log(means[1] / means[0]) / (n_layers - 1)
    error = (last / means[1] - first / means[0]).std(ddof=1) / np.sqrt(n_draws) / (n_layers - 1)
    rate = np.exp(log_rate)
    value = -1 / log_rate if log_rate < 0 else np.inf
    return DecayScale(float(value), float(error / log_rate**2), float(rate), float(rate * error))


def _perturbed(state: torch.Tensor, pair: bool, perturbation: float) -> torch.Tensor:
    q1, q2, q12 = state.unbind(-1)
    if pair:
        return torch.stack([q1, q2, q12 - perturbation * (q1 * q2).sqrt()], dim=-1)
    return torch.stack([q1 * (1 + perturbation), q2, q12], dim=-1)


def _draw_layer(state: torch.Tensor, width: int, pair: bool, generator: torch.Generator) -> list[torch.Tensor]:
    """Pre-activations (copies, draws, width) of one signal or two, with the same noise in all copies."""
    shape = (state.shape[1], width)
    q1, q2, q12 = state.unsqueeze(-1).unbind(-2)
    e1 = torch.randn(shape, dtype=state.dtype, device=state.device, generator=generator)
    z1 = q1.sqrt() * e1
    if not pair:
        return [z1]
    e2 = torch.randn(shape, dtype=state.dtype, device=state.device, generator=generator)
    return [z1, q12 / q1.sqrt() * e1 + (q2 - q12.square() / q1).clamp_min(0).sqrt() * e2]


def _correlation(z: list[torch.Tensor]) -> torch.Tensor:
    return (z[0] * z[1]).sum(-1) / (z[0].square().sum(-1) * z[1].square().sum(-1)).sqrt()
