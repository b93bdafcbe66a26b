r"""Segment against arc between trained classifiers: worst accuracy on the path, with and without matching the neurons.

Anokhin and Yarotsky (2020), *Low-loss connection of weight vectors*, table 1 (rows Linear and Arc), trained pairs of
ReLU networks with one hidden layer of 2,000 neurons on MNIST and CIFAR10 and took the lowest accuracy on 21 points of
the path.  Here as there: PyTorch's scale of the initial parameters, batches of 128, momentum 0.9, weight decay 1e-4,
their schedule, inputs of MNIST in [0, 1]; their arc turns around the mean neuron of both networks, which is
``centered_arc`` here.  Not as there: images that ship with packages, smaller widths, fewer and larger steps, and noisy
labels as the hard task in place of CIFAR10.

Paths: ``segment``, ``arc`` (around the origin), ``centered_arc``, and ``matched_segment``, ``matched_arc`` (centered)
after the second network's neurons are put in the order of the first's.  Every network is in one pair only.

Fields of a cell, for each path: ``PATH_train``, ``PATH_test`` (lowest accuracies on the path), ``PATH_train_barrier``,
``PATH_test_barrier`` (of the cross-entropy in nats), one entry a pair, and the means over pairs
``PATH_train_accuracies``, ``PATH_test_accuracies``, ``PATH_train_losses`` at the ``n_points`` times.  Of the ends
``end_train``, ``end_test`` (accuracies) and ``end_loss``, one entry a network.

The size ``wide`` has the width of the source on MNIST, 2,000, and 1,000 neurons that learn noisy labels; the book keeps
its record as ``path_accuracy_wide.json``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

if TYPE_CHECKING:
    import torch

    from lossland.networks import MLP, Split

PATHS = ("segment", "arc", "centered_arc", "matched_segment", "matched_arc")
_TIMES_AT_ONCE = 3  # what fits into memory for 1,000 neurons and 4,000 images


@dataclass(frozen=True)
class PathAccuracySettings(Settings):
    """One kind of network on one task.

    Attributes:
        data: ``"digits"`` (1,297 training images of 8 x 8 pixels, standardized) or ``"mnist5k"`` (4,000 of 28 x 28
            pixels in [0, 1]).
        width: Number of hidden ReLU neurons.
        label_noise: Share of training images whose label is drawn anew from all ten; test labels are clean.
        n_steps: Steps of training.
        learning_rate: Step size at first.
        weight_decay: Factor of half the squared norm of the parameters.
        n_pairs: Pairs of networks in a cell.
        n_points: Times on a path, both ends among them.
    """

    data: str
    width: int
    label_noise: float
    n_steps: int
    learning_rate: float = 0.1
    weight_decay: float = 1e-4
    n_pairs: int = 2
    n_points: int = 21


def measure(settings: PathAccuracySettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Train pairs of networks in float32 on the CPU, and walk from one to the other on each path.

    Args:
        settings: The cell.
        seed: Its seed; the split of the images and the noisy labels are the same in all cells of a task.

    Returns:
        dict: the fields named at the head of this module.
    """
    import torch

    from lossland.networks import train_batch

    data = load_task(settings.data, settings.label_noise)
    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    start = initial_networks(data.train_inputs.shape[1], settings.width, 2 * settings.n_pairs, generator)
    trained = train_batch(
        start,
        data,
        "relu",
        n_steps=settings.n_steps,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        generator=generator,
    ).mlp
    pairs = [
        walk(pick(trained, 2 * pair), pick(trained, 2 * pair + 1), data, settings.n_points)
        for pair in range(settings.n_pairs)
    ]
    return _summary(pairs)


def load_task(data: str, label_noise: float) -> Split:
    """Images and labels, the labels of a share of the training images drawn anew; the same for all cells.

    Args:
        data: ``"digits"`` or ``"mnist5k"``.
        label_noise: The share.

    Returns:
        Split: float32 on the CPU.

    Raises:
        ValueError: If there is no such data set.
    """
    import torch

    from lossland.networks import load_digits, load_mnist5k

    generator = torch.Generator().manual_seed(13)
    if data not in ("digits", "mnist5k"):
        raise ValueError(f"data: expected 'digits' or 'mnist5k', got {data!r}")
    split = load_digits(generator=generator) if data == "digits" else load_mnist5k(
        standardize=False, generator=generator
    )  # fmt: skip
    labels = split.train_labels
    noisy = torch.rand(len(labels), generator=generator) < label_noise
    drawn = torch.randint(10, (len(labels),), generator=generator)
    return split._replace(train_labels=torch.where(noisy, drawn, labels))


def initial_networks(n_inputs: int, width: int, n_networks: int, generator: torch.Generator) -> MLP:
    """Gaussian parameters with the variance of PyTorch's default, 1 / (3 fan-in), for weights and biases."""
    import torch

    from lossland.networks import MLP, sample_layer

    std = 3**-0.5
    options = {"batch": (n_networks,), "dtype": torch.float32, "generator": generator}
    layers = [sample_layer(m, n, std, std / m**0.5, **options) for m, n in ((n_inputs, width), (width, 10))]
    return MLP(*map(tuple, zip(*layers, strict=True)))


def pick(mlp: MLP, index: int) -> MLP:
    """One network of a batch."""
    return type(mlp)(tuple(w[index] for w in mlp.weights), tuple(h[index] for h in mlp.biases))


def walk(a: MLP, b: MLP, data: Split, n_points: int) -> dict[str, dict[str, np.ndarray]]:
    """Accuracies and losses on training and test data along each path between two networks with one hidden layer.

    A path is a weighted sum of its ends, and so are the pre-activations of the first layer: they are computed once for
    each end, and the same path leads between them.

    Args:
        a: First network.
        b: Second network.
        data: Training and test data.
        n_points: Times on a path.

    Returns:
        dict: for each path ``train_accuracy``, ``test_accuracy``, ``train_loss`` and ``test_loss``, (n_points,).
    """
    from lossland.connectivity import arc_path, linear_path, neuron_mean
    from lossland.symmetry import match_neurons, permute_neurons

    mean, matched = neuron_mean(a, b), permute_neurons(b, match_neurons(a, b).permutations)
    found = {name: {} for name in PATHS}
    for part, inputs, labels in (
        ("train", data.train_inputs, data.train_labels), ("test", data.test_inputs, data.test_labels),
    ):  # fmt: skip
        start, end, end_matched, center = (_after_first_layer(mlp, inputs) for mlp in (a, b, matched, mean))
        paths = {
            "segment": lambda t, ends=(start, end): linear_path(*ends, t),
            "arc": lambda t, ends=(start, end): arc_path(*ends, t),
            "centered_arc": lambda t, ends=(start, end), mean=center: arc_path(*ends, t, mean=mean),
            "matched_segment": lambda t, ends=(start, end_matched): linear_path(*ends, t),
            "matched_arc": lambda t, ends=(start, end_matched), mean=center: arc_path(*ends, t, mean=mean),
        }
        for name, path in paths.items():
            found[name][f"{part}_accuracy"], found[name][f"{part}_loss"] = _along(path, labels, n_points)
    return found


def _after_first_layer(mlp: MLP, inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """First pre-activations on the data, weights and biases of the output: what is left of the network."""
    return inputs @ mlp.weights[0].mT + mlp.biases[0], mlp.weights[1], mlp.biases[1]


def _along(path, labels: torch.Tensor, n_points: int) -> tuple[np.ndarray, np.ndarray]:
    import torch

    accuracies, losses = [], []
    for times in np.array_split(np.linspace(0, 1, n_points), -(-n_points // _TIMES_AT_ONCE)):
        hidden, weight, bias = path(times)
        scores = torch.relu(hidden) @ weight.mT + bias[:, None, :]
        accuracies.append((scores.argmax(dim=-1) == labels).double().mean(dim=-1))
        of_label = scores.gather(-1, labels[:, None].expand(*scores.shape[:-1], 1))[..., 0]
        losses.append((scores.logsumexp(dim=-1) - of_label).double().mean(dim=-1))
    return torch.cat(accuracies).numpy(), torch.cat(losses).numpy()


def _summary(pairs: list[dict[str, dict[str, np.ndarray]]]) -> dict[str, Any]:
    from lossland.connectivity import loss_barrier

    found: dict[str, Any] = {}
    for name in PATHS:
        curves = {key: np.stack([pair[name][key] for pair in pairs], axis=1) for key in pairs[0][name]}
        for part in ("train", "test"):
            accuracy, loss = curves[f"{part}_accuracy"], curves[f"{part}_loss"]
            found[f"{name}_{part}"] = accuracy.min(axis=0).tolist()
            found[f"{name}_{part}_barrier"] = loss_barrier(loss).tolist()
            found[f"{name}_{part}_accuracies"] = accuracy.mean(axis=1).tolist()
        found[f"{name}_train_losses"] = curves["train_loss"].mean(axis=1).tolist()
    ends = [pair["segment"] for pair in pairs]
    for field, key in (("end_train", "train_accuracy"), ("end_test", "test_accuracy"), ("end_loss", "train_loss")):
        found[field] = [float(end[key][k]) for end in ends for k in (0, -1)]
    return found


EXPERIMENT = register(
    Experiment(
        "path_accuracy",
        "Worst accuracy on segment and arc between digit classifiers, with clean and noisy labels, matched or not.",
        measure,
        sizes={
            "small": [
                PathAccuracySettings("digits", 20, 0.0, 300),
                PathAccuracySettings("digits", 100, 0.4, 600),
            ],
            "full": [
                PathAccuracySettings("digits", 20, 0.0, 1000),
                PathAccuracySettings("digits", 100, 0.0, 1000),
                PathAccuracySettings("digits", 1000, 0.0, 600),
                PathAccuracySettings("mnist5k", 100, 0.0, 600),
                PathAccuracySettings("mnist5k", 1000, 0.0, 400),
                PathAccuracySettings("mnist5k", 100, 0.4, 600),
                PathAccuracySettings("digits", 100, 0.4, 3000),
                PathAccuracySettings("digits", 1000, 0.4, 1500),
            ],
            "wide": [
                PathAccuracySettings("mnist5k", 2000, 0.0, 400),
                PathAccuracySettings("mnist5k", 1000, 0.4, 1200),
            ],
        },
        n_replicates={"small": 1, "full": 5, "wide": 5},
        requires=("torch", "sklearn.datasets", "scipy.optimize"),
    )
)
