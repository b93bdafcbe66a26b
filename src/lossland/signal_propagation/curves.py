r"""A closed curve of inputs on its way through a deep random network: does it contract or fold?

Nearby points separate per layer by the factor :math:`\sqrt{\chi_1}`, and so does the length of the curve, once
the signals have their stationary length.  Source: Poole et al. (2016), section 3 and figure 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from lossland import _checks
from lossland.networks.device import check_inputs
from lossland.networks.mlp import sample_layer
from lossland.networks.torch_activations import torch_activation


def circle_inputs(
    n_points: int, q: float, dimension: int, *, dtype: torch.dtype = torch.float64, generator: torch.Generator
) -> torch.Tensor:
    r"""Points of a circle of mean square ``q`` in a random plane: :math:`x(t)=\sqrt{qd}\,(e_1\cos t+e_2\sin t)`.

    Args:
        n_points: Number of points, evenly spaced; the curve is closed, the first point is not repeated.
        q: Mean square of a point's coordinates, positive.
        dimension: Dimension of the points, at least 2.
        dtype: Floating type.
        generator: Draws the plane; fixes the device.

    Returns:
        Tensor (n_points, dimension).

    >>> circle = circle_inputs(100, 2.0, 50, generator=torch.Generator().manual_seed(0))
    >>> bool(torch.allclose((circle**2).mean(dim=1), torch.tensor(2.0, dtype=torch.float64)))
    True
    """
    n_points = _checks.integer("n_points", n_points, low=3)
    dimension = _checks.integer("dimension", dimension, low=2)
    q = _checks.real_number("q", q, low=0.0)
    options = {"dtype": dtype, "device": generator.device}
    plane = torch.linalg.qr(torch.randn(dimension, 2, generator=generator, **options)).Q
    angle = torch.arange(n_points, **options) * (2 * math.pi / n_points)
    return math.sqrt(q * dimension) * torch.stack([angle.cos(), angle.sin()], dim=1) @ plane.T


def propagate_curve(
    points: torch.Tensor,
    widths: Sequence[int],
    weight_std: float,
    bias_std: float,
    activation,
    *,
    generator: torch.Generator,
) -> list[torch.Tensor]:
    """Pre-activations of a curve of inputs in each layer of one random network.

    Args:
        points: The curve, (P, d_0), closed, in order; sets device and dtype.
        widths: Widths of the layers ``(d_1, ..., d_K)``.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name, Activation or torch function.
        generator: Source of randomness, on the device of ``points``.

    Returns:
        One tensor per layer, (P, d_k).

    Raises:
        TypeError: If ``points`` is no floating tensor.
        ValueError: If a shape, a width or the generator's device does not fit.
    """
    check_inputs(points, generator, name="points")
    if points.ndim != 2:
        raise ValueError(f"points: expected a curve of shape (P, d_0), got {tuple(points.shape)}")
    sigma = torch_activation(activation).value
    signal, layers = points, []
    for width in _checks.layer_widths("widths", widths):
        weight, bias = sample_layer(
            signal.shape[-1], width, weight_std, bias_std, dtype=points.dtype, generator=generator
        )
        layers.append(torch.addmm(bias, signal, weight.T))
        signal = sigma(layers[-1])
    return layers


def curve_lengths(layers: Sequence[torch.Tensor]) -> np.ndarray:
    r"""Length of the closed polygon through the points of each layer, divided by :math:`\sqrt{d_k}`.

    Args:
        layers: Curves, (P, d_k) each.

    Returns:
        Array (n_layers,).

    >>> circle = circle_inputs(1000, 1.0, 30, generator=torch.Generator().manual_seed(0))
    >>> round(float(curve_lengths([circle])[0] / (2 * np.pi)), 4)
    1.0
    """
    return np.array([
        float((curve - curve.roll(1, dims=0)).norm(dim=1).sum()) / math.sqrt(curve.shape[1]) for curve in layers
    ])


def curve_projection(curve: torch.Tensor, *, n_components: int = 3) -> np.ndarray:
    """Coordinates of a curve along its first principal axes.

    Args:
        curve: Points, (P, d).
        n_components: Number of axes.

    Returns:
        Array (P, n_components), each axis signed so that its largest entry is positive.
    """
    n_components = _checks.integer("n_components", n_components, low=1, high=min(curve.shape))
    centered = curve - curve.mean(dim=0)
    left, values, _ = torch.linalg.svd(centered, full_matrices=False)
    coordinates = (left * values)[:, :n_components].cpu().double().numpy()
    largest = np.abs(coordinates).argmax(axis=0)
    return coordinates * np.sign(coordinates[largest, np.arange(n_components)])
