r"""The gradient of the loss in every layer, in closed form.

With :math:`N=\nabla g(W_K\cdots W_1)`, which is :math:`\Delta\Sigma` for the quadratic loss,

.. math:: \nabla_{W_k}L=W_{k+1}^{\mathsf T}\cdots W_K^{\mathsf T}\,N\,W_1^{\mathsf T}\cdots W_{k-1}^{\mathsf T}.

The products to the right are those of the forward pass and the ones to the left are made on the way back, so that all
layers cost :math:`3(K-1)` products of matrices, beside :math:`N`.

Source: Yarotsky, *Optimization of neural networks* (slides), "Computation of the gradient"; correct as printed, order
and transposes included.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lossland.linear_networks.end_to_end_map import partial_products
from lossland.linear_networks.map_loss import MapLoss, check_ends
from lossland.linear_networks.parameters import check_weights, transpose


def weight_gradient(weights: Sequence[Any], loss: MapLoss) -> tuple[Any, ...]:
    """The gradient of the loss in all layers, for any widths, and for many runs at once.

    Args:
        weights: Layers (..., d_k, d_{k-1}), NumPy or torch; leading dimensions are runs.
        loss: A function of the end-to-end map with its gradient.

    Returns:
        One array for each layer, of its shape.

    Raises:
        TypeError: If the weights are not real matrices of one kind, or ``loss`` is no MapLoss.
        ValueError: If neighboring layers, or the ends and the loss, do not fit.

    >>> from lossland.linear_networks.quadratic_loss import quadratic_loss
    >>> [g.item() for g in weight_gradient([[[2.0]], [[3.0]]], quadratic_loss([[5.0]]))]  # (6 - 5) times the other
    [3.0, 2.0]
    """
    layers, _ = check_weights("weights", weights)
    check_ends(loss, (layers[-1].shape[-2], layers[0].shape[-1]))
    return checked_gradient(layers, loss)[1]


def checked_gradient(layers: Sequence[Any], loss: MapLoss) -> tuple[Any, tuple[Any, ...]]:
    """The end-to-end map and the gradient, without checks: what loops call."""
    products = partial_products(layers)
    signal = loss.gradient(products[-1])
    gradient = [None] * len(layers)
    for k in range(len(layers) - 1, 0, -1):
        gradient[k] = signal @ transpose(products[k - 1])
        signal = transpose(layers[k]) @ signal
    gradient[0] = signal
    return products[-1], tuple(gradient)
