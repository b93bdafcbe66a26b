"""Functions that are close, parameters that are not."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from lossland import symmetry as sym
from lossland.networks import forward, sample_mlp, to_vector


def values(mlp, x):
    return forward(mlp, torch.tensor(x)[:, None], "relu")[:, 0].numpy()


@pytest.mark.parametrize("scale", [0.01, 1.0, 10.0, 1000.0])
def test_rescaled_neuron_is_the_same_function_as_far_away_as_the_formula_says(scale):
    x = torch.linspace(-3, 3, 50, dtype=torch.float64)[:, None]
    found = sym.compare_networks(*sym.rescaling_pair(scale), x, "relu")
    assert float(found.parameters) == pytest.approx(np.hypot(scale - 1, 1 / scale - 1))
    assert float(found.functions) < 1e-12


@pytest.mark.parametrize("slope", [0.5, 3.0, 200.0])
def test_spike_is_the_hat_that_it_should_be(slope):
    x = np.linspace(-3, 5, 4001) / slope**2
    hat = slope * np.maximum(0, slope**-2 - np.abs(x - slope**-2))
    np.testing.assert_allclose(values(sym.spike_network(slope), x), hat, atol=1e-12)
    assert hat.max() == pytest.approx(1 / slope)


@pytest.mark.parametrize("slope", [0.5, 3.0, 200.0])
def test_norm_of_a_spike_is_at_least_its_bound_and_weights_attain_it(slope):
    mlp = sym.spike_network(slope)
    weights = torch.cat([w.flatten() for w in mlp.weights]).norm()
    assert float(weights) == pytest.approx(float(sym.spike_norm_bound(slope)))
    assert float(to_vector(mlp).norm()) >= float(weights)


def test_no_rescaling_of_the_spike_is_shorter_than_the_bound():
    mlp, bound = sym.spike_network(5.0), float(sym.spike_norm_bound(5.0))

    def length(log_scales):
        return float(to_vector(sym.rescale_neurons(mlp, [np.exp(log_scales)])).norm())

    best = minimize(length, [1.0, -0.5, 0.3], method="Nelder-Mead").fun
    assert bound <= best < 1.05 * bound
    assert length([1.0, -0.5, 0.3]) > best


def test_distances_of_batches_are_those_of_their_members():
    g = torch.Generator().manual_seed(1)
    first, second = (sample_mlp((2, 3, 2), 1.0, 0.1, n_draws=4, generator=g) for _ in range(2))
    x = torch.randn(9, 2, generator=g, dtype=torch.float64)
    found = sym.compare_networks(first, second, x, "tanh")
    apart = forward(first, x, "tanh") - forward(second, x, "tanh")
    np.testing.assert_allclose(found.functions, [float(part.abs().max()) for part in apart])
    np.testing.assert_allclose(found.parameters, [float(part.norm()) for part in to_vector(first) - to_vector(second)])


def test_bad_input_is_told_in_words():
    with pytest.raises(ValueError, match="scale: expected"):
        sym.rescaling_pair(0.0)
    with pytest.raises(ValueError, match="slope: expected"):
        sym.spike_network(-1.0)
    with pytest.raises(ValueError, match="second: expected weights of the shapes of first"):
        sym.compare_networks(sym.spike_network(1.0), sym.rescaling_pair(1.0)[0], torch.ones(1, 1), "relu")
    with pytest.raises(TypeError, match="first: expected an MLP, got int"):
        sym.compare_networks(1, sym.spike_network(1.0), torch.ones(1, 1), "relu")
