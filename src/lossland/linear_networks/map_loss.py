r"""A loss of a linear network as a function :math:`g(A)` of its end-to-end map.

The loss of the weights is :math:`L(\mathbf W)=g(W_K\cdots W_1)`.  Of :math:`g` the rest of the package wants the value,
the gradient and the product of its second derivative with a direction, each on maps (..., d_K, d_0).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lossland.linear_networks.end_to_end_map import end_to_end_map


@dataclass(frozen=True)
class MapLoss:
    """A function of a matrix with its derivatives; arrays are NumPy or torch, and leading dimensions are runs.

    Attributes:
        name: What it is.
        shape: Shape (d_K, d_0) of the maps.
        value: Function of maps (..., d_K, d_0); values (...).
        gradient: Function of maps; gradients of their shape.
        hessian_product: Function of maps and directions, both (..., d_K, d_0); second derivative applied to the
            directions.  None where it is not known.
        infimum: Greatest lower bound over all maps, None where it is not known.
        gradient_lipschitz: A Lipschitz constant of the gradient in the Frobenius norm, None where there is none.
        convex: Whether the function is convex, so that a zero gradient means a global minimum.

    >>> import numpy as np
    >>> g = MapLoss("sum", (1, 2), lambda a: a.sum((-1, -2)), lambda a: np.ones_like(a), convex=True)
    >>> float(g.value(np.array([[1.0, 2.0]])))
    3.0
    """

    name: str
    shape: tuple[int, int]
    value: Callable[[Any], Any]
    gradient: Callable[[Any], Any]
    hessian_product: Callable[[Any, Any], Any] | None = None
    infimum: float | None = None
    gradient_lipschitz: float | None = None
    convex: bool = False


def loss_value(weights: Sequence[Any], loss: MapLoss):
    r"""The loss :math:`L(\mathbf W)=g(W_K\cdots W_1)` of weights, one number for each run.

    Raises:
        TypeError: If ``loss`` is no MapLoss.
        ValueError: If the ends of the network do not fit the loss.

    >>> from lossland.linear_networks.quadratic_loss import quadratic_loss
    >>> float(loss_value([[[2.0]], [[3.0]]], quadratic_loss([[5.0]])))
    0.5
    """
    product = end_to_end_map(weights)
    check_ends(loss, product.shape)
    return loss.value(product)


def check_ends(loss: MapLoss, shape: Sequence[int]) -> None:
    """Say so if maps of this shape are not what the loss is a function of."""
    if not isinstance(loss, MapLoss):
        raise TypeError(f"loss: expected a MapLoss, for example quadratic_loss(R), got {type(loss).__name__}")
    if tuple(shape[-2:]) != loss.shape:
        raise ValueError(
            f"weights: expected maps of shape (d_K, d_0) = {loss.shape} for the loss {loss.name!r}, "
            f"got {tuple(shape[-2:])}; change the first or last width"
        )
