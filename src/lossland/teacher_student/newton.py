"""Newton's method on the population loss: the last digits of a critical point.

Newton's method knows no downhill: from a point that has not converged it may run to a saddle, or away.  It is a polish
here.  A run counts as converged only if its last step is short and it has not left the neighborhood of its start.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.teacher_student.population_loss import check_networks, population_gradient, population_hessian


class Polished(NamedTuple):
    """Ends of Newton's method.

    Attributes:
        students: (..., n, d); the start where the method did not converge.
        gradient_norm: (...,) at the students returned.
        last_step: (...,) norm of the last Newton step.
        moved: (...,) distance from the start.
        n_iter: (...,) number of Newton steps.
        converged: (...,) whether the last step was at most ``tol`` and all steps together at most ``reach``.
    """

    students: np.ndarray
    gradient_norm: np.ndarray
    last_step: np.ndarray
    moved: np.ndarray
    n_iter: np.ndarray
    converged: np.ndarray


def newton_polish(
    students: Any, teachers: Any, *, tol: float = 1e-10, reach: float = 0.1, max_iter: int = 12
) -> Polished:
    """Polish approximate critical points by Newton steps, run by run.

    Args:
        students: (..., n, d), none of them zero.
        teachers: (k, d).
        tol: Longest last step.
        reach: Farthest that a run may go from its start.
        max_iter: Most steps.

    Returns:
        Polished: points with the evidence that they are polished.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite, a shape does not fit, a student is zero or a setting out of range.

    >>> end = newton_polish([[0.99, 0.02], [0.01, 1.01]], np.eye(2))
    >>> bool(end.converged), bool(np.allclose(end.students, np.eye(2), atol=1e-14))
    (True, True)
    """
    students, teachers = check_networks(students, teachers)
    tol = _checks.real_number("tol", tol, low=0.0)
    reach = _checks.real_number("reach", reach, low=0.0)
    max_iter = _checks.integer("max_iter", max_iter, low=1)
    runs = students.reshape(-1, *students.shape[-2:])
    ends = [_polish(run, teachers, tol, reach, max_iter) for run in runs]
    shape = students.shape[:-2]
    fields = [np.array([end[number] for end in ends]) for number in range(5)]
    points = fields[0].reshape(students.shape)
    norms = np.linalg.norm(population_gradient(points, teachers), axis=(-2, -1))
    return Polished(points, norms, *(field.reshape(shape) for field in fields[1:]))


def _polish(start: np.ndarray, teachers: np.ndarray, tol: float, reach: float, max_iter: int) -> tuple:
    point, length, previous, moved = start, np.inf, np.inf, 0.0
    for n_iter in range(1, max_iter + 1):
        try:
            step = np.linalg.solve(
                population_hessian(point, teachers), population_gradient(point, teachers).reshape(-1)
            )
        except np.linalg.LinAlgError:
            return start, np.inf, moved, n_iter, False
        length = float(np.linalg.norm(step))
        if not length <= reach or not np.all(np.any(point - step.reshape(point.shape), axis=-1)):
            return start, length, moved, n_iter, False
        point = point - step.reshape(point.shape)
        moved = float(np.linalg.norm(point - start))
        if moved > reach:
            return start, length, moved, n_iter, False
        if length <= tol and (length <= 1e-14 * np.linalg.norm(point) or length >= previous / 4):
            break  # as short as rounding lets it be
        previous = length
    return (point if length <= tol else start), length, moved, n_iter, length <= tol
