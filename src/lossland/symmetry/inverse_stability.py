r"""Lack of inverse stability: networks whose functions are close and whose parameters are not.

Parameters that are close give functions that are close.  The inverse is false: there is no number s with
:math:`\|\theta-\theta'\|\le s\,\|F(\theta)-F(\theta')\|` for all parameters.  Two exact copies show it at once, with 0
on the right.  A *spike* shows more: its functions converge to 0 uniformly, while every choice of parameters for them,
by whatever symmetry, goes to infinity.

Source: Elbraechter, Berner and Grohs (2019), *How degenerate is the parametrization of neural networks with the ReLU
activation function?*, section 3; Glukhov (2024), arXiv:2411.07008, equation 30.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from lossland import _checks
from lossland.networks import MLP, forward, to_vector


class Closeness(NamedTuple):
    """How far two networks are from each other as parameters and as functions.

    Attributes:
        parameters: Euclidean distance of all weights and biases, (...).
        functions: Largest difference of outputs on the given inputs, (...).
    """

    parameters: torch.Tensor
    functions: torch.Tensor


def compare_networks(first: MLP, second: MLP, inputs: torch.Tensor, activation) -> Closeness:
    """Distances of two networks of the same widths, as parameters and as functions.

    Args:
        first: A network, or a batch of them.
        second: Another.
        inputs: Inputs to compare the outputs at, (P, d_0).
        activation: Name, Activation or torch function.

    Returns:
        Closeness: both distances.

    Raises:
        TypeError: If one is no network.
        ValueError: If their widths differ.

    >>> pair = rescaling_pair(10.0)
    >>> found = compare_networks(*pair, torch.linspace(-1, 1, 5, dtype=torch.float64)[:, None], "relu")
    >>> round(float(found.parameters), 3), float(found.functions)
    (9.045, 0.0)
    """
    for name, mlp in (("first", first), ("second", second)):
        if not isinstance(mlp, MLP):
            raise TypeError(f"{name}: expected an MLP, got {type(mlp).__name__}")
    shapes = [[tuple(weight.shape[-2:]) for weight in mlp.weights] for mlp in (first, second)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"second: expected weights of the shapes of first, {shapes[0]}, got {shapes[1]}")
    apart = (to_vector(first) - to_vector(second)).norm(dim=-1)
    outputs = forward(first, inputs, activation) - forward(second, inputs, activation)
    return Closeness(apart, outputs.abs().amax(dim=(-2, -1)))


def rescaling_pair(scale: float) -> tuple[MLP, MLP]:
    r"""One ReLU neuron, and its copy with inputs times and outputs over ``scale``: the same function.

    Their distance :math:`\sqrt{(a-1)^2+(1/a-1)^2}` is as large as one likes.

    Args:
        scale: Positive number a.

    Returns:
        The two networks, float64, on the CPU.

    Raises:
        ValueError: If the scale is not positive.

    >>> [float(weight) for weight in rescaling_pair(4.0)[1].weights]
    [4.0, 0.25]
    """
    scale = _checks.real_number("scale", scale, low=np.finfo(float).tiny)
    return tuple(_chain([[a]], [0.0], [[1 / a]]) for a in (1.0, scale))


def spike_network(slope: float) -> MLP:
    r"""Three ReLU neurons that make a spike at 0: height 1/k and flanks of slope k, zero outside of (0, 2/k^2).

    .. math:: f_k(x)=k\,\bigl[(x)_+-2\,(x-k^{-2})_++(x-2k^{-2})_+\bigr]

    As k grows, the functions converge to zero uniformly.  The slope changes by k, 2k and k at three places, and each
    needs neurons of its own with :math:`\sum|uv|` at least as large, so :math:`\|\theta\|^2\ge2\sum|uv|\ge8k` for
    all parameters of the function, with any number of neurons: see :func:`spike_norm_bound`.  These here are balanced,
    and attain it but for their biases.

    Args:
        slope: Slope k of the flanks, positive.

    Returns:
        MLP: widths (1, 3, 1), float64, on the CPU.

    Raises:
        ValueError: If the slope is not positive.

    >>> mlp = spike_network(10.0)
    >>> x = torch.tensor([[-1.0], [0.01], [1.0]], dtype=torch.float64)
    >>> forward(mlp, x, "relu").squeeze().round(decimals=6).tolist()
    [0.0, 0.1, 0.0]
    """
    k = _checks.real_number("slope", slope, low=np.finfo(float).tiny)
    size = np.sqrt([k, 2 * k, k])
    return _chain(size[:, None], -size * [0.0, k**-2, 2 * k**-2], (size * [1, -1, 1])[None])


def spike_norm_bound(slope) -> np.ndarray:
    r"""Lower bound for the norm of all parameters that make a spike, with one hidden ReLU layer of any width.

    Args:
        slope: Slope k of the flanks, positive.

    Returns:
        :math:`\sqrt{8k}`, in the shape of ``slope``.

    Raises:
        ValueError: If a slope is not positive.

    >>> float(spike_norm_bound(2.0))
    4.0
    """
    return np.sqrt(8 * _checks.real_array("slope", slope, low=np.finfo(float).tiny))


def _chain(incoming, bias, outgoing) -> MLP:
    parts = (incoming, bias, outgoing, [0.0])
    incoming, bias, outgoing, last = (torch.tensor(part, dtype=torch.float64, device="cpu") for part in parts)
    return MLP((incoming, outgoing), (bias, last))
