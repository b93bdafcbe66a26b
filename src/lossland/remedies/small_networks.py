"""Two small classifiers of images to train by back-propagation, as yardsticks for what is not trained that way.

Weights are normal with variance 2 over the fan-in, biases zero.
"""

from __future__ import annotations

import math
from collections import OrderedDict

import torch
from torch import nn

from lossland import _checks


def small_perceptron(n_inputs: int, width: int, n_classes: int, *, generator: torch.Generator) -> nn.Sequential:
    """Make a perceptron with one hidden ReLU layer, in single precision on the device of the generator.

    Args:
        n_inputs: Pixels of an image; images (n, height, width) are flattened.
        width: Hidden units.
        n_classes: Outputs.
        generator: Draws the weights.

    Returns:
        A module with the parts ``hidden`` and ``readout``.

    Raises:
        ValueError: If a number is out of range.

    >>> network = small_perceptron(64, 16, 10, generator=torch.Generator().manual_seed(0))
    >>> sum(p.numel() for p in network.parameters())
    1210
    """
    sizes = [_checks.integer(name, value, low=1) for name, value in
             (("n_inputs", n_inputs), ("width", width), ("n_classes", n_classes))]  # fmt: skip
    parts = [("flat", nn.Flatten()), ("hidden", nn.Linear(sizes[0], sizes[1], device=generator.device)),
             ("relu", nn.ReLU()), ("readout", nn.Linear(sizes[1], sizes[2], device=generator.device))]  # fmt: skip
    return _drawn(parts, generator)


def small_convolutional_network(
    side: int, n_classes: int, *, n_filters: int = 16, size: int = 5, stride: int = 1, generator: torch.Generator
) -> nn.Sequential:
    """Make a network of one layer of filters, ReLU, maxima of squares of 2 x 2, and a linear readout.

    Args:
        side: Height and width of the images, which are (n, side, side).
        n_classes: Outputs.
        n_filters: Filters.
        size: Side of a filter, odd.
        stride: Pixels from one place of a filter to the next.
        generator: Draws the weights; on its device, in single precision.

    Returns:
        A module with the parts ``filters`` and ``readout``.

    Raises:
        ValueError: If a number is out of range.

    >>> network = small_convolutional_network(8, 10, generator=torch.Generator().manual_seed(0))
    >>> network(torch.zeros(3, 8, 8)).shape
    torch.Size([3, 10])
    """
    side, stride = _checks.integer("side", side, low=4), _checks.integer("stride", stride, low=1)
    n_filters = _checks.integer("n_filters", n_filters, low=1)
    n_classes = _checks.integer("n_classes", n_classes, low=1)
    size = _checks.integer("size", size, low=1, high=side)
    if size % 2 == 0:
        raise ValueError(f"size: expected an odd number, so that a filter has a middle, got {size}")
    pooled = ((side - 1) // stride + 1) // 2
    if pooled == 0:
        raise ValueError(f"stride: expected one that leaves two places at least of {side} pixels, got {stride}")
    parts = [
        ("channel", nn.Unflatten(1, (1, side))),
        ("filters", nn.Conv2d(1, n_filters, size, stride, size // 2, device=generator.device)),
        ("relu", nn.ReLU()),
        ("pool", nn.MaxPool2d(2)),
        ("flat", nn.Flatten()),
        ("readout", nn.Linear(n_filters * pooled**2, n_classes, device=generator.device)),
    ]
    return _drawn(parts, generator)


def fit_classifier(
    network: nn.Module, inputs: torch.Tensor, labels: torch.Tensor, *, learning_rate: float, n_steps: int,
    batch_size: int = 32, momentum: float = 0.9, generator: torch.Generator,
) -> nn.Module:  # fmt: skip
    """Train a classifier in place by gradient steps with momentum, whose size falls linearly to zero.

    Parameters with ``requires_grad`` false stay.  Batches are drawn with replacement.

    Args:
        network: From inputs to scores of classes.
        inputs: Examples (n, ...).
        labels: Their classes (n,).
        learning_rate: First step size.
        n_steps: Steps.
        batch_size: Examples per step.
        momentum: Share of the last step that is kept.
        generator: Draws the batches, on the device of the inputs.

    Returns:
        The network.

    Raises:
        ValueError: If a number is out of range.

    >>> g = torch.Generator().manual_seed(0)
    >>> x, y = torch.eye(4).reshape(4, 2, 2), torch.arange(4)
    >>> network = small_perceptron(4, 8, 4, generator=g)
    >>> fit_classifier(network, x, y, learning_rate=0.1, n_steps=99, generator=g)(x).argmax(1).tolist()
    [0, 1, 2, 3]
    """
    n_steps, batch_size = _checks.integer("n_steps", n_steps, low=0), _checks.integer("batch_size", batch_size, low=1)
    learning_rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(learning, lr=learning_rate, momentum=momentum)
    for step in range(n_steps):
        batch = torch.randint(len(labels), (batch_size,), generator=generator, device=inputs.device)
        optimizer.param_groups[0]["lr"] = learning_rate * (1 - step / n_steps)
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(inputs[batch]), labels[batch]).backward()
        optimizer.step()
    return network


def _drawn(parts, generator: torch.Generator) -> nn.Sequential:
    network = nn.Sequential(OrderedDict(parts))
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()
            else:
                parameter.normal_(generator=generator).mul_(math.sqrt(2 / parameter[0].numel()))
    return network
