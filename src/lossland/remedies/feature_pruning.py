r"""Masks on the features of labeled functions: what figure 2 of the paper costs.

Each head :math:`f^m` sees the features that its column of a binary mask B keeps.  In an orthonormal basis no feature
can stand in for another, so that the error of a head is exactly what its mask and the degree take away,

.. math:: \Bigl\|f^m-\sum_nB_{nm}w^m_n\phi_n\Bigr\|^2=\sum_{n\le N}(1-B_{nm})(w^m_n)^2+\sum_{n>N}(w^m_n)^2,

and no larger N makes up for a masked coefficient.

Source: Glukhov (2024), figure 2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from lossland import _checks
from lossland.remedies.gauss_quadrature import project
from lossland.remedies.orthogonal_bases import OrthonormalBasis


class PrunedHeads(NamedTuple):
    """Functions, seen through masked features.

    Attributes:
        coefficients: (N + 1, heads), zero where the mask is.
        masked: Square of what each mask takes away, (heads,).
        tail: Square of what the degree takes away, (heads,).
        square_norm: Square norm of each function, (heads,).
    """

    coefficients: np.ndarray
    masked: np.ndarray
    tail: np.ndarray
    square_norm: np.ndarray

    @property
    def relative_error(self) -> np.ndarray:
        """Return the square error of each head over the square norm of its function."""
        return (self.masked + self.tail) / self.square_norm


def prune_heads(
    basis: OrthonormalBasis, functions: Sequence[Callable], mask, *, n_nodes: int | None = None
) -> PrunedHeads:
    """Project functions on the features that their masks keep.

    Args:
        basis: The basis.
        functions: The functions of the heads.
        mask: Zeros and ones (N + 1, heads).
        n_nodes: Nodes of the Gauss rule.

    Returns:
        PrunedHeads: coefficients and errors.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If the mask does not fit, or a function is not finite at a node.

    >>> from lossland.remedies import legendre
    >>> prune_heads(legendre(), [lambda x: 3 * x**2], [[1], [1], [0]]).masked.round(6)  # w_2 is gone
    array([0.8])
    """
    mask = np.asarray(mask)
    if mask.ndim != 2 or mask.shape[1] != len(functions) or not mask.size:
        raise ValueError(f"mask: expected the shape (N + 1, {len(functions)}), got {mask.shape}")
    if not np.all((mask == 0) | (mask == 1)):
        raise ValueError("mask: expected zeros and ones")
    degree = _checks.integer("degree", len(mask) - 1, low=0)
    found = [project(basis, function, degree, n_nodes=n_nodes) for function in functions]
    coefficients = np.stack([one.coefficients for one in found], axis=1)
    masked = np.sum(np.where(mask == 0, coefficients**2, 0.0), axis=0)
    tail, square_norm = (np.array([getattr(one, name) for one in found]) for name in ("tail", "square_norm"))
    return PrunedHeads(coefficients * mask, masked, tail, square_norm)
