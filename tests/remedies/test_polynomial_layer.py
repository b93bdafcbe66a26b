"""Polynomial features and layers in torch: values of the theory, exact gradients, what modules promise."""

import math

import numpy as np
import pytest
import torch

from lossland import remedies

BASES = [remedies.legendre(), remedies.chebyshev(), remedies.hermite(), remedies.laguerre(), remedies.jacobi(0.5, -0.3)]


def points(basis, *shape, seed=0):
    low, high = max(basis.domain[0], -2.0), min(basis.domain[1], 3.0)
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(*shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("basis", BASES, ids=str)
@pytest.mark.parametrize("degree", [0, 1, 2, 7])
def test_features_are_the_values_of_the_theory_and_their_gradient_is_exact(basis, degree):
    x = points(basis, 3, 4).requires_grad_()
    features = remedies.polynomial_features(x, basis, degree)
    values = np.moveaxis(remedies.evaluate(basis, x.detach().numpy(), degree), -1, -2)
    np.testing.assert_allclose(features.detach().numpy(), values, rtol=1e-13, atol=1e-13)
    weights = torch.randn(features.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    (gradient,) = torch.autograd.grad((features * weights).sum(), x, allow_unused=True)
    slopes = np.moveaxis(remedies.derivatives(basis, x.detach().numpy(), degree), -1, -2)
    np.testing.assert_allclose(gradient.numpy(), (slopes * weights.numpy()).sum(-2), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("outside", ["squash", "clamp", "continue"])
@pytest.mark.parametrize("basis", BASES, ids=str)
def test_gradients_of_a_layer_agree_with_differences(basis, outside):
    layer = remedies.PolynomialLayer(3, 2, 4, basis, outside=outside, scale=True, dtype=torch.float64)
    inputs = points(basis, 5, 3).mul(0.8).requires_grad_()

    def run(weight, scale, x):
        return torch.func.functional_call(layer, {"weight": weight, "scale": scale}, (x,))

    assert torch.autograd.gradcheck(run, (layer.weight, layer.scale, inputs))


def test_inputs_outside_the_domain():
    x = torch.tensor([[-3.0], [5.0]], dtype=torch.float64)
    kinds = {
        outside: remedies.PolynomialLayer(
            1,
            1,
            3,
            remedies.legendre(),
            outside=outside,
            generator=torch.Generator().manual_seed(0),
            dtype=torch.float64,
        )
        for outside in ("squash", "clamp", "continue")
    }
    inside = {name: layer(x) for name, layer in kinds.items()}
    same = kinds["continue"]
    torch.testing.assert_close(inside["squash"], same(torch.tanh(x)))
    torch.testing.assert_close(inside["clamp"], same(torch.tensor([[-1.0], [1.0]], dtype=torch.float64)))
    assert inside["continue"].abs().max() > 10 * inside["clamp"].abs().max()
    half_line = remedies.PolynomialLayer(1, 1, 3, remedies.laguerre(), dtype=torch.float64)
    half_line.outside, squashed = "continue", half_line(x)
    torch.testing.assert_close(squashed, half_line(torch.nn.functional.softplus(x)))


@pytest.mark.parametrize("basis", BASES, ids=str)
def test_outputs_begin_with_variance_one_for_inputs_that_follow_the_density(basis):
    rule = remedies.gauss_rule(basis, 12)
    rng = np.random.default_rng(0)
    inputs = torch.tensor(rng.choice(rule.nodes, size=(4000, 50), p=rule.weights / rule.weights.sum()))
    layer = remedies.PolynomialLayer(
        50, 400, 5, basis, outside="continue", generator=torch.Generator().manual_seed(0), dtype=torch.float64
    )
    assert layer(inputs).square().mean().item() == pytest.approx(1, rel=0.25)


def test_masked_terms_are_absent_for_good():
    mask = torch.ones(2, 4, 3)
    mask[0, 2, 1] = 0
    layer = remedies.PolynomialLayer(3, 2, 3, mask=mask, generator=torch.Generator().manual_seed(0))
    inputs = torch.rand(6, 3, generator=torch.Generator().manual_seed(1))
    before = layer(inputs)
    with torch.no_grad():
        layer.weight[0, 2, 1] = 100.0
    assert torch.equal(layer(inputs), before)
    layer(inputs).sum().backward()
    assert layer.weight.grad[0, 2, 1] == 0
    again = remedies.PolynomialLayer(3, 2, 3, mask=torch.ones(2, 4, 3))
    again.load_state_dict(layer.state_dict())
    assert torch.equal(again(inputs), before)


def test_the_same_generator_the_same_layer_and_it_learns_in_a_sequence():
    def make(seed):
        generator = torch.Generator().manual_seed(seed)
        return torch.nn.Sequential(
            remedies.PolynomialLayer(1, 8, 5, remedies.legendre(), generator=generator),
            remedies.PolynomialLayer(8, 1, 2, generator=generator),
        )

    network, copy = make(0), make(0)
    x = torch.linspace(-1, 1, 64)[:, None]
    assert torch.equal(network(x), copy(x))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(300):
        optimizer.zero_grad()
        loss = (network(x) - torch.sin(5 * x)).square().mean()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.01


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: remedies.polynomial_features([0.5], BASES[0], 2), TypeError, "inputs: expected a tensor"),
        (lambda: remedies.polynomial_features(torch.ones(2, dtype=int), BASES[0], 2), TypeError, "got a tensor of"),
        (lambda: remedies.polynomial_features(torch.tensor(0.5), BASES[0], 2), ValueError, "inputs: expected at least"),
        (lambda: remedies.polynomial_features(torch.ones(2), None, 2), TypeError, "basis: expected"),
        (lambda: remedies.polynomial_features(torch.ones(2), BASES[0], -2), ValueError, "degree: expected"),
        (lambda: remedies.PolynomialLayer(0, 1, 2), ValueError, "n_inputs: expected"),
        (lambda: remedies.PolynomialLayer(1, 1, 2, "legendre"), TypeError, "basis: expected an OrthonormalBasis"),
        (lambda: remedies.has_parity("legendre"), TypeError, "basis: expected an OrthonormalBasis"),
        (lambda: remedies.PolynomialLayer(1, 1, 2, outside="wrap"), ValueError, "outside: expected one of squash"),
        (lambda: remedies.PolynomialLayer(1, 1, 2, mask=torch.ones(1, 2, 1)), ValueError, "mask: expected the shape"),
        (
            lambda: remedies.PolynomialLayer(1, 1, 1, mask=torch.full((1, 2, 1), 0.5)),
            ValueError,
            "mask: expected zeros",
        ),
        (lambda: remedies.PolynomialLayer(1, 2, 0, mask=[[[1]], [[0]]]), ValueError, "none for output 1"),
        (lambda: remedies.PolynomialLayer(2, 1, 2)(torch.ones(5, 3)), ValueError, "inputs: expected 2 in the last"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_what_a_layer_says_of_itself():
    text = repr(remedies.PolynomialLayer(4, 2, 3, remedies.laguerre(0.5)))
    assert "4, 2, degree=3, basis=Laguerre, alpha = 0.5" in text
    assert math.isinf(remedies.hermite().domain[1])
