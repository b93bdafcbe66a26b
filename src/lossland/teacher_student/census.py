r"""Census of a search: how many of many random starts end in which kind of point, and in which classes.

Every end point gets a verdict (:mod:`lossland.teacher_student.certificate`).  Ends that are copies of one minimum share
its certificate, since permutations keep the spectrum.  Runs that did not arrive within the steps allowed are polished
by Newton's method, and count as converged only if that took a short way and ended in a short step.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossland import _checks
from lossland.teacher_student.certificate import KINDS, certify
from lossland.teacher_student.newton import newton_polish
from lossland.teacher_student.population_loss import orthogonal_teachers
from lossland.teacher_student.search import Search, descend, xavier_students
from lossland.teacher_student.symmetry_class import symmetry_classes

ENOUGH = 1e-6  # loss at which a run with more students than teachers is ended; the least spurious value seen is 0.01
_REACH = 0.05  # longest way of the polish


class MinimumClass(NamedTuple):
    """A spurious minimum up to permutations.

    Attributes:
        students: (n, d) canonical form.
        loss: With the factor 1/2.
        least_eigenvalue: Of the Hessian.
        count: Number of runs that ended in a copy.
    """

    students: np.ndarray
    loss: float
    least_eigenvalue: float
    count: int


class Census(NamedTuple):
    """Ends of all runs.

    Attributes:
        kind: (m,) verdicts, see :mod:`lossland.teacher_student.certificate`.
        loss: (m,) with the factor 1/2.
        gradient_norm: (m,).
        least_eigenvalue: (m,); NaN where a run was ended by its loss and so has none.
        search: What the descent did.
        classes: Spurious minima by symmetry class, most frequent first.
    """

    kind: np.ndarray
    loss: np.ndarray
    gradient_norm: np.ndarray
    least_eigenvalue: np.ndarray
    search: Search
    classes: tuple[MinimumClass, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Number of runs of each kind."""
        return {kind: int(np.sum(self.kind == kind)) for kind in KINDS}


def take_census(
    n_students: int,
    n_teachers: int,
    n_runs: int,
    *,
    step: float | None = None,
    max_steps: int = 40_000,
    hand_over: bool = True,
    rng: np.random.Generator,
) -> Census:
    """Search from random starts with orthonormal teachers, and judge every end.

    Args:
        n_students: Number of students n.
        n_teachers: Number of teachers k, also the dimension.
        n_runs: Number of runs.
        step: Step of the descent; 5/k when ``None``.
        max_steps: Most steps of a run.
        hand_over: See :func:`lossland.teacher_student.search.descend`.
        rng: NumPy generator.

    Returns:
        Census: verdicts and classes.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If a setting is out of range.

    >>> census = take_census(6, 6, 300, rng=np.random.default_rng(2))
    >>> census.counts["global"] + census.counts["spurious"]
    300
    """
    teachers = orthogonal_teachers(_checks.integer("n_teachers", n_teachers, low=1))
    starts = xavier_students(n_runs, n_students, n_teachers, rng=rng)
    enough = ENOUGH if n_students > n_teachers else 0.0
    search = descend(starts, teachers, step=step, max_steps=max_steps, enough=enough, hand_over=hand_over)
    kind, loss = np.full(n_runs, "unconverged", dtype="<U11"), search.loss.copy()
    norm, least = search.gradient_norm.copy(), np.full(n_runs, np.nan)
    ends = search.students.copy()
    kind[search.ending == "enough"] = "global"
    for number, minimum in enumerate(search.minima):
        own = search.minimum == number
        verdict = certify(minimum.students, teachers)
        kind[own], loss[own], least[own] = str(verdict.kind), verdict.loss, verdict.least_eigenvalue
    alone = np.flatnonzero((search.minimum < 0) & np.isin(search.ending, ["basin", "tolerance", "max_steps"]))
    for run in alone:
        ends[run] = _polished(ends[run], teachers)
        verdict = certify(ends[run], teachers)
        kind[run], loss[run] = str(verdict.kind), verdict.loss
        norm[run], least[run] = verdict.gradient_norm, verdict.least_eigenvalue
    return Census(kind, loss, norm, least, search, _classes(ends, kind, loss, least, search.minimum))


def _polished(students: np.ndarray, teachers: np.ndarray) -> np.ndarray:
    if not np.all(np.any(students, axis=1)):
        return students
    return newton_polish(students, teachers, reach=_REACH).students


def _classes(ends, kind, loss, least, minimum) -> tuple[MinimumClass, ...]:
    """Classes of the spurious ends: copies of one known minimum are one point, the others are compared one by one."""
    spurious = np.flatnonzero(kind == "spurious")
    if not len(spurious):
        return ()
    names = np.where(minimum[spurious] >= 0, minimum[spurious], -1 - spurious)
    _, first, counts = np.unique(names, return_index=True, return_counts=True)
    runs = spurious[first]
    found = symmetry_classes(ends[runs])
    members = np.bincount(found.labels, weights=counts).astype(int)
    heads = [runs[np.flatnonzero(found.labels == label)[0]] for label in range(len(members))]
    classes = [
        MinimumClass(points, float(loss[head]), float(least[head]), int(count))
        for points, head, count in zip(found.representatives, heads, members, strict=True)
    ]
    return tuple(sorted(classes, key=lambda one: (-one.count, one.loss)))
