r"""Population loss of ReLU students of ReLU teachers, with gradient and Hessian in closed form: no sampling.

Students :math:`w_1,\dots,w_n` and teachers :math:`v_1,\dots,v_k` in :math:`\mathbb R^d`, both summed with coefficient
one; inputs :math:`x\sim N(0,I_d)`; the loss

.. math:: F(W)=\tfrac12\,\mathbb E\Bigl(\sum_{i\le n}(w_i\cdot x)_+-\sum_{j\le k}(v_j\cdot x)_+\Bigr)^2
   =\tfrac12\sum_{i,j}k(w_i,w_j)-\sum_{i,j}k(w_i,v_j)+\tfrac12\sum_{i,j}k(v_i,v_j)

with the kernel of :mod:`lossland.teacher_student.relu_kernel`.  The factor 1/2 is part of the definition here;
``half=False`` leaves it out.  Leading dimensions of the students are runs.  Values are exact to rounding, about 1e-15
times the square of the number of neurons.

Zero students: the loss is fine.  It has no gradient there, only one-sided derivatives
(:func:`one_sided_derivative`); :func:`population_gradient` gives such a student a zero gradient (derivative of the ReLU
at 0 taken as 0, so gradient descent leaves it where it is), and :func:`population_hessian` refuses.  Parallel and
opposite neurons need no care: all three functions are continuous there.

Source: Safran and Shamir (2018), *Spurious local minima are common in two-layer ReLU neural networks*, sections 2, 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks
from lossland.teacher_student.relu_kernel import chord_angle, chord_outer_products, relu_kernel, unit_orthogonal


def orthogonal_teachers(n_teachers: int, dimension: int | None = None) -> np.ndarray:
    """Orthonormal teachers: the first unit vectors.

    Inputs are isotropic, so every other orthonormal set of teachers is this one in turned coordinates.

    Args:
        n_teachers: Number of teachers k.
        dimension: Dimension d of the inputs, at least k; k when ``None``.

    Returns:
        ndarray: (k, d).

    Raises:
        TypeError: If a number is no integer.
        ValueError: If a number is too small.

    >>> orthogonal_teachers(2, 3)
    array([[1., 0., 0.],
           [0., 1., 0.]])
    """
    n_teachers = _checks.integer("n_teachers", n_teachers, low=1)
    dimension = n_teachers if dimension is None else _checks.integer("dimension", dimension, low=n_teachers)
    return np.eye(n_teachers, dimension)


def population_loss(students: Any, teachers: Any, *, half: bool = True) -> np.ndarray:
    """Expected squared difference of the outputs of students and teachers, halved by default.

    Args:
        students: (..., n, d).
        teachers: (k, d).
        half: Whether the factor 1/2 is there.

    Returns:
        ndarray: (...), zero or more up to rounding.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite or a shape does not fit.

    >>> teachers = orthogonal_teachers(3)
    >>> bool(abs(population_loss(teachers[::-1], teachers)) < 1e-15)
    True
    >>> float(population_loss(np.zeros((1, 1)), [[2.0]])), float(population_loss(np.zeros((1, 1)), [[2.0]], half=False))
    (1.0, 2.0)
    """
    students, teachers = check_networks(students, teachers)
    neurons, signs = _joined(students, teachers)
    lengths, _, cosine = _lengths_units_cosines(neurons)
    values = np.sqrt(1 - cosine**2) + (np.pi - np.arccos(cosine)) * cosine
    weighted = (signs * lengths)[..., None]
    loss = np.sum(weighted * (values @ weighted), axis=(-2, -1)) / (2 * np.pi)
    return loss / 2 if half else loss


def population_gradient(students: Any, teachers: Any, *, half: bool = True) -> np.ndarray:
    """Gradient of the population loss in the students.

    Args:
        students: (..., n, d).
        teachers: (k, d).
        half: Whether the factor 1/2 is there.

    Returns:
        ndarray: (..., n, d); zero for a student that is zero, where there is no gradient (see the head of the module).

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite or a shape does not fit.

    >>> population_gradient([[2.0]], [[1.0]])  # one neuron on a line: the loss is (w - 1)^2 / 4
    array([[0.5]])
    """
    students, teachers = check_networks(students, teachers)
    neurons, signs = _joined(students, teachers)
    n = students.shape[-2]
    lengths, units, cosine = _lengths_units_cosines(neurons, n)
    radial = np.sqrt(1 - cosine**2) @ (lengths * signs)[..., None]
    gradient = radial * units[..., :n, :] + (np.pi - np.arccos(cosine)) @ (neurons * signs[:, None])
    gradient = np.where(lengths[..., :n, None] > 0, gradient, 0.0)
    return gradient / (2 * np.pi) if half else gradient / np.pi


def population_hessian(students: Any, teachers: Any, *, half: bool = True) -> np.ndarray:
    """Hessian of the population loss in the students.

    Args:
        students: (..., n, d), none of them zero.
        teachers: (k, d).
        half: Whether the factor 1/2 is there.

    Returns:
        ndarray: (..., n d, n d), symmetric to rounding; row ``i * d + a`` belongs to component a of student i.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite, a shape does not fit, or a student is zero (there the loss has a kink).

    >>> population_hessian([[2.0]], [[1.0]])
    array([[0.5]])
    """
    students, teachers = check_networks(students, teachers)
    if not np.all(np.any(students, axis=-1)):
        raise ValueError("students: expected no zero neuron, where the loss has a kink and no Hessian, got one")
    *runs, n, d = students.shape
    hessian = np.empty((*runs, n, d, n, d))
    by_pair = np.swapaxes(hessian, -3, -2)  # (..., n, n, d, d), the same memory
    by_pair[..., range(n), range(n), :, :] = _own_blocks(students, teachers)
    first, second = np.triu_indices(n, 1)
    blocks = _pair_blocks(students, first, second)
    by_pair[..., first, second, :, :] = blocks
    by_pair[..., second, first, :, :] = blocks
    hessian = hessian.reshape(*runs, n * d, n * d)
    return hessian if half else 2 * hessian


def one_sided_derivative(students: Any, teachers: Any, direction: Any, *, half: bool = True) -> np.ndarray:
    """Slope of the loss along a ray from the students; it exists also where students are zero.

    Args:
        students: (..., n, d).
        teachers: (k, d).
        direction: (..., n, d), where the students go.
        half: Whether the factor 1/2 is there.

    Returns:
        ndarray: (...), the derivative at t = 0 from above of the loss at ``students + t * direction``.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite or a shape does not fit.

    >>> float(one_sided_derivative([[0.0]], [[1.0]], [[1.0]])), float(one_sided_derivative([[0.0]], [[1.0]], [[-1.0]]))
    (-0.5, 0.0)
    """
    students, teachers = check_networks(students, teachers)
    direction = _checks.real_array("direction", direction)
    if direction.shape[-2:] != students.shape[-2:]:
        raise ValueError(f"direction: expected {students.shape} as the students, got {direction.shape}")
    smooth = np.sum(population_gradient(students, teachers) * direction, axis=(-2, -1))
    neurons, signs = _joined(students, teachers)
    kinks = relu_kernel(direction[..., :, None, :], neurons[..., None, :, :]) @ signs
    slope = smooth + np.sum(np.where(np.any(students, axis=-1), 0.0, kinks), axis=-1)
    return slope if half else 2 * slope


def check_networks(students: Any, teachers: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return students (..., n, d) and teachers (k, d) as float64 arrays that fit together.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite or a shape does not fit.
    """
    students, teachers = _checks.real_array("students", students), _checks.real_array("teachers", teachers)
    if teachers.ndim != 2 or not teachers.size:
        raise ValueError(f"teachers: expected a matrix (k, d), one row a teacher, got the shape {teachers.shape}")
    if students.ndim < 2 or not students.shape[-2] or students.shape[-1] != teachers.shape[1]:
        raise ValueError(
            f"students: expected the shape (..., n, {teachers.shape[1]}), one row a student in the dimension of the "
            f"teachers, got {students.shape}"
        )
    return students, teachers


def _joined(students: np.ndarray, teachers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All neurons (..., n + k, d), and the signs of their outputs in the error."""
    shape = (*students.shape[:-2], *teachers.shape)
    signs = np.repeat([1.0, -1.0], [students.shape[-2], len(teachers)])
    return np.concatenate([students, np.broadcast_to(teachers, shape)], axis=-2), signs


def _lengths_units_cosines(neurons: np.ndarray, n_first: int | None = None) -> tuple[np.ndarray, ...]:
    """Lengths, unit vectors, and the cosines of the first neurons with all."""
    lengths = np.sqrt(np.sum(neurons**2, axis=-1))
    units = neurons / np.where(lengths > 0, lengths, 1.0)[..., None]
    cosine = units[..., :n_first, :] @ np.swapaxes(units, -1, -2)
    return lengths, units, np.clip(cosine, -1.0, 1.0, out=cosine)


def _pair_blocks(students: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Mixed second derivatives of pairs of students, (..., m, d, d)."""
    units = students / np.sqrt(np.sum(students**2, axis=-1, keepdims=True))
    one, other = units[..., first, :], units[..., second, :]
    angle, _, _ = chord_angle(one, other)
    blocks = chord_outer_products(one, other)
    diagonal = range(students.shape[-1])
    blocks[..., diagonal, diagonal] += np.pi - angle[..., None]
    blocks /= 2 * np.pi
    return blocks


def _own_blocks(students: np.ndarray, teachers: np.ndarray) -> np.ndarray:
    """Second derivatives in each student alone, (..., n, d, d)."""
    n, d = students.shape[-2:]
    own = students[..., None, :]
    length = np.sqrt(np.sum(own**2, axis=-1, keepdims=True))
    neurons, signs = _joined(students, teachers)
    others = np.array([[j for j in range(len(signs)) if j != i] for i in range(n)])
    neurons, signs = neurons[..., others, :], signs[others]
    lengths = np.sqrt(np.sum(neurons**2, axis=-1))
    units, unit = neurons / np.where(lengths > 0, lengths, 1.0)[..., None], own / length
    _, sine, _ = chord_angle(unit, units)
    weights = signs * lengths * sine / (2 * np.pi * length[..., 0])
    across = unit_orthogonal(unit, units)
    blocks = np.swapaxes(across, -1, -2) @ (weights[..., None] * across)
    total = np.sum(weights, axis=-1)[..., None, None]
    blocks -= total * np.swapaxes(unit, -1, -2) @ unit
    blocks[..., range(d), range(d)] += total[..., 0] + 0.5
    return blocks
