r"""Students that answer some teachers backwards: the families of spurious minima, one for each number of reversals.

Take k orthonormal teachers and a student for each. At the spurious minima that descent finds, k - m students have
learned their teachers, and m point the other way: :math:`w_j\approx-v_j`. Since :math:`(z)_+-(-z)_+=z`, what a
reversed student does wrong is a linear function, and all others together can make a linear function almost: each
leans by about 2/k toward the teacher that is missing. The error that remains has, for m = 1 and large k, the loss

.. math:: L\simeq\Bigl(\tfrac12-\tfrac2{\pi^2}\Bigr)\frac1k .

These points are unchanged by the permutations of the first k - m teachers and of the last m with their students, so
that a handful of numbers describes them; critical in these numbers is critical in all weights, by symmetry. A further
student (``n_extra=1``) belongs to no teacher.

Source: Arjevani and Field (2019), *On the principle of least symmetry breaking in shallow ReLU models*; (2021),
*Analytic study of families of spurious minima in two-layer ReLU neural networks*, for m = 1 and n = k. NumPy,
float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossland import _checks
from lossland.teacher_student.population_loss import (
    check_networks,
    orthogonal_teachers,
    population_gradient,
    population_hessian,
    population_loss,
)


@dataclass(frozen=True)
class ReversedStudents:
    """A critical point of the family.

    Attributes:
        students: (k + n_extra, k); the last m teachers are answered backwards, an extra student is the last row.
        loss: Population loss with the factor 1/2.
        gradient_norm: Norm of its gradient.
        least_eigenvalue: Least eigenvalue of its Hessian: positive at a strict minimum, negative at a saddle.
        found: Whether this is a critical point with m reversals; for some sizes the family does not exist, or ends.
    """

    students: np.ndarray
    loss: float
    gradient_norm: float
    least_eigenvalue: float
    found: bool


def reversed_students(n_teachers: int, n_reversed: int = 1, *, n_extra: int = 0) -> ReversedStudents:
    """Find the critical point where m of k orthonormal teachers are answered backwards.

    Args:
        n_teachers: Number k of teachers, at least 3; also the dimension.
        n_reversed: Number m of reversed students, between 1 and k - 2.
        n_extra: 0, or 1 for one student more than teachers.

    Returns:
        ReversedStudents: The point, whether or not it is a minimum; look at ``found`` and ``least_eigenvalue``.

    Raises:
        TypeError: If an argument is not an integer.
        ValueError: If it is outside the range.

    >>> six, five = reversed_students(6), reversed_students(5)
    >>> round(six.loss, 8), round(six.least_eigenvalue, 6), five.least_eigenvalue < 0
    (0.02508058, 0.0047, True)
    """
    k = _checks.integer("n_teachers", n_teachers, low=3)
    m = _checks.integer("n_reversed", n_reversed, low=1, high=k - 2)
    extra = _checks.integer("n_extra", n_extra, low=0, high=1)
    teachers, basis = orthogonal_teachers(k), _invariant_basis(k, m, extra)
    blocks = _descend(_start(k, m, extra), basis, teachers)
    blocks = _newton(blocks, basis, teachers)
    students = np.tensordot(blocks, basis, 1)
    norm = float(np.linalg.norm(population_gradient(students, teachers)))
    least = float(np.linalg.eigvalsh(population_hessian(students, teachers))[0])
    found = norm < 1e-10 and int(count_reversed(students, teachers)) == m
    return ReversedStudents(students, float(population_loss(students, teachers)), norm, least, found)


def count_reversed(students: Any, teachers: Any) -> np.ndarray:
    """Count the teachers from which some student points away, more than to or from any other.

    Args:
        students: (..., n, d).
        teachers: (k, d).

    Returns:
        ndarray of int: (...).

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite or a shape does not fit.

    >>> int(count_reversed([[0.9, 0.2], [0.3, -0.6]], np.eye(2)))
    1
    """
    students, teachers = check_networks(students, teachers)
    overlaps = students @ teachers.T
    closest = np.argmax(np.abs(overlaps), axis=-1)[..., None]
    away = np.take_along_axis(overlaps, closest, axis=-1) < 0
    return np.sum(np.any(away & (closest == np.arange(len(teachers))), axis=-2), axis=-1)


def _invariant_basis(k: int, m: int, extra: int) -> np.ndarray:
    """Matrices (number of blocks, k + extra, k), orthogonal to each other, that span the invariant students."""
    fixed, away = np.arange(k) < k - m, np.arange(k) >= k - m
    diagonal = np.eye(k, dtype=bool)
    masks = [
        diagonal & fixed[:, None],  # students along their own teachers,
        ~diagonal & fixed[:, None] & fixed,  # along the other teachers,
        fixed[:, None] & away,  # along the missing ones,
        away[:, None] & fixed,  # and the same for reversed students
        diagonal & away[:, None],
        ~diagonal & away[:, None] & away,
    ]
    basis = np.zeros((6 + 2 * extra, k + extra, k))
    for block, mask in zip(basis, masks, strict=False):
        block[:k] = mask
    if extra:
        basis[6, k], basis[7, k] = fixed, away
    return basis


def _start(k: int, m: int, extra: int) -> np.ndarray:
    """A point near by, from the law for large k; the extra student averages the missing teachers, or shares one."""
    blocks = [1.0, 0.0, 2 / k, 4 / (np.pi * k), -0.7, 2 / k]
    if extra and m == 1:
        blocks[2:5] = [1.7 / k, 0.6 / k, -0.5]
        return np.array([*blocks, 1 / k, -0.19])
    return np.array([*blocks, -0.1, 0.45] if extra else blocks)


def _descend(blocks: np.ndarray, basis: np.ndarray, teachers: np.ndarray, n_steps: int = 200) -> np.ndarray:
    sizes = np.maximum(np.sum(basis, axis=(1, 2)), 1.0)
    for _ in range(n_steps):
        gradient = population_gradient(np.tensordot(blocks, basis, 1), teachers)
        blocks = blocks - 3 / len(teachers) * np.tensordot(basis, gradient, 2) / sizes
    return blocks


def _newton(blocks: np.ndarray, basis: np.ndarray, teachers: np.ndarray, n_steps: int = 12) -> np.ndarray:
    flat = basis.reshape(len(basis), -1)
    for _ in range(n_steps):
        students = np.tensordot(blocks, basis, 1)
        slope = flat @ population_gradient(students, teachers).ravel()
        step = np.linalg.lstsq(flat @ population_hessian(students, teachers) @ flat.T, slope, rcond=None)[0]
        blocks = blocks - step
        if np.max(np.abs(step)) < 1e-14:
            break
    return blocks
