"""A constant neuron instead of biases: the same function, not the same ranks."""

import numpy as np
import pytest
import torch

from lossland.networks import MLP, forward, sample_mlp
from lossland.wide_networks import append_constant, carry_constant, extended_weights, forward_extended


def network(seed=0, n_draws=None):
    return sample_mlp((4, 6, 5, 3), 1.5, 0.7, n_draws=n_draws, generator=torch.Generator().manual_seed(seed))


INPUTS = torch.randn(9, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("activation", ["tanh", "relu", "softplus", "sigmoid"])
def test_appended_and_carried_constants_compute_the_same_function(activation):
    mlp = network()
    expected = forward(mlp, INPUTS, activation)
    assert torch.allclose(forward_extended(extended_weights(mlp), INPUTS, activation), expected, atol=1e-14)
    carried = carry_constant(mlp, activation)
    assert all(float(bias.abs().max()) == 0 for bias in carried.biases)
    assert [tuple(weight.shape) for weight in carried.weights] == [(7, 5), (6, 7), (3, 6)]
    assert torch.allclose(forward(carried, append_constant(INPUTS), activation), expected, atol=1e-13)


def test_a_batch_of_networks_goes_through():
    mlp = network(n_draws=3)
    expected = forward(mlp, INPUTS, "tanh")
    assert torch.allclose(forward_extended(extended_weights(mlp), INPUTS, "tanh"), expected)
    assert torch.allclose(forward(carry_constant(mlp, "tanh"), append_constant(INPUTS), "tanh"), expected)


def test_the_two_constructions_differ_in_rank():
    block = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    mlp = MLP((torch.eye(2), block, torch.eye(2)), (torch.zeros(2), torch.tensor([0.0, 1.0]), torch.zeros(2)))
    rank = torch.linalg.matrix_rank
    assert int(rank(block)) == 1
    assert int(rank(extended_weights(mlp)[1])) == 2
    assert int(rank(carry_constant(mlp, "softplus").weights[1])) == 1 + int(rank(block))


def test_numpy_stays_numpy():
    assert isinstance(append_constant(np.zeros((2, 3), dtype=np.float32)), np.ndarray)
    assert append_constant(np.zeros((2, 3), dtype=np.float32)).dtype == np.float32
    with pytest.raises(ValueError, match="signals: expected vectors"):
        append_constant(3.0)


def test_a_silent_constant_neuron_is_refused():
    with pytest.raises(ValueError, match="preactivation: expected a number other than 0"):
        carry_constant(network(), "relu", preactivation=-1.0)
