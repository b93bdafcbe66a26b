"""Layers of basis functions: derivatives of every order and of every kind, shapes of inputs, high degrees."""

import numpy as np
import pytest
import torch

from lossland import remedies
from lossland.remedies.feature_recurrence import recurrence_steps
from lossland.remedies.polynomial_sums import derivative_table

LAYERS = {
    "chebyshev": lambda **options: remedies.PolynomialLayer(3, 2, 4, **options),
    "laguerre": lambda **options: remedies.PolynomialLayer(3, 2, 3, remedies.laguerre(), **options),
    "jacobi": lambda **options: remedies.PolynomialLayer(3, 2, 3, remedies.jacobi(0.5, -0.3), **options),
    "straight": lambda **options: remedies.PolynomialLayer(3, 2, 1, remedies.legendre(), **options),
    "constant": lambda **options: remedies.PolynomialLayer(3, 2, 0, **options),
    "cubic": lambda **options: remedies.SplineLayer(3, 2, 4, **options),
    "continued": lambda **options: remedies.SplineLayer(3, 2, 4, outside="continue", base="none", **options),
}


def numbers(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def made(name):
    return LAYERS[name](dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def out_of_place(layer, x):
    """The sum as it is defined, term by term, from features whose graph torch makes."""
    features = torch.func.vmap(lambda row: layer.features(layer._into_domain(row)))(x)
    found = torch.einsum("bmi,jmi->bj", features, layer.weight)
    return found if getattr(layer, "base", None) is None else found + torch.nn.functional.silu(x) @ layer.base.T


@pytest.mark.parametrize("name", LAYERS)
def test_the_sum_and_its_derivatives_are_those_of_the_definition(name):
    layer, x, g = made(name), numbers(5, 3).requires_grad_(), numbers(5, 2, seed=2)
    results = []
    for y in (layer(x), out_of_place(layer, x)):
        asked = (x, *layer.parameters())
        first = torch.autograd.grad(y, asked, g, create_graph=True, allow_unused=True, materialize_grads=True)
        second = torch.autograd.grad(sum((part**2).sum() for part in first), asked, allow_unused=True,
                                     materialize_grads=True)  # fmt: skip
        results.append((y, *first, *second))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", ["chebyshev", "laguerre", "cubic"])
def test_second_derivatives_agree_with_differences(name):
    layer = made(name)

    def run(weight, x):
        return torch.func.functional_call(layer, {"weight": weight}, (x,))

    assert torch.autograd.gradgradcheck(run, (layer.weight, numbers(2, 3).mul(0.4).requires_grad_()))


@pytest.mark.parametrize("name", ["jacobi", "cubic"])
def test_transforms_of_functions(name):
    layer, x = made(name), numbers(4, 3)
    parameters = dict(layer.named_parameters())

    def loss(parameters, row):
        return torch.func.functional_call(layer, parameters, (row,)).square().sum()

    each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(parameters, x)
    for k in range(len(x)):
        one = torch.autograd.grad(loss(parameters, x[k]), parameters.values())
        for name_of, by_autograd in zip(parameters, one, strict=True):
            torch.testing.assert_close(each[name_of][k], by_autograd)
    hessian = torch.func.jacrev(torch.func.jacrev(loss, argnums=1), argnums=1)(parameters, x[0])
    torch.testing.assert_close(hessian, torch.autograd.functional.hessian(lambda row: loss(parameters, row), x[0]))


@pytest.mark.parametrize("name", LAYERS)
def test_inputs_of_any_number_of_dimensions(name):
    layer, x = made(name), numbers(2, 4, 3)
    flat = layer(x.flatten(0, 1))
    torch.testing.assert_close(layer(x), flat.unflatten(0, (2, 4)))
    torch.testing.assert_close(layer(x[0, 0]), flat[0])
    torch.testing.assert_close(layer(x.transpose(0, 1)), layer(x).transpose(0, 1))
    assert layer(x[:0]).shape == (0, 4, 2)
    with torch.no_grad():
        torch.testing.assert_close(layer(x[0]), flat[:4])


@pytest.mark.parametrize("basis", [remedies.legendre(), remedies.chebyshev(), remedies.laguerre(), remedies.hermite(),
                                   remedies.jacobi(0.7, -0.4)], ids=str)  # fmt: skip
def test_derivatives_in_terms_of_lower_degrees_hold_for_high_degrees(basis):
    degree = 60
    table = derivative_table(recurrence_steps(basis, degree))
    nodes = remedies.gauss_rule(basis, degree + 1).nodes
    exact = remedies.derivatives(basis, nodes, degree)
    ours = remedies.evaluate(basis, nodes, degree - 1) @ table.T
    np.testing.assert_allclose(ours, exact, rtol=1e-9, atol=1e-9 * np.abs(exact).max())


def test_gradients_of_single_precision_at_a_high_degree():
    layer = remedies.PolynomialLayer(2, 3, 40, outside="continue", generator=torch.Generator().manual_seed(0))
    fine = remedies.PolynomialLayer(2, 3, 40, outside="continue", dtype=torch.float64)
    fine.load_state_dict(layer.state_dict())
    x = numbers(50, 2).sin()
    rough, exact = x.float().requires_grad_(), x.float().double().requires_grad_()
    layer(rough).sum().backward()
    fine(exact).sum().backward()
    assert (rough.grad - exact.grad).abs().max() < 3e-5 * exact.grad.abs().max()


@pytest.mark.parametrize("name", LAYERS)
def test_a_first_call_in_inference_mode_leaves_nothing_behind(name):
    from lossland.remedies import feature_recurrence, polynomial_sums, spline_layer

    for kept in (feature_recurrence._factors, polynomial_sums._derivatives, spline_layer._coefficients):
        kept.cache_clear()
    layer, x = made(name), numbers(4, 3)
    with torch.inference_mode():
        before = layer(x).clone()
    y = layer(x.requires_grad_())
    torch.testing.assert_close(y.detach(), before.detach())
    (slope,) = torch.autograd.grad(y.square().sum(), x, create_graph=True, allow_unused=True, materialize_grads=True)
    torch.autograd.grad(slope.sum(), layer.weight, allow_unused=True)


def test_whole_numbers_are_refused():
    layer = remedies.PolynomialLayer(2, 1, 3, outside="continue")
    with pytest.raises(TypeError, match="inputs: expected a tensor of floating-point numbers, got a tensor of"):
        layer(torch.ones(4, 2, dtype=torch.int64))
