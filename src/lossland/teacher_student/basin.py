r"""The basin of a minimum, proved from one point: a ball in which the loss is strongly convex.

Let :math:`H\succeq\mu` be the Hessian at a point, g its gradient, and K a Lipschitz constant of the Hessian in the
ball of radius r about it, with :math:`Kr\le\mu/2`.  In the ball the Hessian is at least :math:`\mu/2`.  If
:math:`|g|\le\mu r/4`, the ball holds exactly one critical point; it is a strict local minimum, at distance
:math:`\delta\le2|g|/\mu\le r/2`.  Gradient descent with a step of at most 2 over the largest eigenvalue in the ball
shortens the distance to it at each step, so it never leaves the ball: continued for ever, it would end there.

The constant K comes from bounds of third derivatives.  For one kernel, with unit directions,

.. math:: |\partial_w^3k|\le\frac{3\sqrt3}{4\pi}\frac{|v|}{|w|^2},\qquad
   |\partial_w^2\partial_vk|\le\frac1{\pi|w|},

the first the largest value of an explicit cubic form, the second from
:math:`\mathbb E\,\delta(w\cdot x)(u\cdot x)^2(z\cdot x)\mathbf 1[v\cdot x>0]`.  They stay valid across parallel and
opposite neurons, where third derivatives jump but the Hessian is continuous.  Everything is floating point: evidence
with an error analysis, not interval arithmetic.

Source: Kantorovich's theorem on Newton's method in the form for minima (Nocedal and Wright, *Numerical optimization*,
section 3.3, has the local argument).  The bounds of third derivatives are derived here, and checked by the tests.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.teacher_student.population_loss import check_networks, population_gradient, population_hessian

_CUBIC = 3 * np.sqrt(3) / (4 * np.pi)  # largest third derivative of the kernel in one neuron of length one
_REACH = 0.1  # largest radius that is tried, over the length of the shortest student


class Basin(NamedTuple):
    """What is known about the neighborhood of a point; arrays over runs.

    Attributes:
        proved: Whether a strict local minimum is near, and gradient descent converges to it.
        distance: Bound on the distance to it; infinite where it is not proved.
        radius: Radius of the ball about the point in which the Hessian is at least half of ``least_eigenvalue``;
            0 where the Hessian is not positive definite.
        gradient_norm: At the point.
        least_eigenvalue: Of the Hessian at the point.
        largest_eigenvalue: Of the Hessian at the point.
        lipschitz: Lipschitz constant of the Hessian in the ball.
        largest_step: Largest step of gradient descent for which the proof holds.
    """

    proved: np.ndarray
    distance: np.ndarray
    radius: np.ndarray
    gradient_norm: np.ndarray
    least_eigenvalue: np.ndarray
    largest_eigenvalue: np.ndarray
    lipschitz: np.ndarray
    largest_step: np.ndarray


def hessian_lipschitz(students: Any, teachers: Any, radius: Any = 0.0) -> np.ndarray:
    r"""Bound on the Lipschitz constant of the Hessian in the ball of a radius about the students.

    Args:
        students: (..., n, d), none of them zero.
        teachers: (k, d).
        radius: Radius of the ball, one number or one a run, less than the length of the shortest student.

    Returns:
        ndarray: (...), K such that :math:`|H(X)-H(Y)|\le K|X-Y|` in spectral norm.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite, a shape does not fit, or the ball contains a zero student.

    >>> round(float(hessian_lipschitz(np.eye(2), np.eye(2))), 4)  # three neurons besides one's own, and one pair
    2.1954
    """
    students, teachers = check_networks(students, teachers)
    radius = _checks.real_array("radius", radius, low=0.0)
    lengths = np.sqrt(np.sum(students**2, axis=-1))
    shortest = np.min(lengths, axis=-1) - radius
    if np.any(shortest <= 0):
        raise ValueError(
            "radius: expected a ball without zero students, where the loss has a kink; "
            f"got {float(np.max(radius)):g} for a shortest student of {float(np.min(lengths)):g}"
        )
    return _lipschitz(lengths, float(np.sum(np.sqrt(np.sum(teachers**2, axis=1)))), radius)


def prove_basin(students: Any, teachers: Any) -> Basin:
    """Try to prove that gradient descent from the students ends in a strict local minimum nearby.

    Args:
        students: (..., n, d), none of them zero.
        teachers: (k, d).

    Returns:
        Basin: verdict with the numbers behind it.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite, a shape does not fit, or a student is zero.

    >>> [bool(prove_basin(scale * np.eye(3), np.eye(3)).proved) for scale in (1.0, 1.0001, 1.5)]
    [True, True, False]
    """
    students, teachers = check_networks(students, teachers)
    eigenvalues = np.linalg.eigvalsh(population_hessian(students, teachers))
    norm = np.linalg.norm(population_gradient(students, teachers), axis=(-2, -1))
    least, largest = eigenvalues[..., 0], eigenvalues[..., -1]
    lengths = np.sqrt(np.sum(students**2, axis=-1))
    reach = _REACH * np.min(lengths, axis=-1)
    lipschitz = _lipschitz(lengths, float(np.sum(np.sqrt(np.sum(teachers**2, axis=1)))), reach)
    radius = np.clip(least / (2 * lipschitz), 0.0, reach)
    proved = (least > 0) & (norm <= least * radius / 4)
    distance = np.where(proved, 2 * norm / np.where(least > 0, least, 1.0), np.inf)
    return Basin(
        proved, distance, radius, norm, least, largest, lipschitz, 2 / (largest + lipschitz * radius)
    )


def _lipschitz(lengths: np.ndarray, teacher_length: float, radius: np.ndarray) -> np.ndarray:
    n = lengths.shape[-1]
    radius = np.asarray(radius)[..., None]
    others = np.sum(lengths, axis=-1, keepdims=True) - lengths + np.sqrt(n - 1) * radius + teacher_length
    alone = _CUBIC * np.max(others / (lengths - radius) ** 2, axis=-1)
    return alone + 3 / np.pi * np.sqrt(n - 1) / (np.min(lengths, axis=-1) - radius[..., 0])
