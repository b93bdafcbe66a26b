"""Path sums: batches, shapes that do not fit, limits, counts."""

from itertools import pairwise

import pytest
import torch

from lossland import spin_glass as sg
from lossland.networks import MLP, forward, sample_mlp
from lossland.spin_glass import path_polynomial


def generator(seed):
    return torch.Generator().manual_seed(seed)


def network(widths, seed=0, n_draws=None):
    return sample_mlp(widths, 1.4, 0.0, n_draws=n_draws, generator=generator(seed)).weights


def inputs(n_samples, width):
    return torch.randn(n_samples, width, dtype=torch.float64, generator=generator(9))


def test_output_is_that_of_a_perceptron_without_biases():
    weights, x = network((5, 7, 3, 1)), inputs(4, 5)
    biases = tuple(torch.zeros(w.shape[0], dtype=w.dtype) for w in weights)
    assert torch.allclose(sg.network_output(weights, x), forward(MLP(weights, biases), x, "relu")[:, 0])


def test_a_batch_of_networks_is_its_members():
    weights, x = network((5, 4, 3, 1), n_draws=6), inputs(3, 5)
    outputs, activity = sg.network_output(weights, x), sg.neuron_activity(weights, x)
    maps = sg.effective_map(weights, activity)
    assert (outputs.shape, maps.shape) == ((6, 3), (6, 3, 5))
    for r in range(6):
        member = tuple(w[r] for w in weights)
        assert torch.allclose(outputs[r], sg.network_output(member, x))
        assert torch.allclose(maps[r], sg.effective_map(member, sg.neuron_activity(member, x)))
        assert torch.allclose(outputs[r], sg.path_sum(member, x))
    assert torch.allclose((maps * x).sum(-1), outputs)


def test_a_linear_chain_has_one_path():
    weights = [torch.tensor([[2.0]]), torch.tensor([[3.0]]), torch.tensor([[-1.0]])]
    assert sg.path_products(weights).flatten().tolist() == [-6.0]
    assert sg.network_output(weights, torch.tensor([[1.0], [-1.0]])).tolist() == [-6.0, 0.0]


def test_neurons_rescaled_against_each_other_leave_the_output():
    first, last = network((4, 6, 1))
    factors = torch.linspace(0.5, 2.0, 6, dtype=torch.float64)[:, None]
    x = inputs(5, 4)
    assert torch.allclose(
        sg.network_output((first * factors, last / factors.T), x), sg.network_output((first, last), x)
    )
    assert not torch.allclose(sg.network_output((-first, last), x), -sg.network_output((first, last), x))


def test_shapes_that_do_not_fit_are_named():
    weights = network((4, 3, 1))
    with pytest.raises(ValueError, match=r"inputs: expected vectors of width 4, got shape \(2, 5\)"):
        sg.network_output(weights, inputs(2, 5))
    with pytest.raises(ValueError, match="layer 2 expects 3 inputs, layer 1 has 2 neurons"):
        sg.network_output((weights[0][:2], weights[1]), inputs(2, 4))
    with pytest.raises(ValueError, match="expected one output, got 3"):
        sg.network_output(weights[:1], inputs(2, 4))


def test_too_many_paths_are_refused_with_advice(monkeypatch):
    monkeypatch.setattr(path_polynomial, "MAX_PATHS", 11)
    with pytest.raises(ValueError, match=r"at most 11 paths, got 12; use network_output or effective_map"):
        sg.path_products(network((4, 3, 1)))


@pytest.mark.parametrize(("widths", "message"), [((4, 3, 2), "expected one output"), ((1,), "at least 2")])
def test_counts_want_one_output(widths, message):
    with pytest.raises(ValueError, match=message):
        sg.count_paths(widths)


def test_counts_of_very_large_networks_stay_exact():
    counts = sg.count_paths((10,) * 400 + (1,))
    assert counts.paths == 10**400
    assert counts.unique_weights == pytest.approx(10.0)
    assert counts.tuple_share == 0.0


def test_couplings_of_a_form_are_those_of_the_paths():
    weights = network((4, 3, 2, 1))
    couplings = torch.randn(4, 3, 2, dtype=torch.float64, generator=generator(2))
    assert torch.allclose(sg.layered_form(couplings, weights), (couplings * sg.path_products(weights)).sum())
    with pytest.raises(ValueError, match="at least two axes"):
        sg.minimize_layered_form(couplings[:, 0, 0], 3, generator=generator(1))


@pytest.mark.parametrize("shape", [(3, 4), (3, 2, 4), (2, 3, 2, 3)])
def test_minimization_only_goes_down_and_reports_when_it_stops(shape):
    couplings = torch.randn(shape, dtype=torch.float64, generator=generator(3))
    values = [
        sg.minimize_layered_form(couplings, 8, max_sweeps=n, generator=generator(4)).values for n in (1, 2, 4, 50)
    ]
    assert all(bool((later <= earlier + 1e-12).all()) for earlier, later in pairwise(values))
    short = sg.minimize_layered_form(couplings, 8, max_sweeps=1, generator=generator(4))
    assert not short.converged.all()
    assert short.n_sweeps == 1
