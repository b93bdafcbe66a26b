r"""Gradient descent on the population loss from random starts, many runs at once.

Initialization, step and stopping rule are those of the source as far as they are known: independent Gaussian entries
of variance 1/d ("standard Xavier"), a fixed step (the authors' later code: 5/k; the first paper: 0.1), stop when the
norm of the gradient is 1e-9.  Runs go through a block of a size that fits the cache; a run that is finished makes room
for the next one.  A step of 5/k is stable at the global minimum for k >= 4: below, it exceeds 2 over the curvature.

Two short cuts, neither of which changes where a run ends:

* ``hand_over``: once a run is provably in the basin of a minimum (:mod:`lossland.teacher_student.basin`), the rest of
  the way is not walked.  Newton's method finds the minimum the first time; later runs are recognized as being in the
  basin of a permuted copy (:mod:`lossland.teacher_student.known_minima`).
* ``enough``: with more students than teachers the global minima form continua (a teacher may be split, or a student
  be zero) and descent creeps: a run is ended once its loss is below this threshold.  It is not proved that such a run
  goes on to zero; choose the threshold far below every spurious value.

Source: Safran and Shamir (2018), *Spurious local minima are common in two-layer ReLU neural networks*, section 4.2.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.teacher_student.basin import prove_basin
from lossland.teacher_student.descent_step import DescentStep
from lossland.teacher_student.known_minima import KnownMinima, KnownMinimum
from lossland.teacher_student.newton import newton_polish
from lossland.teacher_student.population_loss import check_networks, population_gradient, population_loss

LOOK = 8  # steps between looks at the gradient
_LOSS_EVERY = 4  # looks between looks at the loss
_FIRST_TRY, _NEXT_TRY = 1e-3, 0.25  # gradient at which a run is first compared with known minima, and the factor on
_PROOF = 4e-6  # gradient below which a proof by the Hessian is tried
_CACHE = 1 << 17  # numbers in the buffers of a block
_FAR = 1e6


class Search(NamedTuple):
    """Where the runs ended; arrays over runs.

    Attributes:
        students: (..., n, d) ends.
        loss: With the factor 1/2.
        gradient_norm: At the ends.
        n_steps: Steps of descent walked, a multiple of 8.
        ending: Why the run was ended: "tolerance" (the gradient), "basin" (provably in the basin of the minimum that
            is returned), "enough" (the loss), "max_steps" or "diverged".
        minimum: Number of the minimum in ``minima`` of which the end is a copy, or -1.
        minima: Minima that were polished on the way.
    """

    students: np.ndarray
    loss: np.ndarray
    gradient_norm: np.ndarray
    n_steps: np.ndarray
    ending: np.ndarray
    minimum: np.ndarray
    minima: tuple[KnownMinimum, ...]


def xavier_students(n_runs: int, n_students: int, dimension: int, *, rng: np.random.Generator) -> np.ndarray:
    """Random starts: independent Gaussian entries of variance 1/d.

    Args:
        n_runs: Number of runs.
        n_students: Number of students n.
        dimension: Dimension d of the inputs.
        rng: NumPy generator.

    Returns:
        ndarray: (n_runs, n, d).

    Raises:
        TypeError: If a number is no integer, or ``rng`` no NumPy generator.
        ValueError: If a number is less than 1.

    >>> starts = xavier_students(1000, 3, 4, rng=np.random.default_rng(0))
    >>> starts.shape, round(4 * float(np.var(starts)), 1)
    ((1000, 3, 4), 1.0)
    """
    shape = tuple(
        _checks.integer(name, value, low=1)
        for name, value in (("n_runs", n_runs), ("n_students", n_students), ("dimension", dimension))
    )
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng: expected a NumPy generator such as numpy.random.default_rng(0), got {rng!r}")
    return rng.standard_normal(shape) / math.sqrt(shape[2])


def descend(
    students: Any,
    teachers: Any,
    *,
    step: float | None = None,
    tol: float = 1e-9,
    max_steps: int = 40_000,
    enough: float = 0.0,
    hand_over: bool = True,
) -> Search:
    """Descend from each start until the gradient vanishes.

    Args:
        students: Starts (..., n, d).
        teachers: (k, d).
        step: Size of the steps; 5/k when ``None``.
        tol: Norm of the gradient at which a run ends; looked at every 8 steps.
        max_steps: Most steps of a run.
        enough: Loss at which a run ends; 0 for no such rule.
        hand_over: Whether to leave out the way that is provably without surprises.

    Returns:
        Search: ends, with the reason why each run was ended.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an entry is not finite, a shape does not fit or a setting is out of range.

    >>> starts = xavier_students(50, 4, 4, rng=np.random.default_rng(1))
    >>> ends = descend(starts, np.eye(4))
    >>> bool(np.all(ends.loss < 1e-12)), set(ends.ending.tolist())
    (True, {'basin'})
    """
    students, teachers = check_networks(students, teachers)
    step = 5 / len(teachers) if step is None else _checks.real_number("step", step)
    if step <= 0:
        raise ValueError(f"step: expected a positive number, got {step:g}")
    tol = _checks.real_number("tol", tol, low=0.0)
    max_steps = _checks.integer("max_steps", max_steps, low=1)
    enough = _checks.real_number("enough", enough, low=0.0)
    runs = students.reshape(-1, *students.shape[-2:])
    known = _known_minima(students.shape[-2], teachers, step) if hand_over else None
    walk = _Walk(runs, teachers, step, tol, max_steps, enough, hand_over, known)
    walk.go()
    batch = students.shape[:-2]
    ends = walk.ends.reshape(students.shape)
    finite = np.isfinite(ends).all(axis=(-2, -1), keepdims=True)
    norm = np.linalg.norm(population_gradient(np.where(finite, ends, 1.0), teachers), axis=(-2, -1))
    return Search(
        ends,
        population_loss(np.where(finite, ends, 1.0), teachers),
        norm,
        *(field.reshape(batch) for field in (walk.n_steps, walk.ending, walk.minimum)),
        tuple(known.minima) if known else (),
    )


def _known_minima(n_students: int, teachers: np.ndarray, step: float) -> KnownMinima | None:
    """List of known minima where permuting coordinates is a symmetry; for n = k it begins with the teachers."""
    if not np.array_equal(teachers, np.eye(len(teachers))):
        return None
    known = KnownMinima(teachers, step)
    if n_students == len(teachers):
        known.learn(teachers)
    return known


class _Walk:
    """The block of runs on their way, and the ends of those that have arrived."""

    def __init__(self, starts, teachers, step, tol, max_steps, enough, hand_over, known):
        n_runs, n, d = starts.shape
        self.starts, self.teachers, self.known, self.hand_over = starts, teachers, known, hand_over
        self.step, self.tol, self.max_steps, self.enough = step, tol, max_steps, enough
        self.ends, self.n_steps = starts.copy(), np.zeros(n_runs, dtype=int)
        self.ending, self.minimum = np.full(n_runs, "max_steps", dtype="<U9"), np.full(n_runs, -1)
        size = int(np.clip(_CACHE // (n * (2 * n + 2 * len(teachers) + 2 * d)), 16, 256))
        self.gradient = DescentStep(size, n, teachers).scaled_gradient
        self.next_run = min(size, n_runs)
        self.ids, self.points = np.arange(self.next_run), starts[: self.next_run].copy()
        self.next_try = np.full(self.next_run, _FIRST_TRY)

    def go(self) -> None:
        """Walk until all runs have arrived."""
        look = 0
        while len(self.ids):
            norms = self._steps()
            look += 1
            done = np.zeros(len(self.ids), dtype=bool)
            self._end(done, norms <= self.tol, "tolerance")
            self._end(done, ~(norms < _FAR), "diverged")
            if self.hand_over:
                self._hand_over(done, norms)
            if self.enough and look % _LOSS_EVERY == 0:
                self._end(done, self._low(norms), "enough")
            self._end(done, self.n_steps[self.ids] >= self.max_steps, "max_steps")
            if done.any():
                self._refill(done)

    def _steps(self) -> np.ndarray:
        """Take the steps between two looks; return the norms of the last gradients."""
        rate = self.step / (2 * np.pi)
        with np.errstate(over="ignore", invalid="ignore"):
            for number in range(LOOK):
                change = self.gradient(self.points)
                if number == LOOK - 1:
                    norms = np.sqrt(np.einsum("bij,bij->b", change, change)) / (2 * np.pi)
                change *= rate
                self.points -= change
        self.n_steps[self.ids] += LOOK
        return norms

    def _end(self, done: np.ndarray, which: np.ndarray, ending: str) -> None:
        which = which & ~done
        if which.any():
            ids = self.ids[which]
            self.ends[ids], self.ending[ids] = self.points[which], ending
            done |= which

    def _low(self, norms: np.ndarray) -> np.ndarray:
        """Which runs have a loss that is low enough."""
        low = norms**2 <= 4 * self.points.shape[1] * self.enough  # curvature is far below 2 n
        low[low] = population_loss(self.points[low], self.teachers) <= self.enough
        return low

    def _hand_over(self, done: np.ndarray, norms: np.ndarray) -> None:
        tries = np.flatnonzero((norms <= self.next_try) & ~done)
        if not len(tries):
            return
        for number, loss in zip(tries, population_loss(self.points[tries], self.teachers), strict=True):
            end, minimum = self._arrival(self.points[number], loss, norms[number])
            self.next_try[number] = norms[number] * _NEXT_TRY
            if end is not None:
                run = self.ids[number]
                self.ends[run], self.ending[run], self.minimum[run] = end, "basin", minimum
                done[number] = True

    def _arrival(self, point: np.ndarray, loss: float, norm: float) -> tuple[np.ndarray | None, int]:
        """The minimum in whose basin the point is, if there is a proof, and its number."""
        if self.known is not None:
            copy, number = self.known.recognize(point, loss)
            if number >= 0:
                return copy, number if copy is not None else -1
        if norm > _PROOF or not np.all(np.any(point, axis=1)):
            return None, -1
        basin = prove_basin(point, self.teachers)
        if not basin.proved or self.step > basin.largest_step:
            return None, -1
        polished = newton_polish(point, self.teachers)
        if not polished.converged or polished.moved > basin.radius:
            return None, -1
        if self.known is not None:
            return polished.students, self.known.learn(polished.students)
        return polished.students, -1

    def _refill(self, done: np.ndarray) -> None:
        keep = ~done
        last = min(self.next_run + int(done.sum()), len(self.starts))
        new = np.arange(self.next_run, last)
        self.points = np.concatenate([self.points[keep], self.starts[new]])
        self.ids = np.concatenate([self.ids[keep], new])
        self.next_try = np.concatenate([self.next_try[keep], np.full(len(new), _FIRST_TRY)])
        self.next_run = last
