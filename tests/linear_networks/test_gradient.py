"""Product, losses, gradient and Hessian against loops, automatic differentiation and slope tests."""

import numpy as np
import pytest
import torch

from lossland import linear_networks as ln
from lossland.networks import LOSSES, Loss
from lossland.numerics.finite_difference import slope_test

WIDTHS = (3, 5, 4, 2)


def network(widths=WIDTHS, seed=0, batch=()):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((*batch, a, b)) for a, b in zip(widths[1:], widths[:-1], strict=True)]


def losses():
    rng = np.random.default_rng(5)
    inputs, target = rng.standard_normal((40, 3)), rng.standard_normal((2, 3))
    return {
        "quadratic": ln.quadratic_loss(target, inputs.T @ inputs / 40),
        "identity": ln.quadratic_loss(target),
        "weighted": ln.weighted_quadratic_loss(target, rng.uniform(0, 3, (2, 3))),
        "logistic": ln.sample_loss(inputs, rng.uniform(0, 1, (40, 2)), "logistic"),
        "mean squares": ln.sample_loss(inputs, rng.standard_normal((40, 2)), "quadratic"),
        "rounded absolute": ln.absolute_loss(target, smoothing=0.3),
    }


def test_the_product_goes_from_input_to_output():
    w = network()
    np.testing.assert_allclose(ln.end_to_end_map(w), w[2] @ w[1] @ w[0], rtol=1e-13)
    assert ln.widths_of(w) == WIDTHS
    np.testing.assert_array_equal(ln.to_vector(ln.from_vector(ln.to_vector(w), WIDTHS)), ln.to_vector(w))


@pytest.mark.parametrize("name", losses())
def test_gradient_and_hessian_are_those_of_automatic_differentiation(name):
    loss, w = losses()[name], network()
    vector = torch.tensor(ln.to_vector(w), requires_grad=True)

    def value(v):
        return ln.loss_value(ln.from_vector(v, WIDTHS), loss)

    (gradient,) = torch.autograd.grad(value(vector), vector)
    np.testing.assert_allclose(ln.to_vector(ln.weight_gradient(w, loss)), gradient.numpy(), rtol=0, atol=1e-12)
    hessian = torch.autograd.functional.hessian(value, vector.detach()).numpy()
    np.testing.assert_allclose(ln.hessian_matrix(w, loss), hessian, rtol=0, atol=1e-11)
    direction = np.random.default_rng(2).standard_normal(len(hessian))
    np.testing.assert_allclose(ln.hessian_operator(w, loss) @ direction, hessian @ direction, atol=1e-11)


@pytest.mark.parametrize("name", losses())
def test_slopes_and_lipschitz_constants(name):
    loss, w = losses()[name], ln.to_vector(network(seed=3))
    rng = np.random.default_rng(0)
    test = slope_test(
        lambda v: ln.loss_value(ln.from_vector(v, WIDTHS), loss),
        lambda v: ln.to_vector(ln.weight_gradient(ln.from_vector(v, WIDTHS), loss)),
        w / 2,
        rng=rng,
    )
    assert 1.97 < test.slope < 2.03
    a, b = rng.standard_normal((2, 500, 2, 3))
    ratio = np.linalg.norm(loss.gradient(a) - loss.gradient(b), axis=(1, 2)) / np.linalg.norm(a - b, axis=(1, 2))
    assert ratio.max() <= loss.gradient_lipschitz * (1 + 1e-12)
    assert np.all(loss.value((a + b) / 2) <= (loss.value(a) + loss.value(b)) / 2 + 1e-12)


def test_runs_side_by_side_are_the_runs_one_by_one():
    loss, w = losses()["quadratic"], network(batch=(4,))
    together = ln.weight_gradient(w, loss)
    product = ln.hessian_product(w, loss, network(seed=1, batch=(4,)))
    for run in range(4):
        single = ln.weight_gradient([layer[run] for layer in w], loss)
        direction = [layer[run] for layer in network(seed=1, batch=(4,))]
        alone = ln.hessian_product([layer[run] for layer in w], loss, direction)
        for k in range(3):
            np.testing.assert_allclose(together[k][run], single[k], rtol=1e-12)
            np.testing.assert_allclose(product[k][run], alone[k], rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_torch_answers_in_torch_and_dtype(dtype):
    w = [torch.tensor(layer, dtype=dtype) for layer in network()]
    for loss in losses().values():
        gradient = ln.weight_gradient(w, loss)
        assert all(part.dtype == dtype and part.shape == layer.shape for part, layer in zip(gradient, w, strict=True))
        expected = ln.weight_gradient(network(), loss)
        assert np.abs(gradient[1].numpy() - expected[1]).max() < (1e-4 if dtype == torch.float32 else 1e-12)
    assert isinstance(ln.hessian_matrix(w, losses()["logistic"]), torch.Tensor)


def test_the_sample_mean_of_squares_is_the_quadratic_loss_plus_the_constant():
    rng = np.random.default_rng(0)
    inputs, outputs = rng.standard_normal((50, 3)) + 0.7, rng.standard_normal((50, 2))
    part, mean = ln.project_target(inputs, outputs), ln.sample_loss(inputs, outputs, "quadratic")
    maps = rng.standard_normal((20, 2, 3))
    np.testing.assert_allclose(mean.value(maps) - part.loss.value(maps), part.constant, rtol=1e-12)
    np.testing.assert_allclose(mean.gradient(maps), part.loss.gradient(maps), rtol=0, atol=1e-12)
    np.testing.assert_allclose(part.target, np.linalg.lstsq(inputs, outputs, rcond=None)[0].T, atol=1e-12)
    assert part.rank == 3
    flat = ln.project_target(inputs * [1, 1, 0], torch.tensor(outputs).numpy())
    assert flat.rank == 2
    assert np.abs(flat.target[:, 2]).max() < 1e-14


def test_a_loss_of_ones_own():
    huber = Loss("huber", lambda y, p: abs(p - y), lambda y, p: np.sign(p - y))
    loss = ln.sample_loss(np.eye(2), np.zeros((2, 1)), huber)
    assert loss.hessian_product is None
    with pytest.raises(ValueError, match="expected one with a second derivative"):
        ln.hessian_matrix([np.ones((1, 2))], loss)
    second = ln.sample_loss(np.eye(2), np.zeros((2, 1)), huber, curvature=lambda y, p: 0 * p)
    assert not ln.hessian_matrix([np.ones((1, 2))], second).any()
    assert set(LOSSES) >= {"quadratic", "logistic"}


W = [np.ones((2, 3)), np.ones((1, 2))]
G = ln.quadratic_loss(np.ones((1, 3)))
BAD = [
    (lambda: ln.end_to_end_map([]), ValueError, "weights: expected at least one layer"),
    (lambda: ln.end_to_end_map("ab"), TypeError, "weights: expected a sequence of matrices"),
    (lambda: ln.end_to_end_map([np.ones(3)]), ValueError, r"weights\[0\]: expected a matrix"),
    (lambda: ln.end_to_end_map(W[::-1]), ValueError, r"weights\[1\]: expected 1 columns.*input to output"),
    (lambda: ln.end_to_end_map([W[0], torch.ones(1, 2)]), TypeError, "weights: expected arrays of one kind"),
    (lambda: ln.weight_gradient(W, ln.quadratic_loss(np.ones((3, 1)))), ValueError, r"maps of shape \(d_K, d_0\)"),
    (lambda: ln.weight_gradient(W, abs), TypeError, "loss: expected a MapLoss"),
    (lambda: ln.hessian_product(W, G, W[::-1]), ValueError, "directions"),
    (lambda: ln.hessian_matrix([np.ones((4, 2, 3)), W[1]], G), ValueError, "expected one network"),
    (lambda: ln.hessian_operator([torch.ones(1, 3)], G), TypeError, "expected NumPy arrays"),
    (lambda: ln.quadratic_loss(np.ones(3)), ValueError, "target: expected a matrix"),
    (lambda: ln.quadratic_loss([[np.nan]]), ValueError, "target: expected finite"),
    (lambda: ln.quadratic_loss(np.ones((1, 2)), np.eye(3)), ValueError, r"second_moment: expected shape \(2, 2\)"),
    (lambda: ln.quadratic_loss(np.ones((1, 2)), [[1, 1], [0, 1]]), ValueError, "second_moment: expected a symmetric"),
    (lambda: ln.quadratic_loss(np.ones((1, 2)), -np.eye(2)), ValueError, "second_moment: expected no negative"),
    (lambda: ln.weighted_quadratic_loss(np.ones((1, 2)), np.ones((2, 1))), ValueError, "entry_weights: expected a m"),
    (lambda: ln.weighted_quadratic_loss(np.ones((1, 1)), [[-1]]), ValueError, "entry_weights: expected >= 0"),
    (lambda: ln.sample_loss(np.ones((3, 2)), np.ones((2, 1)), "logistic"), ValueError, "targets: expected shape"),
    (lambda: ln.sample_loss(np.ones((3, 2)), np.ones((3, 1)), "l2"), ValueError, "loss: expected a Loss or one of"),
    (lambda: ln.project_target(np.ones(3), np.ones((3, 1))), ValueError, "inputs: expected samples"),
    (lambda: ln.absolute_loss(np.ones((1, 1)), smoothing=-1), ValueError, "smoothing: expected >= 0"),
    (lambda: ln.from_vector(np.ones(5), (2, 2)), ValueError, "vector: expected 4 entries"),
]


@pytest.mark.parametrize(("call", "error", "sentence"), BAD)
def test_errors_name_the_argument(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()
