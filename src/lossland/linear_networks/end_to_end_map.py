r"""The end-to-end map :math:`A=W_K\cdots W_1` of a linear network: all that the loss sees.

What can be represented is every matrix of rank at most :math:`\min_kd_k`: every linear map only where no layer is
thinner than both ends.

Source: Yarotsky, *Optimization of neural networks* (slides), "Linear networks".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lossland.linear_networks.parameters import check_weights


def end_to_end_map(weights: Sequence[Any]):
    """The product of the layers, (..., d_K, d_0).

    Args:
        weights: Layers (..., d_k, d_{k-1}), input layer first; leading dimensions broadcast.

    Returns:
        The map, an array of the kind of the weights.

    Raises:
        TypeError: If the weights are not real matrices of one kind.
        ValueError: If neighboring layers do not fit.

    >>> end_to_end_map([[[1.0, 2.0]], [[3.0], [4.0]]])
    array([[3., 6.],
           [4., 8.]])
    """
    layers, _ = check_weights("weights", weights)
    return partial_products(layers)[-1]


def partial_products(layers: Sequence[Any]) -> list[Any]:
    r"""The products :math:`W_1,\ W_2W_1,\ \dots,\ W_K\cdots W_1`; the layers are taken as checked.

    >>> import numpy as np
    >>> [float(p[0, 0]) for p in partial_products([np.array([[2.0]]), np.array([[3.0]]), np.array([[5.0]])])]
    [2.0, 6.0, 30.0]
    """
    products = [layers[0]]
    for layer in layers[1:]:
        products.append(layer @ products[-1])
    return products
