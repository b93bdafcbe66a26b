"""Surfaces against their own derivatives, their critical points, and the bounds that they state."""

import numpy as np
import pytest
import torch

from lossland import descent as de
from lossland.numerics import slope_test

NAMES = sorted(de.SURFACES)


@pytest.fixture(params=NAMES)
def surface(request):
    return de.SURFACES[request.param]()


@pytest.fixture
def points(surface):
    low, high = np.transpose(surface.window)
    return np.random.default_rng(1).uniform(low, high, (40, surface.dimension))


def test_gradient_and_hessian_pass_the_slope_test(surface, points):
    rng = np.random.default_rng(2)
    steps = np.logspace(-3, -1, 15)
    for point in points[:5]:
        gradient = slope_test(surface.value, surface.gradient, point, rng=rng)
        assert gradient.slope == pytest.approx(2, abs=0.06) or gradient.errors.max() < 1e-12
        second = slope_test(
            surface.value,
            surface.gradient,
            point,
            rng=rng,
            order=2,
            steps=steps,
            hessian_product=lambda x, v: surface.hessian(x) @ v,
        )
        assert second.slope > 2.5 or second.errors.max() < 1e-12


def test_a_wrong_gradient_fails_the_slope_test():
    surface = de.rosenbrock()
    test = slope_test(surface.value, lambda w: 1.01 * surface.gradient(w), [0.3, 0.7], rng=np.random.default_rng(0))
    assert test.slope < 1.5


def test_critical_points_are_critical_and_of_their_kind(surface):
    for point in surface.critical_points:
        eigenvalues = np.linalg.eigvalsh(surface.hessian(point.position))
        degenerate = np.min(np.abs(eigenvalues)) < 1e-9
        index = int(np.sum(eigenvalues < 0))
        kinds = {0: "minimum", surface.dimension: "maximum"}
        assert np.linalg.norm(surface.gradient(point.position)) < 1e-12
        assert point.value == pytest.approx(float(surface.value(point.position)), abs=1e-12)
        assert point.index == index
        assert point.kind == ("degenerate" if degenerate else kinds.get(index, "saddle"))


def test_no_value_lies_below_the_infimum(surface, points):
    scales = np.array([1.0, 3.0, 30.0])[:, None, None]
    values = surface.value(scales * points)
    assert np.min(values) >= surface.infimum - 1e-12
    minima = [point.value for point in surface.critical_points if point.kind == "minimum"]
    if minima:
        assert min(minima) == pytest.approx(surface.infimum, abs=1e-12)


@pytest.mark.parametrize("name", ["quadratic", "inflection", "log_sum"])
def test_the_lipschitz_constant_is_a_bound_and_is_attained(name):
    surface = de.SURFACES[name]()
    axis = np.linspace(-6, 6, 24001)[:, None] * np.ones(surface.dimension)
    norms = np.abs(np.linalg.eigvalsh(surface.hessian(axis))).max(-1)
    assert norms.max() <= surface.gradient_lipschitz * (1 + 1e-12)
    assert norms.max() == pytest.approx(surface.gradient_lipschitz, rel=1e-6)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"quadratic", "inflection", "log_sum"}))
def test_without_a_lipschitz_constant_the_curvature_is_unbounded(name):
    surface = de.SURFACES[name]()
    assert surface.gradient_lipschitz is None
    far = np.multiply.outer([-30.0, 30.0], np.ones(surface.dimension))
    assert np.abs(np.linalg.eigvalsh(surface.hessian(far))).max() > 100


def test_numpy_and_torch_give_the_same_numbers_in_their_own_dtype(surface, points):
    for dtype in (torch.float64, torch.float32):
        tensor = torch.tensor(points, dtype=dtype)
        for method in (surface.value, surface.gradient, surface.hessian):
            answer = method(tensor)
            assert answer.dtype == dtype
            expected = method(tensor.numpy().astype(float))
            np.testing.assert_allclose(answer.double().numpy(), expected, rtol=2e-3, atol=2e-3)
    assert surface.value(points.tolist()).dtype == np.float64


def test_the_flat_valley_has_a_whole_parabola_of_minima():
    valley = de.curved_valley(0.0)
    w = np.linspace(-2, 2, 9)
    assert np.all(valley.gradient(np.stack([w, w**2], -1)) == 0)
    assert valley.critical_points == ()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: de.rosenbrock().value([1.0, 2.0, 3.0]), r"w: expected points \(\.\.\., 2\) of rosenbrock, got"),
        (lambda: de.double_well().gradient(1.0), r"w: expected points \(\.\.\., 1\)"),
        (lambda: de.quadratic([]), "eigenvalues: expected a vector of curvatures"),
        (lambda: de.quadratic([np.nan]), "eigenvalues: expected finite numbers"),
        (lambda: de.curved_valley(-0.1), "floor: expected >= 0, got -0.1"),
        (lambda: de.rosenbrock(0.0), "steepness: expected a positive number, got 0"),
        (lambda: de.log_sum(0), "dimension: expected an integer >= 1, got 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_text_is_not_a_point():
    with pytest.raises(TypeError, match="w: expected real numbers, got"):
        de.double_well().value("left")
