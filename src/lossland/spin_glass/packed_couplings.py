r"""Symmetric couplings of order H stored once: about :math:`n^H/H!` numbers instead of :math:`n^H`.

Only the sum of the couplings over the orderings of a tuple enters the energy,

.. math:: L(w)=n^{-(H-1)/2}\sum_{i_1\le\dots\le i_H}A_{i_1\dots i_H}\,w_{i_1}\cdots w_{i_H},

so the numbers A are kept in *slabs*.  Axes 2 to H-1 of a slab are blocks of ``block_size(order)`` consecutive spins in
increasing order; axis 1 runs over all spins up to the end of the second block, axis H over all spins from the start
of the last one.  Positions out of order hold zeros: for H = 3 a fraction of about :math:`3b/n` more than
:math:`n^3/6` numbers.

A slab is a matrix whose rows are its first axis.  One product with the outer product of w over the other axes gives
the gradient in the first axis, one product with w in the first axis gives a table whose small contractions are the
gradient in all others: every number is read from memory once, in pieces that stay in the cache of a core for the
second product.

What bounds it: for one state the memory bandwidth over :math:`n^H/H!` numbers; for many states the rate of matrix
products, with :math:`4n^H/H!` operations a state where the full tensor needs :math:`2n^H`.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import NamedTuple

import torch

_BLOCK_SIZE = {2: 64, 3: 16, 4: 8}  # of the order; measured for H = 3 at n = 400: 8 and 32 are 10 % slower
_PIECE_BYTES = 1 << 20  # a piece of a slab, to be read twice from the cache of one core
_MANY = 16  # states from which on arithmetic takes longer than reading, and longer pieces are better


class Slab(NamedTuple):
    """Where one slab lies: a half-open range of spins for each axis."""

    ranges: tuple[tuple[int, int], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        return tuple(stop - start for start, stop in self.ranges)


def block_size(order: int) -> int:
    """Spins in a block of the middle axes."""
    return _BLOCK_SIZE.get(order, 4)


@functools.lru_cache(maxsize=64)
def slab_layout(n_spins: int, order: int) -> tuple[Slab, ...]:
    """Slabs of packed couplings; together they hold each sorted tuple once.

    >>> slab_layout(40, 3)[1]
    Slab(ranges=((0, 32), (16, 32), (16, 40)))
    """
    size = block_size(order)
    blocks = [(start, min(start + size, n_spins)) for start in range(0, n_spins, size)]
    if order == 2:
        return tuple(Slab((block, (block[0], n_spins))) for block in blocks)
    middles = itertools.combinations_with_replacement(blocks, order - 2)
    return tuple(Slab(((0, middle[0][1]), *middle, (middle[-1][0], n_spins))) for middle in middles)


def n_packed(n_spins: int, order: int) -> int:
    """Numbers that are stored, the zeros out of order included.

    >>> round(n_packed(1000, 3) / math.comb(1002, 3), 3)
    1.045
    """
    return sum(math.prod(slab.shape) for slab in slab_layout(n_spins, order))


def multiplicity(slab: Slab, *, dtype: torch.dtype, device: torch.device | str) -> torch.Tensor:
    r"""Number of orderings :math:`H!/\prod m_k!` of the tuple at each position; 0 where it is out of order.

    Args:
        slab: The slab.
        dtype: Type of the result.
        device: Device of the result.

    Returns:
        Tensor of the shape of the slab.
    """
    order = len(slab.ranges)
    axes = [
        torch.arange(start, stop, device=device).reshape([-1 if axis == place else 1 for axis in range(order)])
        for place, (start, stop) in enumerate(slab.ranges)
    ]
    run = orderings = torch.ones([1] * order, dtype=dtype, device=device)
    sorted_here = torch.ones([1] * order, dtype=torch.bool, device=device)
    for before, after in itertools.pairwise(axes):
        run = 1 + run * (before == after)
        orderings = orderings * run
        sorted_here = sorted_here & (before <= after)
    return torch.where(sorted_here, math.factorial(order) / orderings, 0.0)


def packed_gradient(slabs: tuple[torch.Tensor, ...], states: torch.Tensor) -> torch.Tensor:
    r"""Derivatives of :math:`\sum A_{i_1\dots i_H}w_{i_1}\cdots w_{i_H}`.

    Args:
        slabs: The numbers A, each slab (\*D, \*slab.shape), D empty or (n_disorder,).
        states: (\*D, B, n).

    Returns:
        Tensor (\*D, B, n).
    """
    order = slabs[0].ndim - (states.ndim - 2)
    out = torch.zeros_like(states)
    for slab, values in zip(slab_layout(states.shape[-1], order), slabs, strict=True):
        if states.ndim == 2 and states.shape[0] == 1:
            _add_slab_for_one_state(out[0], values, states[0], slab.ranges)
        else:
            _add_slab(out, values, states, slab.ranges)
    return out


def _add_slab(out, values, states, ranges):
    others = [states[..., start:stop] for start, stop in ranges[1:]]
    matrix = values.flatten(1 - len(ranges))
    product = outer_product(others).flatten(states.ndim - 1)
    table = torch.zeros_like(product)
    add = table.addmm_ if table.ndim == 2 else table.baddbmm_
    few = states[..., 0].numel() < _MANY
    for rows, first in _pieces(matrix, ranges[0][0], _PIECE_BYTES if few else 4 * _PIECE_BYTES):
        out[..., first] += product @ matrix[..., rows, :].mT
        add(states[..., first], matrix[..., rows, :])
    table = table.unflatten(-1, values.shape[1 - len(ranges) :])
    for axis, (start, stop) in enumerate(ranges[1:]):
        out[..., start:stop] += contract_all_but(table, others, axis)


def _add_slab_for_one_state(out, values, state, ranges):
    """The same with matrix-vector products, which read a matrix as fast as memory gives it."""
    others = [state[start:stop] for start, stop in ranges[1:]]
    matrix = values.flatten(1)
    product = outer_product(others).flatten()
    table = torch.zeros_like(product)
    for rows, first in _pieces(matrix, ranges[0][0], _PIECE_BYTES):
        out[first].addmv_(matrix[rows], product)
        table.addmv_(matrix[rows].T, state[first])
    table = table.view(values.shape[1:])
    for axis, (start, stop) in enumerate(ranges[1:]):
        out[start:stop] += contract_all_but(table, others, axis)


def _pieces(matrix, offset, n_bytes):
    """Rows of a matrix in pieces of ``n_bytes``, and the spins that they belong to."""
    n_rows = matrix.shape[-2]
    step = max(1, n_bytes * n_rows // max(1, matrix.nelement() * matrix.element_size()))
    for start in range(0, n_rows, step):
        stop = min(start + step, n_rows)
        yield slice(start, stop), slice(offset + start, offset + stop)


def packed_hessian(slabs: tuple[torch.Tensor, ...], states: torch.Tensor) -> torch.Tensor:
    r"""Second derivatives of :math:`\sum A_{i_1\dots i_H}w_{i_1}\cdots w_{i_H}`.

    Args:
        slabs: The numbers A, as in :func:`packed_gradient`.
        states: (\*D, B, n).

    Returns:
        Tensor (\*D, B, n, n).
    """
    n_spins, order = states.shape[-1], slabs[0].ndim - (states.ndim - 2)
    half = states.new_zeros(*states.shape, n_spins)
    for slab, values in zip(slab_layout(n_spins, order), slabs, strict=True):
        factors = [states[..., start:stop] for start, stop in slab.ranges]
        for a, c in itertools.combinations(range(order), 2):
            others = [axis for axis in range(order) if axis not in (a, c)]
            matrix = _pair(values, factors, a, c, others)
            half[..., slice(*slab.ranges[a]), slice(*slab.ranges[c])] += matrix
    return half + half.mT


def _pair(values, factors, a, c, others):
    """Contract a slab with the states in all axes but ``a`` and ``c``; without others all states share the slab."""
    if not others:
        return values.unsqueeze(-3)
    state, order = len(factors), len(factors)
    operands = [operand for axis in others for operand in (factors[axis], [..., state, axis])]
    return torch.einsum(values, [..., *range(order)], *operands, [..., state, a, c])


def outer_product(factors: list[torch.Tensor]) -> torch.Tensor:
    """Outer product over the last axes of tensors (..., m_a): a tensor (..., m_1, ..., m_L)."""
    product = factors[0]
    for factor in factors[1:]:
        product = product.unsqueeze(-1) * factor.reshape(
            *factor.shape[:-1], *[1] * (product.ndim - factor.ndim + 1), factor.shape[-1]
        )
    return product


def contract_all_but(table: torch.Tensor, factors: list[torch.Tensor], axis: int) -> torch.Tensor:
    """Contract a tensor (..., m_1, ..., m_L) with a vector (..., m_a) in every axis but one: (..., m_axis)."""
    for factor in reversed(factors[axis + 1 :]):
        kept = table.shape[factor.ndim - 1 : -1]
        rows = table.flatten(factor.ndim - 1, -2) if kept else table.unsqueeze(-2)
        table = (rows @ factor.unsqueeze(-1)).reshape(*factor.shape[:-1], *kept)
    for factor in factors[:axis]:
        kept = table.shape[factor.ndim :]
        table = (factor.unsqueeze(-2) @ table.flatten(factor.ndim)).reshape(*factor.shape[:-1], *kept)
    return table
