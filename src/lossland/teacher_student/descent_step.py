r"""One step of gradient descent for a block of runs, in buffers that are made once.

The gradient of :func:`lossland.teacher_student.population_loss.population_gradient` as a short chain of array
operations in place: in matrix form :math:`2\pi\nabla F=\Phi W-\Phi'V`, where :math:`\Phi_{ij}=\pi-\theta_{ij}` between
students, :math:`\Phi'` the same with teachers, and the diagonal of :math:`\Phi` also carries the radial part
:math:`\sum_j|w_j|\sin\theta_{ij}-\sum_l|v_l|\sin\theta'_{il}` over :math:`|w_i|`.  The cost is two products with square
matrices a run, :math:`n(n+k)` arc cosines and as many square roots.

Cosines are shrunk by a relative :math:`2d\epsilon` so that rounding never takes them beyond one.  The gradient
feels a relative error of a cosine only to the same order, 1e-14 here, since the error of the angle cancels.
"""

from __future__ import annotations

import numpy as np


class DescentStep:
    """Buffers for a block of runs with the same teachers.

    Args:
        n_runs: Most runs in a block.
        n_students: Number of students n.
        teachers: (k, d), float64.
    """

    def __init__(self, n_runs: int, n_students: int, teachers: np.ndarray):
        k, d = teachers.shape
        self._shrink = 1.0 - d * np.finfo(float).eps
        lengths = np.sqrt(np.sum(teachers**2, axis=1))
        self._teachers = np.ascontiguousarray(teachers[lengths > 0])
        self._teacher_lengths = lengths[lengths > 0]
        self._teacher_units = (self._teachers / self._teacher_lengths[:, None] * self._shrink).T.copy()
        self._plain = k == d and np.array_equal(teachers, np.eye(k))  # cosines with teachers are components
        shape = (n_runs, n_students)
        self._units, self._against = np.empty((*shape, d)), np.empty((*shape, d))
        self._self_angle, self._self_sine = np.empty((*shape, n_students)), np.empty((*shape, n_students))
        self._angle, self._sine = (np.empty((*shape, len(self._teachers))) for _ in range(2))
        self._pull = None if self._plain else np.empty((*shape, d))
        self._scaled = np.empty((*shape, d))

    def scaled_gradient(self, students: np.ndarray) -> np.ndarray:
        """Return the gradient times two pi, in a buffer that the next call overwrites.

        Args:
            students: (m, n, d) with m at most ``n_runs``, contiguous; a zero student gets a zero gradient.
        """
        m, n, d = students.shape
        lengths = np.sqrt(np.einsum("bij,bij->bi", students, students))
        alive = lengths.all()
        inverse = 1.0 / lengths if alive else np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        against = np.multiply(students, (-self._shrink * inverse)[..., None], out=self._against[:m])
        units = np.negative(against, out=self._units[:m])
        cosine = np.matmul(units, against.swapaxes(1, 2), out=self._self_sine[:m])  # of pi - theta
        angle = np.arccos(cosine, out=self._self_angle[:m])
        radial = np.matmul(_sine(cosine), lengths[..., None])[..., 0]
        if self._plain:
            other = against
        else:
            other = self._sine[:m]
            np.matmul(against.reshape(m * n, d), self._teacher_units, out=other.reshape(m * n, -1))
        opening = np.arccos(other, out=self._angle[:m])
        radial -= np.matmul(_sine(other), self._teacher_lengths)
        angle.reshape(m, n * n)[:, :: n + 1] += radial * inverse
        scaled = np.matmul(angle, students, out=self._scaled[:m])
        if not self._plain:
            np.matmul(opening.reshape(m * n, -1), self._teachers, out=self._pull[:m].reshape(m * n, d))
        scaled -= opening if self._plain else self._pull[:m]
        if not alive:
            scaled[lengths == 0] = 0.0
        return scaled


def _sine(cosine: np.ndarray) -> np.ndarray:
    """Turn cosines into sines in place."""
    np.multiply(cosine, cosine, out=cosine)
    np.subtract(1.0, cosine, out=cosine)
    return np.sqrt(cosine, out=cosine)
