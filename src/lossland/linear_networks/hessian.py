r"""The Hessian of the loss in all weights, as an operator: one product costs about two gradients.

Differentiating the gradient along directions :math:`V_k` gives, with :math:`P_k=W_k\cdots W_1`,
:math:`D_K=\nabla g(P_K)` and :math:`D_{k-1}=W_k^{\mathsf T}D_k`,

.. math::
   \dot P_k=V_kP_{k-1}+W_k\dot P_{k-1},\quad \dot D_K=g''(P_K)[\dot P_K],\quad
   \dot D_{k-1}=V_k^{\mathsf T}D_k+W_k^{\mathsf T}\dot D_k,\quad
   (HV)_k=\dot D_kP_{k-1}^{\mathsf T}+D_k\dot P_{k-1}^{\mathsf T}.

This is forward differentiation of back-propagation (Pearlmutter 1994).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device
from scipy.sparse.linalg import LinearOperator

from lossland.linear_networks.end_to_end_map import partial_products
from lossland.linear_networks.map_loss import MapLoss, check_ends
from lossland.linear_networks.parameters import check_weights, from_vector, to_vector, transpose, widths_of


def hessian_product(weights: Sequence[Any], loss: MapLoss, directions: Sequence[Any]) -> tuple[Any, ...]:
    """Apply the Hessian of the loss to directions in the space of weights.

    Args:
        weights: Layers (..., d_k, d_{k-1}).
        loss: A function of the end-to-end map that has a ``hessian_product``.
        directions: Directions (..., d_k, d_{k-1}); their leading dimensions broadcast with those of the weights.

    Returns:
        One array for each layer.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If shapes do not fit, or the loss has no second derivative.

    >>> from lossland.linear_networks.quadratic_loss import quadratic_loss
    >>> zero, g = [[[0.0]], [[0.0]]], quadratic_loss([[3.0]])
    >>> [h.item() for h in hessian_product(zero, g, [[[1.0]], [[1.0]]])]  # the Hessian is [[0, -3], [-3, 0]]
    [-3.0, -3.0]
    """
    layers, _ = check_weights("weights", weights)
    moves, _ = check_weights("directions", directions)
    if [layer.shape[-2:] for layer in layers] != [move.shape[-2:] for move in moves]:
        raise ValueError(f"directions: expected widths {widths_of(layers)}, got {widths_of(moves)}")
    _check_second_derivative(loss, layers)
    return _product(layers, loss, moves)


def _check_second_derivative(loss: MapLoss, layers) -> None:
    check_ends(loss, (layers[-1].shape[-2], layers[0].shape[-1]))
    if loss.hessian_product is None:
        raise ValueError(f"loss: expected one with a second derivative, {loss.name!r} has none; smooth it, or pass it")


def _product(layers, loss: MapLoss, moves) -> tuple[Any, ...]:
    products = partial_products(layers)
    dots = [moves[0]]
    for k in range(1, len(layers)):
        dots.append(moves[k] @ products[k - 1] + layers[k] @ dots[-1])
    signal, signal_dot = loss.gradient(products[-1]), loss.hessian_product(products[-1], dots[-1])
    result: list[Any] = [None] * len(layers)
    for k in range(len(layers) - 1, 0, -1):
        result[k] = signal_dot @ transpose(products[k - 1]) + signal @ transpose(dots[k - 1])
        signal_dot = transpose(moves[k]) @ signal + transpose(layers[k]) @ signal_dot
        signal = transpose(layers[k]) @ signal
    result[0] = signal_dot
    return tuple(result)


def hessian_matrix(weights: Sequence[Any], loss: MapLoss):
    """The whole Hessian of one network, (n, n) in the order of :func:`to_vector`; n is the number of weights.

    Raises:
        ValueError: As :func:`hessian_product`, or if there are leading dimensions.

    >>> from lossland.linear_networks.quadratic_loss import quadratic_loss
    >>> hessian_matrix([[[1.0]], [[1.0]]], quadratic_loss([[1.0]]))
    array([[1., 1.],
           [1., 1.]])
    """
    layers = _one_network(weights, loss)
    widths, xp = widths_of(layers), array_namespace(*layers)
    n_parameters = sum(a * b for a, b in zip(widths[1:], widths[:-1], strict=True))
    basis = xp.eye(n_parameters, dtype=layers[0].dtype, device=device(layers[0]))
    matrix = to_vector(_product(layers, loss, from_vector(basis, widths)))
    return (matrix + transpose(matrix)) / 2


def hessian_operator(weights: Sequence[Any], loss: MapLoss) -> LinearOperator:
    """The Hessian of one network as a SciPy operator, for ``scipy.sparse.linalg.eigsh`` and its kin; NumPy weights.

    Raises:
        TypeError: If the weights are not NumPy.
        ValueError: As :func:`hessian_matrix`.

    >>> from lossland.linear_networks.quadratic_loss import quadratic_loss
    >>> hessian_operator([[[0.0]], [[0.0]]], quadratic_loss([[3.0]])) @ np.array([1.0, 0.0]) + 0.0
    array([ 0., -3.])
    """
    layers = _one_network(weights, loss)
    if not isinstance(layers[0], np.ndarray):
        raise TypeError(f"weights: expected NumPy arrays for a SciPy operator, got {type(layers[0]).__name__}")
    widths = widths_of(layers)
    n_parameters = sum(layer.size for layer in layers)

    def multiply(vector):
        return to_vector(_product(layers, loss, from_vector(np.ravel(vector), widths)))

    return LinearOperator((n_parameters, n_parameters), matvec=multiply, rmatvec=multiply, dtype=layers[0].dtype)


def _one_network(weights, loss: MapLoss):
    layers, _ = check_weights("weights", weights)
    _check_second_derivative(loss, layers)
    if any(layer.ndim != 2 for layer in layers):
        raise ValueError("weights: expected one network, matrices without leading dimensions; take one run")
    return layers
