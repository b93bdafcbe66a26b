"""Pyramidal networks: the bound holds, its factors are what they say, and each hypothesis is read off correctly."""

import numpy as np
import pytest
import torch

from lossland.networks import MLP, sample_mlp
from lossland.wide_networks import (
    append_constant,
    check_hypotheses,
    descend,
    gradient_bound,
    input_singular_value,
    is_pyramidal,
    layer_singular_values,
    loss_gradient,
    parameter_jacobian,
    quadratic_loss,
    random_features,
    stationary_residuals,
)


def gen(seed):
    return torch.Generator().manual_seed(seed)


def data(n, width, n_outputs=2, seed=0):
    generator = gen(seed)
    options = {"dtype": torch.float64, "generator": generator}
    return torch.randn(n, width, **options), torch.randn(n, n_outputs, **options)


def norm_by_autograd(mlp, inputs, targets, activation):
    leaves = MLP(*(tuple(part.clone().requires_grad_() for part in parts) for parts in mlp))
    quadratic_loss(leaves, inputs, targets, activation).backward()
    return float(torch.cat([leaves.weights[0].grad.flatten(), leaves.biases[0].grad]).norm())


@pytest.mark.parametrize("activation", ["softplus", "tanh", "sigmoid"])
@pytest.mark.parametrize("widths", [(6, 5, 4, 2), (3, 8, 2), (9, 2, 2, 2, 2)])
def test_the_bound_holds_and_its_left_side_is_the_gradient(activation, widths):
    inputs, targets = data(4, widths[0])
    mlp = sample_mlp(widths, 1.3, 0.4, n_draws=50, generator=gen(1))
    sides = gradient_bound(mlp, inputs, targets, activation)
    assert torch.all(sides.gradient_norm >= sides.bound)
    assert torch.all(sides.bound > 0)
    one = MLP(tuple(w[7] for w in mlp.weights), tuple(b[7] for b in mlp.biases))
    assert float(sides.gradient_norm[7]) == pytest.approx(norm_by_autograd(one, inputs, targets, activation))
    assert float(sides.residual_norm[7]) ** 2 == pytest.approx(
        2 * 4 * float(quadratic_loss(one, inputs, targets, activation))
    )


def test_the_bound_is_sharp_for_orthogonal_layers_and_inputs():
    inputs = torch.tensor([[1.0], [-1.0]], dtype=torch.float64)  # extended: orthogonal rows of equal length
    targets = torch.tensor([[0.3, -0.2], [1.1, 0.4]], dtype=torch.float64)
    first, zero = torch.ones(2, 1, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    sides = gradient_bound(MLP((first, torch.eye(2, dtype=torch.float64)), (zero, zero)), inputs, targets, "linear")
    assert float(sides.gradient_norm) == pytest.approx(float(sides.bound))


def test_widths_matter_only_from_the_first_hidden_layer_on():
    assert is_pyramidal((1, 9, 9, 3))
    assert not is_pyramidal((9, 3, 4))
    with pytest.raises(ValueError, match="widths"):
        is_pyramidal((3,))


def test_singular_values_vanish_where_the_rank_must():
    assert float(input_singular_value(data(5, 3)[0])) == 0.0
    assert float(input_singular_value(data(4, 3)[0])) > 0
    wide = sample_mlp((3, 2, 4), 1.0, 0.1, n_draws=2, generator=gen(0))
    assert layer_singular_values(wide).tolist() == [[0.0], [0.0]]


def test_hypotheses_are_read_off():
    inputs, _ = data(4, 3)
    mlp = sample_mlp((3, 2, 2), 1.0, 0.1, generator=gen(0))
    assert check_hypotheses(mlp, inputs, "softplus").all_hold
    assert not check_hypotheses(mlp, data(5, 3)[0], "softplus").affinely_independent
    assert not check_hypotheses(mlp._replace(biases=(mlp.biases[0] - 99, mlp.biases[1])), inputs, "relu").increasing
    with pytest.raises(ValueError, match="at least two layers"):
        check_hypotheses(sample_mlp((3, 2), 1.0, 0.1, generator=gen(0)), inputs, "tanh")


def test_the_jacobian_gives_the_gradient():
    inputs, targets = data(5, 3)
    mlp = sample_mlp((3, 4, 2), 1.0, 0.3, generator=gen(2))
    from lossland.networks import forward, to_vector

    residual = (forward(mlp, inputs, "tanh") - targets).reshape(-1)
    gradient = loss_gradient(mlp, inputs, targets, "tanh")(to_vector(mlp))
    assert torch.allclose(parameter_jacobian(mlp, inputs, "tanh").mT @ residual / 5, gradient)


def test_stationary_residuals_make_the_gradient_vanish():
    inputs, _ = data(30, 3)
    mlp = sample_mlp((3, 2, 2), 1.0, 0.3, generator=gen(3))
    from lossland.networks import forward, to_vector

    residuals = stationary_residuals(mlp, inputs, "softplus")
    assert residuals.shape == (60 - 14, 30, 2)
    gram = residuals.flatten(1) @ residuals.flatten(1).mT
    assert torch.allclose(gram, torch.eye(len(residuals), dtype=torch.float64))
    targets = forward(mlp, inputs, "softplus") - residuals[0]
    assert float(loss_gradient(mlp, inputs, targets, "softplus")(to_vector(mlp)).norm()) < 1e-14
    assert float(quadratic_loss(mlp, inputs, targets, "softplus")) == pytest.approx(1 / 60)


def test_descent_goes_down_and_stops_being_a_batch_nowhere():
    inputs, targets = data(3, 6)
    start = sample_mlp((6, 5, 4, 2), 2.0, 0.5, n_draws=4, generator=gen(4))
    run = descend(start, inputs, targets, "softplus", learning_rate=0.1, n_steps=300, record_every=100)
    assert run.steps.tolist() == [0, 100, 200, 300]
    assert run.loss.shape == (4, 4)
    assert torch.all(torch.diff(run.loss, dim=0) < 0)
    assert torch.allclose(quadratic_loss(run.mlp, inputs, targets, "softplus"), run.loss[-1])
    assert run.snapshots.weights[0].shape == (4, 4, 5, 6)


def test_random_features_make_inputs_independent():
    inputs, _ = data(20, 3)
    features = random_features(inputs, 25, "tanh", generator=gen(5))
    assert float(input_singular_value(inputs)) == 0
    assert float(input_singular_value(features)) > 1e-6
    assert torch.equal(features, random_features(inputs, 25, "tanh", generator=gen(5)))
    few = random_features(inputs, 18, "tanh", generator=gen(5))
    assert int(torch.linalg.matrix_rank(append_constant(few))) == 19
    with pytest.raises(ValueError, match="n_features"):
        random_features(inputs, 0, "tanh", generator=gen(5))
    with pytest.raises(TypeError, match="inputs: expected a floating-point tensor"):
        random_features(np.zeros((2, 2)), 3, "tanh", generator=gen(5))
