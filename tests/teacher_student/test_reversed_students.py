"""Families of reversed students: critical in all weights, invariant, and minima where descent finds them."""

import numpy as np
import pytest

from lossland import teacher_student as ts


@pytest.mark.parametrize(("k", "m", "extra", "loss", "least"), [
    (6, 1, 0, 0.02508058, 0.00470035),
    (7, 1, 0, 0.02320271, 0.01405901),
    (8, 1, 0, 0.02150804, 0.02134659),
    (10, 2, 0, 0.0353269, 0.0159921),
    (8, 1, 1, 0.02056079, 0.00594462),
    (12, 6, 1, 0.0436884, 0.0002341),
])  # fmt: skip
def test_values_agree_with_end_points_of_descents(k, m, extra, loss, least):
    found = ts.reversed_students(k, m, n_extra=extra)
    assert found.found
    assert found.students.shape == (k + extra, k)
    assert found.gradient_norm < 1e-12
    assert (found.loss, found.least_eigenvalue) == pytest.approx((loss, least), abs=2e-7)


def test_students_are_unchanged_by_the_permutations_of_the_class():
    w = ts.reversed_students(7, 3).students
    order = np.array([2, 0, 3, 1, 6, 4, 5])
    np.testing.assert_allclose(w[order][:, order], w, atol=1e-12)
    assert int(ts.count_reversed(w, np.eye(7))) == 3


def test_a_perturbed_minimum_is_found_again_by_plain_descent():
    teachers, minimum = ts.orthogonal_teachers(7), ts.reversed_students(7)
    w = minimum.students + 0.03 * np.random.default_rng(1).normal(size=(7, 7))
    for _ in range(4000):
        w = w - 0.5 * ts.population_gradient(w, teachers)
    np.testing.assert_allclose(w, minimum.students, atol=1e-6)


def test_loss_falls_like_the_law_for_many_teachers():
    constant = 0.5 - 2 / np.pi**2
    gaps = [constant - k * ts.reversed_students(k).loss for k in (10, 20, 40)]
    assert gaps[0] > gaps[1] > gaps[2] > 0
    assert gaps[2] / gaps[1] < 0.65  # toward zero, a little slower than 1/k


def test_counting_sees_the_teacher_and_not_the_number_of_students():
    away = [[0.1, -0.9], [0.0, -0.3], [1.0, -0.4]]
    assert int(ts.count_reversed(away, np.eye(2))) == 1
    np.testing.assert_array_equal(ts.count_reversed(np.stack([np.eye(2), -np.eye(2)]), np.eye(2)), [0, 2])


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="n_reversed"):
        ts.reversed_students(5, 4)
    with pytest.raises(ValueError, match="n_extra"):
        ts.reversed_students(5, 1, n_extra=2)
