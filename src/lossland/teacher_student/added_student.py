r"""One student more: what a further neuron can do at a critical point of the others.

A neuron can enter in two ways without changing the network. *From zero*: the loss then has a kink, and along the ray
:math:`tu`, :math:`t\ge0`, its slope is :math:`\mathbb E\,r(x)\,(u\cdot x)_+` with the error r of the network. *By
splitting* :math:`w_i` into :math:`\lambda w_i` and :math:`(1-\lambda)w_i`: the slope is zero, and for parts that move
by :math:`\delta` and :math:`-\delta` the loss changes by :math:`\frac12\delta^\top
S_i\delta\,(\frac1\lambda+\frac1{1-\lambda})` with the splitting matrix

.. math:: S_i=\mathbb E\,r(x)\,\nabla^2_{w_i}(w_i\cdot x)_+=\nabla^2_{w_iw_i}L-\tfrac12 I,

which only holds the part of the Hessian that the error causes. A negative eigenvalue makes a saddle of the minimum.

Source: Liu, Wu and Wang (2019), *Splitting steepest descent for growing neural architectures*; Safran, Yehudai and
Shamir (2021), *The effects of mild over-parameterization on the optimization landscape of shallow ReLU neural
networks*. NumPy, float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossland import _checks
from lossland.teacher_student.population_loss import check_networks, population_hessian
from lossland.teacher_student.relu_kernel import relu_kernel, relu_kernel_gradient


@dataclass(frozen=True)
class NewStudent:
    """Where a student that starts from zero should go.

    Attributes:
        direction: (d,), of length one.
        slope: Derivative of the loss (with the factor 1/2) along it; negative if the loss can be lowered so.
    """

    direction: np.ndarray
    slope: float


def splitting_matrices(students: Any, teachers: Any) -> np.ndarray:
    """Splitting matrix of each student.

    Args:
        students: (n, d), none of them zero.
        teachers: (k, d).

    Returns:
        ndarray: (n, d, d), symmetric; each has its own student in the kernel.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite, a shape does not fit, or a student is zero.

    >>> from lossland.teacher_student import orthogonal_teachers
    >>> float(np.max(np.abs(splitting_matrices(np.eye(3), orthogonal_teachers(3)))))  # no error, nothing to gain
    0.0
    """
    students, teachers = _one_network(students, teachers)
    n, d = students.shape
    hessian = population_hessian(students, teachers).reshape(n, d, n, d)
    return hessian[np.arange(n), :, np.arange(n), :] - np.eye(d) / 2


def split_student(students: Any, index: int, *, direction: Any = 0.0, share: float = 0.5) -> np.ndarray:
    """Replace one student by two that are the same network together, moved apart along ``direction``.

    Args:
        students: (n, d).
        index: Which one.
        direction: (d,), added to the first part and subtracted from the second; zero by default.
        share: Part of the student that the first one keeps, between 0 and 1.

    Returns:
        ndarray: (n + 1, d); the first part stays in place, the second one is the last row.

    Raises:
        TypeError: If an argument is not of its kind.
        ValueError: If an entry is not finite or an argument is outside its range.

    >>> split_student([[2.0, 0.0], [0.0, 1.0]], 0, direction=[0.0, 0.1])
    array([[ 1. ,  0.1],
           [ 0. ,  1. ],
           [ 1. , -0.1]])
    """
    students = _checks.real_array("students", students)
    if students.ndim != 2:
        raise ValueError(f"students: expected one network (n, d), got the shape {students.shape}")
    index = _checks.integer("index", index, low=0, high=len(students) - 1)
    share = _checks.real_number("share", share, low=0.0, high=1.0)
    move = np.broadcast_to(_checks.real_array("direction", direction), students.shape[1:])
    parts = np.concatenate([students, (1 - share) * students[index : index + 1] - move])
    parts[index] = share * students[index] + move
    return parts


def steepest_new_student(students: Any, teachers: Any, *, n_steps: int = 200) -> NewStudent:
    """Find the direction in which a student that starts from zero lowers the loss most.

    The slope is minimized on the unit sphere from many starts: all neurons, and their opposites.

    Args:
        students: (n, d).
        teachers: (k, d).
        n_steps: Steps of descent on the sphere.

    Returns:
        NewStudent: The best direction and its slope.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite or a shape does not fit.

    >>> best = steepest_new_student(np.zeros((1, 2)), [[1.0, 0.0]])
    >>> np.round(best.direction, 6) + 0.0, round(best.slope, 6)
    (array([1., 0.]), -0.5)
    """
    students, teachers = _one_network(students, teachers)
    n_steps = _checks.integer("n_steps", n_steps, low=1)
    neurons = np.concatenate([students, teachers])
    signs = np.repeat([1.0, -1.0], [len(students), len(teachers)])
    starts = neurons[np.any(neurons, axis=-1)]
    u = np.concatenate([starts, -starts])
    for _ in range(n_steps):
        u = u / np.linalg.norm(u, axis=-1, keepdims=True)
        u = u - np.einsum("ijk,j->ik", relu_kernel_gradient(u[:, None], neurons), signs)
    u = u / np.linalg.norm(u, axis=-1, keepdims=True)
    slopes = relu_kernel(u[:, None], neurons) @ signs
    best = int(np.argmin(slopes))
    return NewStudent(u[best], float(slopes[best]))


def _one_network(students: Any, teachers: Any) -> tuple[np.ndarray, np.ndarray]:
    students, teachers = check_networks(students, teachers)
    if students.ndim != 2:
        raise ValueError(f"students: expected one network (n, d), got the shape {students.shape}")
    return students, teachers
