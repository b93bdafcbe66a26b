"""Back-propagation by the formula against autograd, on unequal widths, for batches of samples and of networks."""

import pytest
import torch

from lossland.networks import MLP, forward, from_vector, sample_mlp, to_vector
from lossland.networks.backpropagation import layer_gradients
from lossland.networks.losses import logistic, quadratic

WIDTHS = (4, 7, 3, 5, 2)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def setting(n_draws=None, dtype=torch.float64):
    g = generator()
    mlp = sample_mlp(WIDTHS, 1.3, 0.4, n_draws=n_draws, dtype=dtype, generator=g)
    inputs = torch.randn(6, 4, dtype=dtype, generator=g)
    return mlp, inputs, torch.rand(6, 2, dtype=dtype, generator=g)


def by_autograd(mlp, inputs, targets, activation, loss):
    leaves = [tensor.clone().requires_grad_(True) for tensor in (*mlp.weights, *mlp.biases)]
    copy = MLP(tuple(leaves[: len(mlp.weights)]), tuple(leaves[len(mlp.weights) :]))
    value = loss.value(targets, forward(copy, inputs, activation)).sum(dim=-1)
    value = value.mean(dim=-1).sum() if inputs.ndim == 2 else value.sum()
    gradients = torch.autograd.grad(value, leaves)
    return MLP(gradients[: len(mlp.weights)], gradients[len(mlp.weights) :])


@pytest.mark.parametrize("loss", [quadratic, logistic], ids=lambda loss: loss.name)
@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu", "linear"])
@pytest.mark.parametrize("n_draws", [None, 3])
def test_formula_equals_autograd(loss, activation, n_draws):
    mlp, inputs, targets = setting(n_draws)
    found = layer_gradients(mlp, inputs, activation, lambda outputs: loss.derivative(targets, outputs))
    expected = by_autograd(mlp, inputs, targets, activation, loss)
    torch.testing.assert_close(to_vector(found), to_vector(expected), rtol=1e-12, atol=1e-14)
    assert [w.shape for w in found.weights] == [w.shape for w in mlp.weights]


def test_one_vector_and_a_tensor_for_the_loss_gradient():
    mlp, inputs, targets = setting()
    delta = forward(mlp, inputs[0], "tanh") - targets[0]
    found = layer_gradients(mlp, inputs[0], "tanh", delta)
    expected = by_autograd(mlp, inputs[0], targets[0], "tanh", quadratic)
    torch.testing.assert_close(to_vector(found), to_vector(expected), rtol=1e-12, atol=1e-14)


def test_gradient_is_the_slope_of_the_loss():
    mlp, inputs, targets = setting()
    vector = to_vector(mlp)
    direction = torch.randn(vector.shape, dtype=vector.dtype, generator=generator(3))

    def loss(t):
        outputs = forward(from_vector(vector + t * direction, mlp), inputs, "tanh")
        return quadratic.value(targets, outputs).sum(dim=-1).mean()

    gradient = layer_gradients(mlp, inputs, "tanh", lambda outputs: outputs - targets)
    slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
    assert float(slope) == pytest.approx(float(to_vector(gradient) @ direction), rel=1e-7)


def test_parameters_with_a_graph_are_left_alone():
    mlp, inputs, targets = setting()
    for tensor in (*mlp.weights, *mlp.biases):
        tensor.requires_grad_(True)
    found = layer_gradients(mlp, inputs, "tanh", lambda outputs: outputs - targets)
    assert not any(w.requires_grad for w in found.weights)
    assert all(w.grad is None for w in mlp.weights)


def test_a_loss_gradient_may_come_from_autograd():
    mlp, inputs, targets = setting()

    def start(outputs):
        leaf = outputs.requires_grad_(True)
        return torch.autograd.grad(((leaf - targets) ** 2).sum() / 2, leaf)[0]

    found = layer_gradients(mlp, inputs, "tanh", start)
    assert torch.equal(to_vector(found), to_vector(layer_gradients(mlp, inputs, "tanh", lambda out: out - targets)))


def test_wrong_loss_gradients_are_told():
    mlp, inputs, targets = setting()
    with pytest.raises(ValueError, match=r"loss_gradient: expected the shape of the outputs, \(6, 2\), got \(6, 1\)"):
        layer_gradients(mlp, inputs, "tanh", targets[:, :1])
    with pytest.raises(TypeError, match=r"loss_gradient: expected a tensor or a function that returns one, got float"):
        layer_gradients(mlp, inputs, "tanh", 1.0)
    with pytest.raises(ValueError, match="inputs: expected vectors of width 4"):
        layer_gradients(mlp, inputs[:, :3], "tanh", targets)
