r"""What kind of critical point is this?  The verdict of first and second order.

For a convex loss :math:`g` of the map a point is a global minimum as soon as :math:`\nabla g(A)=0`.  The other
critical points need layers without full rank, or a bottleneck.  Where the Hessian has a negative eigenvalue it is a
strict saddle; where it has none, second order cannot tell: with :math:`K\ge3` there are saddles with positive
semidefinite Hessian, such as all weights zero.  If no hidden layer is thinner than both ends, a degenerate point with
:math:`\nabla g(A)\ne0` is never a local minimum (Laurent and von Brecht); with a bottleneck it may be one.

Source: Kawaguchi (2016), *Deep learning without poor local minima*; Achour, Malgouyres and Gerchinovitz (2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse.linalg import eigsh

from lossland import _checks
from lossland.linear_networks.gradient import weight_gradient
from lossland.linear_networks.hessian import hessian_matrix, hessian_operator
from lossland.linear_networks.map_loss import MapLoss
from lossland.linear_networks.parameters import check_weights, from_vector, to_vector, widths_of

_DENSE = 1200  # parameters up to which the whole Hessian is diagonalized
KINDS = ("not critical", "global minimum", "strict saddle", "degenerate")


class CriticalPoint(NamedTuple):
    """A point with its verdict.

    Attributes:
        kind: ``"not critical"``, ``"global minimum"`` (the gradient in the map is zero, and the loss convex),
            ``"strict saddle"`` (a direction of negative curvature), or ``"degenerate"`` (none, and undecided).
        gradient_norm: Norm of the gradient in all weights.
        map_gradient_norm: Frobenius norm of the gradient in the map.
        smallest_eigenvalue: Of the Hessian in the weights.
        escape: Its unit eigenvector, as layers: the direction in which a strict saddle is left.
        layer_ranks: Ranks of the layers.
        map_rank: Rank of the end-to-end map.
        zero_layers: Numbers of the layers that are zero, counted from 1.
    """

    kind: str
    gradient_norm: float
    map_gradient_norm: float
    smallest_eigenvalue: float
    escape: tuple[np.ndarray, ...]
    layer_ranks: tuple[int, ...]
    map_rank: int
    zero_layers: tuple[int, ...]


def classify_critical_point(weights: Sequence[Any], loss: MapLoss, *, tol: float = 1e-8) -> CriticalPoint:
    """Judge a point by its gradient and the smallest eigenvalue of its Hessian.

    Args:
        weights: Layers of one network, NumPy.
        loss: A function of the end-to-end map with a second derivative.
        tol: Norms and eigenvalues below it count as zero; singular values below it relative to the largest one.

    Returns:
        CriticalPoint: verdict with the numbers behind it.

    Raises:
        TypeError: If the weights are not NumPy.
        ValueError: If shapes do not fit, or the loss has no second derivative.

    >>> from lossland.linear_networks.quadratic_loss import quadratic_loss
    >>> target = quadratic_loss(np.diag([1.0, -2.0]))
    >>> [classify_critical_point([np.zeros((2, 2))] * depth, target).kind for depth in (2, 3)]
    ['strict saddle', 'degenerate']
    """
    layers, _ = check_weights("weights", weights)
    if not isinstance(layers[0], np.ndarray):
        raise TypeError(f"weights: expected NumPy arrays, got {type(layers[0]).__name__}; use weight.numpy()")
    tol = _checks.real_number("tol", tol, low=0.0)
    gradient_norm = float(np.linalg.norm(to_vector(weight_gradient(layers, loss))))
    eigenvalue, vector = _lowest(layers, loss)
    product = np.linalg.multi_dot(layers[::-1]) if len(layers) > 1 else layers[0]
    map_gradient_norm = float(np.linalg.norm(loss.gradient(product)))
    if gradient_norm > tol:
        kind = "not critical"
    elif map_gradient_norm <= tol and loss.convex:
        kind = "global minimum"
    else:
        kind = "strict saddle" if eigenvalue < -tol else "degenerate"
    return CriticalPoint(
        kind,
        gradient_norm,
        map_gradient_norm,
        eigenvalue,
        from_vector(vector, widths_of(layers)),
        tuple(_rank(layer, tol) for layer in layers),
        _rank(product, tol),
        tuple(k for k, layer in enumerate(layers, 1) if not np.any(layer)),
    )


def _lowest(layers, loss: MapLoss) -> tuple[float, np.ndarray]:
    n_parameters = sum(layer.size for layer in layers)
    if n_parameters <= _DENSE:
        eigenvalues, vectors = np.linalg.eigh(hessian_matrix(layers, loss))
        return float(eigenvalues[0]), vectors[:, 0]
    start = np.cos(np.arange(n_parameters))  # fixed, so that the answer is
    eigenvalues, vectors = eigsh(hessian_operator(layers, loss), k=1, which="SA", v0=start)
    return float(eigenvalues[0]), vectors[:, 0]


def _rank(matrix: np.ndarray, tol: float) -> int:
    scales = np.linalg.svd(matrix, compute_uv=False)
    return int(np.sum(scales > tol * max(scales[0], 1.0)))
