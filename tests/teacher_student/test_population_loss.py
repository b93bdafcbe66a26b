"""Loss, gradient and Hessian against sampling, differences, symmetry, and the buffers of the descent."""

import numpy as np
import pytest

from lossland import teacher_student as ts
from lossland.numerics.finite_difference import slope_test
from lossland.teacher_student.descent_step import DescentStep

RNG = np.random.default_rng(3)
W, V = RNG.normal(size=(4, 5)), RNG.normal(size=(3, 5))


def outputs(x, neurons):
    return np.maximum(x @ neurons.T, 0).sum(axis=1)


def test_loss_and_gradient_of_a_million_samples():
    x = np.random.default_rng(4).normal(size=(1_000_000, 5))
    error = outputs(x, W) - outputs(x, V)
    squares = error**2 / 2
    assert abs(squares.mean() - ts.population_loss(W, V)) < 4 * squares.std() / 1000
    slopes = (error * (x @ W[1] > 0))[:, None] * x
    assert np.all(np.abs(slopes.mean(0) - ts.population_gradient(W, V)[1]) < 4 * slopes.std(0) / 1000)


def test_slopes_of_gradient_and_hessian():
    test = slope_test(
        lambda w: float(ts.population_loss(w, V)),
        lambda w: ts.population_gradient(w, V),
        W,
        rng=np.random.default_rng(5),
        order=2,
        hessian_product=lambda w, u: (ts.population_hessian(w, V) @ u.reshape(-1)).reshape(u.shape),
    )
    assert 2.95 < test.slope < 3.05


@pytest.mark.parametrize("angle", [1e-4, 1e-6, 0.0])
def test_hessian_by_differences_next_to_parallel_students(angle):
    """The Hessian is Lipschitz, no more, where two students are parallel: central differences are off by the step."""
    students = np.array([[1.0, 0.2, 0.3], [2.0, 0.4, 0.6], [-1.0, -0.2, -0.3]])
    students[1, 0] += angle
    hessian, step = ts.population_hessian(students, np.eye(3)), 1e-6
    np.testing.assert_allclose(hessian, hessian.T, rtol=0, atol=1e-15)
    for number in range(9):
        e = step * np.eye(9)[number].reshape(3, 3)
        column = ts.population_gradient(students + e, np.eye(3)) - ts.population_gradient(students - e, np.eye(3))
        np.testing.assert_allclose(column.reshape(-1) / (2 * step), hessian[number], atol=3e-6)


def test_the_factor_one_half_is_explicit():
    for function in (ts.population_loss, ts.population_gradient, ts.population_hessian):
        np.testing.assert_allclose(function(W, V, half=False), 2 * function(W, V), rtol=1e-15)
    direction = np.ones_like(W)
    assert ts.one_sided_derivative(W, V, direction, half=False) == 2 * ts.one_sided_derivative(W, V, direction)


def test_least_value_and_symmetries():
    teachers = ts.orthogonal_teachers(5)
    assert abs(ts.population_loss(teachers[[3, 1, 0, 4, 2]], teachers)) < 1e-15
    assert np.all(ts.population_loss(RNG.normal(size=(100, 4, 5)), V) > 0)
    rows, columns = RNG.permutation(6), RNG.permutation(5)
    students = RNG.normal(size=(6, 5))
    moved = students[rows][:, columns]
    assert abs(ts.population_loss(moved, teachers) - ts.population_loss(students, teachers)) < 1e-14
    np.testing.assert_allclose(
        np.linalg.eigvalsh(ts.population_hessian(moved, teachers)),
        np.linalg.eigvalsh(ts.population_hessian(students, teachers)),
        atol=1e-13,
    )
    turn, _ = np.linalg.qr(RNG.normal(size=(5, 5)))
    assert ts.population_loss(W @ turn, V @ turn) == pytest.approx(float(ts.population_loss(W, V)), abs=1e-13)


def test_euler_the_quadratic_part_is_homogeneous():
    """W.grad = 2 Q - L for loss Q - L + const, with Q of degree two and L of degree one."""
    quadratic = ts.population_loss(W, np.zeros((1, 5)))
    constant = ts.population_loss(V, np.zeros((1, 5)))
    linear = quadratic + constant - ts.population_loss(W, V)
    assert np.sum(W * ts.population_gradient(W, V)) == pytest.approx(float(2 * quadratic - linear), rel=1e-13)


class TestZeroStudents:
    students = np.concatenate([W, np.zeros((1, 5))])

    def test_the_loss_is_that_of_the_others(self):
        assert ts.population_loss(self.students, V) == pytest.approx(float(ts.population_loss(W, V)), rel=1e-14)

    def test_the_gradient_leaves_it_where_it_is(self):
        gradient = ts.population_gradient(self.students, V)
        np.testing.assert_array_equal(gradient[-1], 0.0)
        np.testing.assert_allclose(gradient[:-1], ts.population_gradient(W, V), atol=1e-15)

    def test_slopes_along_rays_exist(self):
        direction = RNG.normal(size=self.students.shape)
        slope, h = ts.one_sided_derivative(self.students, V, direction), 1e-6
        rise = ts.population_loss(self.students + h * direction, V) - ts.population_loss(self.students, V)
        assert slope == pytest.approx(float(rise / h), abs=1e-4)
        back = ts.one_sided_derivative(self.students, V, -direction)
        assert abs(slope + back) > 1e-3  # a kink: the two slopes are not opposite

    def test_the_hessian_is_refused(self):
        with pytest.raises(ValueError, match=r"students: expected no zero neuron, where the loss has a kink"):
            ts.population_hessian(self.students, V)

    def test_zero_teachers_teach_nothing(self):
        teachers = np.concatenate([V, np.zeros((2, 5))])
        for function in (ts.population_loss, ts.population_gradient, ts.population_hessian):
            np.testing.assert_allclose(function(W, teachers), function(W, V), atol=1e-14)


def test_never_nan_for_copies_and_opposites():
    students = np.array([[[1.0, 2.0, 2.0]] * 2 + [[-1.0, -2.0, -2.0]], [[0.1, 0.2, 0.2]] * 3]) / 3
    teachers = np.array([[1.0, 2.0, 2.0], [-1.0, -2.0, -2.0]])
    for function in (ts.population_loss, ts.population_gradient, ts.population_hessian):
        assert np.all(np.isfinite(function(students, teachers)))


def test_batches_are_single_ones():
    students = RNG.normal(size=(2, 3, 4, 5))
    hessian = ts.population_hessian(students, V)
    assert hessian.shape == (2, 3, 20, 20)
    np.testing.assert_allclose(hessian[1, 2], ts.population_hessian(students[1, 2], V), atol=1e-15)
    np.testing.assert_allclose(
        ts.population_gradient(students, V)[0, 1], ts.population_gradient(students[0, 1], V), atol=1e-14
    )


@pytest.mark.parametrize("teachers", [V, np.eye(5), np.concatenate([2 * np.eye(5)[:2], np.zeros((1, 5))])])
def test_the_step_of_the_descent_has_the_same_gradient(teachers):
    students = RNG.normal(size=(7, 4, 5))
    students[2, 1] = 0.0
    students[3, 0] = 2 * students[3, 1]
    students[4, 0] = -students[4, 1]
    students[5, :3] = np.eye(5)[:3]
    step = DescentStep(9, 4, np.asarray(teachers, float))
    for part in (students, students[:3]):  # buffers of a larger block
        scaled = step.scaled_gradient(np.ascontiguousarray(part))
        np.testing.assert_allclose(scaled / (2 * np.pi), ts.population_gradient(part, teachers), atol=1e-14)


@pytest.mark.parametrize(
    ("students", "teachers", "error", "words"),
    [(W[0], V, ValueError, r"students: expected the shape \(\.\.\., n, 5\).*got \(5,\)"),
     (W[:, :4], V, ValueError, r"students: expected the shape.*got \(4, 4\)"),
     (W, V[0], ValueError, r"teachers: expected a matrix \(k, d\)"),
     (W, np.zeros((0, 5)), ValueError, r"teachers: expected a matrix"),
     ([["a"]], V, TypeError, r"students: expected real numbers"),
     (np.full((4, 5), np.inf), V, ValueError, r"students: expected finite numbers")],
)  # fmt: skip
def test_errors_say_what_is_wrong(students, teachers, error, words):
    for function in (ts.population_loss, ts.population_gradient, ts.population_hessian):
        with pytest.raises(error, match=words):
            function(students, teachers)


def test_errors_of_teachers_and_directions():
    with pytest.raises(ValueError, match=r"dimension: expected an integer >= 3, got 2"):
        ts.orthogonal_teachers(3, 2)
    with pytest.raises(ValueError, match=r"direction: expected \(4, 5\) as the students, got \(3, 5\)"):
        ts.one_sided_derivative(W, V, V)
