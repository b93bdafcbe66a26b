r"""Ivakhnenko's group method of data handling: a deep network of quadratic units, grown by layers, without gradients.

A unit takes two of its inputs and fits

.. math:: y\approx c_0+c_1u+c_2v+c_3u^2+c_4v^2+c_5uv

by least squares to one part of the samples.  Of all pairs the units with the least error on the OTHER part are kept and
are the inputs of the next layer, with the degree doubled; layers are added as long as that error falls noticeably.
(Without that reserve the degree doubles on for gains of a percent, and new points come out far off.)  The network is
as deep as the samples ask for, and every unit has its own pair of inputs: none can be exchanged for
another.

Source: Ivakhnenko (1971), *Polynomial theory of complex systems*; Glukhov (2024), section 6.2.2.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np

from lossland import _checks

_EXACT = 1e-16  # share of the variance at which there is nothing left to fit


class GroupLayer(NamedTuple):
    """Units of one layer, the best first.

    Attributes:
        pairs: Which two inputs a unit takes, (units, 2).
        coefficients: Its six coefficients, (units, 6): 1, u, v, u^2, v^2, uv.
    """

    pairs: np.ndarray
    coefficients: np.ndarray


class GroupNetwork(NamedTuple):
    """A grown network.

    Attributes:
        layers: Its layers; the output is the first unit of the last one.
        errors: Least mean square error of each layer on the samples that select; last of one that was no help, if any.
        center: Subtracted from inputs, (D,).
        width: Inputs are divided by it, (D,).
    """

    layers: tuple[GroupLayer, ...]
    errors: tuple[float, ...]
    center: np.ndarray
    width: np.ndarray

    def predict(self, x) -> np.ndarray:
        """Return the values (M,) at points (M, D)."""
        x = _checks.real_array("x", x)
        if x.ndim != 2 or x.shape[1] != len(self.center):
            raise ValueError(f"x: expected points (M, {len(self.center)}), got an array of shape {x.shape}")
        values = (x - self.center) / self.width
        for layer in self.layers:
            values = np.einsum("muk,uk->mu", _terms(values, layer.pairs), layer.coefficients)
        return values[:, 0]


def grow_group_network(
    x, y, *, n_kept: int = 8, max_layers: int = 8, share: float = 0.5, gain: float = 0.05
) -> GroupNetwork:
    """Grow a network on samples; the first part of them fits, the rest selects.

    Args:
        x: Points (M, D) in random order, D at least 2.
        y: Values (M,).
        n_kept: Units kept in each layer, at least 2.
        max_layers: Most layers.
        share: Share of the samples that fits, in (0, 1).
        gain: By what share of itself the error must fall for another layer, in [0, 1).

    Returns:
        GroupNetwork: with at least one layer.

    Raises:
        ValueError: If shapes do not fit, or there are too few samples for six coefficients in each part.

    >>> x = np.random.default_rng(0).uniform(-1, 1, (200, 3))
    >>> network = grow_group_network(x, x[:, 0] * x[:, 1] - x[:, 2])
    >>> len(network.layers), bool(network.errors[1] < 0.1 * network.errors[0])
    (4, True)
    """
    x, y = _checks.real_array("x", x), _checks.real_array("y", y)
    if x.ndim != 2 or x.shape[1] < 2 or y.shape != x.shape[:1]:
        raise ValueError(f"x, y: expected points (M, D) with D >= 2 and values (M,), got {x.shape} and {y.shape}")
    n_kept = _checks.integer("n_kept", n_kept, low=2)
    max_layers = _checks.integer("max_layers", max_layers, low=1)
    share = _checks.real_number("share", share, low=0.0, high=1.0)
    gain = _checks.real_number("gain", gain, low=0.0, high=1.0)
    if gain == 1:
        raise ValueError("gain: expected a share in [0, 1), got 1: no layer can take all of an error")
    n_fit = round(share * len(x))
    if min(n_fit, len(x) - n_fit) < 6:
        raise ValueError(f"x: expected six samples or more to fit and to select, got {n_fit} and {len(x) - n_fit}")
    center, width = x.mean(axis=0), x.std(axis=0)
    width = np.where(width > 0, width, 1.0)
    values, layers, errors = (x - center) / width, [], []
    for _ in range(max_layers):
        if values.shape[1] < 2:  # two inputs are one pair: its unit is the network
            break
        layer, values, error = _grow(values, y, n_fit, n_kept)
        if errors and error >= (1 - gain) * errors[-1]:
            errors.append(error)
            break
        layers.append(layer)
        errors.append(error)
        if error <= _EXACT * np.var(y):
            break
    return GroupNetwork(tuple(layers), tuple(errors), center, width)


def _grow(values: np.ndarray, y: np.ndarray, n_fit: int, n_kept: int):
    """The best units on top of values (M, units), their own values, and the least error."""
    pairs = np.array(list(combinations(range(values.shape[1]), 2)))
    coefficients, errors = np.empty((len(pairs), 6)), np.empty(len(pairs))
    for u in range(len(pairs)):  # the terms of all pairs at once would not fit in memory for hundreds of inputs
        terms = _terms(values, pairs[u : u + 1])[:, 0]
        coefficients[u] = np.linalg.lstsq(terms[:n_fit], y[:n_fit], rcond=None)[0]
        errors[u] = np.mean((terms[n_fit:] @ coefficients[u] - y[n_fit:]) ** 2)
    best = np.argsort(errors, kind="stable")[:n_kept]
    outputs = np.einsum("muk,uk->mu", _terms(values, pairs[best]), coefficients[best])
    return GroupLayer(pairs[best], coefficients[best]), outputs, float(errors[best[0]])


def _terms(values: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Terms (M, units, 6) of the polynomials of pairs of columns."""
    u, v = values[:, pairs[:, 0]], values[:, pairs[:, 1]]
    return np.stack([np.ones_like(u), u, v, u**2, v**2, u * v], axis=-1)
