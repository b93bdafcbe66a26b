"""Minima that a search has met already: a run that comes into the basin of a copy of one need not be followed further.

Of each minimum one representative is kept, with the ball about it in which the loss is strongly convex
(:mod:`lossland.teacher_student.basin`).  All permuted copies have the same ball.  A run that, permuted, lies in the
ball would converge to the copy by gradient descent with a step up to ``largest_step``; so the copy is its end point,
to the last digit, and has the certificate of the representative.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossland.teacher_student.basin import Basin, prove_basin
from lossland.teacher_student.newton import newton_polish
from lossland.teacher_student.population_loss import population_loss
from lossland.teacher_student.symmetry_class import align

_CLOSE = 0.02  # distance to a known minimum at which a run is probably on its way there


class KnownMinimum(NamedTuple):
    """A minimum with its basin.

    Attributes:
        students: (n, d), polished.
        loss: Its loss, with the factor 1/2.
        basin: What is proved about its neighborhood.
    """

    students: np.ndarray
    loss: float
    basin: Basin

    @property
    def radius(self) -> float:
        """Distance from the representative within which descent leads to the exact minimum, itself not quite there."""
        return float(self.basin.radius - 2 * self.basin.distance)


class KnownMinima:
    """A growing list of minima for one set of teachers, the coordinate axes.

    Args:
        teachers: The identity (d, d).
        step: Step of the descent whose ends are recognized.
    """

    def __init__(self, teachers: np.ndarray, step: float):
        self._teachers, self._step = teachers, step
        self.minima: list[KnownMinimum] = []

    def learn(self, students: np.ndarray) -> int:
        """Polish a point near a minimum and keep it; return its number, or -1 if nothing can be proved about it."""
        end = newton_polish(students, self._teachers)
        if not end.converged:
            return -1
        basin = prove_basin(end.students, self._teachers)
        if not basin.proved or self._step > basin.largest_step:
            return -1
        minimum = KnownMinimum(end.students, float(population_loss(end.students, self._teachers)), basin)
        self.minima.append(minimum)
        return len(self.minima) - 1

    def recognize(self, students: np.ndarray, loss: float) -> tuple[np.ndarray | None, int]:
        """Return the copy of a known minimum to which descent leads, and its number.

        Where the run is close to a copy, but not so close that the proof holds, the copy is None; -1 if none is close.
        """
        for number, minimum in enumerate(self.minima):
            # the loss rises by at most L r^2 / 2 at distance r, L the largest curvature, at most 2 / largest_step
            if not -1e-10 <= loss - minimum.loss <= _CLOSE**2 / minimum.basin.largest_step:
                continue
            found = align(students, minimum.students)
            if found.distance <= minimum.radius:
                copy = np.empty_like(students)
                copy[np.ix_(found.rows, found.columns)] = minimum.students
                return copy, number
            if found.distance <= _CLOSE:
                return None, number
        return None, -1
