r"""Canonical form of a rotation: :math:`O\in SO(d)` turns orthogonal planes by angles and leaves the rest alone.

The eigenvalues of an orthogonal matrix are pairs :math:`e^{\pm i\phi}`, ones, and minus ones.  If the determinant is 1
the number of minus ones is even, and they make planes turned by :math:`\pi`; with determinant -1 one reflection is
left over.  In dimension 3 there is one plane, hence an axis (Euler).

Source: Yarotsky, *Optimization of neural networks* (slides), "Proof (Hardt-Ma)" and its footnote.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from scipy import linalg

from lossland import _checks

_ORTHOGONALITY = 1e-8


class RotationBlocks(NamedTuple):
    r"""The planes of a rotation.

    Attributes:
        basis: Orthonormal basis (d, d); columns 2i and 2i+1 span plane i, the rest is fixed.
        angles: Angle of each plane, (n_planes,), in :math:`(-\pi,\pi]`, without zeros.
    """

    basis: np.ndarray
    angles: np.ndarray

    def power(self, exponent: float) -> np.ndarray:
        r"""The rotation with all angles multiplied by ``exponent``: a root of the rotation for 1/K."""
        matrix = np.eye(len(self.basis))
        for i, angle in enumerate(exponent * self.angles):
            c, s = math.cos(angle), math.sin(angle)
            matrix[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[c, -s], [s, c]]
        return self.basis @ matrix @ self.basis.T


def rotation_blocks(rotation: Any) -> RotationBlocks:
    """Split a rotation into planes and angles, by its real Schur form.

    Args:
        rotation: Orthogonal matrix (d, d) of determinant 1.

    Returns:
        RotationBlocks: basis and angles; ``power(1)`` is the rotation again.

    Raises:
        ValueError: If the matrix is not orthogonal, or its determinant is -1.

    >>> rotation_blocks(np.diag([-1.0, 1.0, -1.0])).angles  # two minus ones are half a turn
    array([3.14159265])
    """
    matrix = _orthogonal("rotation", rotation)
    form, vectors = linalg.schur(matrix, output="real")
    planes, angles, minus, plus, i = [], [], [], [], 0
    while i < len(matrix):
        if i + 1 < len(matrix) and form[i + 1, i] != 0:
            planes += [i, i + 1]
            angles.append(math.atan2(form[i + 1, i] - form[i, i + 1], form[i, i] + form[i + 1, i + 1]))
            i += 2
            continue
        (minus if form[i, i] < 0 else plus).append(i)
        i += 1
    angles += [math.pi] * (len(minus) // 2)
    return RotationBlocks(vectors[:, planes + minus + plus], np.array(angles))


def axis_angle(rotation: Any) -> tuple[np.ndarray, float]:
    r"""Axis and angle of a rotation of three dimensions (Euler's theorem).

    Args:
        rotation: Orthogonal matrix (3, 3) of determinant 1.

    Returns:
        Unit vector (3,) that the rotation fixes, and the angle in :math:`[0,\pi]` that it turns about it, right-handed.
        The axis of no rotation is arbitrary, that of half a turn has an arbitrary sign.

    Raises:
        ValueError: If the matrix is not 3 by 3 and orthogonal with determinant 1.

    >>> axis_angle([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    (array([0., 0., 1.]), 1.5707963267948966)
    """
    matrix = _orthogonal("rotation", rotation)
    if len(matrix) != 3:
        raise ValueError(f"rotation: expected a 3 by 3 matrix, got {matrix.shape}; other dimensions have no axis")
    turn = np.array([matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1]]) / 2
    sine, cosine = float(np.linalg.norm(turn)), float(np.trace(matrix) - 1) / 2
    if cosine > 0 and sine > 0:
        return turn / sine, math.atan2(sine, cosine)
    axis = np.linalg.eigh((matrix + matrix.T) / 2)[1][:, -1]  # near half a turn the antisymmetric part vanishes
    return (-axis if turn @ axis < 0 else axis), math.atan2(sine, cosine)


def _orthogonal(name: str, value: Any) -> np.ndarray:
    matrix = _checks.real_array(name, value)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"{name}: expected a square matrix, got shape {matrix.shape}")
    defect = np.abs(matrix.T @ matrix - np.eye(len(matrix))).max(initial=0.0)
    if defect > _ORTHOGONALITY:
        raise ValueError(f"{name}: expected an orthogonal matrix, got one with O^T O off the identity by {defect:.2g}")
    if np.linalg.slogdet(matrix)[0] < 0:
        raise ValueError(f"{name}: expected determinant 1, got -1: a reflection is left over; flip one row")
    return matrix
