"""The record that all simulators return: samples over independent networks, their mean and its standard error."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch


class Measurement(NamedTuple):
    """A quantity measured on independent random networks.

    Attributes:
        mean: Mean over the networks, of the shape of one sample.
        standard_error: Standard error of that mean; NaN for a single network.
        samples: One entry per network in the leading dimension.
    """

    mean: np.ndarray
    standard_error: np.ndarray
    samples: np.ndarray


def measurement(samples: torch.Tensor) -> Measurement:
    """Build the record from a tensor (n_draws, ...); ends the life of the data on the device.

    >>> measurement(torch.tensor([[1.0], [3.0]])).standard_error
    array([1.])
    """
    array = samples.detach().to("cpu", torch.float64).numpy()
    n = array.shape[0]
    error = array.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.full(array.shape[1:], np.nan)
    return Measurement(array.mean(axis=0), error, array)
