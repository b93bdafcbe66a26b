r"""3-SAT as the minimization of a concave quadratic function under linear constraints.

A formula is satisfiable exactly if :math:`\min\sum_k(x_k-x_k^2)=0` over :math:`0\le x_k\le1` with, for a clause such as
:math:`x_i\vee\bar x_j\vee x_k`, the inequality :math:`x_i+(1-x_j)+x_k\ge1` (Yarotsky's slides).  The center
:math:`x=\frac12` satisfies every clause of two or more literals and is the maximum of the objective, so it is never the
constraints that are hard: it is the minimum of a concave function, which sits at a vertex, and there are many.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from lossland import _checks
from lossland.descent.satisfiability import Formula


class ConcaveProgram(NamedTuple):
    """Minimize ``sum(x - x**2)`` over ``0 <= x <= 1`` with ``matrix @ x >= bound``; one row for each clause."""

    matrix: np.ndarray
    bound: np.ndarray


class LocalMinimum(NamedTuple):
    """Where sequential linearization stopped: a vertex, the objective there, and the linear programs that it took."""

    point: np.ndarray
    value: float
    n_programs: int


class GlobalMinimum(NamedTuple):
    """Best point found, its value, a proven lower bound on all values, and the boxes that were examined."""

    point: np.ndarray
    value: float
    lower_bound: float
    n_boxes: int


def to_concave_program(formula: Formula) -> ConcaveProgram:
    """Translate a formula clause by clause: a positive literal adds x, a negative one 1 - x, and the sum is at least 1.

    >>> to_concave_program(Formula(3, [[1, -2, 3]]))
    ConcaveProgram(matrix=array([[ 1., -1.,  1.]]), bound=array([0.]))
    """
    matrix = np.zeros((len(formula.clauses), formula.n_variables))
    for row, clause in zip(matrix, formula.clauses, strict=True):
        for literal in clause:
            row[abs(literal) - 1] += 1.0 if literal > 0 else -1.0
    negative = [sum(literal < 0 for literal in clause) for clause in formula.clauses]
    return ConcaveProgram(matrix, 1.0 - np.array(negative, dtype=float))


def objective(points) -> np.ndarray:
    """Distance from being Boolean, ``sum(x - x**2)``, at the points (..., n)."""
    points = _checks.real_array("points", points)
    return np.sum(points - points**2, axis=-1)


def is_feasible(program: ConcaveProgram, points, *, tol: float = 1e-9) -> np.ndarray:
    """Tell which points (..., n) satisfy all constraints up to ``tol``."""
    points = _checks.real_array("points", points)
    inside = np.all((points >= -tol) & (points <= 1 + tol), axis=-1)
    return inside & np.all(points @ program.matrix.T >= program.bound - tol, axis=-1)


def random_start(program: ConcaveProgram, *, rng: np.random.Generator) -> np.ndarray:
    """Draw a point near the center: within 1/6 of 1/2 every clause of three literals holds."""
    return 0.5 + rng.uniform(-1 / 6, 1 / 6, program.matrix.shape[1])


def local_minimum(program: ConcaveProgram, start, *, max_iter: int = 200) -> LocalMinimum:
    """Descend from vertex to vertex: minimize the linear approximation exactly, and again, until it gains nothing.

    The gradient of the objective is ``1 - 2 x``.  A concave function lies below its tangents, so every step lowers
    it; the last vertex is a stationary point (Karush-Kuhn-Tucker), which need not be the global minimum.

    Args:
        program: The program.
        start: A point (n,); it gives the first direction only.
        max_iter: Most linear programs that are solved.
    """
    point, value, n_programs = _checks.real_array("start", start), np.inf, 0
    if point.shape != program.matrix.shape[1:]:
        raise ValueError(f"start: expected a point of shape {program.matrix.shape[1:]}, got {point.shape}")
    max_iter = _checks.integer("max_iter", max_iter, low=1)
    while n_programs < max_iter:
        vertex = _linear_program(program, 1 - 2 * point, 0.0, 1.0)
        if vertex is None:
            message = "program: expected constraints that some point meets, got clauses of one literal in conflict"
            raise ValueError(message)
        n_programs += 1
        lower = float(objective(vertex))
        if lower > value - 1e-12:
            break
        point, value = vertex, lower
    return LocalMinimum(point, max(value, 0.0), n_programs)


def global_minimum(
    program: ConcaveProgram, *, tol: float = 1e-6, max_boxes: int = 20_000, only_sign: bool = False
) -> GlobalMinimum:
    r"""Minimize by branch and bound, with a proof: the chord of :math:`x-x^2` over a box bounds it from below.

    On :math:`l\le x\le u` the chord is :math:`(1-l-u)x+lu`, and the gap is :math:`(x-l)(u-x)`; the box with the lowest
    bound is split where the gap of the solution is largest.  The work grows exponentially with n: that is the point.

    Args:
        program: The program.
        tol: Stop once the best value and the bound differ by at most this.
        max_boxes: Stop after so many boxes; the bound then says how much is open.
        only_sign: Stop as soon as the minimum is known to be zero, or known to be positive.

    Returns:
        GlobalMinimum: value, point, lower bound; the formula is unsatisfiable if the bound is positive.
        Without a feasible point the value and the bound are infinite.
    """
    tol = _checks.real_number("tol", tol, low=0.0)
    n = program.matrix.shape[1]
    best, best_value, n_boxes = np.full(n, 0.5), np.inf, 0
    heap = [(0.0, 0, np.zeros(n), np.ones(n), None)]
    while heap and best_value - heap[0][0] > tol and n_boxes < max_boxes and not (only_sign and heap[0][0] > tol):
        bound, _, low, high, point = heapq.heappop(heap)
        halves = [(low, high)] if point is None else _split(low, high, point)
        for low, high in halves:
            n_boxes += 1
            vertex = _linear_program(program, 1 - low - high, low, high)
            if vertex is None:
                continue
            value = float(objective(vertex))
            if value < best_value:
                best, best_value = vertex, value
            lower = max(bound, float(np.sum((1 - low - high) * vertex + low * high)))
            if lower < best_value - tol:
                heapq.heappush(heap, (lower, n_boxes, low, high, vertex))
    # boxes within tol of the best value have been dropped
    lower_bound = min(heap[0][0], best_value) if heap else best_value - tol
    return GlobalMinimum(best, max(best_value, 0.0), max(lower_bound, 0.0), n_boxes)


def _split(low: np.ndarray, high: np.ndarray, point: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Cut a box in two at the coordinate where the objective lies highest above its chord."""
    k = int(np.argmax((point - low) * (high - point)))
    upper, lower = high.copy(), low.copy()
    upper[k] = lower[k] = point[k]
    return [(low, upper), (lower, high)]


def _linear_program(program: ConcaveProgram, cost: np.ndarray, low, high) -> np.ndarray | None:
    """Minimize ``cost @ x`` over the constraints within a box; None if the box meets none of them."""
    bounds = np.stack(np.broadcast_arrays(low, high, cost)[:2], axis=1)
    solution = linprog(cost, A_ub=-program.matrix, b_ub=-program.bound, bounds=bounds, method="highs-ds")
    return np.clip(solution.x, bounds[:, 0], bounds[:, 1]) if solution.status == 0 else None
