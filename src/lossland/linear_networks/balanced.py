r"""Balanced weights, :math:`W_{k+1}^{\mathsf T}W_{k+1}=W_kW_k^{\mathsf T}`, and the law that keeps them so.

Since :math:`W_{k+1}^{\mathsf T}\nabla_{W_{k+1}}L=\nabla_{W_k}L\,W_k^{\mathsf T}` for every function of the product,
gradient flow conserves all the matrices :math:`B_k=W_{k+1}^{\mathsf T}W_{k+1}-W_kW_k^{\mathsf T}`; gradient descent
changes them in second order of the step.  Where they vanish all layers have the same singular values, the K-th roots
of those of the map.

Source: Saxe, McClelland and Ganguli (2014); Arora, Cohen and Hazan (2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from array_api_compat import array_namespace, device

from lossland import _checks
from lossland.linear_networks.parameters import check_weights, transpose


def balancedness(weights: Sequence[Any]) -> tuple[Any, ...]:
    r"""The conserved matrices :math:`B_k=W_{k+1}^{\mathsf T}W_{k+1}-W_kW_k^{\mathsf T}`, one for each hidden layer.

    Args:
        weights: Layers (..., d_k, d_{k-1}).

    Returns:
        K - 1 matrices (..., d_k, d_k); all zero means balanced.

    Raises:
        TypeError: If the weights are not real matrices of one kind.
        ValueError: If neighboring layers do not fit.

    >>> balancedness([[[2.0]], [[3.0]]])
    (array([[5.]]),)
    """
    layers, _ = check_weights("weights", weights)
    return tuple(
        transpose(above) @ above - below @ transpose(below) for below, above in pairwise(layers)
    )


def imbalance(weights: Sequence[Any]):
    """Frobenius norm of all conserved matrices together, (...); 0 for balanced weights and for a single layer.

    >>> float(imbalance([[[2.0]], [[3.0]], [[3.0]]]))
    5.0
    """
    layers, xp = check_weights("weights", weights)
    total = xp.sum(layers[0] ** 2, axis=(-2, -1)) * 0
    for matrix in balancedness(layers):
        total = total + xp.sum(matrix**2, axis=(-2, -1))
    return xp.sqrt(total)


def balanced_init(end_to_end: Any, widths: Sequence[int]) -> tuple[Any, ...]:
    r"""Balanced weights with a given product: every singular value is shared equally by the layers.

    With :math:`A=USV^{\mathsf T}` the layers are :math:`W_1=S^{1/K}V^{\mathsf T}`, :math:`W_k=S^{1/K}`,
    :math:`W_K=US^{1/K}`, filled with zeros to the widths.

    Args:
        end_to_end: The map A, (..., d_K, d_0), NumPy or torch.
        widths: Widths (d_0, ..., d_K); the rank of the map is at most the smallest of them.

    Returns:
        K layers (..., d_k, d_{k-1}), input first.

    Raises:
        ValueError: If the ends do not fit, or the map has a larger rank than a bottleneck lets through.

    >>> balanced_init([[8.0]], (1, 2, 1, 1))
    (array([[2.],
           [0.]]), array([[2., 0.]]), array([[2.]]))
    """
    widths = _checks.layer_widths("widths", widths, at_least=2)
    product, xp = _checks.floating_array("end_to_end", end_to_end)
    if tuple(product.shape[-2:]) != (widths[-1], widths[0]):
        raise ValueError(
            f"end_to_end: expected shape (..., {widths[-1]}, {widths[0]}) for widths {widths}, "
            f"got {tuple(product.shape)}"
        )
    depth, rank = len(widths) - 1, min(widths)
    if depth == 1:
        return (product,)
    left, scales, right = xp.linalg.svd(product, full_matrices=False)
    tolerance = max(widths) * float(xp.finfo(scales.dtype).eps) * scales[..., :1]
    if bool(xp.any(scales[..., rank:] > tolerance)):
        raise ValueError(f"end_to_end: expected rank <= {rank}, the smallest width, got more; widen the bottleneck")
    roots = scales[..., :rank] ** (1 / depth)
    middle = roots[..., :, None] * xp.eye(rank, dtype=product.dtype, device=device(product))
    layers = [_embed(xp, middle, rows, columns) for rows, columns in zip(widths[1:], widths[:-1], strict=True)]
    layers[0] = _embed(xp, roots[..., :, None] * right[..., :rank, :], widths[1], widths[0])
    layers[-1] = _embed(xp, left[..., :, :rank] * roots[..., None, :], widths[-1], widths[-2])
    return tuple(layers)


def identity_init(width: int, depth: int, *, like: Any = None) -> tuple[Any, ...]:
    """All layers the identity: the start of Bartlett et al., balanced, with the identity as product.

    Args:
        width: The common width d.
        depth: Number of layers K.
        like: A NumPy or torch array whose kind, dtype and device to use; None for NumPy float64.

    >>> identity_init(2, 3)[0]
    array([[1., 0.],
           [0., 1.]])
    """
    width, depth = _checks.integer("width", width, low=1), _checks.integer("depth", depth, low=1)
    model, xp = _checks.floating_array("like", 0.0 if like is None else like)
    return tuple(xp.eye(width, dtype=model.dtype, device=device(model)) for _ in range(depth))


def _embed(xp, matrix, rows: int, columns: int):
    """Fill a matrix with zeros below and to the right."""
    batch, (m, n) = tuple(matrix.shape[:-2]), matrix.shape[-2:]
    options = {"dtype": matrix.dtype, "device": device(matrix)}
    wide = xp.concat([matrix, xp.zeros((*batch, m, columns - n), **options)], axis=-1)
    return array_namespace(wide).concat([wide, xp.zeros((*batch, rows - m, columns), **options)], axis=-2)
