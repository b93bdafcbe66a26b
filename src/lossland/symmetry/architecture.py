r"""Architectures as what can be exchanged in them: sets of interchangeable units, and how many parameters there are.

A fully connected network of the paper is a list of widths, :math:`A=(n_0,n_1,\dots,n_d)` with inputs and outputs; its
parameters are :math:`d` matrices, and :math:`d-1` layers are hidden.  Here the matrices are
:math:`W_k\in\mathbb R^{n_k\times n_{k-1}}`, rows are neurons; the paper's are the transposes.  Inputs and outputs carry
labels, so only hidden units can trade places.  In a convolutional network the units are the maps of a layer.

Source: Glukhov (2024), arXiv:2411.07008, section 5.1, equations 26 to 28.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lossland import _checks

SIGNS = {"tanh": 1, "erf": 1, "sigmoid": 1, "linear": 1}  # sigmoid(-z) = 1 - sigmoid(z): the next bias takes the 1
SCALES = {"relu": 1, "leaky_relu": 1, "linear": 1}
ACTIVATIONS = ("tanh", "erf", "sigmoid", "linear", "relu", "leaky_relu", "gelu", "softplus", "none")


class Units(NamedTuple):
    """A set of units, neurons or maps or heads, that can trade places.

    Attributes:
        name: What they are, for tables and messages.
        size: How many.
        activation: What each applies: ``"tanh"`` (odd: a sign is free), ``"relu"`` (a positive scale is free),
            ``"none"`` (neither), and others of this sort.
        n_stages: Activations with gains of their own that a unit passes one after the other (2 for a map of the
            original LeNet-5 that is squashed, subsampled and squashed again).
    """

    name: str
    size: int
    activation: str = "tanh"
    n_stages: int = 1


class ConnectionTable(NamedTuple):
    """Which units of one set listen to which units of another, where not all do.

    Attributes:
        sources: Name of the set that is listened to.
        targets: Name of the set that listens.
        table: Booleans, (n_sources, n_targets).
    """

    sources: str
    targets: str
    table: np.ndarray


class Architecture(NamedTuple):
    """What can be exchanged in a network.

    Attributes:
        name: Its name.
        units: Sets of units that can trade places; layers that write into the same residual stream share one set.
        n_params: Number of trained parameters.
        tables: Restrictions by connection tables.
        n_normalized: Channels with batch normalization: each has a free sign (filter against gain), and a free scale
            of its filter if the small constant under the root is neglected.
        n_linear: Dimension of the continuous linear symmetries, such as GL(d_h) inside of attention heads.
    """

    name: str
    units: tuple[Units, ...]
    n_params: int
    tables: tuple[ConnectionTable, ...] = ()
    n_normalized: int = 0
    n_linear: int = 0


def fully_connected(widths: Sequence[int], *, activation: str = "tanh", bias: bool = True) -> Architecture:
    """A fully connected network of the given widths, inputs first and outputs last.

    Args:
        widths: ``(n_0, n_1, ..., n_d)``.
        activation: That of the hidden units.
        bias: Whether units have biases.

    Returns:
        Architecture: one set of units for each hidden layer.

    Raises:
        ValueError: If there are fewer than two widths, one is not positive, or the activation is unknown.

    >>> fully_connected((784, 120, 84, 10), bias=False).n_params
    105000
    """
    widths = _checks.layer_widths("widths", widths, at_least=2)
    _check_activation(activation)
    hidden = tuple(Units(f"layer {k}", n, activation) for k, n in enumerate(widths[1:-1], start=1))
    n_params = sum((fan_in + bool(bias)) * fan_out for fan_in, fan_out in pairwise(widths))
    return Architecture("-".join(map(str, widths)), hidden, n_params)


def convolutional(
    channels: Sequence[int], n_outputs: int, *, kernel: int = 3, activation: str = "relu"
) -> Architecture:
    """Convolutional layers one after the other, the mean over all positions, and a dense layer on top.

    Args:
        channels: Channels of the input, then of each layer.
        n_outputs: Outputs of the dense layer.
        kernel: Width of the square filters.
        activation: That of the maps.

    Returns:
        Architecture: one set of units for each convolutional layer, its maps.

    Raises:
        ValueError: If there is no convolutional layer, a number is not positive, or the activation is unknown.

    >>> convolutional((1, 6, 16), 10).n_params
    1110
    """
    channels = _checks.layer_widths("channels", channels, at_least=2)
    n_outputs, kernel = (_checks.integer(*pair, low=1) for pair in (("n_outputs", n_outputs), ("kernel", kernel)))
    _check_activation(activation)
    n_params = sum((kernel**2 * fan_in + 1) * fan_out for fan_in, fan_out in pairwise(channels))
    maps = tuple(Units(f"maps {k}", n, activation) for k, n in enumerate(channels[1:], start=1))
    name = "conv " + "-".join(map(str, (*channels, n_outputs)))
    return Architecture(name, maps, n_params + (channels[-1] + 1) * n_outputs)


def residual_network(
    stages: Sequence[tuple[int, int]], *, n_inputs: int = 3, n_outputs: int = 1000, stem_kernel: int = 7
) -> Architecture:
    r"""A residual network of basic blocks: two 3 x 3 convolutions with batch normalization and ReLU.

    All blocks of a stage add to the same stream of channels, so these channels trade places in all blocks together:
    one set of units for the stream, and one for the inside of each block.  Between stages a 1 x 1 convolution leads
    from one stream into the next.

    Args:
        stages: For each stage its channels and its number of blocks.
        n_inputs: Channels of the input.
        n_outputs: Classes.
        stem_kernel: Width of the filters of the first convolution.

    Returns:
        Architecture: streams and insides of blocks.

    Raises:
        TypeError: If a stage is no pair.
        ValueError: If there is no stage or a number is not positive.

    Source: He, Zhang, Ren and Sun (2016), *Deep residual learning for image recognition*.  ResNet-18:

    >>> residual_network([(64, 2), (128, 2), (256, 2), (512, 2)]).n_params
    11689512
    """
    stages = _check_stages(stages)
    n_inputs, n_outputs = (_checks.integer(*p, low=1) for p in (("n_inputs", n_inputs), ("n_outputs", n_outputs)))
    stem_kernel = _checks.integer("stem_kernel", stem_kernel, low=1)
    width = stages[0][0]
    units, n_params, n_normalized = [], stem_kernel**2 * n_inputs * width, width
    for number, (channels, n_blocks) in enumerate(stages, start=1):
        units.append(Units(f"stream {number}", channels, "relu"))
        units += [Units(f"block {number}.{block}", channels, "relu") for block in range(1, n_blocks + 1)]
        n_params += 9 * width * channels + 9 * channels**2 * (2 * n_blocks - 1)
        n_normalized += 2 * n_blocks * channels
        if width != channels:
            n_params, n_normalized = n_params + width * channels, n_normalized + channels
        width = channels
    n_params += 2 * n_normalized + (width + 1) * n_outputs
    n_layers = 2 + 2 * sum(n_blocks for _, n_blocks in stages)
    return Architecture(f"ResNet-{n_layers}", tuple(units), n_params, n_normalized=n_normalized)


def transformer(
    n_layers: int, width: int, n_heads: int, mlp_width: int, *, n_tokens: int, n_positions: int
) -> Architecture:
    r"""A transformer in the manner of GPT-2: layer normalization before attention and before the perceptron, GELU.

    Every layer adds to one residual stream, so its coordinates trade places in the whole network together.  Inside of a
    layer heads trade places, and neurons of the perceptron.  In each head of width :math:`d_h`, query and key carry a
    free invertible matrix, :math:`(W_QA,\,W_KA^{-\top})`, and so do value and output: :math:`2d_h^2` dimensions a head.
    Free biases and single signs beside these are not counted: the number of dimensions is a lower bound.

    Args:
        n_layers: Number of layers.
        width: Coordinates of the residual stream.
        n_heads: Attention heads in a layer, a divisor of ``width``.
        mlp_width: Neurons of the perceptron of a layer.
        n_tokens: Size of the vocabulary; the embedding serves also as the output matrix.
        n_positions: Number of learned positions.

    Returns:
        Architecture: the stream, and heads and neurons of each layer.

    Raises:
        ValueError: If a number is not positive, or the heads do not divide the width.

    Source: Vaswani et al. (2017), *Attention is all you need*; Radford et al. (2019).  GPT-2 small:

    >>> transformer(12, 768, 12, 3072, n_tokens=50257, n_positions=1024).n_params
    124439808
    """
    given = {"n_layers": n_layers, "width": width, "n_heads": n_heads, "mlp_width": mlp_width}
    given |= {"n_tokens": n_tokens, "n_positions": n_positions}
    for name, value in given.items():
        _checks.integer(name, value, low=1)
    if width % n_heads:
        raise ValueError(f"n_heads: expected a divisor of the width {width}, got {n_heads}")
    units = [Units("stream", width, "none")]
    for layer in range(1, n_layers + 1):
        units += [Units(f"heads {layer}", n_heads, "none"), Units(f"neurons {layer}", mlp_width, "gelu")]
    attention, perceptron = 4 * width * (width + 1), 2 * width * mlp_width + mlp_width + width
    n_params = (n_tokens + n_positions) * width + n_layers * (attention + perceptron + 4 * width) + 2 * width
    n_linear = n_layers * n_heads * 2 * (width // n_heads) ** 2
    return Architecture(f"transformer {n_layers} x {width}", tuple(units), n_params, n_linear=n_linear)


def _check_activation(activation: str) -> None:
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation: expected one of {', '.join(ACTIVATIONS)}, got {activation!r}")


def _check_stages(stages) -> list[tuple[int, int]]:
    checked = []
    for number, stage in enumerate(stages):
        if isinstance(stage, str) or not hasattr(stage, "__len__") or len(stage) != 2:
            raise TypeError(f"stages[{number}]: expected a pair (channels, blocks), got {stage!r}")
        checked.append(tuple(_checks.integer(f"stages[{number}][{i}]", stage[i], low=1) for i in range(2)))
    if not checked:
        raise ValueError("stages: expected at least one pair (channels, blocks), got none")
    return checked
