"""Quadratics and the representations of their noise: the same functions, written in several ways."""

import numpy as np
import pytest
import torch

from lossland import sgd
from lossland.numerics.finite_difference import slope_test

RNG = np.random.default_rng(0)


def random_hessian(n, seed=0, condition=10.0):
    frame, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))
    matrix = (frame * np.geomspace(1, 1 / condition, n)) @ frame.T
    return (matrix + matrix.T) / 2


def shifted(n=3, draws=4):
    center = sgd.quadratic(random_hessian(n), RNG.standard_normal(n), minimum=0.7)
    return sgd.ShiftedObjective(center, RNG.standard_normal((draws, n)))


def additive(n=3, draws=4, curved=True):
    center = sgd.quadratic(random_hessian(n) + np.eye(n), RNG.standard_normal(n))
    k = RNG.standard_normal((draws, n, n)) / 10
    curvatures = k + np.swapaxes(k, 1, 2) if curved else None
    return sgd.AdditiveObjective(center, RNG.standard_normal(draws), RNG.standard_normal((draws, n)), curvatures)


@pytest.mark.parametrize("half", [True, False])
def test_the_hessian_of_a_quadratic_is_its_second_derivative(half):
    h, center = random_hessian(4), RNG.standard_normal(4)
    bowl = sgd.quadratic(h, center, minimum=-2.0, half=half)
    found = torch.autograd.functional.hessian(bowl.value, torch.tensor(RNG.standard_normal(4)))
    np.testing.assert_allclose(found, h if half else 2 * h, atol=1e-12)
    np.testing.assert_allclose(bowl.hessian, found, atol=1e-12)
    assert float(bowl.value(center)) == -2.0


@pytest.mark.parametrize("make", [shifted, additive])
def test_gradients_are_those_of_the_values(make):
    objective = make(draws=1)
    points = RNG.standard_normal(3)
    test = slope_test(
        lambda p: objective.value(p)[0], lambda p: objective.gradient(p)[0], points, rng=np.random.default_rng(1)
    )
    assert test.slope == pytest.approx(2, abs=1e-3)
    tensor = torch.tensor(points)
    derivative = torch.autograd.functional.jacobian(lambda p: objective.value(p)[0], tensor)
    np.testing.assert_allclose(derivative, objective.gradient(points)[0], atol=1e-12)
    assert objective.gradient(tensor.float()).dtype == torch.float32


def test_a_shift_is_an_addition_and_back():
    objective, points = shifted(), RNG.standard_normal((5, 1, 3))
    same = sgd.additive_from_shifted(objective)
    np.testing.assert_allclose(same.value(points), objective.value(points), atol=1e-12)
    np.testing.assert_allclose(same.gradient(points), objective.gradient(points), atol=1e-12)
    back, levels = sgd.shifted_from_additive(same)
    np.testing.assert_allclose(back.shifts, objective.shifts, atol=1e-11)
    np.testing.assert_allclose(levels, 0, atol=1e-11)


def test_an_addition_is_a_shift_and_a_level():
    objective, points = additive(curved=False), RNG.standard_normal((5, 1, 3))
    same, levels = sgd.shifted_from_additive(objective)
    np.testing.assert_allclose(same.value(points) + levels, objective.value(points), atol=1e-12)
    np.testing.assert_allclose(same.gradient(points), objective.gradient(points), atol=1e-12)


def test_no_shift_makes_a_slope_along_a_flat_direction():
    center = sgd.quadratic(np.diag([1.0, 0.0]))
    allowed = sgd.AdditiveObjective(center, np.zeros(1), np.array([[1.0, 0.0]]))
    assert sgd.shifted_from_additive(allowed)[0].shifts.tolist() == [[1.0, 0.0]]
    with pytest.raises(sgd.FlatDirectionError, match="part of size 1 along flat"):
        sgd.shifted_from_additive(allowed._replace(slopes=np.array([[1.0, 1.0]])))
    with pytest.raises(ValueError, match="see quadratic_of_each"):
        sgd.shifted_from_additive(additive())


def test_each_draw_is_a_quadratic_of_its_own():
    objective, points = additive(), RNG.standard_normal((5, 1, 3))
    each = sgd.quadratic_of_each(objective)
    np.testing.assert_allclose(each.value(points), objective.value(points), atol=1e-12)
    np.testing.assert_allclose(objective.gradient(each.optimum), 0, atol=1e-12)
    flat = objective._replace(curvatures=-np.broadcast_to(objective.center.hessian, objective.curvatures.shape))
    with pytest.raises(sgd.FlatDirectionError, match="no optimum"):
        sgd.quadratic_of_each(flat)


def test_the_noise_counts_once():
    objective, points = additive(), RNG.standard_normal((5, 1, 3))
    parts = objective.center.gradient(points) + objective.gradient_noise(points)
    np.testing.assert_allclose(objective.gradient(points), parts)
    extra = sgd.double_counted_gradient(objective, points) - objective.gradient(points)
    np.testing.assert_allclose(extra, objective.gradient_noise(points))


def test_shifts_make_noise_that_grows_with_the_square_of_the_hessian():
    h, spread = random_hessian(3), np.diag([1.0, 2.0, 3.0])
    shifts = np.random.default_rng(1).multivariate_normal(np.zeros(3), spread, 200_000)
    slopes = sgd.additive_from_shifted(sgd.ShiftedObjective(sgd.quadratic(h), shifts)).slopes
    expected = sgd.shift_noise_covariance(h, spread)
    np.testing.assert_allclose(np.cov(slopes.T), expected, atol=6 * np.abs(expected).max() / np.sqrt(200_000) * 1.5)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: sgd.quadratic([[1.0, 2.0], [0.0, 1.0]]), sgd.AsymmetricMatrixError, "entries 2 at .0, 1. and 0 at"),
        (lambda: sgd.quadratic([1.0, 2.0]), ValueError, "hessian: expected a square matrix"),
        (lambda: sgd.quadratic(np.eye(2), [1.0]), ValueError, "optimum: expected shape"),
        (lambda: sgd.shift_noise_covariance(np.eye(2), -np.eye(2)), sgd.IndefiniteMatrixError, "least eigenvalue -1"),
        (lambda: sgd.shift_noise_covariance(np.eye(2), np.eye(3)), ValueError, "shift_covariance: expected shape"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()
