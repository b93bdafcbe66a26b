"""The shallow laboratory: exact loss against a grid, gradient and Hessian by slope tests, known ends by their names."""

import numpy as np
import pytest
import torch

from lossland import descent
from lossland.descent import HAT, PiecewiseLinear, relu_representation
from lossland.numerics import slope_test

TARGETS = (HAT, PiecewiseLinear((-2.0, 0.3, 1.0), (1.0, -0.5, 2.0)), PiecewiseLinear((0.0, 1.0), (2.0, 2.0)))


def networks(n=6, width=4, seed=0):
    return descent.sample_shallow(n, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("target", TARGETS)
def test_loss_is_the_mean_over_a_fine_grid(target):
    parameters, (left, right) = networks(), (target.knots[0], target.knots[-1])
    x = torch.linspace(left, right, 200_001, dtype=torch.float64)
    error = descent.shallow_output(parameters, x) - torch.tensor(target(x.numpy()))
    expected = torch.trapezoid(error**2, x) / (right - left) / 2
    assert torch.allclose(descent.shallow_loss(parameters, target), expected, rtol=1e-7)


@pytest.mark.parametrize("target", TARGETS)
def test_gradient_and_hessian_pass_the_slope_test(target):
    rng = np.random.default_rng(1)
    alive = networks(8, seed=3)
    alive = alive[~descent.dead_units(alive, target).any(-1)]
    assert len(alive) >= 1
    for row in alive[:3]:
        def value(p):
            return float(descent.shallow_loss(torch.tensor(p), target))

        def gradient(p):
            return descent.shallow_gradient(torch.tensor(p), target).numpy()

        def product(p, v):
            return descent.shallow_hessian(torch.tensor(p), target).numpy() @ v

        assert slope_test(value, gradient, row.numpy(), rng=rng).slope == pytest.approx(2, abs=0.05)
        steps = np.geomspace(1e-4, 1e-2, 15)
        third = slope_test(value, gradient, row.numpy(), rng=rng, order=2, hessian_product=product, steps=steps)
        assert third.slope == pytest.approx(3, abs=0.1)


def test_gradient_agrees_with_autograd():
    parameters = networks().requires_grad_(True)
    (expected,) = torch.autograd.grad(descent.shallow_loss(parameters, HAT).sum(), parameters)
    assert torch.allclose(descent.shallow_gradient(parameters.detach(), HAT), expected, atol=1e-13)


@pytest.mark.parametrize("target", TARGETS)
def test_construction_has_zero_loss_and_gradient(target):
    for width in (None, 6):
        parameters = torch.tensor(relu_representation(target, width=width))
        assert descent.shallow_loss(parameters, target) < 1e-28
        assert descent.shallow_gradient(parameters, target).abs().max() < 1e-13
        x = np.linspace(target.knots[0], target.knots[-1], 50)
        np.testing.assert_allclose(descent.shallow_output(parameters, torch.tensor(x)), target(x), atol=1e-12)


def test_dead_units_have_exactly_zero_gradient():
    parameters = networks(1)[0]
    parameters[[5, 9]] = torch.tensor([1.0, -1.5], dtype=torch.float64)  # unit 1: on beyond 1.5
    assert descent.dead_units(parameters, HAT)[1]
    assert torch.all(descent.shallow_gradient(parameters, HAT)[[1, 5, 9]] == 0)
    assert descent.kinks(parameters)[1] == 1.5


STUCK = [-1.2, -0.8, 0.6875, -0.3125, 1, 1, 1, -1, 0, 0, 2, 2]
ONE_BEND = [-2.0, 0.4, 0.6875, -0.3125, 1, 1, 1, -1, 0, -2, 2, 2]


@pytest.mark.parametrize(
    ("parameters", "end", "n_flat", "n_dead"),
    [
        (relu_representation(HAT, width=4), "global minimum", 6, 1),
        (relu_representation(HAT, width=3), "global minimum", 3, 0),
        (STUCK, "local minimum", 7, 0),
        (ONE_BEND, "dead units", 8, 1),
        ([0.0] * 4 + [1.0] * 4 + [0.1, 0.2, 0.3, 0.4], "plateau", 8, 0),
        ([1.0] * 8 + [-2.0] * 4, "dead units", 12, 4),
    ],
)
def test_known_ends_get_their_names_under_all_symmetries(parameters, end, n_flat, n_dead):
    rng = np.random.default_rng(2)
    rows = np.array(parameters).reshape(3, -1)
    for _ in range(3):
        order, scale = rng.permutation(rows.shape[1]), rng.uniform(0.5, 2, rows.shape[1])
        moved = np.concatenate([rows[0, order] / scale, rows[1, order] * scale, rows[2, order] * scale])
        facts = descent.classify_ends(torch.tensor(moved[None]), HAT)
        assert (facts.end[0], facts.n_flat[0], facts.n_dead[0]) == (end, n_flat, n_dead)


def test_flat_directions_leave_the_function_alone_and_are_zeros_of_the_hessian():
    parameters = torch.tensor([STUCK], dtype=torch.float64)
    facts = descent.classify_ends(parameters, HAT)
    assert np.sum(np.abs(facts.eigenvalues[0]) < 1e-10) == facts.n_flat[0] == 7
    exchanged = parameters.clone()
    exchanged[0, :2] += torch.tensor([0.3, -0.3])  # two units with a common kink share a coefficient
    assert descent.shallow_loss(exchanged, HAT) == pytest.approx(facts.loss[0], rel=1e-13)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: relu_representation(HAT, width=2), ValueError, "width: the construction needs 3 units"),
        (lambda: descent.classify_ends(networks(2, 2), HAT), ValueError, "width: the construction needs 3 units"),
        (lambda: descent.classify_ends(networks(2) * np.inf, HAT), ValueError, "did a run diverge"),
        (lambda: descent.classify_ends(networks(2)[0], HAT), ValueError, r"parameters: expected a tensor \(m, 3n\)"),
        (lambda: descent.shallow_loss(torch.ones(7), HAT), ValueError, r"parameters: expected \(..., 3n\)"),
        (lambda: descent.shallow_loss(np.ones(6), HAT), TypeError, "parameters: expected a floating-point tensor"),
        (lambda: PiecewiseLinear((0.0, 0.0), (1.0, 2.0)), ValueError, "knots: expected at least two increasing"),
        (lambda: PiecewiseLinear((0.0, 1.0), (1.0,)), ValueError, "values: expected one for each of the 2 knots"),
    ],
)
def test_errors_name_the_argument(call, error, message):
    with pytest.raises(error, match=message):
        call()
