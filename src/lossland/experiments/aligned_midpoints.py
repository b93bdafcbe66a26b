r"""Half-way between trained networks, before and after putting their neurons in the same order.

Two classifiers trained from independent starts sit in different valleys; Entezari et al. (2022), *The role of
permutation invariance in linear mode connectivity of neural networks*, conjectured that for wide networks this is due
to the order of the neurons alone, and Ainsworth, Hayase and Srinivasa (2023), *Git Re-Basin*, matched the neurons and
looked.  Here the midpoint of the straight segment, for perceptrons with one or two hidden layers of one width, on the
digits of scikit-learn and on 5,000 images of MNIST.

Ways to align the second network with the first: ``plain`` (as it is), ``weights`` (orders by weight matching),
``activations`` (by correlation of pre-activations on the training images), and for tanh ``signs`` (orders and signs, by
weights).

Fields of a cell, one entry a pair: ``end_loss``, ``end_test_loss`` and ``end_test``, means over both ends of the
training cross-entropy in nats, that of the test images, and the test accuracy; ``WAY_loss``, ``WAY_test_loss`` and
``WAY_test`` the same at the midpoint; ``WAY_distance``, the distance of the ends in units of the root of the product of
their norms; ``end_norm``, that root.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from lossland.experiments.path_accuracy import load_task
from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

if TYPE_CHECKING:
    import torch

    from lossland.networks import MLP, Split

WAYS = ("plain", "weights", "activations", "signs")


@dataclass(frozen=True)
class AlignedMidpointSettings(Settings):
    """Networks of one shape on one task.

    Attributes:
        data: ``"digits"`` or ``"mnist5k"``, as in ``path_accuracy``.
        activation: ``"relu"`` or ``"tanh"``.
        n_hidden: Number of hidden layers.
        width: Neurons in each of them.
        n_steps: Steps of training, batches of 128, momentum 0.9.
        learning_rate: Step size at first.
        weight_decay: Factor of half the squared norm of the parameters.
        n_pairs: Pairs of networks in a cell.
    """

    data: str
    activation: str
    n_hidden: int
    width: int
    n_steps: int
    learning_rate: float = 0.1
    weight_decay: float = 1e-4
    n_pairs: int = 1


def measure(settings: AlignedMidpointSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Train pairs of networks in float32 on the CPU, align each pair and look half-way.

    Args:
        settings: The cell.
        seed: Its seed; the split of the images is the same in all cells.

    Returns:
        dict: the fields named at the head of this module.
    """
    import torch

    from lossland.networks import MLP, train_batch

    data, n = load_task(settings.data, 0.0), settings.n_pairs
    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    widths = (data.train_inputs.shape[1], *[settings.width] * settings.n_hidden, 10)
    trained = train_batch(
        initial_networks(widths, 2 * n, generator),
        data,
        settings.activation,
        n_steps=settings.n_steps,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        generator=generator,
    ).mlp
    a, b = (MLP(*(tuple(part[half] for part in parts) for parts in trained)) for half in (slice(n), slice(n, None)))
    return midpoints(a, b, data, settings.activation)


def initial_networks(widths: tuple[int, ...], n_networks: int, generator: torch.Generator) -> MLP:
    """Gaussian parameters with the variance of PyTorch's default, 1 / (3 fan-in), for weights and biases."""
    import torch

    from lossland.networks import MLP, sample_layer

    std = 3**-0.5
    options = {"batch": (n_networks,), "dtype": torch.float32, "generator": generator}
    layers = [sample_layer(m, n, std, std / m**0.5, **options) for m, n in pairwise(widths)]
    return MLP(*map(tuple, zip(*layers, strict=True)))


def midpoints(a: MLP, b: MLP, data: Split, activation: str) -> dict[str, Any]:
    """Align each network of b with that of a in each way, and measure ends and midpoints; see the head of the module.

    Args:
        a: First networks, a batch.
        b: Second networks.
        data: Training and test data.
        activation: ``"relu"`` or ``"tanh"``; signs are aligned for the second only.
    """
    from lossland.connectivity import linear_path
    from lossland.networks import to_vector

    one, two = (_performance(mlp, data, activation) for mlp in (a, b))
    found: dict[str, Any] = {f"end{name}": ((one[name] + two[name]) / 2).tolist() for name in one}
    scale = (to_vector(a).norm(dim=-1) * to_vector(b).norm(dim=-1)).sqrt()
    found["end_norm"] = scale.tolist()
    for way, aligned in aligned_networks(a, b, data, activation).items():
        middle = _performance(linear_path(a, aligned, 0.5), data, activation)
        found.update({f"{way}{name}": values.tolist() for name, values in middle.items()})
        found[f"{way}_distance"] = ((to_vector(a) - to_vector(aligned)).norm(dim=-1) / scale).tolist()
    return found


def aligned_networks(a: MLP, b: MLP, data: Split, activation: str) -> dict[str, MLP]:
    """Networks b aligned with a, for each way; ``signs`` for tanh only."""
    from lossland.symmetry import (
        match_mlp_activations,
        match_neurons,
        match_neurons_and_signs,
        permute_and_flip,
        permute_neurons,
    )

    found = {
        "plain": b,
        "weights": permute_neurons(b, match_neurons(a, b).permutations),
        "activations": permute_neurons(b, match_mlp_activations(a, b, data.train_inputs, activation)),
    }
    if activation == "tanh":
        signed = match_neurons_and_signs(a, b)
        found["signs"] = permute_and_flip(b, signed.permutations, signed.signs)
    return found


def _performance(mlp: MLP, data: Split, activation: str) -> dict[str, torch.Tensor]:
    """Training loss, test loss and test accuracy of each network."""
    from lossland.connectivity import network_accuracy, network_loss

    return {
        "_loss": network_loss(mlp, data.train_inputs, data.train_labels, activation).double(),
        "_test_loss": network_loss(mlp, data.test_inputs, data.test_labels, activation).double(),
        "_test": network_accuracy(mlp, data.test_inputs, data.test_labels, activation).double(),
    }


def _shapes(data: str, n_hidden: int, widths: tuple[int, ...], n_steps: int) -> list[AlignedMidpointSettings]:
    return [
        AlignedMidpointSettings(data, activation, n_hidden, width, n_steps)
        for activation in ("relu", "tanh")
        for width in widths
    ]


EXPERIMENT = register(
    Experiment(
        "aligned_midpoints",
        "Loss half-way between independently trained classifiers, before and after aligning neurons and signs.",
        measure,
        sizes={
            "small": _shapes("digits", 1, (8, 64), 300),
            "full": [
                *_shapes("digits", 1, (8, 16, 32, 64, 128, 256, 512), 1000),
                *_shapes("digits", 2, (8, 16, 32, 64, 128, 256), 1000),
                *_shapes("mnist5k", 1, (16, 64, 256, 1024), 600),
                *_shapes("mnist5k", 2, (16, 64, 256), 600),
            ],
        },
        n_replicates={"small": 2, "full": 10},
        requires=("torch", "sklearn.datasets", "scipy.optimize"),
    )
)
