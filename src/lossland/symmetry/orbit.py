r"""Orbit and stabilizer of a network: how many copies of it exchanges of hidden units really make.

The exchanges of hidden units form a group of :math:`\prod_ln_l!` elements, and with an odd activation each unit can
also change its sign.  The copies that differ from each other as parameter vectors form the *orbit* of the network, the
exchanges that leave its parameters as they are its *stabilizer*, and

.. math:: |\text{orbit}|\cdot|\text{stabilizer}|=|\text{group}|.

A generic network has the trivial stabilizer.  Two units with the same inputs, the same bias and the same outputs double
it.  The stabilizer is found exactly by a search from the input on, which follows only exchanges that fit so far.

Source: Glukhov (2024), arXiv:2411.07008, equation 31 and corollary, which count the group and not the orbit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import permutations, product

import numpy as np

Exchange = tuple[tuple[np.ndarray, np.ndarray], ...]  # for each hidden layer an order and signs
MAX_COPIES = 100_000


def stabilizer(mlp, *, signs: bool = False, limit: int = MAX_COPIES) -> list[Exchange]:
    """All exchanges of hidden units that leave every parameter of a network as it is, exactly.

    Args:
        mlp: A network, no batch: weights (d_k, d_{k-1}) and biases (d_k,), tensors or arrays.
        signs: Whether units may change signs, too (odd activations).
        limit: Most exchanges to list.

    Returns:
        For each of them, the identity first, a pair ``(order, signs)`` for each hidden layer: place i takes the unit
        ``order[i]``, multiplied by ``signs[i]``.

    Raises:
        TypeError: If it is no network.
        ValueError: If it is a batch, or there are more than ``limit``.

    >>> from types import SimpleNamespace
    >>> twins = SimpleNamespace(weights=([[1.0], [1.0], [2.0]], [[3.0, 3.0, 1.0]]), biases=([0.0, 0.0, 0.0], [1.0]))
    >>> [found[0][0].tolist() for found in stabilizer(twins)]
    [[0, 1, 2], [1, 0, 2]]
    """
    layers, found = _layers(mlp), []
    for exchange in _fitting(layers, 0, layers[0][0], signs):
        found.append(exchange)
        if len(found) > limit:
            raise ValueError(
                f"mlp: more than limit={limit} exchanges leave this network as it is (are whole layers zero?); break "
                "the ties, or count one layer by its classes of equal units"
            )
    return found


def orbit_size(mlp, *, signs: bool = False) -> int:
    """Number of different parameter vectors that exchanges of hidden units make of a network.

    Args:
        mlp: A network, no batch.
        signs: Whether units may change signs, too (odd activations).

    Returns:
        The order of the group over that of the stabilizer, an integer without rounding.

    Raises:
        TypeError: If it is no network.
        ValueError: If it is a batch, or its stabilizer is too large to be listed.

    >>> from types import SimpleNamespace
    >>> twins = SimpleNamespace(weights=([[1.0], [1.0], [2.0]], [[3.0, 3.0, 1.0]]), biases=([0.0, 0.0, 0.0], [1.0]))
    >>> orbit_size(twins)
    3
    """
    hidden = [len(bias) for _, bias in _layers(mlp)[:-1]]
    order = math.prod(math.factorial(n) * (2**n if signs else 1) for n in hidden)
    return order // len(stabilizer(mlp, signs=signs))


def enumerate_orbit(mlp, *, signs: bool = False) -> np.ndarray:
    """All different parameter vectors that exchanges of hidden units make of a small network, by brute force.

    Args:
        mlp: A network, no batch, with at most 100,000 elements in its group.
        signs: Whether units may change signs, too (odd activations).

    Returns:
        One copy in a row, (n_copies, n_params), in lexicographic order; weights and biases layer by layer.

    Raises:
        TypeError: If it is no network.
        ValueError: If it is a batch, or the group is too large.

    >>> from types import SimpleNamespace
    >>> swapped = SimpleNamespace(weights=([[1.0], [2.0]], [[3.0, 4.0]]), biases=([0.0, 0.0], [1.0]))
    >>> enumerate_orbit(swapped)
    array([[1., 2., 0., 0., 3., 4., 1.],
           [2., 1., 0., 0., 4., 3., 1.]])
    """
    layers = _layers(mlp)
    hidden = [len(bias) for _, bias in layers[:-1]]
    order = math.prod(math.factorial(n) * (2**n if signs else 1) for n in hidden)
    if order > MAX_COPIES:
        raise ValueError(
            f"mlp: expected a group of at most {MAX_COPIES} elements, got {order}; orbit_size counts without listing"
        )
    choices = [list(product(permutations(range(n)), product(*[(1.0, -1.0) if signs else (1.0,)] * n))) for n in hidden]
    copies = [_vector(layers, [(list(p), np.array(s)) for p, s in exchange]) for exchange in product(*choices)]
    return np.unique(np.array(copies) + 0.0, axis=0)  # + 0.0 makes -0.0 positive


def _vector(layers, exchange) -> np.ndarray:
    parts = []
    for k, (weight, bias) in enumerate(layers):
        if k:
            order, sign = exchange[k - 1]
            weight = weight[:, order] * sign
        if k < len(exchange):
            order, sign = exchange[k]
            weight, bias = weight[order] * sign[:, None], bias[order] * sign
        parts += [weight.ravel(), bias]
    return np.concatenate(parts)


def _fitting(layers, k: int, moved: np.ndarray, signs: bool) -> Iterator[Exchange]:
    """Exchanges of layers k and above that fit; ``moved`` is W_k with the columns as layer k-1 was exchanged."""
    weight, bias = layers[k]
    if k == len(layers) - 1:
        if np.array_equal(moved, weight):
            yield ()
        return
    here, there = np.column_stack([weight, bias]), np.column_stack([moved, bias])
    places = [_candidates(row, there, signs) for row in here]
    for order, sign in _orders(places, ()):
        columns = layers[k + 1][0][:, order] * sign
        for above in _fitting(layers, k + 1, columns, signs):
            yield ((order, sign), *above)


def _candidates(row: np.ndarray, rows: np.ndarray, signs: bool) -> list[tuple[int, float]]:
    allowed = (1.0, -1.0) if signs else (1.0,)
    return [(j, s) for j in range(len(rows)) for s in allowed if np.array_equal(s * rows[j], row)]


def _orders(places, taken) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """All ways to give each place one of its candidates, no unit twice."""
    if len(taken) == len(places):
        yield np.array([j for j, _ in taken], dtype=np.int64), np.array([s for _, s in taken])
        return
    used = {j for j, _ in taken}
    for candidate in places[len(taken)]:
        if candidate[0] not in used:
            yield from _orders(places, (*taken, candidate))


def _layers(mlp) -> list[tuple[np.ndarray, np.ndarray]]:
    if not hasattr(mlp, "weights") or not hasattr(mlp, "biases"):
        raise TypeError(f"mlp: expected a network with weights and biases, got {type(mlp).__name__}")
    layers = [(_array(w), _array(b)) for w, b in zip(mlp.weights, mlp.biases, strict=True)]
    if any(weight.ndim != 2 or bias.ndim != 1 for weight, bias in layers):
        shape = layers[0][0].shape
        raise ValueError(f"mlp: expected one network, weights (d_k, d_k-1), got a batch, weights {shape}; pass one")
    return layers


def _array(values) -> np.ndarray:
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values, dtype=np.float64)
