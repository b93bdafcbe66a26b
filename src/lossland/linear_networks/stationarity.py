r"""How large the gradient must be: nondegenerate stationary points are global minima, with numbers.

Each layer's gradient is :math:`P^{\mathsf T}NQ^{\mathsf T}` with the layers above, :math:`P`, and below, :math:`Q`, so

.. math:: \|\nabla_{W_k}L\|_F\ge s_{d_K}(W_K\cdots W_{k+1})\;s_{d_0}(W_{k-1}\cdots W_1)\;\|\nabla g(A)\|_F

where :math:`s_m` is the m-th largest singular value, 0 if there are fewer.  For square layers the right side is at
least :math:`\prod_{j\ne k}s_{\min}(W_j)\|\nabla g(A)\|_F`: if all layers are nonsingular and the gradient of a convex
loss vanishes, the point is a global minimum.  Being a local minimum is not needed, stationarity is enough.  For other
widths :math:`k=K` (or 1) is the easy case of Laurent and von Brecht: :math:`W_{K-1}\cdots W_1` without kernel.

Source: Hardt and Ma (2017), Theorem 2.2; slides of Yarotsky, "Local nondegenerate minima are global".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from array_api_compat import device

from lossland.linear_networks.gradient import checked_gradient
from lossland.linear_networks.map_loss import MapLoss, check_ends
from lossland.linear_networks.parameters import check_weights


class GradientBounds(NamedTuple):
    """Norms of the gradient and what they must at least be; arrays of the kind of the weights.

    Attributes:
        gradient_norms: Frobenius norms of the layers' gradients, (..., K).
        lower_bounds: Their lower bounds, (..., K).
        map_gradient_norm: Frobenius norm of the gradient of the loss in the map, (...).
    """

    gradient_norms: Any
    lower_bounds: Any
    map_gradient_norm: Any


def gradient_bounds(weights: Sequence[Any], loss: MapLoss) -> GradientBounds:
    """Gradient norms of the layers against lower bounds from the singular values of the others.

    Args:
        weights: Layers (..., d_k, d_{k-1}).
        loss: A function of the end-to-end map.

    Returns:
        GradientBounds: a positive lower bound proves that the point is stationary only where the map's gradient is 0.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If shapes do not fit.

    >>> from lossland.linear_networks.quadratic_loss import quadratic_loss
    >>> bounds = gradient_bounds([[[2.0]], [[3.0]]], quadratic_loss([[5.0]]))
    >>> bounds.gradient_norms, bounds.lower_bounds
    (array([3., 2.]), array([3., 2.]))
    """
    layers, xp = check_weights("weights", weights)
    check_ends(loss, (layers[-1].shape[-2], layers[0].shape[-1]))
    product, gradient = checked_gradient(layers, loss)
    size = _norm(xp, loss.gradient(product))
    bounds = []
    for k in range(len(layers)):
        above = _last_singular_value(xp, layers[k + 1 :], product.shape[-2], product, reverse=True)
        below = _last_singular_value(xp, layers[:k], product.shape[-1], product, reverse=False)
        bounds.append(above * below * size)
    return GradientBounds(xp.stack([_norm(xp, part) for part in gradient], axis=-1), xp.stack(bounds, axis=-1), size)


def _norm(xp, matrix):
    return xp.sqrt(xp.sum(matrix**2, axis=(-2, -1)))


def _last_singular_value(xp, layers, count: int, product, *, reverse: bool):
    """The count-th singular value of the product of the layers; 1 for no layers, 0 if there are too few."""
    shape = tuple(product.shape[:-2])
    if not layers:
        return xp.ones(shape, dtype=product.dtype, device=device(product))
    chain = layers[-1] if reverse else layers[0]
    for layer in layers[-2::-1] if reverse else layers[1:]:
        chain = chain @ layer if reverse else layer @ chain
    if min(chain.shape[-2:]) < count:
        return xp.zeros(shape, dtype=product.dtype, device=device(product))
    return xp.broadcast_to(xp.linalg.svdvals(chain)[..., count - 1], shape)
