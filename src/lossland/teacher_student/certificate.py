r"""What is this end point?  The verdict by value, gradient and Hessian.

A point of value (nearly) zero is global: zero is the least value whenever there are at least as many students as
teachers.  Any other point with zero gradient is a spurious minimum if its Hessian is positive definite, a saddle if it
has a negative eigenvalue, and degenerate if second order cannot tell.  A point whose gradient is not zero has not
converged, and is no evidence of anything.

Source: Safran and Shamir (2018), section 4, who prove positive definiteness for their points with exact arithmetic;
here all is float64.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.teacher_student.population_loss import (
    check_networks,
    population_gradient,
    population_hessian,
    population_loss,
)

KINDS = ("global", "spurious", "saddle", "degenerate", "unconverged")


class Certificate(NamedTuple):
    """Points with their verdicts; arrays over runs.

    Attributes:
        kind: One of ``KINDS`` for each point, an array of texts.
        loss: With the factor 1/2.
        gradient_norm: Norm of the gradient in all students.
        least_eigenvalue: Of the Hessian; with zero students, of the Hessian in the other ones.
        largest_eigenvalue: Likewise.
    """

    kind: np.ndarray
    loss: np.ndarray
    gradient_norm: np.ndarray
    least_eigenvalue: np.ndarray
    largest_eigenvalue: np.ndarray


def certify(
    students: Any, teachers: Any, *, tol: float = 1e-9, global_loss: float = 1e-9, flat: float = 1e-6
) -> Certificate:
    """Judge end points.

    Args:
        students: (..., n, d).
        teachers: (k, d).
        tol: Largest norm of the gradient of a critical point.
        global_loss: Values up to this count as the global minimum 0.
        flat: Eigenvalues up to this in size count as zero.

    Returns:
        Certificate: verdicts with the numbers behind them.  A point with a zero student is "degenerate" unless it is
        global or has not converged: the loss has a kink there.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite, a shape does not fit or a setting is negative.

    >>> points = [np.eye(2), np.eye(2) / 2]
    >>> certify(points, np.eye(2)).kind.tolist()
    ['global', 'unconverged']
    """
    students, teachers = check_networks(students, teachers)
    tol = _checks.real_number("tol", tol, low=0.0)
    global_loss = _checks.real_number("global_loss", global_loss, low=0.0)
    flat = _checks.real_number("flat", flat, low=0.0)
    loss = population_loss(students, teachers)
    norm = np.linalg.norm(population_gradient(students, teachers), axis=(-2, -1))
    runs = students.reshape(-1, *students.shape[-2:])
    ends = np.array([_extreme_eigenvalues(run, teachers) for run in runs]).reshape(*loss.shape, 2)
    least, largest = ends[..., 0], ends[..., 1]
    smooth = np.all(np.any(students, axis=-1), axis=-1)
    kind = np.select(
        [loss <= global_loss, norm > tol, smooth & (least > flat), smooth & (least < -flat)],
        ["global", "unconverged", "spurious", "saddle"],
        "degenerate",
    )
    return Certificate(kind, loss, norm, least, largest)


def _extreme_eigenvalues(students: np.ndarray, teachers: np.ndarray) -> np.ndarray:
    alive = students[np.any(students, axis=1)]
    if not len(alive):
        return np.zeros(2)
    return np.linalg.eigvalsh(population_hessian(alive, teachers))[[0, -1]]
