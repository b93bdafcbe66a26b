"""The proof holds where it should, fails where it must, and its intervals hold what is computed with many digits."""

import mpmath
import numpy as np
import pytest

from lossland import teacher_student as ts
from lossland.numerics.interval import Interval, as_interval
from lossland.teacher_student.interval_proof import _definite, _gradient, _hessian, _krawczyk, _loss, _Pairs

RNG = np.random.default_rng(5)
W, V = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 3))


def exact_kernel(w, v):
    length = mpmath.sqrt(sum(x * x for x in w) * sum(x * x for x in v))
    cosine = sum(x * y for x, y in zip(w, v, strict=True)) / length
    cosine = min(max(cosine, -1), 1)
    angle = mpmath.acos(cosine)
    return length * (mpmath.sin(angle) + (mpmath.pi - angle) * cosine) / (2 * mpmath.pi)


def exact_loss(students, teachers):
    rows = [[mpmath.mpf(x) for x in row] for row in [*students.tolist(), *teachers.tolist()]]
    signs = [1] * len(students) + [-1] * len(teachers)
    return sum(s * t * exact_kernel(a, b) for s, a in zip(signs, rows, strict=True)
               for t, b in zip(signs, rows, strict=True)) / 2  # fmt: skip


def test_loss_holds_thirty_digits():
    bounds = _loss(_Pairs(as_interval(W), V), V)
    with mpmath.workdps(30):
        exact = exact_loss(W, V)
        assert bounds.low < exact < bounds.high
    assert bounds.high - bounds.low < 1e-12


def test_gradient_and_hessian_hold_those_of_the_package_in_the_whole_box():
    box = _Pairs(Interval(W - 1e-4, W + 1e-4), V)
    slope, curvature = _gradient(box), _hessian(box)
    for _ in range(10):
        w = W + RNG.uniform(-1e-4, 1e-4, W.shape)
        g, h = ts.population_gradient(w, V), ts.population_hessian(w, V)
        assert np.all((slope.low <= g) & (g <= slope.high))
        assert np.all((curvature.low <= h) & (h <= curvature.high))
    assert np.max(slope.high - slope.low) < 3e-2


def test_proved_from_six_teachers_on_and_not_for_five():
    for k in (6, 9):
        minimum = ts.reversed_students(k)
        proof = ts.prove_spurious_minimum(minimum.students, ts.orthogonal_teachers(k))
        assert proof.is_spurious_minimum
        assert proof.contraction < 0.01
        assert proof.loss_low < minimum.loss < proof.loss_high
    saddle = ts.prove_spurious_minimum(ts.reversed_students(5).students, ts.orthogonal_teachers(5))
    assert saddle.exists
    assert not saddle.strict
    assert not saddle.is_spurious_minimum


def test_nothing_is_proved_beside_a_critical_point_nor_at_the_global_minimum():
    w, teachers = ts.reversed_students(7).students, ts.orthogonal_teachers(7)
    assert not ts.prove_spurious_minimum(w + 1e-6, teachers).exists
    assert not ts.prove_spurious_minimum(w, teachers, radius=1e-3).strict  # too much room
    quarter = np.roll(np.eye(7), 1, axis=1) * (1 + 1e-12)
    turned = np.linalg.qr(RNG.normal(size=(7, 7)))[0]
    with pytest.raises(ValueError, match="parallel"):
        ts.prove_spurious_minimum(quarter, teachers)
    assert not ts.prove_spurious_minimum(turned, teachers).is_spurious_minimum


def test_definite_is_about_every_matrix_in_the_box():
    matrix = np.diag([1.0, 2.0, 1e-3])
    assert _definite(matrix, np.full((3, 3), 1e-5))
    assert not _definite(matrix, np.full((3, 3), 1e-3))
    contraction, move = _krawczyk(matrix, np.zeros((3, 3)), np.linalg.inv(matrix), np.array([0.0, 0.0, 1e-6]))
    assert contraction < 1e-10
    assert move == pytest.approx(1e-3)


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="n >= k"):
        ts.prove_spurious_minimum(np.eye(3)[:2], np.eye(3))
