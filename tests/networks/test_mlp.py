import pytest
import torch

from lossland.networks import forward, from_vector, preactivations, sample_mlp, to_vector


def test_batch_of_draws_equals_networks_one_by_one():
    mlp = sample_mlp((4, 6, 3), 1.3, 0.2, n_draws=5, generator=torch.Generator().manual_seed(0))
    inputs = torch.randn(7, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    batch = forward(mlp, inputs, "tanh")
    assert batch.shape == (5, 7, 3)
    for i in range(5):
        one = type(mlp)(tuple(w[i] for w in mlp.weights), tuple(b[i] for b in mlp.biases))
        assert torch.allclose(forward(one, inputs, "tanh"), batch[i])
        assert torch.allclose(forward(one, inputs[2], "tanh"), batch[i, 2])


def test_agrees_with_torch_modules():
    mlp = sample_mlp((4, 6, 3), 1.3, 0.2, generator=torch.Generator().manual_seed(0))
    module = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.Tanh(), torch.nn.Linear(6, 3)).double()
    with torch.no_grad():
        for layer, weight, bias in zip(module[::2], mlp.weights, mlp.biases, strict=True):
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
    inputs = torch.randn(7, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(module(inputs), forward(mlp, inputs, "tanh"))


def test_vector_round_trip_and_order():
    mlp = sample_mlp((2, 3, 1), 1.0, 0.5, generator=torch.Generator().manual_seed(0))
    vector = to_vector(mlp)
    assert torch.equal(vector[:6], mlp.weights[0].flatten())
    assert torch.equal(vector[6:9], mlp.biases[0])
    back = from_vector(vector, mlp)
    assert all(torch.equal(a, b) for a, b in zip(back.weights + back.biases, mlp.weights + mlp.biases, strict=True))
    batch = sample_mlp((2, 3, 1), 1.0, 0.5, n_draws=4, generator=torch.Generator().manual_seed(0))
    assert to_vector(batch).shape == (4, 13)
    with pytest.raises(ValueError, match="vector: expected length 13, got 12"):
        from_vector(vector[:-1], mlp)


def test_errors():
    generator = torch.Generator().manual_seed(0)
    mlp = sample_mlp((2, 3), 1.0, 0.5, generator=generator)
    with pytest.raises(ValueError, match=r"inputs: expected vectors of width 2, got \(5, 3\)"):
        preactivations(mlp, torch.ones(5, 3, dtype=torch.float64), "tanh")
    with pytest.raises(ValueError, match="widths: expected at least 2 layer widths, got 1"):
        sample_mlp((2,), 1.0, 0.5, generator=generator)
