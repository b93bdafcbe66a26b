r"""A matrix with positive determinant as a product of factors :math:`1+V_k` near the identity.

With :math:`A=BO`, :math:`B=(AA^{\mathsf T})^{1/2}` and :math:`O=B^{-1}A` a rotation, the roots
:math:`B^{1/m}` and :math:`O^{1/m}` are at distance :math:`O(1/m)` from 1:

.. math:: m\|B^{1/m}-1\|\to b=\max_i|\ln\lambda_i|,\qquad m\|O^{1/m}-1\|=2m\sin\frac{\phi}{2m}\to\phi=\max_i|\phi_i| .

So with n factors, half of them roots of each kind, :math:`n\max_k\|V_k\|\to2\max(b,\phi)`; shared out in proportion to
:math:`b:\phi` it tends to :math:`b+\phi`.  In the limit no choice of
factors goes below :math:`\ln\max(\|A\|,\|A^{-1}\|)=b`, as norms of products are at most products of norms.  The
principal logarithm would not do in place of two roots: that of diag(-1, -2) is complex, though the determinant is 2.
A product of factors with :math:`\|V_k\|<1` has positive determinant, so the condition is necessary.

Source: Hardt and Ma (2017), *Identity matters in deep learning*, Theorem 2.1; slides of Yarotsky, "Constant width
networks".
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.linear_networks.rotations import RotationBlocks, rotation_blocks


class NearIdentity(NamedTuple):
    r"""Factors near the identity and how near they are.

    Attributes:
        factors: Factors :math:`1+V_k` in the order of application, (n_factors, d, d): layers whose map is the matrix.
        deviations: Spectral norms :math:`\|V_k\|`, (n_factors,).
        n_rotations: How many of the first factors are roots of the rotation; the others are roots of the stretch.
        stretch: :math:`b=\max|\ln\lambda_i|` over the singular values of the matrix.
        angle: :math:`\phi=\max|\phi_i|` of its rotation.
    """

    factors: np.ndarray
    deviations: np.ndarray
    n_rotations: int
    stretch: float
    angle: float

    @property
    def constant(self) -> float:
        r"""The measured constant :math:`n\max_k\|V_k\|` of :math:`O(1/n)`."""
        return float(len(self.factors) * self.deviations.max())


def polar_factors(matrix: Any) -> tuple[np.ndarray, np.ndarray]:
    r"""The polar form :math:`A=BO`: B symmetric positive definite, O orthogonal.

    Args:
        matrix: Square matrix (d, d) that is not singular.

    Raises:
        ValueError: If the matrix is not square, or singular.

    >>> stretch, rotation = polar_factors([[0.0, -2.0], [3.0, 0.0]])
    >>> stretch.round(12), rotation.round(12)
    (array([[2., 0.],
           [0., 3.]]), array([[ 0., -1.],
           [ 1.,  0.]]))
    """
    left, scales, right = _decompose(matrix)
    return (left * scales) @ left.T, left @ right


def near_identity_factors(matrix: Any, n_factors: int, *, split: str = "half") -> NearIdentity:
    """Write a matrix with positive determinant as a product of factors near the identity.

    Args:
        matrix: Square matrix (d, d) with positive determinant.
        n_factors: Number of factors, at least 2.
        split: ``"half"`` takes as many roots of the rotation as of the stretch (one more of the stretch if that is
            odd), as the proof does with n = 2K; ``"proportional"`` shares them out so that all are equally near.

    Returns:
        NearIdentity: factors, deviations, and the two sizes that set the constant.

    Raises:
        ValueError: If the matrix is not square, or its determinant is not positive, or ``split`` is unknown.

    >>> result = near_identity_factors([[-1.0, 0.0], [0.0, -2.0]], 2000)  # no real logarithm, yet det > 0
    >>> round(result.constant / 2, 4)  # half the factors turn by pi in all
    3.1416
    >>> near_identity_factors([[-1.0, 0.0], [0.0, 1.0]], 10)
    Traceback (most recent call last):
        ...
    ValueError: matrix: expected a positive determinant, got a negative one; factors 1 + V with |V| < 1 can be joined
    to the identity without becoming singular, so products of them have det > 0; flip the sign of one row
    """
    left, scales, right = _decompose(matrix)
    rotation = left @ right
    if np.linalg.slogdet(rotation)[0] < 0:
        raise ValueError(
            "matrix: expected a positive determinant, got a negative one; factors 1 + V with |V| < 1 can be joined\n"
            "to the identity without becoming singular, so products of them have det > 0; flip the sign of one row"
        )
    n_factors = _checks.integer("n_factors", n_factors, low=2)
    blocks = rotation_blocks(rotation)
    stretch, angle = float(np.abs(np.log(scales)).max()), float(np.abs(blocks.angles).max(initial=0.0))
    n_rotations = _share(n_factors, stretch, angle, split)
    turn, pull = _roots(left, scales, blocks, n_rotations, n_factors - n_rotations)
    factors = np.concatenate([np.repeat(turn[None], n_rotations, 0), np.repeat(pull[None], n_factors - n_rotations, 0)])
    sizes = [np.linalg.norm(factor - np.eye(len(factor)), 2) for factor in (turn, pull)]
    return NearIdentity(factors, np.repeat(sizes, [n_rotations, n_factors - n_rotations]), n_rotations, stretch, angle)


def _share(n_factors: int, stretch: float, angle: float, split: str) -> int:
    if split == "half":
        return n_factors // 2
    if split != "proportional":
        raise ValueError(f"split: expected 'half' or 'proportional', got {split!r}")
    if stretch + angle == 0:
        return n_factors // 2
    return min(max(round(n_factors * angle / (stretch + angle)), 1), n_factors - 1)


def _roots(left, scales, blocks: RotationBlocks, n_rotations: int, n_stretches: int):
    return blocks.power(1 / n_rotations), (left * scales ** (1 / n_stretches)) @ left.T


def _decompose(matrix: Any):
    matrix = _checks.real_array("matrix", matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(f"matrix: expected a square matrix, got shape {matrix.shape}")
    left, scales, right = np.linalg.svd(matrix)
    if scales[-1] <= len(matrix) * math.ulp(1.0) * scales[0]:
        raise ValueError(
            f"matrix: expected a positive determinant, got a singular matrix (singular values {scales[0]:.3g} to "
            f"{scales[-1]:.3g})"
        )
    return left, scales, right
