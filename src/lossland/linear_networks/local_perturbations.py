r"""Perturbations of the layers that keep the product: the construction of Laurent and von Brecht.

Where :math:`W_{k-1}\cdots W_1` does not reach all of its layer there is a unit vector :math:`u_{k-1}` orthogonal to its
range, and for every :math:`w_k`

.. math:: \tilde W_k=W_k+\delta\,w_ku_{k-1}^{\mathsf T},\qquad k=2,\dots,K,

leaves all products :math:`\tilde W_k\cdots\tilde W_1=W_k\cdots W_1` as they were.  If the weights are a local minimum
so are the perturbed ones, hence they are stationary too; and stationarity at all of them strips the layers from
:math:`\nabla g(A)^{\mathsf T}\tilde W_K\cdots\tilde W_2=0` one after the other, until :math:`\nabla g(A)=0`.  A vector
u exists wherever the product has a kernel and :math:`d_{k-1}\ge d_0`; where it has none the layer stays as it is.  If
the output is the thinnest end the construction is applied to the transposed network.

Source: Laurent and von Brecht (2018); slides of Yarotsky, "Construction of local perturbations" (:math:`k\ge2`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.linear_networks.parameters import check_weights, widths_of

_TOLERANCE = 1e-9  # relative; smaller singular values of a product count as zero


class Perturbation(NamedTuple):
    """Perturbed layers with the same product.

    Attributes:
        weights: The layers.
        changed: Numbers of the layers that were changed, counted from 1.
    """

    weights: tuple[np.ndarray, ...]
    changed: tuple[int, ...]


def thinnest_end(widths: Sequence[int]) -> str | None:
    """Which end of a network is at most as wide as every layer: the width condition of Laurent and von Brecht.

    Args:
        widths: Widths (d_0, ..., d_K).

    Returns:
        ``"input"``, ``"output"``, or None where a hidden layer is thinner than both ends: a bottleneck.

    >>> thinnest_end((3, 5, 4)), thinnest_end((3, 5, 2)), thinnest_end((3, 2, 3))
    ('input', 'output', None)
    """
    widths = _checks.layer_widths("widths", widths, at_least=2)
    if min(widths) < min(widths[0], widths[-1]):
        return None
    return "input" if widths[0] <= widths[-1] else "output"


def perturb_keeping_product(
    weights: Sequence[Any], size: float, *, side: str | None = None, rng: np.random.Generator
) -> Perturbation:
    """Change every layer that can be changed so that no product from one end changes.

    Args:
        weights: Layers of one network, NumPy.
        size: Spectral norm of the change of each layer.
        side: ``"input"`` keeps the products that begin at the input, ``"output"`` those that end at the output; None
            takes the thinnest end.
        rng: Draws the directions.

    Returns:
        Perturbation: the layers and which of them were changed; none where no product has a kernel.

    Raises:
        ValueError: If there is a bottleneck and no ``side`` is given, or an argument is out of range.

    >>> weights = [np.diag([1.0, 0.0]), np.diag([0.0, 1.0])]
    >>> near = perturb_keeping_product(weights, 0.1, rng=np.random.default_rng(0))
    >>> near.changed, bool(np.abs(near.weights[1] @ near.weights[0]).max() < 1e-16)
    ((2,), True)
    """
    layers, _ = check_weights("weights", weights)
    if any(not isinstance(layer, np.ndarray) or layer.ndim != 2 for layer in layers):
        raise ValueError("weights: expected one network of NumPy matrices without leading dimensions")
    size = _checks.real_number("size", size, low=0.0)
    side = thinnest_end(widths_of(layers)) if side is None else side
    if side not in ("input", "output"):
        hint = "a hidden layer is thinner than both ends; name the side to perturb anyway" if side is None else ""
        raise ValueError(f"side: expected 'input' or 'output', got {side!r} {hint}".rstrip())
    if side == "output":
        turned = perturb_keeping_product([layer.T for layer in layers[::-1]], size, side="input", rng=rng)
        changed = tuple(len(layers) + 1 - k for k in turned.changed[::-1])
        return Perturbation(tuple(layer.T for layer in turned.weights[::-1]), changed)
    result, changed, product = [layers[0]], [], layers[0]
    for k, layer in enumerate(layers[1:], 2):
        free = _orthogonal_to_range(product)
        move = np.outer(_unit(rng, layer.shape[0]), free @ _unit(rng, free.shape[1])) if free.size else 0.0
        result.append(layer + size * move)
        changed += [k] if free.size else []
        product = layer @ product
    return Perturbation(tuple(result), tuple(changed))


def _orthogonal_to_range(matrix: np.ndarray) -> np.ndarray:
    left, scales, _ = np.linalg.svd(matrix)
    rank = int(np.sum(scales > _TOLERANCE * scales[0])) if scales[0] > 0 else 0
    return left[:, rank:]


def _unit(rng: np.random.Generator, n: int) -> np.ndarray:
    vector = rng.standard_normal(n)
    return vector / np.linalg.norm(vector)
