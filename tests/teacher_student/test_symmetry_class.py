"""Permuted copies are recognized, different points are not taken for one."""

import numpy as np
import pytest

from lossland import teacher_student as ts

POINTS = {
    "one reversed": ts.reversed_students(8, 1).students,
    "three reversed": ts.reversed_students(12, 3).students,
    "one more student": ts.reversed_students(13, 1, n_extra=1).students,
    "goal": np.eye(6),
    "random": np.random.default_rng(0).normal(size=(5, 4)),
}


def shuffled(point, rng):
    return point[rng.permutation(point.shape[0])][:, rng.permutation(point.shape[1])]


@pytest.mark.parametrize("name", POINTS)
def test_a_copy_is_laid_on_the_original(name):
    point, rng = POINTS[name], np.random.default_rng(1)
    for _ in range(20):
        copy = shuffled(point, rng)
        found = ts.align(copy, point)
        assert found.distance < 1e-6 * np.linalg.norm(point)
        assert found.distance == pytest.approx(np.linalg.norm(copy[found.rows][:, found.columns] - point), abs=1e-15)
        near = ts.align(copy + 1e-4 * rng.normal(size=copy.shape), point)
        assert near.distance < 1.5e-4 * np.sqrt(point.size)


@pytest.mark.parametrize("name", POINTS)
def test_the_canonical_form_does_not_depend_on_the_order(name):
    point, rng = POINTS[name], np.random.default_rng(2)
    form = ts.canonical_form(point)
    assert ts.align(form, point).distance < 1e-6
    for _ in range(20):
        noisy = shuffled(point, rng) + 1e-10 * rng.normal(size=point.shape)
        assert np.abs(ts.canonical_form(noisy) - form).max() < 1e-6


def test_classes():
    rng = np.random.default_rng(3)
    one, two = (ts.reversed_students(10, m).students for m in (1, 2))
    points = [shuffled(point, rng) for point in (one, two, one, one, np.eye(10), two)]
    found = ts.symmetry_classes(points)
    assert found.labels.tolist() == [0, 1, 0, 0, 2, 1]
    assert found.members.tolist() == [3, 2, 1]
    assert np.all(found.spread < 1e-6)
    np.testing.assert_array_equal(found.representatives[2], np.eye(10))


def test_same_entries_do_not_make_the_same_point():
    """Rows and columns with the same entries, in another pattern: two cycles of three, one of six."""
    six, three = np.roll(np.eye(6), 1, axis=1), np.kron(np.eye(2), np.roll(np.eye(3), 1, axis=1))
    a, b = np.eye(6) + six, np.eye(6) + three
    assert ts.align(a, b).distance > 1
    assert ts.symmetry_classes([a, b]).labels.tolist() == [0, 1]


def test_errors_say_what_is_wrong():
    with pytest.raises(ValueError, match=r"reference: expected the shape \(2, 2\) of the students, got \(3, 3\)"):
        ts.align(np.eye(2), np.eye(3))
    with pytest.raises(ValueError, match=r"points: expected the shape \(m, n, d\)"):
        ts.symmetry_classes(np.eye(3))
    with pytest.raises(ValueError, match=r"students: expected the shape \(n, d\)"):
        ts.canonical_form([1.0, 2.0])
