"""The proof of a basin: its constants against differences, its ball against sampling, its promise against descent."""

import numpy as np
import pytest

from lossland import teacher_student as ts
from lossland.teacher_student import basin as module

SPURIOUS = ts.reversed_students(7).students


def third_derivative(w, v, u, step=1e-4):
    """In the first neuron along one line; for a symmetric form its largest value is its norm (Banach)."""
    ahead, behind = (ts.relu_kernel_hessian(w + sign * step * u, v)[0] for sign in (1, -1))
    return u @ (ahead - behind) @ u / (2 * step)


def test_the_constant_is_the_largest_value_of_the_cubic_form():
    """2 x^2 (3 s y + c x) + 3 t^2 (s y + c x) over the unit sphere and the angle, over 2 pi."""
    x, y, t = np.random.default_rng(0).normal(size=(3, 400_000))
    x, y, t = np.array([x, y, t]) / np.sqrt(x**2 + y**2 + t**2)
    largest = np.max(np.hypot(6 * x**2 * y + 3 * t**2 * y, 2 * x**3 + 3 * t**2 * x)) / (2 * np.pi)
    assert 0.999 * module._CUBIC < largest <= module._CUBIC * (1 + 1e-12)


def test_third_derivatives_of_one_kernel_stay_below_their_bounds():
    rng = np.random.default_rng(1)
    largest = 0.0
    for _ in range(1000):
        w, v, u, z = rng.normal(size=(4, 3))
        u, z, h = u / np.linalg.norm(u), z / np.linalg.norm(z), 1e-5
        bound = module._CUBIC * np.linalg.norm(v) / np.linalg.norm(w) ** 2
        ratio = abs(third_derivative(w, v, u, 1e-4 * np.linalg.norm(w))) / bound
        largest = max(largest, ratio)
        change = ts.relu_kernel_hessian(w, v + h * z)[0] - ts.relu_kernel_hessian(w, v - h * z)[0]
        assert np.linalg.norm(change, 2) / (2 * h) <= (1 + 1e-4) / (np.pi * np.linalg.norm(w))
    assert 0.8 < largest < 1.001  # a bound that is nearly reached


@pytest.mark.parametrize("students", [SPURIOUS, np.eye(4), np.eye(4)[[0, 0, 1, 2, 3]]], ids=["bad", "goal", "twins"])
def test_the_hessian_is_lipschitz_with_the_constant(students):
    teachers, rng, radius = np.eye(students.shape[1]), np.random.default_rng(2), 0.05
    constant = ts.hessian_lipschitz(students, teachers, radius)
    for _ in range(60):
        ends = rng.normal(size=(2, *students.shape))
        ends *= radius * rng.uniform(size=2)[:, None, None] / np.linalg.norm(ends, axis=(1, 2), keepdims=True)
        one, two = ts.population_hessian(students + ends, teachers)
        assert np.linalg.norm(one - two, 2) <= constant * np.linalg.norm(ends[0] - ends[1])


def test_the_hessian_in_the_ball_and_the_only_minimum():
    teachers, rng = np.eye(7), np.random.default_rng(3)
    near = SPURIOUS + 1e-7 * rng.normal(size=SPURIOUS.shape)
    proof = ts.prove_basin(near, teachers)
    assert proof.proved
    assert np.linalg.norm(near - SPURIOUS) <= proof.distance <= proof.radius / 2
    directions = rng.normal(size=(40, *near.shape))
    directions *= proof.radius / np.linalg.norm(directions, axis=(1, 2), keepdims=True)
    hessians = ts.population_hessian(near + directions, teachers)
    assert np.linalg.eigvalsh(hessians)[:, 0].min() >= proof.least_eigenvalue / 2
    assert np.linalg.eigvalsh(hessians)[:, -1].max() <= 2 / proof.largest_step


def test_descent_from_inside_stays_inside_and_arrives():
    teachers, rng = np.eye(7), np.random.default_rng(4)
    radius = float(ts.prove_basin(SPURIOUS, teachers).radius)
    direction = rng.normal(size=SPURIOUS.shape)
    point = SPURIOUS + radius * direction / np.linalg.norm(direction)
    assert ts.prove_basin(SPURIOUS, teachers).largest_step > 5 / 7
    previous = radius
    for _ in range(2500):
        point = point - 5 / 7 * ts.population_gradient(point, teachers)
        distance = np.linalg.norm(point - SPURIOUS)
        assert distance <= previous * (1 + 1e-9) + 1e-13
        previous = distance
    assert previous < 1e-9


def test_no_proof_where_there_is_nothing_to_prove():
    teachers = np.eye(7)
    saddle = np.full((7, 7), 0.1)
    shaken = SPURIOUS + 0.05 * np.random.default_rng(5).normal(size=SPURIOUS.shape)
    proof = ts.prove_basin(np.array([saddle, shaken, SPURIOUS]), teachers)
    assert proof.proved.tolist() == [False, False, True]
    assert proof.distance[:2].tolist() == [np.inf, np.inf]
    assert np.all(proof.radius >= 0)


def test_a_ball_with_a_zero_student_is_refused():
    with pytest.raises(ValueError, match=r"radius: expected a ball without zero students.*got 1.5 for a shortest"):
        ts.hessian_lipschitz(np.eye(3), np.eye(3), 1.5)
    with pytest.raises(ValueError, match="no zero neuron"):
        ts.prove_basin(np.zeros((3, 3)), np.eye(3))
