r"""End points up to symmetry: which of them are the same minimum in another order.

Students are a sum, so their order does not matter: a permutation of the rows of W.  With orthonormal teachers, taken as
coordinate axes, a permutation of the coordinates maps the teachers onto themselves and keeps the law of the inputs: a
permutation of the columns of W leaves the loss unchanged too.  So a minimum comes in up to n! d! copies, with the same
loss and the same spectrum of the Hessian.

:func:`align` looks for the two permutations that bring one point onto another, by turns solving the assignment of rows
and that of columns.  What it finds is a proof of equivalence (the distance says how exact); that it finds nothing is
none.  :func:`canonical_form` orders one point by color refinement, so that equivalent points come out equal.

Source of the group: Arjevani and Field (2020), *Analytic characterization of the Hessian in shallow ReLU models*.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from lossland import _checks

_SWEEPS = 12


class Alignment(NamedTuple):
    """How one point lies on another.

    Attributes:
        rows: (n,) order in which the students are taken.
        columns: (d,) order in which the coordinates are taken.
        distance: Norm of ``students[rows][:, columns] - reference``.
    """

    rows: np.ndarray
    columns: np.ndarray
    distance: float


class SymmetryClasses(NamedTuple):
    """Points sorted into classes, in the order of first appearance.

    Attributes:
        labels: (m,) class of each point.
        members: (c,) number of points in each class.
        representatives: (c, n, d) canonical form of the first point of each class.
        spread: (c,) largest distance between a point and the representative, after alignment.
    """

    labels: np.ndarray
    members: np.ndarray
    representatives: np.ndarray
    spread: np.ndarray


def align(students: Any, reference: Any) -> Alignment:
    """Permute students and coordinates of one point so that it lies on another.

    Args:
        students: (n, d), in coordinates whose axes are the teachers.
        reference: (n, d).

    Returns:
        Alignment: permutations of rows and columns, and the distance that is left.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite, or the shapes differ.

    >>> reference = np.array([[3.0, 1.0, 0.0], [0.0, 2.0, 5.0]])
    >>> align(reference[::-1][:, [2, 0, 1]], reference).distance
    0.0
    """
    students, reference = _point("students", students), _point("reference", reference)
    if students.shape != reference.shape:
        raise ValueError(f"reference: expected the shape {students.shape} of the students, got {reference.shape}")
    by_rows = _by_turns(students, reference)
    if by_rows.distance <= 1e-9 * np.linalg.norm(reference):
        return by_rows
    by_columns = _by_turns(students.T, reference.T)
    if by_columns.distance < by_rows.distance:
        return Alignment(by_columns.columns, by_columns.rows, by_columns.distance)
    return by_rows


def canonical_form(students: Any, *, tol: float = 1e-6) -> np.ndarray:
    """Order rows and columns of a point by what they are, not by where they stand.

    Entries closer than ``tol`` count as equal.  Rows and columns are colored by their sorted entries together with the
    colors of the other side, again and again until nothing changes; a color that is shared is split at its first
    member.  Members that share a color are taken to be interchangeable, which holds for the points of this package;
    where it fails, equivalent points may come out different, but different ones never come out equal.

    Args:
        students: (n, d), in coordinates whose axes are the teachers.
        tol: Distance of entries that count as equal.

    Returns:
        ndarray: (n, d), the point with rows and columns permuted: large rows first, row i's largest entries near the
        diagonal.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite, or the shape is not (n, d).

    >>> point = np.array([[0.9, 0.1, 0.1], [0.1, 0.9, 0.1], [0.2, 0.2, 0.7]])
    >>> canonical_form(point[[2, 0, 1]][:, [1, 2, 0]])
    array([[0.9, 0.1, 0.1],
           [0.1, 0.9, 0.1],
           [0.2, 0.2, 0.7]])
    """
    students = _point("students", students)
    tol = _checks.real_number("tol", tol, low=0.0)
    values = _cluster(students, tol)
    rows, columns = np.zeros(values.shape[0], dtype=int), np.zeros(values.shape[1], dtype=int)
    while True:
        rows, columns = _refine(values, rows, columns)
        split = _split(rows) if len(np.unique(rows)) < len(rows) else None
        if split is not None:
            rows = split
        elif len(np.unique(columns)) < len(columns):
            columns = _split(columns)
        else:
            break
    row_order = np.argsort(rows)
    return students[row_order][:, _column_order(values[row_order], columns)]


def symmetry_classes(points: Any, *, tol: float = 1e-6) -> SymmetryClasses:
    """Sort points into classes of those that permutations of students and coordinates map onto each other.

    Args:
        points: (m, n, d), in coordinates whose axes are the teachers.
        tol: Largest distance of members from their representative after alignment.

    Returns:
        SymmetryClasses: labels in the order of first appearance.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite, or the shape is not (m, n, d).

    >>> point = np.array([[1.0, 0.2], [0.0, 2.0]])
    >>> symmetry_classes([point, np.eye(2), point[::-1]]).labels
    array([0, 1, 0])
    """
    points = _checks.real_array("points", points)
    if points.ndim != 3 or not points.size:
        raise ValueError(f"points: expected the shape (m, n, d), got {points.shape}")
    tol = _checks.real_number("tol", tol, low=0.0)
    fingerprints = np.sort(points.reshape(len(points), -1), axis=1)
    kept: list[int] = []
    representatives: list[np.ndarray] = []
    labels, spread = np.empty(len(points), dtype=int), []
    for number, point in enumerate(points):
        for label, first in enumerate(kept):
            if np.linalg.norm(fingerprints[number] - fingerprints[first]) <= tol:
                distance = align(point, representatives[label]).distance
                if distance <= tol:
                    labels[number], spread[label] = label, max(spread[label], distance)
                    break
        else:
            labels[number] = len(kept)
            kept.append(number)
            representatives.append(canonical_form(point, tol=tol))
            spread.append(0.0)
    return SymmetryClasses(labels, np.bincount(labels), np.array(representatives), np.array(spread))


def _point(name: str, value: Any) -> np.ndarray:
    point = _checks.real_array(name, value)
    if point.ndim != 2 or not point.size:
        raise ValueError(f"{name}: expected the shape (n, d), got {point.shape}")
    return point


def _by_turns(students: np.ndarray, reference: np.ndarray) -> Alignment:
    """Rows by their sorted entries, then columns given rows and rows given columns until nothing changes."""
    rows = _assign(np.sort(students, axis=1), np.sort(reference, axis=1))
    columns, before = np.arange(students.shape[1]), np.inf
    for _ in range(_SWEEPS):
        columns = _assign(students[rows].T, reference.T)
        distance = float(np.linalg.norm(students[rows][:, columns] - reference))
        if not distance < before:
            break
        before = distance
        better = _assign(students[:, columns], reference)
        if np.array_equal(better, rows):
            break
        rows = better
    return Alignment(rows, columns, float(np.linalg.norm(students[rows][:, columns] - reference)))


def _assign(vectors: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Order of the vectors that makes them closest to the reference in squares."""
    return linear_sum_assignment(reference @ vectors.T, maximize=True)[1]


def _cluster(students: np.ndarray, tol: float) -> np.ndarray:
    """Number the distinct values of a matrix, largest first."""
    order = np.argsort(-students, axis=None, kind="stable")
    steps = np.diff(students.reshape(-1)[order]) < -tol
    numbers = np.empty(students.size, dtype=int)
    numbers[order] = np.concatenate([[0], np.cumsum(steps)])
    return numbers.reshape(students.shape)


def _refine(values: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Color rows by entries and column colors, and columns by entries and row colors, until stable."""
    while True:
        new_rows = _colors(rows, [sorted(zip(row, columns, strict=True)) for row in values.tolist()])
        new_columns = _colors(columns, [sorted(zip(column, new_rows, strict=True)) for column in values.T.tolist()])
        if np.array_equal(new_rows, rows) and np.array_equal(new_columns, columns):
            return rows, columns
        rows, columns = new_rows, new_columns


def _colors(old: np.ndarray, signatures: list) -> np.ndarray:
    pairs = [(int(color), tuple(signature)) for color, signature in zip(old, signatures, strict=True)]
    numbers = {pair: number for number, pair in enumerate(sorted(set(pairs)))}
    return np.array([numbers[pair] for pair in pairs])


def _split(colors: np.ndarray) -> np.ndarray:
    """Put the first member of the first shared color before its fellows."""
    shared = np.min(np.flatnonzero(np.bincount(colors) > 1))
    new = 2 * colors + 1
    new[np.flatnonzero(colors == shared)[0]] -= 1
    return np.unique(new, return_inverse=True)[1]


def _column_order(values: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Columns near the diagonal where row i has its largest entry; the others in the order of their colors."""
    remaining = list(np.argsort(columns))
    order = []
    for row in values:
        if remaining:
            best = min(remaining, key=lambda column: (row[column], columns[column]))
            order.append(best)
            remaining.remove(best)
    return np.array(order + remaining, dtype=int)
