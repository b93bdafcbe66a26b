r"""A proof by computer that there is a spurious minimum: interval arithmetic in place of numbers that look like zero.

Given an approximate critical point :math:`W_0` and a box of half-width r around it, three facts are established with
every rounding error accounted for:

1. *There is a critical point in the box.* With any matrix A near the inverse Hessian, the map :math:`W\mapsto
   W-A\nabla L(W)` sends the box into itself if :math:`|A\nabla L(W_0)|_\infty+q\,r\le r`, where q bounds the row sums
   of :math:`|1-A\,\nabla^2L|` over the box; by Brouwer's theorem it has a fixed point there (Krawczyk 1969).
2. *The Hessian is positive definite in the whole box.* A Cholesky factorization of the midpoint succeeds after more
   has been subtracted than the width of the box and rounding can take away (Rump 2006). So the point is a strict
   minimum.
3. *The loss in the box is positive*, so the minimum is not global where zero can be reached, as with k or more
   students.

This is what the computer-assisted proof of Safran and Shamir (2018), *Spurious local minima are common in two-layer
ReLU neural networks*, does in another way. What has to be trusted: IEEE arithmetic, and eight units in the last place
of the arc cosine. NumPy, float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossland import _checks
from lossland.numerics.interval import PI, Interval, as_interval
from lossland.teacher_student.population_loss import check_networks, population_gradient, population_hessian

_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Proof:
    """What has been established about a box around given students.

    Attributes:
        exists: There is a critical point in the box.
        strict: The Hessian is positive definite in all of the box.
        loss_low: Lower bound of the loss in the box, with the factor 1/2.
        loss_high: Upper bound.
        contraction: The bound q of the first step; below 1 the critical point is also the only one in the box.
        radius: Half-width of the box.
        center: Its center, (n, d): the students, after steps of Newton's method shorter than ``radius``.
    """

    exists: bool
    strict: bool
    loss_low: float
    loss_high: float
    contraction: float
    radius: float
    center: np.ndarray

    @property
    def is_spurious_minimum(self) -> bool:
        """Whether there certainly is a strict local minimum of positive loss in the box."""
        return self.exists and self.strict and self.loss_low > 0


def prove_spurious_minimum(students: Any, teachers: Any, *, radius: float = 1e-9) -> Proof:
    """Try to prove that there is a spurious minimum in a small box around the students.

    The last fact of the three, a global minimum of loss zero, needs at least as many students as teachers.

    Args:
        students: (n, d), an approximate critical point, no two of its neurons parallel.
        teachers: (k, d), k <= n, taken as exact.
        radius: Half-width of the box.

    Returns:
        Proof: What was established.  That something was not proves nothing.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If a shape does not fit, there are fewer students than teachers, or two neurons of the box may be
            parallel.

    >>> from lossland.teacher_student import orthogonal_teachers, reversed_students
    >>> prove_spurious_minimum(reversed_students(6).students, orthogonal_teachers(6)).is_spurious_minimum
    True
    """
    students, teachers = check_networks(students, teachers)
    radius = _checks.real_number("radius", radius, low=1e-14, high=1e-2)
    if students.ndim != 2 or len(students) < len(teachers):
        raise ValueError(f"students: expected one matrix (n, d) with n >= k, got the shape {students.shape}")
    for _ in range(3):  # the nearer the center, the smaller the box may be
        gradient = population_gradient(students, teachers).ravel()
        step = np.linalg.lstsq(population_hessian(students, teachers), gradient, rcond=None)[0]
        students = students - step.reshape(students.shape) if np.max(np.abs(step)) < radius else students
    box = Interval(students - radius, students + radius)
    hessian = _hessian(_Pairs(box, teachers))
    slope = _gradient(_Pairs(as_interval(students), teachers)).magnitude().ravel()
    middle = (hessian.low + hessian.high) / 2
    middle = (middle + middle.T) / 2
    spread = np.nextafter(np.maximum(hessian.high - middle, middle - hessian.low), np.inf)
    inverse = np.linalg.inv(middle)
    contraction, move = _krawczyk(middle, spread, inverse, slope)
    loss = _loss(_Pairs(box, teachers), teachers)
    exists = bool(move + contraction * radius <= radius)
    return Proof(exists, _definite(middle, spread), float(loss.low), float(loss.high), contraction, radius, students)


class _Pairs:
    """Lengths, directions and angles between each student and every other neuron, as intervals."""

    def __init__(self, students: Interval, teachers: np.ndarray):
        n, k = len(students.low), len(teachers)
        self.students, self.n, self.d = students, n, students.low.shape[1]
        self.others = ~np.eye(n, n + k, dtype=bool)
        self.signs = np.repeat([1.0, -1.0], [n, k])
        neurons = Interval(np.concatenate([students.low, teachers]), np.concatenate([students.high, teachers]))
        self.length = neurons.square().sum(1).sqrt()
        self.unit = neurons / self.length[:, None]
        cosine = (self.unit[:n][:, None, :] * self.unit[None]).sum(2)
        cosine = Interval(np.where(self.others, cosine.low, 0.0), np.where(self.others, cosine.high, 0.0))
        if np.any(cosine.magnitude() >= 1):
            raise ValueError("students: expected no two neurons of the box to be parallel: try a smaller radius")
        self.cosine, self.sine, self.angle = cosine, (1 - cosine.square()).sqrt(), cosine.arccos()
        self.weight = self.signs * self.others  # a student is no pair with itself


def _gradient(pairs: _Pairs) -> Interval:
    n, weight = pairs.n, pairs.weight
    neurons = pairs.unit * pairs.length[:, None]
    along = (pairs.sine * pairs.length[None] * weight).sum(1)[:, None] * pairs.unit[:n]
    toward = ((PI - pairs.angle)[:, :, None] * neurons[None] * weight[:, :, None]).sum(1)
    return (along + toward) / (2 * PI) + pairs.students * 0.5


def _hessian(pairs: _Pairs) -> Interval:
    n, d = pairs.n, pairs.d
    own, other = pairs.unit[:n][:, None, :], pairs.unit[None]
    cosine, sine, identity = pairs.cosine[:, :, None], pairs.sine[:, :, None], np.eye(d)
    across = (other - cosine * own) / sine
    matrix = identity - own[..., :, None] * own[..., None, :] + across[..., :, None] * across[..., None, :]
    factor = pairs.sine * pairs.length[None] / pairs.length[:n][:, None] * pairs.weight
    diagonal = (factor[:, :, None, None] * matrix).sum(1) / (2 * PI) + 0.5 * identity
    back = ((own - cosine * other) / sine)[:, :n]
    mixed = own[..., :, None] * across[:, :n][..., None, :] + other[:, :n][..., :, None] * back[..., None, :]
    mixed = ((PI - pairs.angle[:, :n])[..., None, None] * identity + mixed) / (2 * PI)
    low, high = mixed.low.transpose(0, 2, 1, 3).copy(), mixed.high.transpose(0, 2, 1, 3).copy()
    for i in range(n):
        low[i, :, i, :], high[i, :, i, :] = diagonal.low[i], diagonal.high[i]
    return Interval(low.reshape(n * d, n * d), high.reshape(n * d, n * d))


def _loss(pairs: _Pairs, teachers: np.ndarray) -> Interval:
    """Half of the squared error, from the three sums of kernels."""
    n, lengths = pairs.n, pairs.length
    kernel = pairs.sine + (PI - pairs.angle) * pairs.cosine
    kernel = kernel * lengths[:n][:, None] * lengths[None] * pairs.weight * np.repeat([0.5, 1.0], [n, len(teachers)])
    own = pairs.students.square().sum(1).sum(0) * 0.25
    among = _Pairs(as_interval(teachers), teachers[:0])
    constant = (among.sine + (PI - among.angle) * among.cosine) * among.length[:, None] * among.length[None]
    constant = (constant * among.weight).sum(1).sum(0) * 0.5
    squares = as_interval(teachers).square().sum(1).sum(0) * 0.25
    return (kernel.sum(1).sum(0) + constant) / (2 * PI) + own + squares


def _krawczyk(middle: np.ndarray, spread: np.ndarray, inverse: np.ndarray, slope: np.ndarray) -> tuple[float, float]:
    """Bounds of the row sums of |1 - A H|, and of |A g|, with the rounding of the products."""
    size, absolute = len(middle), np.abs(inverse)
    rounding = (size + 2) * _EPS * (absolute @ np.abs(middle) + 1)
    rows = np.abs(np.eye(size) - inverse @ middle) + rounding + absolute @ spread
    slack = 1 + 4 * size * _EPS
    return float(rows.sum(1).max() * slack), float((absolute @ slope).max() * slack)


def _definite(middle: np.ndarray, spread: np.ndarray) -> bool:
    """Whether every symmetric matrix within ``spread`` of ``middle`` is positive definite."""
    size = len(middle)
    shift = float(np.linalg.norm(spread)) * (1 + size * size * _EPS)
    shift += 2 * (size + 2) * _EPS * float(np.trace(np.abs(middle)))
    try:
        np.linalg.cholesky(middle - shift * np.eye(size))
    except np.linalg.LinAlgError:
        return False
    return True
