r"""Attention heads and their symmetries: heads trade places, and each carries two free invertible matrices.

Head h maps inputs X, one token in a row, to

.. math:: \mathrm{softmax}\Bigl(\tfrac1{\sqrt{d_h}}XW_Q^h(XW_K^h)^\top\Bigr)XW_V^hW_O^h,

and the heads are summed.  So only :math:`W_QW_K^\top` and :math:`W_VW_O` matter: for invertible A and B,
:math:`(W_QA,\,W_KA^{-\top},\,W_VB,\,B^{-1}W_O)` is the same function.

Source: Vaswani et al. (2017), *Attention is all you need*.  Arrays of any namespace; results keep it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from array_api_compat import array_namespace

from lossland import _checks


class Heads(NamedTuple):
    """Weights of a layer of attention, without biases.

    Attributes:
        query: (n_heads, d, d_h).
        key: (n_heads, d, d_h).
        value: (n_heads, d, d_h).
        output: (n_heads, d_h, d).
    """

    query: Any
    key: Any
    value: Any
    output: Any


def attend(heads: Heads, tokens) -> Any:
    """Output of a layer of attention, the sum over its heads.

    Args:
        heads: Its weights.
        tokens: One token in a row, (n_tokens, d).

    Returns:
        (n_tokens, d).

    Raises:
        ValueError: If the tokens do not have the width of the heads.

    >>> import numpy as np
    >>> same = np.zeros((1, 2, 1))  # no preference: every token gets the mean of all
    >>> attend(Heads(same, same, np.ones((1, 2, 1)), np.ones((1, 1, 2))), np.eye(2))
    array([[1., 1.],
           [1., 1.]])
    """
    tokens, xp = _checks.floating_array("tokens", tokens)
    if tokens.shape[-1] != heads.query.shape[-2]:
        raise ValueError(f"tokens: expected vectors of width {heads.query.shape[-2]}, got {tuple(tokens.shape)}")
    scores = (tokens @ heads.query) @ (tokens @ heads.key).mT / heads.query.shape[-1] ** 0.5
    shares = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
    shares = shares / xp.sum(shares, axis=-1, keepdims=True)
    return xp.sum(shares @ (tokens @ heads.value) @ heads.output, axis=0)


def change_basis(heads: Heads, query_key, value_output) -> Heads:
    """Give each head another basis inside; the function stays the same.

    Args:
        heads: Weights of a layer of attention.
        query_key: Invertible matrices A, (n_heads, d_h, d_h).
        value_output: Invertible matrices B, (n_heads, d_h, d_h).

    Returns:
        Heads: query A, key times the transposed inverse of A, value B, and the inverse of B times output.

    Raises:
        ValueError: If the matrices do not have the shape of the heads.

    >>> import numpy as np
    >>> ones = np.ones((1, 2, 1))
    >>> change_basis(Heads(ones, ones, ones, ones.mT), [[[4.0]]], [[[2.0]]]).key.ravel().tolist()
    [0.25, 0.25]
    """
    xp, width = array_namespace(heads.query), heads.query.shape[-1]
    given = {"query_key": query_key, "value_output": value_output}
    first, second = (_like(name, matrices, heads.query, xp) for name, matrices in given.items())
    for name, matrices in zip(given, (first, second), strict=True):
        if tuple(matrices.shape[-2:]) != (width, width):
            raise ValueError(f"{name}: expected matrices {width} x {width}, got shape {tuple(matrices.shape)}")
    key = heads.key @ xp.linalg.inv(first).mT
    return Heads(heads.query @ first, key, heads.value @ second, xp.linalg.inv(second) @ heads.output)


def permute_heads(heads: Heads, order) -> Heads:
    """Put the heads in another order: place i takes head ``order[i]``; the function stays the same.

    Args:
        heads: Weights of a layer of attention.
        order: Each of 0 to n_heads - 1 once.

    Returns:
        Heads: in the new order.

    Raises:
        ValueError: If the order is no permutation of the heads.

    >>> import numpy as np
    >>> pair = np.arange(2.0)[:, None, None]
    >>> permute_heads(Heads(pair, pair, pair, pair), [1, 0]).value.ravel().tolist()
    [1.0, 0.0]
    """
    order, n_heads = [int(head) for head in order], heads.query.shape[0]
    if sorted(order) != list(range(n_heads)):
        raise ValueError(f"order: expected each of 0 to {n_heads - 1} once, got {order}")
    return Heads(*(weights[order] for weights in heads))


def _like(name: str, matrices, weights, xp):
    matrices, given = _checks.floating_array(name, matrices)
    if given is xp:
        return xp.astype(matrices, weights.dtype)
    return xp.asarray(matrices, dtype=weights.dtype, device=getattr(weights, "device", None))
