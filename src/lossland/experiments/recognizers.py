"""Recognizers to compare: fixed filters with a readout that learns by sums, networks that learn by back-propagation.

The first choose their shrinkage, the others their step, by the share right of images kept for that.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

SYSTEMS = (
    "gabor totals", "gabor", "differences", "random", "pixels", "perceptron", "convolutional", "gabor compared",
)  # fmt: skip
TRAINED = ("perceptron", "convolutional")
LATTICE = 4  # cells along a side
RATES = (0.01, 0.03, 0.1)
_BATCH = 100
_SHRINKAGES = (0.01, 0.1, 0.5, 0.9)


class Shape(NamedTuple):
    """What differs between the data sets: numbers of images, side, wavelengths and side of filters, stride."""

    n_images: tuple[int, int, int]
    side: int
    wavelengths: tuple[float, ...]
    size: int
    learned_size: int
    stride: int


SHAPES = {
    "digits": Shape((997, 300, 500), 8, (2.5, 3.5, 5.0, 7.0), 7, 5, 1),
    "mnist5k": Shape((1500, 300, 700), 28, (4.0, 6.0, 9.0, 13.0), 11, 7, 2),
}


class Task(NamedTuple):
    """One replicate: images and labels to learn from, to choose by, and to ask about; and its randomness.

    Attributes:
        shape: What differs between the data sets.
        images: Three tensors (n, side, side) in [0, 1].
        labels: Three tensors (n,).
        seed: Seed of filters, weights and batches.
    """

    shape: Shape
    images: tuple[Any, ...]
    labels: tuple[Any, ...]
    seed: int


def make_task(dataset: str, seed: int) -> Task:
    """Split a data set by a seed."""
    import torch

    from lossland import networks

    shape, generator = SHAPES[dataset], torch.Generator().manual_seed(seed)
    if dataset == "digits":
        from sklearn.datasets import load_digits

        pixels, labels = load_digits(return_X_y=True)
        inputs, labels = torch.as_tensor(pixels / 16, dtype=torch.float32), torch.as_tensor(labels, dtype=torch.int64)
    else:
        data = networks.load_mnist5k(n_train=4999, standardize=False, generator=torch.Generator().manual_seed(0))
        inputs, labels = torch.cat([data[0], data[2]]), torch.cat([data[1], data[3]])
    parts = torch.randperm(len(labels), generator=generator)[: sum(shape.n_images)].split(shape.n_images)
    images = tuple(inputs[part].reshape(-1, shape.side, shape.side) for part in parts)
    return Task(shape, images, tuple(labels[part] for part in parts), seed)


def make_view(task: Task, name: str):
    """Return the function from images to what a system learns from: (n, channels, cells), or images for a network."""
    import torch

    from lossland import remedies as rm

    shape, size = task.shape, task.shape.size
    if name == "pixels":
        return lambda images: images.flatten(1)[:, None]
    if name in TRAINED:
        mean, std = task.images[0].mean(), task.images[0].std()
        return lambda images: (images - mean) / std
    bank = {
        "gabor": lambda: rm.gabor_bank(shape.wavelengths, 6, size),
        "differences": lambda: rm.difference_of_gaussians_bank(np.geomspace(0.5, size / 4, 24), size),
        "random": lambda: rm.random_bank(24, size, rng=np.random.default_rng(task.seed)),
    }[name]()
    module = rm.FilterResponses(bank, LATTICE, stride=shape.stride, dtype=torch.float32)
    return lambda images: torch.cat([module(part) for part in images.split(250)]).unflatten(1, (-1, LATTICE**2))


class FixedRecognizer:
    """Fixed features (n, channels, cells) with linear discriminants; each channel is scaled by its mean square.

    Args:
        task: The replicate.
        inputs: Features of the images to learn from, to choose by, and to ask about.
    """

    def __init__(self, task: Task, inputs):
        self.task, self.inputs = task, inputs

    @property
    def n_weights(self) -> int:
        """Weights and thresholds of the linear rule for ten classes."""
        return 10 * self.inputs[0][0].numel() + 10

    def fit(self, rows, shrinkages=_SHRINKAGES) -> FixedRecognizer:
        """Learn from rows of the images to learn from, with each shrinkage, and keep the best."""
        from lossland.remedies import IncrementalClassifier

        raw, labels = self.inputs[0][rows], self.task.labels[0][rows].numpy()
        self.scale = raw.square().mean((0, 2), keepdim=True).sqrt().clamp_min(1e-12)
        known, fitted = np.isin(self.task.labels[1].numpy(), labels), []
        for shrinkage in shrinkages:
            self.readout = IncrementalClassifier(raw[0].numel(), shrinkage=shrinkage).add(self._flat(raw), labels)
            right = self.predict(self.inputs[1]) == self.task.labels[1].numpy()
            fitted.append((right[known].mean(), self.readout))
        self.readout = max(fitted, key=lambda pair: pair[0])[1]
        return self

    def add(self, rows) -> FixedRecognizer:
        """Learn more rows, of old or new classes; scale and shrinkage stay."""
        self.readout.add(self._flat(self.inputs[0][rows]), self.task.labels[0][rows].numpy())
        return self

    def predict(self, inputs) -> np.ndarray:
        """Return the classes (n,) by features."""
        return self.readout.predict(self._flat(inputs))

    def _flat(self, features) -> np.ndarray:
        return (features / self.scale).flatten(1).double().numpy()


class TrainedRecognizer:
    """A network that learns by back-propagation.

    Args:
        task: The replicate.
        inputs: Scaled images to learn from, to choose by, and to ask about.
        make: Makes a network from a generator.
    """

    def __init__(self, task: Task, inputs, make):
        self.task, self.inputs, self.make = task, inputs, make

    @property
    def n_weights(self) -> int:
        """Weights and biases."""
        return sum(parameter.numel() for parameter in self.network.parameters())

    def fit(self, rows, n_steps: int, rates=RATES) -> TrainedRecognizer:
        """Train from the start on rows of the images to learn from, with each step size, and keep the best."""
        import torch

        labels = self.task.labels[0][rows]
        known, fitted = torch.isin(self.task.labels[1], labels).numpy(), []
        for rate in rates:
            self.network = self.make(torch.Generator().manual_seed(self.task.seed))
            self.step_on(rows, rate, n_steps)
            right = self.predict(self.inputs[1]) == self.task.labels[1].numpy()
            fitted.append((right[known].mean(), rate, self.network))
        _, self.rate, self.network = max(fitted, key=lambda one: one[0])
        return self

    def step_on(self, rows, rate: float, n_steps: int) -> TrainedRecognizer:
        """Go on training, on these rows alone."""
        import torch

        from lossland.remedies import fit_classifier

        options = {"n_steps": n_steps, "batch_size": _BATCH, "generator": torch.Generator().manual_seed(self.task.seed)}
        fit_classifier(
            self.network, self.inputs[0][rows], self.task.labels[0][rows], learning_rate=rate, **options
        )  # fmt: skip
        return self

    def predict(self, inputs) -> np.ndarray:
        """Return the classes (n,) by scaled images."""
        import torch

        with torch.no_grad():
            return self.network(inputs).argmax(1).numpy()


def make_network(shape: Shape, name: str, generator, width: int = 100):
    """Return an untrained network of ``SYSTEMS``."""
    from lossland import remedies as rm

    if name == "perceptron":
        return rm.small_perceptron(shape.side**2, width, 10, generator=generator)
    options = {"n_filters": 16, "size": shape.learned_size, "stride": shape.stride, "generator": generator}
    return rm.small_convolutional_network(shape.side, 10, **options)


def compare_strengths(features):
    """Subtract from the features (n, channels, cells) of each image their mean, and divide by their norm.

    Noise adds about the same to all strengths, and contrast multiplies them: neither is left.
    """
    centered = features - features.mean((1, 2), keepdim=True)
    return centered / centered.square().sum((1, 2), keepdim=True).sqrt().clamp_min(1e-12)


def share_right(found: np.ndarray, labels) -> float:
    """Return the share of classes found that are right, to four digits.

    >>> import torch
    >>> share_right(np.array([1, 2, 3]), torch.tensor([1, 2, 0]))
    0.6667
    """
    return round(float(np.mean(found == labels.numpy())), 4)
