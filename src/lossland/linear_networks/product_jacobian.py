r"""Is the map from weights to their product locally onto?  Not where two layers lack rank.

The derivative of :math:`(W_1,\dots,W_K)\mapsto W_K\cdots W_1` along :math:`V` is
:math:`\sum_kW_K\cdots W_{k+1}V_kW_{k-1}\cdots W_1`.  If its rank is :math:`d_Kd_0` the product moves in all directions
and a local minimum in the weights is one in the map.  At :math:`W_1=\mathrm{diag}(1,0)`,
:math:`W_2=\mathrm{diag}(0,1)` the rank is 3 of 4, and nearby products obey exactly, with
:math:`W_1=\binom{1+a\ \ b}{c\ \ d}` and :math:`W_2=\binom{e\ \ f}{g\ \ 1+h}`,

.. math:: A_{12}=\frac{b}{1+a}A_{11}+\frac{f}{1+h}A_{22}-\frac{bf}{(1+a)(1+h)}A_{21} ,

so that no neighborhood of the weights covers one of the map 0.

Source: Yarotsky, *Optimization of neural networks* (slides), "Sketch of proof of Theorem 1", note.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from array_api_compat import device

from lossland.linear_networks.parameters import as_numpy, check_weights, from_vector, transpose, widths_of


def product_jacobian(weights: Sequence[Any]):
    """The derivative of the end-to-end map in all weights of one network.

    Args:
        weights: Layers (d_k, d_{k-1}).

    Returns:
        A matrix (d_K d_0, n_parameters): rows are entries of the map, row by row; columns as in :func:`to_vector`.

    Raises:
        ValueError: If the weights have leading dimensions.

    >>> product_jacobian([[[2.0]], [[3.0]]])
    array([[3., 2.]])
    """
    layers, xp = check_weights("weights", weights)
    if any(layer.ndim != 2 for layer in layers):
        raise ValueError("weights: expected one network, matrices without leading dimensions; take one run")
    widths = widths_of(layers)
    n_parameters = sum(a * b for a, b in zip(widths[1:], widths[:-1], strict=True))
    moves = from_vector(xp.eye(n_parameters, dtype=layers[0].dtype, device=device(layers[0])), widths)
    product, dot = layers[0], moves[0]
    for layer, move in zip(layers[1:], moves[1:], strict=True):
        product, dot = layer @ product, move @ product + layer @ dot
    return transpose(xp.reshape(dot, (n_parameters, widths[-1] * widths[0])))


def jacobian_rank(weights: Sequence[Any], *, tol: float = 1e-9) -> int:
    """Rank of :func:`product_jacobian`; singular values below ``tol`` times the largest count as zero.

    >>> jacobian_rank([np.diag([1.0, 0.0]), np.diag([0.0, 1.0])])
    3
    """
    scales = np.linalg.svd(as_numpy(product_jacobian(weights)), compute_uv=False)
    return int(np.sum(scales > tol * scales[0]))
