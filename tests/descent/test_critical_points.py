"""Newton's method and the census find the known critical points; degenerate ones are never called minima."""

import numpy as np
import pytest
import torch

from lossland import descent


@pytest.mark.parametrize("name", sorted(set(descent.SURFACES) - {"escape", "rosenbrock"}))
def test_census_finds_the_known_critical_points(name):
    surface = descent.SURFACES[name]()
    low, high = np.array(surface.window).T
    starts = np.random.default_rng(0).uniform(low, high, (150, surface.dimension))
    found = descent.find_critical_points(surface, starts)
    known = sorted(surface.critical_points, key=lambda p: (p.value, p.position))
    assert [(p.kind, p.index) for p in found] == [(p.kind, p.index) for p in known]
    places = np.array([point.position for point in found])
    for point in known:
        assert np.linalg.norm(places - point.position, axis=1).min() < 1e-6


def test_newton_is_quadratic_at_regular_points_and_linear_at_degenerate_ones():
    well, bend = descent.double_well(), descent.inflection()
    ends = [descent.newton(well.gradient, well.hessian, [1.2], max_iter=k, tol=0.0).points[0] for k in (2, 3, 4)]
    errors = np.abs(np.array(ends) - 1)
    assert errors[1] < 3 * errors[0] ** 2
    assert errors[2] < 3 * errors[1] ** 2 + 1e-15
    slow = [descent.newton(bend.gradient, bend.hessian, [0.1], max_iter=k, tol=0.0).points[0] for k in (10, 11)]
    assert slow[1] / slow[0] == pytest.approx(0.5, abs=1e-3)


def test_newton_batches_in_torch_as_in_numpy_and_gives_up_runs_that_leave():
    hills = descent.himmelblau()
    starts = np.random.default_rng(1).uniform(-4, 4, (2, 5, 2))
    mine = descent.newton(hills.gradient, hills.hessian, starts, max_step=1.0)
    theirs = descent.newton(hills.gradient, hills.hessian, torch.tensor(starts), max_step=1.0)
    assert isinstance(theirs.points, torch.Tensor)
    assert mine.points.shape == (2, 5, 2)
    np.testing.assert_allclose(theirs.points.numpy(), mine.points, atol=1e-8)
    assert mine.converged.all()
    hill = descent.escape()
    assert not descent.newton(hill.gradient, hill.hessian, [30.0], max_iter=5).points[0] < 30
    lost = descent.newton(lambda w: np.ones_like(w), lambda w: np.full((*w.shape, 1), 1e-12), [0.0])
    assert not lost.converged
    assert np.isfinite(lost.points).all()


def test_index_and_kind_of_batches():
    matrices = np.stack([np.diag([1.0, 2.0]), np.diag([-1.0, 2.0]), -np.eye(2), np.diag([1.0, 1e-9])])
    assert descent.morse_index(matrices).tolist() == [0, 1, 2, 0]
    assert descent.classify_critical_point(matrices).tolist() == ["minimum", "saddle", "maximum", "degenerate"]
    assert descent.classify_critical_point(np.diag([1.0, 1e-9]), tol=1e-12) == "minimum"
    with pytest.raises(ValueError, match="hessian: expected symmetric matrices"):
        descent.morse_index(np.ones(3))


def test_only_wanted_ends_are_listed_and_shapes_are_checked():
    well = descent.double_well()
    right = descent.find_critical_points(well, np.linspace(-2, 2, 20)[:, None], keep=lambda w: w[:, 0] > 0.5)
    assert [round(p.position[0], 9) for p in right] == [1.0]
    with pytest.raises(ValueError, match=r"starts: expected points \(n, 1\)"):
        descent.find_critical_points(well, np.zeros((3, 2)))
